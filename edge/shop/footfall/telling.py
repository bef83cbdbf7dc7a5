"""What was counted becomes events: with the business day, the arms of experiments that are shown there, what is an entrance."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypedDict, assert_never
from zoneinfo import ZoneInfo

from edge.shop.footfall.events import FootfallCounted, QueueMeasured, ShelfReached, Tagged, ZoneVisited, dwells_of
from edge.shop.footfall.heat_code import encode
from edge.shop.footfall.hourly_events import MOST_EDGES, CameraWatched, Edge, HeatMapped, PathWalked
from edge.shop.footfall.layouts import layout_of
from edge.shop.insight.experiments import arms_of
from edge.shop.moment import Moment
from edge.shop.part import Decision
from edge.shop.scenes.sampling import minute_of
from edge.shop.shop import Shop
from edge.vision.counts import TENTH_MS, Counts, MinuteCounts, Place, QuarterCounts
from edge.vision.layout import Layout
from sync.events import Event


class _Hour(TypedDict):
    """What every event says of its hour."""

    business_day: str
    hour: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Store:
    """What the shop knows of a place at the time; each layout is read once."""

    db: sqlite3.Connection
    shop: Shop
    at: datetime
    layouts: dict[str, Layout | None] = field(default_factory=dict)

    def hour(self) -> _Hour:
        """The business day and the hour of the wall clock."""
        hour = self.at.astimezone(ZoneInfo(self.shop.timezone)).hour
        return _Hour(business_day=self.shop.day(self.at), hour=hour)

    def layout(self, camera: str) -> Layout:
        """What the camera looks at; nothing, once nobody says it any more."""
        if camera not in self.layouts:
            self.layouts[camera] = layout_of(self.db, camera)
        return self.layouts[camera] or Layout()

    def is_entrance(self, place: Place) -> bool:
        """Whether who comes in over this line is a visitor of the shop."""
        camera, line = place
        return any(each.name == line and each.entrance and not each.staff for each in self.layout(camera).lines)

    def watches_door(self, camera: str) -> bool:
        """Whether one of its lines is an entrance."""
        return any(each.entrance and not each.staff for each in self.layout(camera).lines)

    def shelf(self, place: Place) -> str | None:
        """The device that stands in the zone."""
        camera, zone = place
        return next((each.shelf for each in self.layout(camera).zones if each.name == zone), None)

    def arms(self, place: Place) -> tuple[Tagged, ...]:
        """An experiment names the place as ``camera/zone``, by the zone's name or by the shelf that stands in it."""
        camera, name = place
        places = [f"{camera}/{name}", name, *filter(None, [self.shelf(place)])]
        return tuple(Tagged(experiment=experiment, arm=arm) for experiment, arm, _ in arms_of(self.db, places, self.at))


def tell(counts: Counts) -> Decision:
    """Tell ``counts``, which are complete; what is empty is not told."""

    def decide(_moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
        match counts:
            case MinuteCounts():
                yield from _minute(counts, _Store(db=db, shop=shop, at=counts.minute))
            case QuarterCounts():
                yield from _quarter(counts, _Store(db=db, shop=shop, at=counts.since))
            case _:
                assert_never(counts)

    return decide


def _minute(counts: MinuteCounts, store: _Store) -> Iterator[Event]:
    hour, minute = store.hour(), minute_of(counts.minute)
    for place in sorted({place for place, _ in counts.crossings}):
        yield FootfallCounted(
            **hour,
            minute=minute,
            camera=place[0],
            line=place[1],
            entered=counts.crossings[place, "in"],
            departed=counts.crossings[place, "out"],
            entrance=store.is_entrance(place),
            arms=store.arms(place),
        )
    for place, dwells_ms in sorted(counts.dwells_ms.items()):
        yield ZoneVisited(
            **hour,
            minute=minute,
            camera=place[0],
            zone=place[1],
            visits=len(dwells_ms),
            dwell_ms=sum(dwells_ms),
            dwells=dwells_of(dwells_ms),
            arms=store.arms(place),
        )
    yield from _queues(counts, store)
    for place, reaches in sorted(counts.reaches.items()):
        arms, shelf = store.arms(place), store.shelf(place)
        yield ShelfReached(**hour, minute=minute, camera=place[0], zone=place[1], shelf=shelf, reaches=reaches, arms=arms)


def _queues(counts: MinuteCounts, store: _Store) -> Iterator[QueueMeasured]:
    for place in sorted({*counts.lengths, *counts.waits_ms}):
        lengths, waits_ms = counts.lengths.get(place, []), counts.waits_ms.get(place, [])
        if not any(lengths) and not waits_ms:
            continue
        yield QueueMeasured(
            **store.hour(),
            minute=minute_of(counts.minute),
            camera=place[0],
            zone=place[1],
            looks=len(lengths),
            queued=sum(lengths),
            median=_median(lengths),
            longest=max(lengths, default=0),
            waits=len(waits_ms),
            wait_ms=sum(waits_ms),
            median_wait_ms=_median(waits_ms),
            longest_wait_ms=max(waits_ms, default=0),
            arms=store.arms(place),
        )


def _quarter(counts: QuarterCounts, store: _Store) -> Iterator[Event]:
    hour, since, until = store.hour(), minute_of(counts.since), minute_of(counts.until)
    edges: dict[str, list[Edge]] = defaultdict(list)
    for (camera, origin, destination), walks in sorted(counts.walks.items()):
        edges[camera].append(Edge(origin=origin, destination=destination, walks=walks))
    for camera, walked in edges.items():
        for some in range(0, len(walked), MOST_EDGES):
            part = tuple(walked[some : some + MOST_EDGES])
            yield PathWalked(**hour, since=since, until=until, camera=camera, edges=part)
    for grid, cells in sorted(counts.heat_ms.items()):
        tenths = {cell: heat_ms // TENTH_MS for cell, heat_ms in cells.items()}
        yield HeatMapped(**hour, since=since, until=until, **grid._asdict(), cells=encode(tenths))
    for camera, watched in sorted(counts.watched.items()):
        yield CameraWatched(
            **hour,
            since=since,
            until=until,
            camera=camera,
            entrance=store.watches_door(camera),
            watched_ms=watched.watched_ms,
            processed=watched.processed,
            skipped=watched.skipped,
            starved=watched.starved,
            lost_minutes=counts.lost_minutes,
        )


def _median(numbers: Sequence[int]) -> int:
    """The lower one of the two in the middle; 0 of nothing."""
    return sorted(numbers)[(len(numbers) - 1) // 2] if numbers else 0
