"""How one conversation with the cloud stands, and how long it pauses after a failure.

Without it the upload and the documents would each invent when to ask again, when to give up and what the page shows.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

import structlog

from sync.backoff import Backoff
from sync.cloud_errors import CloudAway, CloudError, TokenRefused
from sync.disk import JournalUnavailable
from sync.identity import Claim, SettingUnreadable

State = Literal["idle", "sending", "waiting", "stopped"]
RECHECK_S = 3600.0  # a refused token is tried again this seldom: the cloud may have been wrong


class NotClaimed(Exception):
    """The box belongs to no store yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """idle: nothing to do · sending: busy · waiting: pausing after a failure · stopped: needs a person.

    ``problem`` says what is wrong and what to do; ``sent`` and ``rejected`` count events since the start. Times are UTC.
    """

    state: State = "idle"
    since: datetime
    problem: str = ""
    sent: int = 0
    rejected: int = 0
    last_sent_at: datetime | None = None


class Line:
    """One conversation; ``name`` is its name in the log."""

    def __init__(self, name: str, *, backoff: Backoff | None = None, recheck_s: float = RECHECK_S) -> None:
        self.standing = Standing(since=datetime.now(UTC))
        self._backoff = backoff or Backoff()
        self._recheck_s = recheck_s
        self._log = structlog.get_logger("sync").bind(part=name)
        self._changed = asyncio.Event()
        self._nudged = asyncio.Event()

    def shows(self, state: Literal["idle", "sending"]) -> None:
        """Nothing to ask, or asking now; a problem stays up until the cloud has answered."""
        if not self.standing.problem:
            self._show(state, "")

    def answered(self) -> None:
        """The cloud took what was sent: failures are counted from new."""
        self._backoff.reset()
        if self.standing.problem:
            self._log.info("the cloud answers again", after=self.standing.problem)
            self._show("sending", "")

    def counted(self, *, sent: int, rejected: int) -> None:
        """Add to what the cloud took and what was parked."""
        now = datetime.now(UTC)
        self._put(
            replace(
                self.standing,
                sent=self.standing.sent + sent,
                rejected=self.standing.rejected + rejected,
                last_sent_at=now if sent else self.standing.last_sent_at,
            )
        )

    async def failed(self, error: CloudError | NotClaimed | SettingUnreadable | JournalUnavailable) -> None:
        """Show ``error`` and pause as its class demands; ``nudge`` ends the pause."""
        if isinstance(error, (TokenRefused, NotClaimed, SettingUnreadable)):
            state: State = "stopped"
            pause_s = self._recheck_s
        else:
            state = "waiting"
            pause_s = self._backoff.next_s(error.retry_after_s if isinstance(error, CloudAway) else None)
        problem = str(error)
        if (state, problem) != (self.standing.state, self.standing.problem):
            self._log.warning(problem, state=state)
        self._show(state, problem)
        await self._pause(pause_s)

    def nudge(self) -> None:
        """Something changed (a claim, a token, the network): end the pause now."""
        self._backoff.reset()
        self._nudged.set()

    async def changed(self, seen: Standing) -> Standing:
        """Wait until the standing is another than ``seen``."""
        while self.standing is seen:
            await self._changed.wait()
        return self.standing

    async def _pause(self, pause_s: float) -> None:
        try:
            async with asyncio.timeout(pause_s):
                await self._nudged.wait()
        except TimeoutError:
            return
        finally:
            self._nudged.clear()

    def _show(self, state: State, problem: str) -> None:
        if (state, problem) != (self.standing.state, self.standing.problem):
            self._put(replace(self.standing, state=state, problem=problem, since=datetime.now(UTC)))

    def _put(self, standing: Standing) -> None:
        self.standing = standing
        self._changed.set()
        self._changed = asyncio.Event()


def required(claim: Claim | None) -> Claim:
    """``claim``, or NotClaimed with what to do."""
    if claim is None:
        raise NotClaimed("this box belongs to no store yet: run `storebox claim CODE` with a code from headquarters")
    return claim
