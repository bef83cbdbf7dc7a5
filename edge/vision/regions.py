"""Where the detector is to look: without it people far from the camera would be too small for it, or it would look twice.

A detector shrinks what it is given to some 400 pixels. Of a picture 1280 pixels wide a person of 90 is left with 29, too few; of
a part of 600 they keep 62. So it is given the part where something moves and people are expected, or two such parts:

    +------------------------------+
    |   +---------+                |    one part when it is clearly smaller than the picture,
    |   | o       |     +-------+  |    two when the picture is so large that it would be shrunk to less than half,
    |   |/|\\  <-  |     |   o   |  |    else all of it
    |   +---------+     +-------+  |
    +------------------------------+
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from models.findings import Box, Person, Track
from models.motion import Floats, overlap

Region = tuple[int, int, int, int]
"""Left, top, right, bottom in whole pixels."""

WHOLE_EVERY_S = 2.0
"""So often all of the picture is looked at: who has stood still since before the box was started is found within it."""

SEEN_AT_PX = 416
"""To this a detector shrinks what it is given; a part is not smaller than half of it: blown up more it shows nothing more."""

AROUND = 0.5
"""Of its longer side is left free around whatever is of interest: a walker is not yet half a body height on, and a moving arm is
not yet the body."""

WORTH = 0.75
"""A part is looked at when its longer side is no more than this of the picture's: people are then a third larger."""

GRID_PX = 32
"""Parts begin and end on a grid, else boxes would tremble with them."""

SAME_OVERLAP = 0.5
CUT_PX = 2.0


class Regions:
    """For pictures of one size."""

    def __init__(self, width_px: int, height_px: int) -> None:
        self._whole: Region = (0, 0, width_px, height_px)
        self._parts = 2 if max(width_px, height_px) > 2 * SEEN_AT_PX else 1
        self._whole_at_ns: int | None = None

    def due(self, at_ns: int) -> bool:
        """All of the picture wants a look."""
        return self._whole_at_ns is None or at_ns - self._whole_at_ns >= WHOLE_EVERY_S * 1e9

    def to_look_at(self, moved: Sequence[Box], tracks: Sequence[Track], at_ns: int) -> list[Region]:
        """The parts of the picture of ``at_ns``, best first; at most two, and all of it when that is due."""
        interesting = [_around(box) for box in moved] + [_around(track.box) for track in tracks]
        parts = self._parts_of(interesting)
        if not parts or self.due(at_ns):
            self._whole_at_ns = at_ns
            parts.append(self._whole)
        return parts

    def uncut(self, region: Region, people: Iterable[Person]) -> list[Person]:
        """``people`` found in ``region``, in the picture's pixels, without those whom its edges cut: their feet are elsewhere."""
        left, top, _, _ = region
        inner = [edge != limit for edge, limit in zip(region, self._whole, strict=True)]
        whole = []
        for person in people:
            x1, y1, x2, y2 = person.box
            box = (x1 + left, y1 + top, x2 + left, y2 + top)
            if not any(cut and abs(at - edge) < CUT_PX for cut, at, edge in zip(inner, box, region, strict=True)):
                whole.append(Person(box=box, score=person.score))
        return whole

    def _parts_of(self, interesting: list[Box]) -> list[Region]:
        """One part or two that hold all of ``interesting``; none when that is nothing, or no part is worth it."""
        if not interesting:
            return []
        one = self._part(interesting)
        if self._is_worth(one):
            return [one]
        if self._parts == 1:
            return []
        pairs = [(self._part(some), self._part(rest)) for some, rest in _halves(interesting)]
        worth = [[some, rest] for some, rest in pairs if self._is_worth(some) and self._is_worth(rest)]
        return min(worth, key=lambda pair: sum(_longer(part) for part in pair), default=[])

    def _part(self, boxes: list[Box]) -> Region:
        """The smallest part on the grid that holds ``boxes`` and is not too small."""
        edges = []
        for axis in (0, 1):
            size = self._whole[axis + 2]
            low, high = min(box[axis] for box in boxes), max(box[axis + 2] for box in boxes)
            widen = max(0.0, SEEN_AT_PX / 2 - (high - low)) / 2
            low, high = low - widen, high + widen
            edges.append((max(0, int(low // GRID_PX) * GRID_PX), min(size, -int(-high // GRID_PX) * GRID_PX)))
        (left, right), (top, bottom) = edges
        return left, top, right, bottom

    def _is_worth(self, part: Region) -> bool:
        return _longer(part) <= WORTH * _longer(self._whole)


def joined(people: list[Person], more: list[Person]) -> list[Person]:
    """``people`` and those of ``more`` who are not among them."""
    if not people or not more:
        return people + more
    most = overlap(_boxes(more), _boxes(people)).max(axis=1)
    return people + [person for person, shared in zip(more, most, strict=True) if shared < SAME_OVERLAP]


def elsewhere(people: Iterable[Person], regions: Sequence[Region]) -> list[Person]:
    """Those of ``people`` who are not wholly in one of ``regions``."""
    return [person for person in people if not any(_holds(region, person.box) for region in regions)]


def _holds(region: Region, box: Box) -> bool:
    return region[0] <= box[0] and region[1] <= box[1] and box[2] <= region[2] and box[3] <= region[3]


def _boxes(people: list[Person]) -> Floats:
    return np.array([person.box for person in people], dtype=np.float64)


def _around(box: Box) -> Box:
    left, top, right, bottom = box
    free = AROUND * max(right - left, bottom - top)
    return left - free, top - free, right + free, bottom + free


def _longer(part: Region) -> int:
    return max(part[2] - part[0], part[3] - part[1])


def _halves(boxes: list[Box]) -> Iterable[tuple[list[Box], list[Box]]]:
    """Every way to cut ``boxes`` in two by an upright or a level line."""
    for axis in (0, 1):
        ordered = sorted(boxes, key=lambda box, axis=axis: box[axis] + box[axis + 2])  # type: ignore[misc]
        yield from ((ordered[:cut], ordered[cut:]) for cut in range(1, len(ordered)))
