"""Lines, zones and floor plan as headquarters sends them: the document ``zones``; ``edge/vision/layout.py`` shows its body.

A document that leaves the floor plan out leaves the last one as it is.
"""

from __future__ import annotations

import sqlite3

from edge.shop.bodies import read_body
from edge.shop.footfall.layouts import keep_floor_plan, keep_layout
from edge.vision.layout import Body, FloorPlan, Layout
from sync.adopters import Adopter, DocumentRefused

KIND = "zones"
HEADQUARTERS = "headquarters"


def zones_adopter() -> Adopter:
    """Adopts documents of kind ``zones``."""
    return Adopter(kind=KIND, parse=parse_zones, adopt=adopt_zones, shape=Body)


def parse_zones(body: bytes) -> Body:
    """Check ``body`` (JSON). Raises DocumentRefused with all that is wrong with the layouts, each with its place."""
    parsed = read_body(body, Body, "the zones")
    mistakes = [f"{told} at `$.cameras.{camera}`" for camera, layout in parsed.cameras.items() for told in wrong_layout(layout)]
    if parsed.floor is not None:
        mistakes += [f"{told} at `$.floor`" for told in wrong_floor(parsed.floor)]
    if mistakes:
        raise DocumentRefused("; ".join(mistakes))
    return parsed


def adopt_zones(body: Body, version: int, db: sqlite3.Connection) -> tuple[()]:
    """These count from now on, and those that a technician drew of other cameras."""
    db.execute("DELETE FROM footfall_layouts WHERE version IS NOT NULL")
    for camera, layout in body.cameras.items():
        keep_layout(db, camera, layout, version=version, by_whom=HEADQUARTERS)
    if body.floor is not None:
        keep_floor_plan(db, body.floor)
    return ()


def wrong_layout(layout: Layout) -> list[str]:
    """All that keeps a camera from counting by ``layout``; nothing when it can."""
    names = [*(line.name for line in layout.lines), *(zone.name for zone in layout.zones)]
    return [f"{name} stands there twice" for name in sorted({name for name in names if names.count(name) > 1})]


def wrong_floor(plan: FloorPlan) -> list[str]:
    """All that is wrong with ``plan``."""
    outside = any(not (0 <= x <= plan.width_mm and 0 <= y <= plan.height_mm) for wall in plan.walls for x, y in wall)
    return ["a wall leaves the floor"] if outside else []
