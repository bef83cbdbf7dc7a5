"""What the cameras have counted inside the shop, asked of the tables. Days are business days (``YYYY-MM-DD``), both included."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from edge.shop.insight.proportions import wilson

MOST_ROWS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneFigures:
    """One zone. Of the ``visits`` some were ``stays`` (10 s and longer): a share, and between what bounds it is (95 %)."""

    camera: str
    zone: str
    visits: int
    stays: int
    mean_dwell_ms: int
    stay_percent: float
    stay_low_percent: float
    stay_high_percent: float
    reaches: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFigures:
    """One queue. ``mean_length`` is over the minutes in which somebody queued, the waits are of those who left it."""

    camera: str
    zone: str
    longest: int
    mean_length: float
    waits: int
    mean_wait_ms: int
    longest_wait_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How often visitors went from zone ``origin`` into zone ``destination``."""

    camera: str
    origin: str
    destination: str
    walks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraHours:
    """How well a camera was looked at. ``hours`` are those in which it was at all."""

    camera: str
    hours: int
    watched_ms: int
    processed: int
    skipped: int
    starved: int
    lost_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LineHour:
    """Who crossed a line in an hour of the shop's clock."""

    day: str
    hour: int
    camera: str
    line: str
    entrance: bool
    entered: int
    departed: int


def stays_and_reaches(db: sqlite3.Connection, first: str, last: str) -> tuple[int, int]:
    """How many visits of zones lasted, and how often hands reached into shelves."""
    stays, reaches = db.execute(
        "SELECT coalesce(sum(stays), 0), coalesce(sum(reaches), 0) FROM footfall_zones WHERE day BETWEEN ? AND ?", (first, last)
    ).fetchone()
    return stays, reaches


def zones(db: sqlite3.Connection, first: str, last: str) -> list[ZoneFigures]:
    """Every zone that was visited, the most visited first."""
    rows = db.execute(
        """
        SELECT camera, zone, sum(visits), sum(stays), sum(dwell_ms), sum(reaches) FROM footfall_zones
        WHERE day BETWEEN ? AND ? GROUP BY camera, zone HAVING sum(visits) + sum(reaches) > 0
        ORDER BY sum(visits) DESC, camera, zone LIMIT ?
        """,
        (first, last, MOST_ROWS),
    )
    return [
        ZoneFigures(
            camera=camera,
            zone=zone,
            visits=visits,
            stays=stays,
            mean_dwell_ms=dwell_ms // max(visits, 1),
            stay_percent=round(100 * (share := wilson(stays, visits)).middle, 1),
            stay_low_percent=round(100 * share.low, 1),
            stay_high_percent=round(100 * share.high, 1),
            reaches=reaches,
        )
        for camera, zone, visits, stays, dwell_ms, reaches in rows
    ]


def queues(db: sqlite3.Connection, first: str, last: str) -> list[QueueFigures]:
    """Every queue in which somebody stood, the longest first."""
    rows = db.execute(
        """
        SELECT camera, zone, max(longest), sum(queued), sum(looks), sum(waits), sum(wait_ms), max(longest_wait_ms)
        FROM footfall_zones WHERE day BETWEEN ? AND ? GROUP BY camera, zone HAVING sum(queued) + sum(waits) > 0
        ORDER BY max(longest) DESC, camera, zone LIMIT ?
        """,
        (first, last, MOST_ROWS),
    )
    return [
        QueueFigures(
            camera=camera,
            zone=zone,
            longest=longest,
            mean_length=round(queued / max(looks, 1), 1),
            waits=waits,
            mean_wait_ms=wait_ms // max(waits, 1),
            longest_wait_ms=longest_wait_ms,
        )
        for camera, zone, longest, queued, looks, waits, wait_ms, longest_wait_ms in rows
    ]


def ways(db: sqlite3.Connection, first: str, last: str) -> list[Way]:
    """Every way from zone to zone, the most walked first."""
    rows = db.execute(
        """
        SELECT camera, origin, destination, sum(walks) FROM footfall_paths WHERE day BETWEEN ? AND ?
        GROUP BY camera, origin, destination ORDER BY sum(walks) DESC, camera, origin, destination LIMIT ?
        """,
        (first, last, MOST_ROWS),
    )
    return [
        Way(camera=camera, origin=origin, destination=destination, walks=walks) for camera, origin, destination, walks in rows
    ]


def cameras(db: sqlite3.Connection, first: str, last: str) -> list[CameraHours]:
    """Every camera that counted."""
    rows = db.execute(
        """
        SELECT camera, count(DISTINCT day || hour) FILTER (WHERE watched_ms > 0), sum(watched_ms), sum(processed), sum(skipped),
            sum(starved), sum(lost_minutes)
        FROM footfall_watched WHERE day BETWEEN ? AND ? GROUP BY camera ORDER BY camera
        """,
        (first, last),
    )
    return [
        CameraHours(
            camera=camera,
            hours=hours,
            watched_ms=watched_ms,
            processed=processed,
            skipped=skipped,
            starved=starved,
            lost_minutes=lost_minutes,
        )
        for camera, hours, watched_ms, processed, skipped, starved, lost_minutes in rows
    ]


def lines(db: sqlite3.Connection, first: str, last: str) -> list[LineHour]:
    """Every line that somebody crossed, hour by hour."""
    rows = db.execute(
        """
        SELECT day, hour, camera, line, entrance, entered, departed FROM footfall_lines WHERE day BETWEEN ? AND ?
        ORDER BY day, hour, camera, line, entrance LIMIT ?
        """,
        (first, last, MOST_ROWS * 10),
    )
    return [
        LineHour(day=day, hour=hour, camera=camera, line=line, entrance=bool(entrance), entered=entered, departed=departed)
        for day, hour, camera, line, entrance, entered, departed in rows
    ]
