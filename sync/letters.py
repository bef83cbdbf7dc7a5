"""Dead letters: inputs that could not become events, kept so that a person can see them and nothing is lost without a trace."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal

from sync.entries import Entry
from sync.events import Event, EventClass, require_zone, rfc3339

LETTERS_KEPT = 10_000
TOLD_KEPT = 32_768
"""Characters of an input, and of a reason, that are kept; a 200 kB payload does not fill the disk."""

LetterKind = Literal["failed", "unreadable", "conflict", "refused"]
"""failed: a bug met it · unreadable: not understood · conflict: a known id with other content · refused: a decision said no."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """``told`` is the input as text, with nothing personal in it; ``reason`` says why it is here. ``at`` is UTC."""

    kind: LetterKind
    device: str
    reason: str
    told: str
    at: datetime

    def __post_init__(self) -> None:
        require_zone(self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLetter:
    """A letter as it is shown: the same one again only counts, ``letter.at`` is the last time, ``first_at`` the first."""

    id: int
    letter: Letter
    first_at: datetime
    times: int


def put_letter(db: sqlite3.Connection, letter: Letter) -> None:
    """Keep ``letter``; one that is there already is counted, the oldest beyond LETTERS_KEPT make room."""
    reason, told, at = letter.reason[-TOLD_KEPT:], letter.told[:TOLD_KEPT], rfc3339(letter.at)
    digest = sha256("\0".join((letter.kind, letter.device, letter.reason, letter.told)).encode(errors="surrogatepass")).digest()
    db.execute(
        "INSERT INTO letters (kind, device, reason, told, first_at, last_at, digest) VALUES (?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (digest) DO UPDATE SET times = times + 1, last_at = excluded.last_at",
        (letter.kind, _storable(letter.device), _storable(reason), _storable(told), at, at, digest),
    )
    db.execute("DELETE FROM letters WHERE id <= (SELECT max(id) FROM letters) - ?", (LETTERS_KEPT,))


def set_aside(letter: Letter) -> Entry:
    """The entry that keeps ``letter``: in the order of the others, and in one commit with them."""

    def keep(db: sqlite3.Connection) -> tuple[Event, ...]:
        put_letter(db, letter)
        return ()

    return Entry(decide=keep, event_class=EventClass.ORDER, at=letter.at, monotonic_ms=0)


def letters(db: sqlite3.Connection, limit: int) -> Sequence[KeptLetter]:
    """The newest letters first."""
    rows = db.execute(
        "SELECT id, kind, device, reason, told, first_at, last_at, times FROM letters ORDER BY last_at DESC, id DESC LIMIT ?",
        (limit,),
    )
    return [
        KeptLetter(
            id=number,
            letter=Letter(kind=kind, device=device, reason=reason, told=told, at=datetime.fromisoformat(last_at)),
            first_at=datetime.fromisoformat(first_at),
            times=times,
        )
        for number, kind, device, reason, told, first_at, last_at, times in rows
    ]


def _storable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
