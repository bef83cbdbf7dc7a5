"""Which shelf shows which arm of an experiment, and when: the document ``experiments`` of headquarters.

    {"experiments": [{"id": "face-up", "begins": "2026-11-21T00:00:00+08:00", "ends": "2026-12-05T00:00:00+08:00",
                      "arms": [{"arm": "a", "zones": ["shelf-1"]}, {"arm": "b", "zones": ["shelf-2/a", "shelf-2/b"]}]}]}

A zone is a shelf or one slot of it, a mirror, a self-checkout lane or a till. Who takes goods there, puts them back, tries or
buys something was exposed to the arm; nobody is followed. What is bought counts for the arm of the lane or till, and for that
of the slot where the goods lie; goods that lie in slots of two arms tell nothing of either.

A zone of a camera's layout is one too, by its name or as ``cam-1/lips``, and so is the shelf that stands in it: its visits are
counted by the arm (``edge/shop/footfall/telling.py``), by the minute.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Annotated, ClassVar, Literal

import msgspec

from edge.shop.bodies import read_body
from edge.shop.far_days import refuse_far
from edge.shop.lanes.events import LaneBegun
from edge.shop.mirror_visits import ShadeWorn, VisitBegan
from edge.shop.moment import Moment
from edge.shop.orders.closing_events import OrderPaid
from edge.shop.orders.order import sold_lines
from edge.shop.shop import Shop
from edge.shop.stock.shelf_events import ShelfPicked, ShelfPut
from sync.adopters import Adopter, DocumentRefused
from sync.events import Event, EventClass, rfc3339

Id = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]{1,32}\Z")]
Zone = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]{1,32}(/[^/\s]{1,32})?\Z")]
Moments = Annotated[datetime, msgspec.Meta(tz=True)]


class Arm(msgspec.Struct, frozen=True, kw_only=True):
    """One way to show the goods, and where."""

    arm: Id
    zones: Annotated[tuple[Zone, ...], msgspec.Meta(min_length=1, max_length=200)]


class Experiment(msgspec.Struct, frozen=True, kw_only=True):
    """It runs from ``begins`` until ``ends``, which name their zone."""

    id: Id
    begins: Moments
    ends: Moments
    arms: Annotated[tuple[Arm, ...], msgspec.Meta(min_length=2, max_length=8)]


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """The whole document."""

    experiments: Annotated[tuple[Experiment, ...], msgspec.Meta(max_length=50)]


What = Literal["pick", "put", "visit", "try", "buy"]


class ExperimentExposed(Event, frozen=True, kw_only=True):
    """Somebody did ``what`` with ``qty`` pieces of ``sku`` where ``arm`` was shown; weighed goods are one piece.

    A ``visit`` began at a mirror or a lane, with no goods yet.
    """

    type: ClassVar[str] = "storebox.experiment.exposed"
    event_class: ClassVar[EventClass] = EventClass.TELEMETRY
    experiment: str
    arm: str
    zone: str
    what: What = "pick"
    sku: str | None = None
    qty: int = 1

    def subject(self) -> str:
        """The experiment and its arm."""
        return f"{self.experiment}/{self.arm}"


def experiments_adopter(_shop: Shop) -> Adopter:
    """Adopts documents of kind ``experiments``."""
    return Adopter(kind="experiments", parse=parse_experiments, adopt=adopt_experiments, shape=Body)


def parse_experiments(body: bytes) -> Body:
    """Check ``body`` (JSON). Raises DocumentRefused with the place of the first mistake."""
    parsed = read_body(body, Body, "the experiments")
    seen: set[str] = set()
    for place, experiment in enumerate(parsed.experiments):
        at = f"`$.experiments[{place}]`"
        if experiment.id in seen:
            raise DocumentRefused(f"the experiment {experiment.id} at {at} stands there twice")
        refuse_far(experiment.begins, f"$.experiments[{place}].begins")
        refuse_far(experiment.ends, f"$.experiments[{place}].ends")
        if experiment.begins >= experiment.ends:
            raise DocumentRefused(f"the experiment {experiment.id} at {at} ends before it begins")
        zones = [zone for arm in experiment.arms for zone in arm.zones]
        twice = next((zone for zone in zones if zones.count(zone) > 1), None)
        if twice is not None:
            raise DocumentRefused(f"the zone {twice} at {at} is in two arms: nobody could tell them apart")
        seen.add(experiment.id)
    return parsed


def adopt_experiments(body: Body, _version: int, db: sqlite3.Connection) -> tuple[()]:
    """These run from now on."""
    db.execute("DELETE FROM experiment_zones")
    db.executemany(
        "INSERT INTO experiment_zones (zone, experiment, arm, begins, ends) VALUES (?, ?, ?, ?, ?)",
        [
            (zone, each.id, arm.arm, rfc3339(each.begins), rfc3339(each.ends))
            for each in body.experiments
            for arm in each.arms
            for zone in arm.zones
        ],
    )
    return ()


def arms_of(db: sqlite3.Connection, zones: Sequence[str], at: datetime) -> list[tuple[str, str, str]]:
    """The experiments that run at one of ``zones``: each with its arm and the zone, the first zone that names one."""
    now, found = rfc3339(at), dict[str, tuple[str, str, str]]()
    for zone in zones:
        rows = db.execute(
            "SELECT experiment, arm, zone FROM experiment_zones WHERE zone = ? AND begins <= ? AND ends > ?", (zone, now, now)
        )
        for experiment, arm, where in rows:
            found.setdefault(experiment, (experiment, arm, where))
    return list(found.values())


def expose(happened: Event, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[ExperimentExposed]:
    """What ``happened`` tells of the experiments that run where it did."""
    if db.execute("SELECT 1 FROM experiment_zones LIMIT 1").fetchone() is None:
        return
    match happened:
        case ShelfPicked():
            yield from _exposed(_at_slot(happened.shelf, happened.slot, moment, db), "pick", happened.sku, happened.qty)
        case ShelfPut():
            yield from _exposed(_at_slot(happened.shelf, happened.slot, moment, db), "put", happened.sku, happened.qty)
        case VisitBegan():
            yield from _exposed(arms_of(db, (happened.mirror,), moment.at), "visit")
        case ShadeWorn():
            yield from _exposed(arms_of(db, (happened.mirror,), moment.at), "try", happened.sku)
        case LaneBegun():
            yield from _exposed(arms_of(db, (happened.lane,), moment.at), "visit")
        case OrderPaid():
            yield from _bought(happened, moment, shop, db)
        case _:
            return


def _exposed(arms: list[tuple[str, str, str]], what: What, sku: str | None = None, qty: int = 1) -> Iterator[ExperimentExposed]:
    for experiment, arm, zone in arms:
        yield ExperimentExposed(experiment=experiment, arm=arm, zone=zone, what=what, sku=sku, qty=qty)


def _at_slot(shelf: str, slot: str, moment: Moment, db: sqlite3.Connection) -> list[tuple[str, str, str]]:
    return arms_of(db, (f"{shelf}/{slot}", shelf), moment.at)


def _bought(paid: OrderPaid, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[ExperimentExposed]:
    lane = shop.lane_of(paid.till)
    here = arms_of(db, (paid.till,) if lane is None else (lane, paid.till), moment.at)
    for line in sold_lines(db, paid.till, paid.order):
        if line.known and line.amount_minor >= 0:
            taken = {experiment for experiment, _arm, _zone in here}
            lying = [each for each in _lying(line.sku, moment, shop, db) if each[0] not in taken]
            yield from _exposed([*here, *lying], "buy", line.sku, line.qty or 1)


def _lying(sku: str, moment: Moment, shop: Shop, db: sqlite3.Connection) -> list[tuple[str, str, str]]:
    """The arms of the slots where ``sku`` lies, of experiments in which it lies in one arm only."""
    slots = [place for place, goods in shop.slots.items() if any(each.sku == sku for each in goods)]
    found = [each for shelf, slot in slots for each in _at_slot(shelf, slot, moment, db)]
    arms: dict[str, set[str]] = {}
    for experiment, arm, _zone in found:
        arms.setdefault(experiment, set()).add(arm)
    first = {experiment: (experiment, arm, zone) for experiment, arm, zone in reversed(found)}
    return [each for experiment, each in first.items() if len(arms[experiment]) == 1]
