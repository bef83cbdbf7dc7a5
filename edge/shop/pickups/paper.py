"""The pick list: which goods an order needs, where they lie and when it must be ready, printed once it is accepted."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import timedelta
from zoneinfo import ZoneInfo

from drivers.commands import Block, Feed, Line, Print, Qr, command_name
from drivers.pos.cards import cut_cards
from edge.command_json import command_json
from edge.shop.jobs import Job, queue_job
from edge.shop.moment import Moment
from edge.shop.pickups.events import PickupAccepted, Wanted
from edge.shop.pickups.pickup import Pickup, known_pickup
from edge.shop.shop import Shop
from edge.shop.stock.refills import places_of
from sync.events import Event

WORDS = {
    "zh": {"title": "拣货单", "due": "{time} 前备好", "delivery": "配送", "pieces": "{qty} 件", "grams": "{qty} 克"},
    "en": {"title": "Pick list", "due": "Ready by {time}", "delivery": "Delivery", "pieces": "{qty} ×", "grams": "{qty} g"},
}
PATIENCE = timedelta(hours=1)


def print_pick_list(accepted: PickupAccepted, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
    """Leave the list with the printer of the settings, where there is one."""
    if shop.pickup.printer is None:
        return
    pickup = known_pickup(db, accepted.order)
    yield from queue_job(
        Job(
            id=f"picklist-{pickup.order}-{pickup.number}-{moment.monotonic_ms}",
            device=shop.pickup.printer,
            command=command_name(Print),
            content=command_json(Print(blocks=tuple(_blocks(pickup, shop, db)))),
            by=accepted.by,
            origin="job",
            cause=accepted.type,
            asked_at=moment.at,
            expires_at=moment.at + PATIENCE,
        ),
        db,
    )


def _blocks(pickup: Pickup, shop: Shop, db: sqlite3.Connection) -> Iterable[Block]:
    words = WORDS[shop.language]
    due = pickup.late_at.astimezone(ZoneInfo(shop.timezone))
    yield Line(text=words["title"], align="center")
    yield Line(text=pickup.order, align="center", large=True, bold=True)
    yield Line(text=words["due"].format(time=f"{due:%m-%d %H:%M}"), align="center", bold=True)
    if pickup.delivery:
        yield Line(text=words["delivery"], align="center")
    yield Feed()
    for each in pickup.items:
        qty = words["pieces" if each.unit == "piece" else "grams"].format(qty=each.qty)
        yield Line(text=cut_cards(f"{qty}  {_name(each, shop, db)}"), bold=True)
        yield Line(text=cut_cards("    " + "  ".join([each.sku, *_places(each.sku, shop, db)])))
    yield Feed()
    yield Qr(text=pickup.order)
    yield Feed(lines=2)


def _name(wanted: Wanted, shop: Shop, db: sqlite3.Connection) -> str:
    row = db.execute(
        "SELECT name_zh, name_en FROM catalogue JOIN catalogue_items USING (version) WHERE sku = ?", (wanted.sku,)
    ).fetchone()
    zh, en = row or ("", "")
    return (zh or en) if shop.language == "zh" else (en or zh)


def _places(sku: str, shop: Shop, db: sqlite3.Connection) -> list[str]:
    return [f"{shelf}/{slot}" for shelf, slot, _goods in places_of(db, shop, sku)]
