"""Which slots wait to be filled, and how much lies in them now."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from edge.shop.shop import Goods

MOST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Refill:
    """A task of staff since ``since``: ``pieces`` of ``sku`` lie in the slot, ``wanted`` is the least."""

    shelf: str
    slot: str
    sku: str
    pieces: int
    wanted: int
    since: str


def refills(db: sqlite3.Connection, slots: Mapping[tuple[str, str], tuple[Goods, ...]]) -> list[Refill]:
    """The tasks, the longest waiting first; ``slots`` are those of the shop."""
    rows = db.execute(
        """
        SELECT shelf, slot, sku, coalesce(grams, 0), wanted, since FROM shelf_refills
        LEFT JOIN shelf_levels USING (shelf, slot) ORDER BY since, shelf, slot LIMIT ?
        """,
        (MOST,),
    )
    return [
        Refill(shelf=shelf, slot=slot, sku=sku, pieces=pieces_in(grams, slots[shelf, slot][0]), wanted=wanted, since=since)
        for shelf, slot, sku, grams, wanted, since in rows
        if (shelf, slot) in slots
    ]


def pieces_in(grams: int, goods: Goods) -> int:
    """How many whole pieces of ``goods`` make ``grams``, to the nearest; none below nothing."""
    return max(0, (2 * grams + goods.unit_grams) // (2 * goods.unit_grams))
