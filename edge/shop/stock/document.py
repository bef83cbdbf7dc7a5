"""The rules of headquarters for the stock: what is kept back, how much must lie on the shelf, what is on trial.

    {"items": [{"sku": "tea", "safety": 2, "event": 10, "shelf_min": 3, "backroom": true, "trial": false}]}

It replaces the rules before it. Levels are in pieces, those that end in ``_g`` in grams. Unknown fields are left alone.
"""

from __future__ import annotations

import sqlite3
from typing import Annotated

import msgspec

from edge.shop.bodies import read_body, refuse_repeats
from edge.shop.catalogue.document import Code
from edge.shop.shop import Shop
from sync.adopters import Adopter

Level = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]
MOST_ITEMS = 20_000


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of one product. ``safety`` and ``event`` are never promised to a pickup order.

    A slot with fewer than ``shelf_min`` pieces is a task for staff. Without a ``backroom`` nothing is promised while the sensed
    slots are empty. ``trial``: its picks, put-backs and sales are told every day.
    """

    sku: Code
    safety: Level = 0
    safety_g: Level = 0
    event: Level = 0
    event_g: Level = 0
    shelf_min: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 0
    backroom: bool = False
    trial: bool = False


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """The whole document."""

    items: Annotated[tuple[Item, ...], msgspec.Meta(max_length=MOST_ITEMS)]


def stock_adopter(_shop: Shop) -> Adopter:
    """Adopts documents of kind ``stock``."""
    return Adopter(kind="stock", parse=parse_stock, adopt=adopt_stock, shape=Body)


def parse_stock(body: bytes) -> Body:
    """Check ``body`` (JSON). Raises DocumentRefused with the place of the first mistake."""
    parsed = read_body(body, Body, "the rules for the stock")
    refuse_repeats("$.items[{}].sku", ((item.sku, f"the SKU {item.sku}") for item in parsed.items))
    return parsed


def adopt_stock(rules: Body, _version: int, db: sqlite3.Connection) -> tuple[()]:
    """From now on these rules count. What was judged by a rule that is gone is taken back; slots are judged as they move."""
    db.execute("DELETE FROM stock_rules")
    db.executemany(
        """
        INSERT INTO stock_rules (sku, safety, safety_g, event, event_g, shelf_min, backroom, trial)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
            (each.sku, each.safety, each.safety_g, each.event, each.event_g, each.shelf_min, each.backroom, each.trial)
            for each in rules.items
        ],
    )
    db.execute("DELETE FROM shelf_refills WHERE sku NOT IN (SELECT sku FROM stock_rules WHERE shelf_min > 0)")
    db.execute("DELETE FROM stock_stops WHERE sku NOT IN (SELECT sku FROM stock_rules WHERE NOT backroom)")
    return ()
