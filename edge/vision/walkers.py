"""Who is who: the tracker's tracks as people who walk. Without it a person whom the tracker lost for a moment is two visitors.

A track is somebody only once it is confirmed; where it was before that is then told too. A track that begins where somebody was
lost a moment ago is that person: people go on as they went, or stop.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from edge.vision.crossing import Side
from edge.vision.feet import Stature, feet_y
from models.findings import Box, Track

if TYPE_CHECKING:
    from edge.vision.visits import Stay

GONE_NS = 2_000_000_000
"""Somebody who passes behind another person or a pillar is back within two seconds."""

FASTEST = 1.5
"""Body heights a second: 2.5 m/s, a hurried walk."""

DRIFT = 0.4
"""Body heights a second by which somebody unseen walks faster, slower or elsewhere than before."""

WIDTH = 0.3
"""Body heights: a person's width, by which the box of somebody half hidden is beside the person."""

STEADY_NS = 500_000_000
"""The time of a step: over this long a velocity and a height are averaged."""

TENTATIVE_MOST = 15


Found = tuple[int, Box]
"""When, in nanoseconds, and in which box of the picture."""


class Step(NamedTuple):
    """Where somebody was found, in pixels. ``y`` is where their feet are, though something may hide them."""

    at_ns: int
    x: float
    y: float
    box: Box


@dataclass(slots=True, kw_only=True)
class Walker:
    """One person. ``number`` is the track's that shows them now; ``velocity`` is in pixels a second.

    What each noun of the watch knows of them lies with them, so that it goes on with them under another number: ``sides`` of the
    lines, ``zones`` they are in (bits) and their ``stays``, the ``place`` they came from, their ``reaches``.
    """

    number: int
    last: Step
    stature: Stature
    height_px: float
    listed_ns: int = 0
    velocity: tuple[float, float] = (0.0, 0.0)
    staff: bool = False
    sides: list[Side] = field(default_factory=list)
    zones: int = 0
    stays: dict[int, Stay] = field(default_factory=dict)
    undecided: bool = False
    place: str = ""
    posed_ns: int = -1_000_000_000
    reaches: dict[str, int] = field(default_factory=dict)

    def step(self, at_ns: int, box: Box) -> None:
        """They were found in ``box``."""
        elapsed_ns = at_ns - self.last.at_ns
        left, top, right, bottom = box
        if elapsed_ns <= 0:
            return
        (vx, vy), weight = self.velocity, elapsed_ns / (elapsed_ns + STEADY_NS)
        y = feet_y(self.stature, box, self.last.y + vy * elapsed_ns / 1e9, elapsed_ns, at_ns)
        x = (left + right) / 2
        went_x, went_y = (x - self.last.x) * 1e9 / elapsed_ns, (y - self.last.y) * 1e9 / elapsed_ns
        self.velocity = (vx + weight * (went_x - vx), vy + weight * (went_y - vy))
        self.height_px += weight * (bottom - top - self.height_px)
        self.last = Step(at_ns, x, y, box)


class Walkers:
    """Everybody in the picture of one camera."""

    def __init__(self) -> None:
        self._by_number: dict[int, Walker] = {}
        self._tentative: dict[int, tuple[Found, ...]] = {}

    def __iter__(self) -> Iterator[Walker]:
        return iter(self._by_number.values())

    def get(self, number: int) -> Walker | None:
        """Whom the track ``number`` shows; nobody while it is tentative."""
        return self._by_number.get(number)

    def take(self, tracks: Sequence[Track], at_ns: int) -> Iterator[tuple[Walker, Sequence[Found]]]:
        """Everybody who was found in this picture, and where; of somebody new every place since they were first seen."""
        found = {track.number for track in tracks if track.state != "lost"}
        tentative, self._tentative = self._tentative, {}
        for track in tracks:
            walker = self._by_number.get(track.number)
            if walker is not None:
                walker.listed_ns = at_ns
            if track.state == "lost":
                continue
            if walker is not None:
                yield walker, ((at_ns, track.box),)
                continue
            places = (*tentative.get(track.number, ()), (at_ns, track.box))
            if track.state == "confirmed":
                yield self._who(track.number, places[0], found, at_ns), places
            else:
                self._tentative[track.number] = places[-TENTATIVE_MOST:]

    def gone(self, at_ns: int) -> list[Walker]:
        """Those whom no track shows any more and who have not been seen for so long that they will not be back."""
        gone = [each for each in self if each.listed_ns < at_ns and each.last.at_ns < at_ns - GONE_NS]
        for walker in gone:
            del self._by_number[walker.number]
        return gone

    def clear(self) -> list[Walker]:
        """All of them; nobody is left."""
        everybody = list(self)
        self._by_number.clear()
        self._tentative.clear()
        return everybody

    def _who(self, number: int, first: Found, found: Container[int], at_ns: int) -> Walker:
        lost = [(off, each.number) for each in self if each.number not in found and (off := _off(each, *first)) is not None]
        if lost:
            walker = self._by_number.pop(min(lost)[1])
            walker.number = number
        else:
            walker = _new(number, *first)
        walker.listed_ns = at_ns
        self._by_number[number] = walker
        return walker


def _new(number: int, at_ns: int, box: Box) -> Walker:
    left, top, right, bottom = box
    step = Step(at_ns, (left + right) / 2, bottom, box)
    return Walker(number=number, last=step, stature=Stature(bottom - top), height_px=bottom - top)


def _off(walker: Walker, at_ns: int, box: Box) -> float | None:
    """How far, in pixels, ``box`` is from where the lost ``walker`` should be by then; None when it cannot be the same."""
    left, top, right, bottom = box
    gap_s, height = (at_ns - walker.last.at_ns) / 1e9, walker.height_px
    if not 0 < gap_s <= GONE_NS / 1e9 or not 2 / 3 < (bottom - top) / height < 3 / 2:
        return None
    (vx, vy), speed = walker.velocity, math.hypot(*walker.velocity)
    ahead_s = gap_s * min(1.0, FASTEST * height / speed) if speed > 0 else 0.0
    place, stopped = ((left + right) / 2, bottom), (walker.last.x, walker.last.y)
    went_on = (stopped[0] + ahead_s * vx, stopped[1] + ahead_s * vy)
    off = min(math.dist(place, stopped), math.dist(place, went_on))
    return off if off <= (WIDTH + DRIFT * gap_s) * height else None
