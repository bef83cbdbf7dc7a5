"""Lines, zones and floor plan as headquarters sends them: the document ``zones``; ``edge/vision/layout.py`` shows its body.

A document that leaves the floor plan out leaves the last one as it is.
"""

from __future__ import annotations

import sqlite3

from edge.shop.bodies import read_body
from edge.shop.footfall.layouts import keep_floor_plan, keep_layout
from edge.vision.layout import Body
from edge.vision.layout_check import body_mistakes
from sync.adopters import Adopter, DocumentRefused

KIND = "zones"
HEADQUARTERS = "headquarters"


def zones_adopter() -> Adopter:
    """Adopts documents of kind ``zones``."""
    return Adopter(kind=KIND, parse=parse_zones, adopt=adopt_zones, shape=Body)


def parse_zones(body: bytes) -> Body:
    """Check ``body`` (JSON). Raises DocumentRefused with all that is wrong with the layouts, each with its place."""
    parsed = read_body(body, Body, "the zones")
    mistakes = body_mistakes(parsed)
    if mistakes:
        raise DocumentRefused(*(f"{mistake.text} at `$.{mistake.path}`" for mistake in mistakes))
    return parsed


def adopt_zones(body: Body, version: int, db: sqlite3.Connection) -> tuple[()]:
    """These count from now on, and those that a technician drew of other cameras."""
    db.execute("DELETE FROM footfall_layouts WHERE version IS NOT NULL")
    for camera, layout in body.cameras.items():
        keep_layout(db, camera, layout, version=version, by_whom=HEADQUARTERS)
    if body.floor is not None:
        keep_floor_plan(db, body.floor)
    return ()
