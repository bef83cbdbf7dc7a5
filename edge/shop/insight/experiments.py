"""Which shelf shows which arm of an experiment, and when: the document ``experiments`` of headquarters.

    {"experiments": [{"id": "face-up", "begins": "2026-11-21T00:00:00+08:00", "ends": "2026-12-05T00:00:00+08:00",
                      "arms": [{"arm": "a", "zones": ["shelf-1"]}, {"arm": "b", "zones": ["shelf-2/a", "shelf-2/b"]}]}]}

A zone is a shelf, or one slot of it. Who takes goods there was exposed to the arm; nobody is followed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, ClassVar

import msgspec

from edge.shop.bodies import read_body
from edge.shop.far_days import refuse_far
from edge.shop.moment import Moment
from edge.shop.shop import Shop
from edge.shop.stock.shelf_events import ShelfPicked
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


class ExperimentExposed(Event, frozen=True, kw_only=True):
    """Somebody took ``qty`` pieces of ``sku`` where ``arm`` was shown."""

    type: ClassVar[str] = "storebox.experiment.exposed"
    event_class: ClassVar[EventClass] = EventClass.TELEMETRY
    experiment: str
    arm: str
    zone: str
    sku: str
    qty: int

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


def expose(moved: Event, moment: Moment, db: sqlite3.Connection) -> Iterable[ExperimentExposed]:
    """What a pick tells of the experiments that run at its slot; other moves tell nothing."""
    if not isinstance(moved, ShelfPicked):
        return
    for experiment, arm, zone in arms_of(db, (f"{moved.shelf}/{moved.slot}", moved.shelf), moment.at):
        yield ExperimentExposed(experiment=experiment, arm=arm, zone=zone, sku=moved.sku, qty=moved.qty)
