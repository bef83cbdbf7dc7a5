"""Makes lateness heard: a light or sounder of the settings is on as long as an order is late and not ready."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import timedelta

from config.schema import Pickup
from drivers.commands import SetProperty, command_name
from edge.command_json import command_json
from edge.shop.jobs import Job, queue_job
from edge.shop.moment import Moment
from edge.shop.pickups.events import PickupEvent, PickupLate
from edge.shop.pickups.pickup import late_orders
from edge.shop.shop import Shop
from sync.events import Event

PATIENCE = timedelta(minutes=10)


def sound_alarm(late: PickupLate, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
    """On, also when it should be on already: somebody may have switched it off."""
    yield from _set(shop.pickup, shop.pickup.sounder_on, late, moment, db)


def hush_alarm(event: PickupEvent, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
    """Off when no order is late any more after ``event``."""
    if _sounds(shop.pickup, db) and not late_orders(db):
        yield from _set(shop.pickup, shop.pickup.sounder_off, event, moment, db)


def _sounds(pickup: Pickup, db: sqlite3.Connection) -> bool:
    """Whether the last that it was asked for was to sound."""
    last = "SELECT cause FROM jobs WHERE device = ? AND cause GLOB 'storebox.pickup.*' ORDER BY number DESC LIMIT 1"
    row = db.execute(last, (pickup.sounder,)).fetchone()
    return row is not None and row[0] == PickupLate.type


def _set(pickup: Pickup, value: str, event: PickupEvent, moment: Moment, db: sqlite3.Connection) -> Iterable[Event]:
    if pickup.sounder is None:
        return
    yield from queue_job(
        Job(
            id=f"pickup-sounder-{event.order}-{event.type.rpartition('.')[2]}-{moment.monotonic_ms}",
            device=pickup.sounder,
            command=command_name(SetProperty),
            content=command_json(SetProperty(property=pickup.sounder_property, value=value)),
            by="box",
            origin="job",
            cause=event.type,
            asked_at=moment.at,
            expires_at=moment.at + PATIENCE,
        ),
        db,
    )
