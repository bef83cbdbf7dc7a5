"""Screens and tills that may speak with the box: each is paired once, by a code that a technician reads out.

The code lives ten minutes and works once. The token that it buys is kept as SHA-256 only, listed, and can be taken back.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

from edge.web.sessions import digest
from sync.durable_file import write_private

CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 8  # 31^8: 8.5e11, against at most 20 guesses an hour from a source
CODE_LIFETIME_S = 600
MOST_CODES = 32

PairedRole = Literal["screen", "device", "staff"]


class PairingsDamaged(Exception):
    """The file of pairings cannot be read; the text says what to do."""


class Pairing(msgspec.Struct, frozen=True, kw_only=True):
    """One paired screen or till. ``digest`` is the SHA-256 of its token, in hex."""

    id: str
    name: str
    role: PairedRole
    paired_at: datetime
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A code that waits for its screen until ``ends`` (seconds of the clock)."""

    code: str
    name: str
    role: PairedRole
    ends: float


@dataclass(slots=True, kw_only=True)
class Pairings:
    """All pairings of the box, in the file ``path``; ``clock`` counts seconds and never jumps.

    Until ``load`` has read the file nothing is paired, listed or taken back: what is in it would be lost.
    """

    path: Path
    clock: Callable[[], float] = time.monotonic
    _offers: list[Offer] = field(default_factory=list)
    _paired: dict[str, Pairing] = field(default_factory=dict)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _unread: str = "the paired screens are not read yet; try again"

    async def load(self) -> None:
        """Read the file; none is fine. Raises PairingsDamaged."""
        async with self._turn:
            try:
                pairings = await asyncio.to_thread(_read, self.path)
            except PairingsDamaged as error:
                self._unread = str(error)
                raise
            self._paired = {pairing.digest: pairing for pairing in pairings}
            self._unread = ""

    def offer(self, name: str, role: PairedRole) -> Offer:
        """A new code for the screen or till ``name``. Raises PairingsDamaged."""
        self._check_read()
        self._drop_ended()
        del self._offers[: max(0, len(self._offers) - MOST_CODES + 1)]
        code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
        offer = Offer(code=code, name=name, role=role, ends=self.clock() + CODE_LIFETIME_S)
        self._offers.append(offer)
        return offer

    async def accept(self, code: str) -> tuple[str, Pairing] | None:
        """The token for ``code`` and its pairing, once and durable; None for a code that is wrong, used or over.

        Raises PairingsDamaged, OSError.
        """
        self._check_read()
        self._drop_ended()
        wanted = code.strip().upper().replace("-", "").encode()
        found = [offer for offer in self._offers if hmac.compare_digest(offer.code.encode(), wanted)]
        if not found:
            return None
        offer = found[0]
        self._offers.remove(offer)
        token = secrets.token_urlsafe(32)
        pairing = Pairing(
            id=secrets.token_hex(4),
            name=offer.name,
            role=offer.role,
            paired_at=datetime.now(UTC),
            digest=digest(token).hex(),
        )
        async with self._turn:
            await self._keep({**self._paired, pairing.digest: pairing})
        return token, pairing

    async def revoke(self, id_: str) -> bool:
        """Take the token of pairing ``id_`` back, durable on return; False when there is none.

        Raises PairingsDamaged, OSError.
        """
        self._check_read()
        async with self._turn:
            left = {key: pairing for key, pairing in self._paired.items() if pairing.id != id_}
            if len(left) == len(self._paired):
                return False
            await self._keep(left)
        return True

    def of_token(self, token: str) -> Pairing | None:
        """The pairing that ``token`` belongs to."""
        return self._paired.get(digest(token).hex())

    def listed(self) -> list[Pairing]:
        """Every pairing, oldest first. Raises PairingsDamaged."""
        self._check_read()
        return sorted(self._paired.values(), key=lambda pairing: pairing.paired_at)

    async def _keep(self, paired: dict[str, Pairing]) -> None:
        await asyncio.to_thread(write_private, self.path, msgspec.json.encode(list(paired.values())))
        self._paired = paired

    def _check_read(self) -> None:
        if self._unread:
            raise PairingsDamaged(self._unread)

    def _drop_ended(self) -> None:
        now = self.clock()
        self._offers = [offer for offer in self._offers if offer.ends > now]


def _read(path: Path) -> list[Pairing]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[Pairing])
    except FileNotFoundError:
        return []
    except (OSError, msgspec.DecodeError) as error:
        raise PairingsDamaged(f"{path} cannot be read ({error}); remove it and pair the screens again") from error
