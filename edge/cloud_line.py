"""The box's line to the cloud as parts: the upload, the documents, and the claim that opens both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from edge.status import Board, SyncStatus
from sync.claims import ClaimRefused, claim
from sync.cloud_client import CloudClient
from sync.follower import Follower
from sync.identity import IdentityFile
from sync.line import Standing
from sync.uploader import Uploader


@dataclass(slots=True, kw_only=True)
class CloudLine:
    """Uploads, follows and claims through one client."""

    client: CloudClient
    identity: IdentityFile
    board: Board
    uploader: Uploader
    follower: Follower

    async def show(self) -> NoReturn:
        """Keep the board true about the upload."""
        standing = self.uploader.line.standing
        while True:
            self.board.show_sync(shown(standing))
            standing = await self.uploader.line.changed(standing)

    async def join(self, code: str) -> str:
        """Claim the box for the store that ``code`` was issued for; returns the store. Raises ClaimRefused, OSError."""
        gained = await claim(self.client, code, self.identity.identity)
        self.identity.keep_claim(gained)
        self.uploader.line.nudge()
        self.follower.line.nudge()
        return gained.store


def shown(standing: Standing) -> SyncStatus:
    """The upload's standing as the board has it."""
    return SyncStatus(
        state=standing.state,
        since=standing.since,
        problem=standing.problem,
        sent=standing.sent,
        rejected=standing.rejected,
        last_sent_at=standing.last_sent_at,
    )


async def no_cloud(_code: str) -> str:
    """Claiming without a cloud in the settings."""
    raise ClaimRefused("this box has no cloud: set [cloud] url, then claim again")
