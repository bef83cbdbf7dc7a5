"""One person as they walk: where their feet are, how fast they go, and where they can be by now if nobody sees them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from edge.vision.crossing import Side
from edge.vision.feet import Stature, feet_y
from models.findings import Box

if TYPE_CHECKING:
    from edge.vision.visits import Stay

BACK_NS = 2_500_000_000
"""Somebody who passes behind another person or a pillar is back within two seconds, and found a picture or two later."""

SPLIT_NS = 500_000_000
"""A second box on the same person is not there for longer than a step lasts; then one of the two is gone, or they are two."""

FASTEST = 1.5
"""Body heights a second: 2.5 m/s, a hurried walk."""

DRIFT = 0.4
"""Body heights a second by which somebody unseen walks faster, slower or elsewhere than before."""

WIDTH = 0.3
"""Body heights: a person's width, by which the box of somebody half hidden is beside the person."""

STEADY_NS = 500_000_000
"""The time of a step: over this long a velocity and a height are averaged."""


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
    since_ns: int
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


def begin(number: int, first: Found) -> Walker:
    """Somebody whom the track ``number`` first showed there."""
    at_ns, (left, top, right, bottom) = first
    step = Step(at_ns, (left + right) / 2, bottom, first[1])
    return Walker(number=number, since_ns=at_ns, last=step, stature=Stature(bottom - top), height_px=bottom - top)


def nearest(walkers: Iterable[Walker], first: Found) -> Walker | None:
    """Who may have begun to be seen as somebody else there: the one whose expected place is nearest; None when nobody can."""
    near = [(off, number, walker) for number, walker in enumerate(walkers) if (off := _off(walker, *first)) is not None]
    return min(near)[2] if near else None


def _off(walker: Walker, at_ns: int, box: Box) -> float | None:
    """How far, in pixels, ``box`` is from where ``walker`` should be by then; None when it cannot show the same person."""
    left, top, right, bottom = box
    gap_s, height = (at_ns - walker.last.at_ns) / 1e9, walker.height_px
    if walker.since_ns >= at_ns or not -SPLIT_NS / 1e9 < gap_s <= BACK_NS / 1e9 or not 2 / 3 < (bottom - top) / height < 3 / 2:
        return None
    (vx, vy), speed = walker.velocity, math.hypot(*walker.velocity)
    ahead_s = gap_s * min(1.0, FASTEST * height / speed) if speed > 0 else 0.0
    place, stopped = ((left + right) / 2, bottom), (walker.last.x, walker.last.y)
    went_on = (stopped[0] + ahead_s * vx, stopped[1] + ahead_s * vy)
    off = min(math.dist(place, stopped), math.dist(place, went_on))
    return off if off <= (WIDTH + DRIFT * max(0.0, gap_s)) * height else None
