"""How a kind of document enters the shop: parsed without the database, adopted inside the journal's transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sync.events import Event


class DocumentRefused(ValueError):
    """The document is not adopted; the text says why. The last good one keeps working."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopter:
    """What the shop does with documents of ``kind``.

    ``parse(body)`` checks the body (JSON bytes) against the schema and raises DocumentRefused naming the place;
    ``adopt(parsed, version, db)`` replaces the state tables and says what happened, inside a SAVEPOINT.
    """

    kind: str
    parse: Callable[[bytes], Any]
    adopt: Callable[[Any, int, sqlite3.Connection], Iterable[Event]]
