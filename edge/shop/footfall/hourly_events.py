"""What the cameras counted since the last quarter of an hour: ways, heat, and whether they looked at all.

    storebox.heat.mapped {"camera": "cam-door", "business_day": "2026-11-21", "hour": 18, "since": "2026-11-21T10:00Z",
                          "until": "2026-11-21T10:15Z", "grid": "floor", "columns": 48, "rows": 32, "cell_mm": 250,
                          "cells": "BA8AAw"}

Each is a part of its hour: the parts are added. No part is longer than a quarter, so that a power cut costs no more.
"""

from __future__ import annotations

import sqlite3
from typing import Annotated, ClassVar, Literal

import msgspec

from edge.shop.footfall.events import Counted
from edge.shop.footfall.heat_code import add, encode

MOST_EDGES = 1_024
"""From each of 32 zones to every other."""


class PartOfHour(Counted, frozen=True, kw_only=True):
    """Counted from ``since`` to ``until`` (UTC)."""

    since: str
    until: str

    def subject(self) -> str:
        """The camera."""
        return self.camera


class Edge(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """``walks`` from zone ``origin`` into zone ``destination``: ``["door", "till", 4]``."""

    origin: str
    destination: str
    walks: int


class PathWalked(PartOfHour, frozen=True, kw_only=True):
    """From which zone into which visitors went."""

    type: ClassVar[str] = "storebox.path.walked"
    edges: Annotated[tuple[Edge, ...], msgspec.Meta(max_length=MOST_EDGES)]

    def apply(self, db: sqlite3.Connection) -> None:
        """Add them to the hour."""
        db.executemany(
            "INSERT INTO footfall_paths (day, hour, camera, origin, destination, walks) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET walks = walks + excluded.walks",
            [(self.business_day, self.hour, self.camera, each.origin, each.destination, each.walks) for each in self.edges],
        )


class HeatMapped(PartOfHour, frozen=True, kw_only=True):
    """How long visitors were where; ``cells`` as in ``heat_code.py``. The grid lies on the floor plan or over the picture."""

    type: ClassVar[str] = "storebox.heat.mapped"
    grid: Literal["floor", "picture"]
    columns: int
    rows: int
    cell_mm: int
    cells: str

    def apply(self, db: sqlite3.Connection) -> None:
        """Add it to the hour."""
        key = (self.business_day, self.hour, self.camera, self.grid, self.columns, self.rows, self.cell_mm)
        kept = db.execute(
            "SELECT cells FROM footfall_heat WHERE (day, hour, camera, grid, columns, rows, cell_mm) = (?, ?, ?, ?, ?, ?, ?)", key
        ).fetchone()
        cells = self.cells if kept is None else _together(kept[0], self.cells)
        db.execute(
            "INSERT OR REPLACE INTO footfall_heat (day, hour, camera, grid, columns, rows, cell_mm, until, cells) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*key, self.until, cells),
        )


class CameraWatched(PartOfHour, frozen=True, kw_only=True):
    """For how long pictures came and were looked at, so that nobody takes a dead camera for an empty shop.

    ``skipped`` pictures were overtaken or not due, ``starved`` ones had no turn. ``entrance``: it watches the door.
    ``lost_minutes``: the counts of so many minutes could not be written down.
    """

    type: ClassVar[str] = "storebox.camera.watched"
    entrance: bool
    watched_ms: int
    processed: int
    skipped: int
    starved: int
    lost_minutes: int = 0

    def apply(self, db: sqlite3.Connection) -> None:
        """Add it to the hour."""
        db.execute(
            "INSERT INTO footfall_watched (day, hour, camera, entrance, watched_ms, processed, skipped, starved, lost_minutes) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET watched_ms = watched_ms + excluded.watched_ms, "
            "processed = processed + excluded.processed, skipped = skipped + excluded.skipped, "
            "starved = starved + excluded.starved, lost_minutes = lost_minutes + excluded.lost_minutes",
            (
                *(self.business_day, self.hour, self.camera, self.entrance),
                *(self.watched_ms, self.processed, self.skipped, self.starved, self.lost_minutes),
            ),
        )


def _together(one: str, other: str) -> str:
    tenths = dict[int, int]()
    for said in (one, other):
        add(said, tenths)
    return encode(tenths)
