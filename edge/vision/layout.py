"""What a camera is to look at: lines to be crossed, zones to be in, where the floor is. The body of a ``zones`` document.

    {"cameras": {"cam-door": {
        "lines": [{"name": "door", "a": [0.9, 0.42], "b": [0.9, 0.87], "inside": [0.65, 0.55]}],
        "zones": [{"name": "till", "kind": "queue", "corners": [[0.1, 0.5], [0.4, 0.5], [0.4, 0.9], [0.1, 0.9]]}],
        "floor": [{"picture": [0.1, 0.9], "floor_mm": [0, 8000]}, …]}},
     "floor": {"width_mm": 12000, "height_mm": 8000, "walls": [[[0, 0], [12000, 0]]]}}

Places in a picture are fractions of its width and height from the top left, so they outlast another resolution.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Fraction = Annotated[float, Meta(extra_json_schema={"minimum": 0, "maximum": 1})]
"""``edge/vision/layout_check.py`` holds it: whoever drew beside the picture is told of which line, and of every other mistake."""

PicturePoint = tuple[Fraction, Fraction]
Millimetres = Annotated[int, Meta(ge=-1_000_000, le=1_000_000)]
FloorPoint = tuple[Millimetres, Millimetres]
Name = Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,32}\Z")]
Label = Annotated[str, Meta(max_length=40)]
"""How people call it; the figures are shown by it where it is given."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A finite line from ``a`` to ``b`` that feet cross; ``inside`` is any point on the side that "in" leads to.

    ``entrance``: who comes in here is a visitor of the shop. ``staff``: who crosses it is staff and is counted nowhere.
    """

    name: Name
    a: PicturePoint
    b: PicturePoint
    inside: PicturePoint
    label_zh: Label = ""
    label_en: Label = ""
    entrance: bool = True
    staff: bool = False


class Zone(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the floor as the camera sees it.

    ``area``: visits, dwell, paths. ``queue``: that, its length and the waiting time. ``shelf``: that, and hands that reach into
    it (``corners`` then are the shelf's front as it is seen, ``shelf`` the device that is meant). ``staff``: who stays is staff.
    """

    name: Name
    kind: Literal["area", "queue", "shelf", "staff"] = "area"
    corners: Annotated[tuple[PicturePoint, ...], Meta(min_length=3, max_length=32)]
    shelf: Name | None = None
    label_zh: Label = ""
    label_en: Label = ""


class FloorMark(msgspec.Struct, frozen=True, kw_only=True):
    """One place that is known in the picture and on the floor plan: x to the right and y down from the plan's top left corner."""

    picture: PicturePoint
    floor_mm: FloorPoint


Lines = Annotated[tuple[Line, ...], Meta(max_length=16)]
Zones = Annotated[tuple[Zone, ...], Meta(max_length=32)]
Floor = Annotated[tuple[FloorMark, ...], Meta(max_length=16)]


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """What one camera is to look at. ``floor``: none, or four to sixteen marks that no line holds all of."""

    lines: Lines = ()
    zones: Zones = ()
    floor: Floor = ()


class FloorPlan(msgspec.Struct, frozen=True, kw_only=True):
    """The shop's floor; ``walls`` are drawn on the heat map."""

    width_mm: Annotated[int, Meta(ge=1_000, le=1_000_000)]
    height_mm: Annotated[int, Meta(ge=1_000, le=1_000_000)]
    walls: Annotated[tuple[tuple[FloorPoint, ...], ...], Meta(max_length=256)] = ()


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a ``zones`` document: every camera's layout, by the camera's name in the settings."""

    cameras: dict[Name, Layout]
    floor: FloorPlan | None = None
