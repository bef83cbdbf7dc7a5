"""A price that counts from now on, and what each label, scale and till said to it: the proof that a shopper sees what he pays."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import ClassVar, Literal

import msgspec

from edge.shop.catalogue.prices import milliseconds
from sync.events import Event, EventClass

KEEP_CHANGES = 20_000
"""Changes of prices that are remembered with their proofs; the journal keeps the events by its own rule."""

PlaceKind = Literal["label", "scale", "till"]


class PricePlace(msgspec.Struct, frozen=True, kw_only=True):
    """``device`` is asked by ``job`` to show the price at ``place``: a label's number, or the device itself.

    ``face`` is a digest of all that is to be seen there.
    """

    kind: PlaceKind
    device: str
    place: str
    job: str
    face: str


class PriceApplied(Event, frozen=True, kw_only=True):
    """From now on ``sku`` costs ``price_minor`` per piece or kg; ``before_minor`` what it cost when the box last looked.

    ``effective_at`` is the moment that headquarters set, None for the catalogue's own price, a menu's, or a label that was moved.
    ``number`` counts the changes of this box.
    """

    type: ClassVar[str] = "storebox.price.applied"
    event_class: ClassVar[EventClass] = EventClass.ORDER
    number: int
    sku: str
    price_minor: int
    before_minor: int | None
    currency: str
    prices_version: int
    catalogue_version: int
    effective_at: str | None
    applied_at: str
    places: tuple[PricePlace, ...] = ()

    def subject(self) -> str:
        """The SKU."""
        return self.sku

    def apply(self, db: sqlite3.Connection) -> None:
        """Remember the price, the change and who is asked to show it; forget the oldest."""
        db.execute("INSERT OR REPLACE INTO applied_prices (sku, price_minor) VALUES (?, ?)", (self.sku, self.price_minor))
        db.execute(
            "INSERT INTO price_changes (number, sku, before_minor, price_minor, currency, effective_ms, applied_ms) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                *(self.number, self.sku, self.before_minor, self.price_minor, self.currency),
                *(None if self.effective_at is None else _ms(self.effective_at), _ms(self.applied_at)),
            ),
        )
        for each in self.places:
            db.execute(
                "INSERT OR REPLACE INTO price_proofs (job, number, kind, device, place, face, state) "
                "VALUES (?, ?, ?, ?, ?, ?, 'asked')",
                (each.job, self.number, each.kind, each.device, each.place, each.face),
            )
        db.execute("DELETE FROM price_proofs WHERE number <= ?", (self.number - KEEP_CHANGES,))
        db.execute("DELETE FROM price_changes WHERE number <= ?", (self.number - KEEP_CHANGES,))


class _PlaceAnswered(Event, frozen=True, kw_only=True):
    """What ``device`` said when it was asked to show the price of ``sku`` at ``place``."""

    event_class: ClassVar[EventClass] = EventClass.ORDER
    change: int
    sku: str
    price_minor: int
    device: str
    place: str
    job: str
    at: str

    def subject(self) -> str:
        """The place."""
        return self.place

    def _settle(self, db: sqlite3.Connection, state: str, detail: str) -> None:
        db.execute(
            "UPDATE price_proofs SET state = ?, detail = ?, settled_ms = ? WHERE job = ?", (state, detail, _ms(self.at), self.job)
        )


class LabelShown(_PlaceAnswered, frozen=True, kw_only=True):
    """The label fetched its picture: the price stands on it."""

    type: ClassVar[str] = "storebox.label.shown"

    def apply(self, db: sqlite3.Connection) -> None:
        """The place is proven."""
        self._settle(db, "confirmed", "")


class PriceTaken(_PlaceAnswered, frozen=True, kw_only=True):
    """A scale or a till confirmed that it reckons with the price."""

    type: ClassVar[str] = "storebox.price.taken"

    def apply(self, db: sqlite3.Connection) -> None:
        """The place is proven."""
        self._settle(db, "confirmed", "")


class PriceMissed(_PlaceAnswered, frozen=True, kw_only=True):
    """It is not proven that the price is shown: ``outcome`` accepted (a label sleeps), unknown or failed. A person looks."""

    type: ClassVar[str] = "storebox.price.missed"
    outcome: Literal["accepted", "unknown", "failed"]
    detail: str

    def apply(self, db: sqlite3.Connection) -> None:
        """The place stays unproven."""
        self._settle(db, self.outcome, self.detail)


class ProductsMissing(Event, frozen=True, kw_only=True):
    """A document of ``kind`` speaks of ``count`` products that the catalogue does not have; ``skus`` are the first of them."""

    type: ClassVar[str] = "storebox.products.missing"
    event_class: ClassVar[EventClass] = EventClass.TELEMETRY
    kind: str
    count: int
    skus: tuple[str, ...]

    def subject(self) -> str:
        """The kind of document."""
        return self.kind


def _ms(at: str) -> int:
    return milliseconds(datetime.fromisoformat(at))
