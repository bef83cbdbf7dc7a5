"""Every mistake of a layout at once, with its place and what to do: without it a zone that is a line counts nobody, silently.

    zones[2].corners    edges 1 and 3 of zone till cross: name its corners in the order in which one walks around it

The box itself checks, before it keeps a layout, so there is no numpy here.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations

from config.mistakes import did_you_mean
from edge.vision.floor import NoFloor, floor_of
from edge.vision.layout import Body, FloorPlan, Layout, Line, Zone
from edge.vision.shapes import Point, area, crossing_edges, turn

SHORTEST = 0.02
"""Of the picture: a door in the back of a large shop is as wide; what is shorter is a slip of the mouse."""

BESIDE = 0.01
"""Of the picture: nearer to the line a point says nothing of a side."""

SMALLEST = 0.0005
"""Of the picture: at 640 × 360 a square of 11 pixels, in which no feet stay."""

ZONES_MOST = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """``path`` is its place in what was checked; ``key`` names it in the words of the pages (``layout_mistake.<key>``) and
    ``facts`` fill its places there; ``text`` is for everybody else."""

    path: str
    key: str
    text: str
    facts: Mapping[str, str | int] = field(default_factory=dict)


def body_mistakes(body: Body, cameras: Collection[str] | None = None, shelves: Collection[str] | None = None) -> list[Mistake]:
    """All that is wrong with a ``zones`` document; ``cameras`` and ``shelves`` are the box's, None where they are not known."""
    found = [] if body.floor is None else plan_mistakes(body.floor, "floor.")
    for name, layout in body.cameras.items():
        if cameras is not None and name not in cameras:
            text = f"there is no camera {name} in [vision] of the settings {did_you_mean(name, cameras)}".strip()
            found.append(Mistake(path=f"cameras.{name}", key="no-camera", text=text, facts={"name": name}))
        found += layout_mistakes(layout, body.floor, shelves, f"cameras.{name}.")
    return found


def layout_mistakes(
    layout: Layout, plan: FloorPlan | None = None, shelves: Collection[str] | None = None, at: str = ""
) -> list[Mistake]:
    """All that is wrong with a camera's layout, on the floor ``plan``; paths begin with ``at``."""
    found = list(_doubled_names(layout, at))
    for number, line in enumerate(layout.lines):
        found += _line(line, f"{at}lines[{number}]")
    for number, zone in enumerate(layout.zones):
        found += _zone(zone, f"{at}zones[{number}]")
        found += _shelf(zone, shelves, f"{at}zones[{number}].shelf")
    if len(layout.zones) > ZONES_MOST:
        text = f"{len(layout.zones)} zones are too many for one camera: leave {ZONES_MOST}"
        found.append(
            Mistake(path=f"{at}zones", key="many-zones", text=text, facts={"zones": len(layout.zones), "most": ZONES_MOST})
        )
    if layout.floor:
        found += _floor(layout, plan, f"{at}floor")
    return found


def plan_mistakes(plan: FloorPlan, at: str = "") -> list[Mistake]:
    """All that is wrong with a floor plan."""
    return [
        Mistake(
            path=f"{at}walls[{number}]",
            key="wall-outside",
            text=f"wall {number + 1} leaves the floor",
            facts={"wall": number + 1},
        )
        for number, wall in enumerate(plan.walls)
        if not all(_on(plan, corner) for corner in wall)
    ]


def _doubled_names(layout: Layout, at: str) -> Iterator[Mistake]:
    named = [(line.name, f"{at}lines[{number}].name") for number, line in enumerate(layout.lines)]
    named += [(zone.name, f"{at}zones[{number}].name") for number, zone in enumerate(layout.zones)]
    seen: set[str] = set()
    for name, place in named:
        if name in seen:
            text = f"{name} stands there twice: give every line and zone of a camera a name of its own"
            yield Mistake(path=place, key="twice", text=text, facts={"name": name})
        seen.add(name)


def _line(line: Line, at: str) -> Iterator[Mistake]:
    facts = {"name": line.name}
    if not _in_picture(line.a, line.b, line.inside):
        text = f"line {line.name} leaves the picture: draw it where the camera sees the floor, in fractions from 0 to 1"
        yield Mistake(path=at, key="line-outside", text=text, facts=facts)
    length = math.dist(line.a, line.b)
    if length < SHORTEST:
        text = f"line {line.name} has no length: draw it from one side of the way to the other"
        yield Mistake(path=at, key="line-short", text=text, facts=facts)
    elif abs(turn(line.a, line.b, line.inside)) < BESIDE * length:
        text = f"the inside of line {line.name} is on the line: put it on the side that people come in to"
        yield Mistake(path=f"{at}.inside", key="line-inside", text=text, facts=facts)


def _zone(zone: Zone, at: str) -> Iterator[Mistake]:
    corners, facts = zone.corners, {"name": zone.name}
    if not _in_picture(*corners):
        text = f"zone {zone.name} leaves the picture: draw it where the camera sees the floor, in fractions from 0 to 1"
        yield Mistake(path=f"{at}.corners", key="zone-outside", text=text, facts=facts)
    same = next(((one, two) for one, two in combinations(range(len(corners)), 2) if corners[one] == corners[two]), None)
    crossing = crossing_edges(corners) if same is None else None
    if same is not None:
        one, two = same[0] + 1, same[1] + 1
        text = f"corners {one} and {two} of zone {zone.name} are one place: remove one of them"
        yield Mistake(path=f"{at}.corners[{two - 1}]", key="zone-corners", text=text, facts={**facts, "one": one, "two": two})
    elif crossing is not None:
        one, two = crossing[0] + 1, crossing[1] + 1
        text = f"edges {one} and {two} of zone {zone.name} cross: name its corners in the order in which one walks around it"
        yield Mistake(path=f"{at}.corners", key="zone-crosses", text=text, facts={**facts, "one": one, "two": two})
    elif area(corners) < SMALLEST:
        text = f"zone {zone.name} has no area: draw it as large as the floor on which people stand"
        yield Mistake(path=f"{at}.corners", key="zone-flat", text=text, facts=facts)


def _shelf(zone: Zone, shelves: Collection[str] | None, at: str) -> Iterator[Mistake]:
    facts = {"name": zone.name}
    if zone.kind == "shelf" and zone.shelf is None:
        text = f"zone {zone.name} is a shelf's but does not say of which: name its device as shelf"
        yield Mistake(path=at, key="shelf-missing", text=text, facts=facts)
    elif zone.kind != "shelf" and zone.shelf is not None:
        text = f'zone {zone.name} names a shelf but is of kind {zone.kind}: write kind "shelf" or leave shelf out'
        yield Mistake(path=at, key="shelf-kind", text=text, facts={**facts, "kind": zone.kind})
    elif zone.shelf is not None and shelves is not None and zone.shelf not in shelves:
        text = f"there is no shelf {zone.shelf} in the settings {did_you_mean(zone.shelf, shelves)}".strip()
        yield Mistake(path=at, key="no-shelf", text=text, facts={"shelf": zone.shelf})


def _floor(layout: Layout, plan: FloorPlan | None, at: str) -> Iterator[Mistake]:
    try:
        floor_of(layout.floor)
    except NoFloor as refusal:
        yield Mistake(path=at, key=f"floor-{refusal.key}", text=f"floor: {refusal}", facts=dict(refusal.facts))
    for number, mark in enumerate(layout.floor):
        facts = {"mark": number + 1}
        if not _in_picture(mark.picture):
            text = f"floor mark {number + 1} is outside the picture: its place is in fractions from 0 to 1"
            yield Mistake(path=f"{at}[{number}].picture", key="mark-outside", text=text, facts=facts)
        if plan is not None and not _on(plan, mark.floor_mm):
            text = f"floor mark {number + 1} is not on the floor plan of {plan.width_mm} × {plan.height_mm} mm: measure it again"
            yield Mistake(path=f"{at}[{number}].floor_mm", key="mark-off-plan", text=text, facts=facts)


def _in_picture(*places: Point) -> bool:
    return all(0 <= part <= 1 for place in places for part in place)


def _on(plan: FloorPlan, place: tuple[int, int]) -> bool:
    return 0 <= place[0] <= plan.width_mm and 0 <= place[1] <= plan.height_mm
