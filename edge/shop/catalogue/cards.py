"""The card of a product for shoppers: what it is, what it costs now, and what goes with it; all of it known without internet."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

import msgspec

from edge.shop.catalogue.products import Product, code_key, on_sale, product_of
from sync.events import Event, EventClass

MOST_MATCHING = 6


class ProductViewed(Event, frozen=True, kw_only=True):
    """A shopper looked at a product: ``by`` the QR code of its label, or a ``pick`` that the screen of shelf ``place`` showed.

    ``matching`` are the SKUs that were shown beside it.
    """

    type: ClassVar[str] = "storebox.product.viewed"
    event_class: ClassVar[EventClass] = EventClass.TELEMETRY
    sku: str
    by: Literal["label", "pick"]
    place: str
    matching: tuple[str, ...]

    def subject(self) -> str:
        """The SKU."""
        return self.sku


class Texts(msgspec.Struct, frozen=True, kw_only=True):
    """What shoppers read about it."""

    zh: str = ""
    en: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A product, its texts, whether it is on sale at this hour, and the products that go with it and can be bought now."""

    product: Product
    texts: Texts
    on_sale: bool
    matching: tuple[Product, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """What was last taken from a shelf; ``picks`` counts how often anything was."""

    sku: str
    picks: int


def card_of(db: sqlite3.Connection, code: str, at: datetime) -> Card | None:
    """The card of a SKU or barcode; None for one that the catalogue does not have."""
    row = db.execute(
        """
        SELECT item.sku, card, recommends FROM catalogue
        JOIN catalogue_codes AS known ON known.version = catalogue.version AND known.code = ?
        JOIN catalogue_items AS item ON item.version = known.version AND item.sku = known.sku
        """,
        (code_key(code),),
    ).fetchone()
    product = None if row is None else product_of(db, row[0], at)
    if row is None or product is None:
        return None
    return Card(
        product=product,
        texts=msgspec.json.decode(row[1], type=Texts) if row[1] else Texts(),
        on_sale=on_sale(db, product),
        matching=_matching(db, product.sku, row[2].split(), at),
    )


def count_pick(db: sqlite3.Connection, shelf: str, slot: str, sku: str) -> None:
    """Remember what was taken last from ``shelf``; called where the pick is written down."""
    db.execute(
        """
        INSERT INTO shelf_screens (shelf, slot, sku, picks) VALUES (?, ?, ?, 1)
        ON CONFLICT (shelf) DO UPDATE SET slot = excluded.slot, sku = excluded.sku, picks = picks + 1
        """,
        (shelf, slot, sku),
    )


def last_pick(db: sqlite3.Connection, shelf: str) -> Pick | None:
    """What was last taken from ``shelf``."""
    row = db.execute("SELECT sku, picks FROM shelf_screens WHERE shelf = ?", (shelf,)).fetchone()
    return None if row is None else Pick(sku=row[0], picks=row[1])


def _matching(db: sqlite3.Connection, sku: str, recommended: list[str], at: datetime) -> tuple[Product, ...]:
    """What the planogram says goes with it, then what the catalogue says; only what can be bought now."""
    planned = [other for (other,) in db.execute("SELECT other FROM matching_goods WHERE sku = ? ORDER BY number", (sku,))]
    others = (product_of(db, other, at) for other in dict.fromkeys([*planned, *recommended]) if other != sku)
    sold = [other for other in others if other is not None and other.price_minor > 0 and on_sale(db, other)]
    return tuple(sold[:MOST_MATCHING])
