"""Who reaches into which shelf: without it a shelf that everybody passes and nobody touches looks like a good one.

Poses are dear, so they are asked for people only who stand before a shelf, twice a second at most.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from edge.vision.layout import Zone
from edge.vision.walker import Walker
from edge.vision.zone_map import Raster, ZoneMap
from models.findings import Box, Wrist

EVERY_NS = 500_000_000
STANDS_BELOW = 0.4
"""Body heights a second, half a usual walk: the hands of those who walk past swing before the shelf."""

ARM = 0.4
"""Body heights: how far a hand may be from the body."""

SURE = 0.5
OUT_NS = 1_000_000_000
"""A hand that is seen outside again only after this has ended its reach: it may have been hidden by what it holds."""


class Reaches:
    """The shelf zones of one camera."""

    def __init__(self, zones: Sequence[Zone], raster: Raster) -> None:
        self._shelves = [zone for zone in zones if zone.kind == "shelf"]
        self._map = ZoneMap(self._shelves, raster)
        self._size = (raster.width_px, raster.height_px)
        self._bounds = [_bounds(zone, *self._size) for zone in self._shelves]

    def wanted(self, walkers: Iterable[Walker], at_ns: int) -> list[tuple[int, Box]]:
        """Whose wrists are to be found in the picture of ``at_ns``: the track's number, and where to look, in pixels."""
        if not self._shelves:
            return []
        due = [each for each in walkers if each.last.at_ns == at_ns and _is_due(each, at_ns)]
        longest = sorted((each.posed_ns, each.number, self._around(each)) for each in due)
        return [(number, box) for _, number, box in longest if any(_meet(box, shelf) for shelf in self._bounds)]

    def take(self, walker: Walker, wrists: Iterable[Wrist], at_ns: int) -> list[Zone]:
        """The shelves into which a hand of ``walker`` has begun to reach; ``wrists`` are in pixels of the whole picture."""
        walker.posed_ns = at_ns
        places = [self._map.at(*wrist.at) for wrist in wrists if wrist.score >= SURE]
        reached = []
        for number, zone in enumerate(self._shelves):
            if any(bits >> number & 1 for bits in places):
                if zone.name not in walker.reaches:
                    reached.append(zone)
                walker.reaches[zone.name] = at_ns
            elif places and at_ns - walker.reaches.get(zone.name, at_ns) >= OUT_NS:
                del walker.reaches[zone.name]
        return reached

    def _around(self, walker: Walker) -> Box:
        left, top, right, bottom = walker.last.box
        arm = ARM * walker.height_px
        return max(0.0, left - arm), max(0.0, top - arm), min(self._size[0], right + arm), min(self._size[1], bottom)


def _is_due(walker: Walker, at_ns: int) -> bool:
    stands = math.hypot(*walker.velocity) < STANDS_BELOW * walker.height_px
    return stands and not walker.staff and at_ns - walker.posed_ns >= EVERY_NS


def _bounds(zone: Zone, width_px: int, height_px: int) -> Box:
    xs, ys = zip(*zone.corners, strict=True)
    return min(xs) * width_px, min(ys) * height_px, max(xs) * width_px, max(ys) * height_px


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
