"""How a kind of document enters the shop: parsed without the database, adopted inside the journal's transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, BinaryIO

import msgspec

from sync.events import Event

Step = Callable[[sqlite3.Connection], None]
"""A slice of work on rows that nobody reads yet, short enough (20 ms) that no order waits for it."""


class DocumentRefused(ValueError):
    """The document is not adopted; the text says why: one mistake, or all where the parser finds them at once.

    The last good one keeps working.
    """

    def __init__(self, *mistakes: str) -> None:
        super().__init__("; ".join(mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopter:
    """What the shop does with documents of ``kind``.

    ``parse(body)`` checks the body (JSON bytes) against the schema and raises DocumentRefused naming the place;
    ``adopt(parsed, version, db)`` makes it count and says what happened, inside a SAVEPOINT.

    A large document is laid out beforehand: ``stage(parsed, version)`` gives the steps, each a commit of its own, and
    ``sweep(db)`` removes a slice of what does not count (an older version, the remains of a staging that was cut off) and
    says whether there is more. The desk sweeps before the staging and after the adoption. Where even reading it takes long,
    ``parse_lines(lines)`` takes the NDJSON as an open file, and ``stage`` reads the rows: it may raise DocumentRefused too.

    ``shape`` is the struct (or the pydantic model) of the whole body, of which its JSON Schema is made; ``row`` that of an
    element of its list, where ``shape`` leaves the elements undecoded (``msgspec.Raw``).
    """

    kind: str
    parse: Callable[[bytes], Any]
    adopt: Callable[[Any, int, sqlite3.Connection], Iterable[Event]]
    stage: Callable[[Any, int], Iterable[Step]] = lambda _parsed, _version: ()
    sweep: Callable[[sqlite3.Connection], bool] = lambda _db: False
    parse_lines: Callable[[BinaryIO], Any] | None = None
    shape: type[Any] | None = None
    row: type[msgspec.Struct] | None = None
