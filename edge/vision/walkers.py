"""Who is who: the tracker's tracks as people who walk. Without it a person whom the tracker lost for a moment is two visitors.

A track is somebody only once it is confirmed; where it was before that is then told too. A track that begins where somebody was
lost a moment ago is that person: people go on as they went, or stop.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from edge.vision.crossing import Side
from models.findings import Track

GONE_NS = 2_000_000_000
"""Somebody who passes behind another person or a pillar is back within two seconds."""

FASTEST = 1.5
"""Body heights a second: 2.5 m/s, a hurried walk."""

DRIFT = 0.4
"""Body heights a second by which somebody unseen walks faster, slower or elsewhere than before."""

WIDTH = 0.3
"""Body heights: a person's width, by which the box of somebody half hidden is beside the person."""

STEADY_NS = 500_000_000
"""Half a step: over this long a velocity and a height are averaged."""

TENTATIVE_MOST = 15


class Step(NamedTuple):
    """Where somebody was found."""

    at_ns: int
    x: float
    y: float
    height_px: float


@dataclass(slots=True)
class Walker:
    """One person. ``number`` is the track's that shows them now; ``velocity`` is in pixels a second."""

    number: int
    last: Step
    velocity: tuple[float, float] = (0.0, 0.0)
    height_px: float = 0.0
    listed_ns: int = 0
    staff: bool = False
    sides: list[Side] = field(default_factory=list)

    def step(self, to: Step) -> None:
        """They were found at ``to``."""
        elapsed = to.at_ns - self.last.at_ns
        if elapsed > 0:
            weight = elapsed / (elapsed + STEADY_NS)
            vx, vy = (to.x - self.last.x) * 1e9 / elapsed, (to.y - self.last.y) * 1e9 / elapsed
            self.velocity = (
                self.velocity[0] + weight * (vx - self.velocity[0]),
                self.velocity[1] + weight * (vy - self.velocity[1]),
            )
            self.height_px += weight * (to.height_px - self.height_px)
        else:
            self.height_px = to.height_px
        self.last = to


class Walkers:
    """Everybody in the picture of one camera."""

    def __init__(self) -> None:
        self._by_number: dict[int, Walker] = {}
        self._tentative: dict[int, list[Step]] = {}

    def __iter__(self) -> Iterator[Walker]:
        return iter(self._by_number.values())

    def get(self, number: int) -> Walker | None:
        """Whom the track ``number`` shows; nobody while it is tentative."""
        return self._by_number.get(number)

    def take(self, tracks: Sequence[Track], at_ns: int) -> list[tuple[Walker, list[Step]]]:
        """Everybody found in this picture, and their steps since the picture before: more than one for who is new."""
        found: list[tuple[Walker, list[Step]]] = []
        born: list[tuple[Track, Step]] = []
        tentative: dict[int, list[Step]] = {}
        for track in tracks:
            walker = self._by_number.get(track.number)
            if walker is not None:
                walker.listed_ns = at_ns
            if track.state == "lost":
                continue
            step = _step(track, at_ns)
            if walker is not None:
                found.append((walker, [step]))
            elif track.state == "confirmed":
                born.append((track, step))
            else:
                tentative[track.number] = [*self._tentative.get(track.number, ()), step][-TENTATIVE_MOST:]
        for track, step in born:
            steps = [*self._tentative.get(track.number, ()), step]
            found.append((self._who(track.number, steps[0], at_ns), steps))
        self._tentative = tentative
        return found

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

    def _who(self, number: int, first: Step, at_ns: int) -> Walker:
        lost = [(off, each) for each in self if (off := _off(each, first)) is not None]
        if lost:
            _, walker = min(lost, key=lambda pair: pair[0])
            del self._by_number[walker.number]
            walker.number = number
        else:
            walker = Walker(number=number, last=first, height_px=first.height_px)
        walker.listed_ns = at_ns
        self._by_number[number] = walker
        return walker


def _step(track: Track, at_ns: int) -> Step:
    left, top, right, bottom = track.box
    return Step(at_ns, (left + right) / 2, bottom, bottom - top)


def _off(walker: Walker, first: Step) -> float | None:
    """How far, in pixels, ``first`` is from where the lost ``walker`` should be by then; None when it cannot be the same."""
    gap = (first.at_ns - walker.last.at_ns) / 1e9
    height = walker.height_px
    if not 0 < gap <= GONE_NS / 1e9 or not 2 / 3 < first.height_px / height < 3 / 2:
        return None
    speed = math.hypot(*walker.velocity)
    ahead = gap * min(1.0, FASTEST * height / speed) if speed > 0 else 0.0
    place, was = (first.x, first.y), (walker.last.x, walker.last.y)
    off = min(math.dist(place, was), math.dist(place, (was[0] + ahead * walker.velocity[0], was[1] + ahead * walker.velocity[1])))
    return off if off <= (WIDTH + DRIFT * gap) * height else None
