"""Which slots wait to be filled, how much lies in them now, and where a product lies."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from edge.shop.catalogue.planogram import goods_in
from edge.shop.shop import Goods, Shop

MOST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Refill:
    """A task of staff since ``since``: ``pieces`` of ``sku`` lie in the slot, ``wanted`` is the least.

    The names are empty for goods that the catalogue does not have.
    """

    shelf: str
    slot: str
    sku: str
    name_zh: str
    name_en: str
    pieces: int
    wanted: int
    since: str


def refills(db: sqlite3.Connection, shop: Shop) -> list[Refill]:
    """The tasks, the longest waiting first."""
    rows = db.execute(
        """
        SELECT task.shelf, task.slot, task.sku, coalesce(name_zh, ''), coalesce(name_en, ''), coalesce(grams, 0), wanted, since
        FROM shelf_refills AS task LEFT JOIN shelf_levels USING (shelf, slot) LEFT JOIN catalogue ON true
        LEFT JOIN catalogue_items AS item ON item.version = catalogue.version AND item.sku = task.sku
        ORDER BY since, task.shelf, task.slot LIMIT ?
        """,
        (MOST,),
    ).fetchall()
    return [
        Refill(
            shelf=shelf,
            slot=slot,
            sku=sku,
            name_zh=zh,
            name_en=en,
            pieces=pieces_in(grams, goods[0]),
            wanted=wanted,
            since=since,
        )
        for shelf, slot, sku, zh, en, grams, wanted, since in rows
        if (goods := goods_in(db, shop, shelf, slot)) and goods[0].sku == sku
    ]


def places_of(db: sqlite3.Connection, shop: Shop, sku: str) -> Iterator[tuple[str, str, Goods]]:
    """Shelf, slot and goods of every slot whose main goods are ``sku``, by the planogram or by the settings."""
    planned = {(shelf, slot) for shelf, slot in db.execute("SELECT shelf, slot FROM planogram_slots WHERE sku = ?", (sku,))}
    for shelf, slot in sorted(planned | {place for place, goods in shop.slots.items() if goods[0].sku == sku}):
        goods = goods_in(db, shop, shelf, slot)
        if goods and goods[0].sku == sku:
            yield shelf, slot, goods[0]


def pieces_in(grams: int, goods: Goods) -> int:
    """How many whole pieces of ``goods`` make ``grams``, to the nearest; none below nothing."""
    return max(0, (2 * grams + goods.unit_grams) // (2 * goods.unit_grams))
