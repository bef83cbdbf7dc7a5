"""The pickup orders of headquarters: all that are to be fetched at this store and are not handed over yet.

    {"orders": [{"order": "P-1001", "customer": "m-7f3a", "items": [{"sku": "tea", "qty": 2}, {"sku": "4011", "grams": 1500}],
                 "code_hash": "9f0c…", "due_at": "2026-11-22T18:30:00+08:00", "priority": 5, "delivery": false}]}

It replaces the list before it: an order that changed is changed here, one that is missing is cancelled, as long as it was not
handed over. The code is a hash (codes.py); the customer is a reference for people at headquarters, and is not kept here.
"""

from __future__ import annotations

import hashlib
import sqlite3
from datetime import datetime
from typing import Annotated

import msgspec

from drivers.pos.cards import may_hold_card
from edge.shop.bodies import read_body, refuse_repeats
from edge.shop.catalogue.document import Code
from edge.shop.far_days import refuse_far
from edge.shop.shop import Shop
from edge.shop.stock.levels import Unit
from sync.adopters import Adopter, DocumentRefused

Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9-]{1,32}\Z")]
Reference = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{0,64}\Z")]
Amount = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """``qty`` pieces or ``grams`` of one product: one of the two."""

    sku: Code
    qty: Amount | None = None
    grams: Amount | None = None

    @property
    def unit(self) -> Unit:
        """What it is counted in."""
        return "piece" if self.grams is None else "g"

    @property
    def amount(self) -> int:
        """Pieces or grams."""
        return (self.qty if self.grams is None else self.grams) or 0


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One order. It is late at ``due_at``, or ``sla_minutes`` after the box heard of it; without both, as the settings say.

    Nobody waits for its customer after ``keep_until``. A higher ``priority`` is picked first. ``delivery``: a courier fetches it.
    """

    order: Name
    items: Annotated[tuple[Item, ...], msgspec.Meta(min_length=1, max_length=100)]
    code_hash: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
    customer: Reference = ""
    due_at: Instant | None = None
    sla_minutes: Annotated[int, msgspec.Meta(ge=1, le=1_440)] | None = None
    keep_until: Instant | None = None
    priority: Annotated[int, msgspec.Meta(ge=0, le=9)] = 0
    delivery: bool = False


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """The whole document."""

    orders: Annotated[tuple[Order, ...], msgspec.Meta(max_length=500)]


def pickups_adopter(_shop: Shop) -> Adopter:
    """Adopts documents of kind ``pickups``."""
    return Adopter(kind="pickups", parse=parse_pickups, adopt=adopt_pickups, shape=Body)


def parse_pickups(body: bytes) -> Body:
    """Check ``body`` (JSON). Raises DocumentRefused with the place of the first mistake."""
    parsed = read_body(body, Body, "the pickup orders")
    refuse_repeats("$.orders[{}].order", ((each.order, each.order) for each in parsed.orders))
    for place, each in enumerate(parsed.orders):
        at = f"$.orders[{place}]"
        if may_hold_card(each.order):
            raise DocumentRefused(f"`{at}.order` may be a card number, and it is printed: give the order another name")
        refuse_far(each.due_at, f"{at}.due_at")
        refuse_far(each.keep_until, f"{at}.keep_until")
        _check_items(each, at)
    return parsed


def adopt_pickups(body: Body, _version: int, db: sqlite3.Connection) -> tuple[()]:
    """From now on this is the list; the shop takes each change up by itself within a second."""
    db.execute("DELETE FROM pickup_orders")
    db.executemany(
        """
        INSERT INTO pickup_orders (order_id, priority, body, digest, taken) VALUES (?1, ?2, ?3, ?4, EXISTS (
            SELECT 1 FROM pickups WHERE order_id = ?1
            AND (state IN ('handed-over', 'returned') OR (digest = ?4 AND state != 'cancelled'))
        ))
        """,
        [_row(each) for each in body.orders],
    )
    db.execute("UPDATE pickups SET withdrawn = open AND order_id NOT IN (SELECT order_id FROM pickup_orders)")
    return ()


def _row(each: Order) -> tuple[str, int, str, str]:
    body = msgspec.json.encode(msgspec.structs.replace(each, customer=""))
    return each.order, each.priority, body.decode(), hashlib.sha256(body).hexdigest()


def _check_items(each: Order, at: str) -> None:
    for place, item in enumerate(each.items):
        if (item.qty is None) == (item.grams is None):
            raise DocumentRefused(f"{item.sku} at `{at}.items[{place}]` needs either qty or grams")
    refuse_repeats(f"{at}.items[{{}}]", (((item.sku, item.unit), item.sku) for item in each.items))
