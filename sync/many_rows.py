"""Rows by the hundred in one statement.

Between two statements sqlite3 gives the interpreter's lock away and asks for it again. While the event loop is busy that takes
longer than the inserts themselves, so the number of statements counts, not the number of rows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from itertools import chain
from typing import Any

MOST = 256
"""Rows of one statement at most; more bring no more."""


class ManyRows:
    """Inserts into ``table``, whose ``columns`` are named as in SQL."""

    def __init__(self, table: str, columns: str) -> None:
        places = f"({', '.join('?' * len(columns.split(', ')))})"
        self.one = f"INSERT INTO {table} ({columns}) VALUES {places}"  # noqa: S608 - our own names
        self._of = {rows: self.one + f", {places}" * (rows - 1) for rows in (1 << power for power in range(MOST.bit_length()))}

    def insert(self, db: sqlite3.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert ``rows`` in powers of two, the largest first: few statements, of which SQLite knows each again."""
        first, left = 0, len(rows)
        while left:
            many = min(MOST, 1 << (left.bit_length() - 1))
            db.execute(self._of[many], tuple(chain.from_iterable(rows[first : first + many])))
            first, left = first + many, left - many
