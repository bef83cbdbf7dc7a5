"""Where goods stand, which label and which scale shows their price, and what goes with them: the planogram of headquarters.

{"slots": [{"shelf": "shelf-1", "slot": "a", "sku": "milk", "unit_grams": 1030}],
 "labels": [{"device": "labels-1", "label": "0000021AB2C3", "sku": "milk", "width_px": 296, "height_px": 128}],
 "scales": [{"device": "scale-2", "sku": "4011"}], "tills": ["till-1"],
 "matching": [{"sku": "milk", "others": ["tea", "4011"]}], "goods_url": "http://192.168.1.10:8080"}
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import msgspec

from edge.shop.bodies import read_body
from edge.shop.catalogue.price_changes import SHOWN_SKUS, look_again
from edge.shop.catalogue.price_events import ProductsMissing
from edge.shop.shop import Goods, Shop
from sync.adopters import Adopter, DocumentRefused
from sync.events import Event

MOST_MATCHING = 6

Sku = Annotated[str, msgspec.Meta(pattern=r"^[^\s\x00-\x1f\x7f]{1,64}\Z")]
Device = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]{1,32}\Z")]
Pixels = Annotated[int, msgspec.Meta(ge=64, le=1600)]


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """``sku`` lies in ``slot`` of ``shelf``; a piece weighs ``unit_grams`` (without it, what the catalogue says)."""

    shelf: Device
    slot: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
    sku: Sku
    unit_grams: Annotated[int, msgspec.Meta(ge=1, le=100_000)] | None = None


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """The price label with the number ``label`` behind the access point ``device`` stands before ``sku``."""

    device: Device
    label: Annotated[str, msgspec.Meta(pattern=r"^(?:[0-9A-Fa-f]{12}|[0-9A-Fa-f]{16})\Z")]
    sku: Sku
    width_px: Pixels = 296
    height_px: Pixels = 128


class PricedScale(msgspec.Struct, frozen=True, kw_only=True):
    """A scale that computes prices and always weighs ``sku``."""

    device: Device
    sku: Sku


class Matching(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown beside ``sku``, best first; it counts before what the catalogue recommends."""

    sku: Sku
    others: Annotated[tuple[Sku, ...], msgspec.Meta(max_length=MOST_MATCHING)]


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """The whole document. ``tills`` take prices over MQTT; ``goods_url`` is where a telephone finds the box, for QR codes."""

    slots: tuple[Slot, ...] = ()
    labels: tuple[Label, ...] = ()
    scales: tuple[PricedScale, ...] = ()
    tills: tuple[Device, ...] = ()
    matching: tuple[Matching, ...] = ()
    goods_url: Annotated[str, msgspec.Meta(pattern=r"^(?:https?://[^\s/?#]+/?)?\Z", max_length=200)] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedGoods:
    """A kind of goods in a slot."""

    sku: str
    unit_grams: int


def planogram_adopter(_shop: Shop) -> Adopter:
    """Adopts documents of kind ``planogram``."""
    return Adopter(kind="planogram", parse=parse_planogram, adopt=adopt_planogram, shape=Body)


def parse_planogram(body: bytes) -> Body:
    """Check ``body`` (JSON). Raises DocumentRefused with the place of the first mistake."""
    planned = read_body(body, Body, "the planogram")
    _refuse_twice([f"slot {each.slot} of {each.shelf}" for each in planned.slots], "$.slots")
    places = [f"label {each.label.upper()}" for each in planned.labels]
    _refuse_twice(places, "$.labels")
    _refuse_twice([f"scale {each.device}" for each in planned.scales], "$.scales")
    _refuse_twice([each.sku for each in planned.matching], "$.matching")
    return planned


def adopt_planogram(planned: Body, version: int, db: sqlite3.Connection) -> Iterator[Event]:
    """Put it in the place of the one before, have every label looked at, and tell which products nobody knows."""
    for table in ("planogram_slots", "price_places", "price_tills", "matching_goods"):
        db.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
    db.execute("INSERT OR REPLACE INTO planogram (only, version, goods_url) VALUES (1, ?, ?)", (version, planned.goods_url))
    slots = [(each.shelf, each.slot, each.sku, each.unit_grams) for each in planned.slots]
    db.executemany("INSERT INTO planogram_slots (shelf, slot, sku, unit_grams) VALUES (?, ?, ?, ?)", slots)
    labels = [(each.device, each.label.upper(), "label", each.sku, each.width_px, each.height_px) for each in planned.labels]
    scales = [(each.device, each.device, "scale", each.sku, 0, 0) for each in planned.scales]
    db.executemany(
        "INSERT INTO price_places (device, place, kind, sku, width_px, height_px) VALUES (?, ?, ?, ?, ?, ?)", [*labels, *scales]
    )
    db.executemany("INSERT OR IGNORE INTO price_tills (till) VALUES (?)", [(till,) for till in planned.tills])
    matching = [(each.sku, number, other) for each in planned.matching for number, other in enumerate(each.others)]
    db.executemany("INSERT INTO matching_goods (sku, number, other) VALUES (?, ?, ?)", matching)
    look_again(db)
    yield from _missing(planned, db)


def goods_in(db: sqlite3.Connection, shop: Shop, shelf: str, slot: str) -> tuple[Goods, ...] | None:
    """What lies in a slot: what the planogram says, else what the settings say; None for a slot that nobody planned.

    A slot whose goods have no known weight is as unplanned: nothing could be counted there.
    """
    row = db.execute(
        """
        SELECT planned.sku, coalesce(planned.unit_grams, item.unit_grams) FROM planogram_slots AS planned
        LEFT JOIN catalogue ON true
        LEFT JOIN catalogue_items AS item ON item.version = catalogue.version AND item.sku = planned.sku
        WHERE shelf = ? AND slot = ?
        """,
        (shelf, slot),
    ).fetchone()
    if row is None or row[1] is None:
        return shop.slots.get((shelf, slot))
    return (PlannedGoods(sku=row[0], unit_grams=row[1]),)


def _missing(planned: Body, db: sqlite3.Connection) -> Iterator[Event]:
    named = [slot.sku for slot in planned.slots] + [label.sku for label in planned.labels]
    named += [scale.sku for scale in planned.scales]
    known = "SELECT 1 FROM catalogue JOIN catalogue_items AS item ON item.version = catalogue.version AND item.sku = ?"
    missing = [sku for sku in dict.fromkeys(named) if db.execute(known, (sku,)).fetchone() is None]
    if missing:
        yield ProductsMissing(kind="planogram", count=len(missing), skus=tuple(missing[:SHOWN_SKUS]))


def _refuse_twice(names: list[str], place: str) -> None:
    name, times = next(iter(Counter(names).most_common(1)), ("", 0))
    if times > 1:
        raise DocumentRefused(f"{name} stands {times} times at `{place}`: leave one")
