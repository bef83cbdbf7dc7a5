"""Where the reference cloud keeps what it is told. A receiver holds no state: any number may stand before one sink."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec


class SinkDown(Exception):
    """The sink cannot be written or read now; nothing of the request is kept."""


class CodeRefused(Exception):
    """The claim is refused; the text says why and what to do."""


class StaleDocument(ValueError):
    """A version that is not newer than the published one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One valid event. ``json`` is the whole CloudEvent as it came."""

    sequence: int
    id: str
    type: str
    subject: str | None
    time: str
    event_class: str
    business_day: str | None
    json: str


class Rejection(msgspec.Struct, frozen=True):
    """One event that will never be taken, and why."""

    id: str
    problem: str


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a batch; the three add up to its length."""

    accepted: int
    duplicates: int
    rejected: list[Rejection]


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A claimed box and the store it belongs to."""

    box: str
    store: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A signed document or command on its way to ``store`` and ``box``; empty means all of them."""

    kind: str
    version: int
    store: str
    box: str
    jws: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """What a box has not seen: signed documents and commands, and the cursor after them."""

    cursor: int
    documents: list[str]
    commands: list[str]


class BoxView(msgspec.Struct, frozen=True, kw_only=True):
    """A box as the cloud sees it. ``missing`` counts sequences that are not here and not explained as
    removed by the box; refused events are among them."""

    box: str
    store: str
    claimed_at: str
    last_seen: str | None
    last_sequence: int
    events: int
    refused: int
    removed: int
    missing: int


class BoxDetail(msgspec.Struct, frozen=True, kw_only=True):
    """``gaps`` are the first hundred ranges ``[first, last]`` of missing sequences."""

    view: BoxView
    gaps: list[tuple[int, int]]


class Sink(Protocol):
    """Everything is durable on return. Every call may raise SinkDown."""

    async def accept(self, box: str, events: Sequence[Received], refused: Sequence[Rejection]) -> Answer:
        """Keep each event once, by box and sequence, and by box and id."""
        ...

    async def issue_code(self, store: str, *, valid_s: int) -> str:
        """A new one-time code that lets one box join ``store``."""
        ...

    async def redeem(self, code: str, *, box: str, public_key: str) -> tuple[Registered, str]:
        """Register ``box`` and give it a new token; the same box may repeat its claim. Raises CodeRefused."""
        ...

    async def box_of(self, token: str) -> Registered | None:
        """The box that ``token`` was given to."""
        ...

    async def published_version(self, kind: str, *, store: str, box: str) -> int:
        """The newest version of ``kind`` for exactly this audience; 0 before the first."""
        ...

    async def publish(self, notice: Notice) -> int:
        """Replace the older version for the same audience; the new cursor. Raises StaleDocument."""
        ...

    async def last_cursor(self) -> int:
        """The cursor of the newest document."""
        ...

    async def notices_after(self, cursor: int, to: Registered) -> Behind:
        """What is for ``to`` behind ``cursor`` (from the start if the sink never gave it)."""
        ...

    async def fleet(self) -> list[BoxView]:
        """Every claimed box."""
        ...

    async def box(self, box: str) -> BoxDetail | None:
        """One box with its gaps."""
        ...

    async def close(self) -> None:
        """Let go of the files."""
        ...
