"""What each camera is to look at, as the tables keep it; headquarters says it by a document, a technician on the page.

Who spoke last of a camera is heard: a document replaces what documents said before, and a technician's drawing of the cameras
that it names; a drawing of another camera stays.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from hashlib import blake2b
from typing import ClassVar, Literal

import msgspec

from edge.vision.layout import FloorPlan, Layout, Line, Zone
from sync.events import Event, EventClass


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutKept:
    """``version`` is that of the document it came with, None for what ``by_whom`` drew on the page."""

    layout: Layout
    digest: str
    version: int | None
    by_whom: str


class ZonesChanged(Event, frozen=True, kw_only=True):
    """``by`` drew ``layout`` on the page; headquarters may take it into its next document."""

    type: ClassVar[str] = "storebox.zones.changed"
    event_class: ClassVar[EventClass] = EventClass.ORDER  # it is configuration: whoever reads the counts needs it
    camera: str
    digest: str
    by: str
    layout: Layout

    def subject(self) -> str:
        """The camera."""
        return self.camera

    def apply(self, db: sqlite3.Connection) -> None:
        """It counts from now on."""
        keep_layout(db, self.camera, self.layout, version=None, by_whom=self.by)


class FloorChanged(Event, frozen=True, kw_only=True):
    """``by`` drew the floor plan on the page."""

    type: ClassVar[str] = "storebox.floor.changed"
    event_class: ClassVar[EventClass] = EventClass.ORDER
    by: str
    plan: FloorPlan

    def apply(self, db: sqlite3.Connection) -> None:
        """It counts from now on."""
        keep_floor_plan(db, self.plan)


def layout_of(db: sqlite3.Connection, camera: str) -> Layout | None:
    """What ``camera`` is to look at."""
    row = db.execute("SELECT layout FROM footfall_layouts WHERE camera = ?", (camera,)).fetchone()
    return None if row is None else msgspec.json.decode(row[0], type=Layout)


def layouts(db: sqlite3.Connection) -> dict[str, Layout]:
    """What every camera is to look at."""
    return {camera: kept.layout for camera, kept in layouts_kept(db).items()}


def layouts_kept(db: sqlite3.Connection) -> dict[str, LayoutKept]:
    """The same, and who said it."""
    rows = db.execute("SELECT camera, layout, digest, version, by_whom FROM footfall_layouts ORDER BY camera")
    return {
        camera: LayoutKept(
            layout=msgspec.json.decode(layout, type=Layout),
            digest=digest,
            version=version,
            by_whom=by_whom,
        )
        for camera, layout, digest, version, by_whom in rows
    }


def labels(db: sqlite3.Connection, language: Literal["zh", "en"]) -> dict[tuple[str, str], str]:
    """How people call the lines and zones, by camera and name; in the other language where ``language`` has none."""
    found: dict[tuple[str, str], str] = {}
    for camera, layout in layouts(db).items():
        drawn: tuple[Line | Zone, ...] = (*layout.lines, *layout.zones)
        for each in drawn:
            both = (each.label_zh, each.label_en) if language == "zh" else (each.label_en, each.label_zh)
            found[camera, each.name] = both[0] or both[1] or each.name
    return found


def floor_plan(db: sqlite3.Connection) -> FloorPlan | None:
    """The shop's floor."""
    row = db.execute("SELECT plan FROM footfall_floor").fetchone()
    return None if row is None else msgspec.json.decode(row[0], type=FloorPlan)


def keep_layout(db: sqlite3.Connection, camera: str, layout: Layout, *, version: int | None, by_whom: str) -> None:
    """In place of what was said of the camera before."""
    db.execute(
        "INSERT OR REPLACE INTO footfall_layouts (camera, layout, digest, version, by_whom) VALUES (?, ?, ?, ?, ?)",
        (camera, msgspec.json.encode(layout).decode(), digest_of(layout), version, by_whom),
    )


def keep_floor_plan(db: sqlite3.Connection, plan: FloorPlan) -> None:
    """In place of the last."""
    db.execute("INSERT OR REPLACE INTO footfall_floor (only, plan) VALUES (1, ?)", (msgspec.json.encode(plan).decode(),))


def digest_of(layout: Layout) -> str:
    """16 hexadecimal digits that are another for every layout."""
    return blake2b(msgspec.json.encode(layout), digest_size=8).hexdigest()
