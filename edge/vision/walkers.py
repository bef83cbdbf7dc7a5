"""Who is who: the tracker's tracks as people who walk. Without it a person whom the tracker lost for a moment is two visitors.

A track is somebody only once it is confirmed; where it was before that is then told too. A track that begins where somebody was
lost a moment ago is that person: people go on as they went, or stop. While the tracker itself still waits for the lost one that
is not known; the new one's steps are kept until it is, a second or so.
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

BACK_NS = 2_500_000_000
"""Somebody who passes behind another person or a pillar is back within two seconds, and found a picture or two later."""

GONE_NS = BACK_NS + 1_000_000_000
"""A track is confirmed within a second, and only then asked whose it is."""

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


@dataclass(slots=True)
class _Stranger:
    """A track of which is not known yet whom it shows."""

    places: list[Found] = field(default_factory=list)
    confirmed: bool = False


class Walkers:
    """Everybody in the picture of one camera."""

    def __init__(self) -> None:
        self._by_number: dict[int, Walker] = {}
        self._strangers: dict[int, _Stranger] = {}

    def __iter__(self) -> Iterator[Walker]:
        return iter(self._by_number.values())

    def get(self, number: int) -> Walker | None:
        """Whom the track ``number`` shows; nobody while that is not known."""
        return self._by_number.get(number)

    def take(self, tracks: Sequence[Track], at_ns: int) -> Iterator[tuple[Walker, Sequence[Found]]]:
        """Everybody who was found in this picture, and where; of somebody new every place since they were first seen."""
        found, listed = set(), set()
        for track in tracks:
            listed.add(track.number)
            walker = self._by_number.get(track.number)
            if walker is not None:
                walker.listed_ns = at_ns
            if track.state == "lost":
                continue
            found.add(track.number)
            if walker is not None:
                yield walker, ((at_ns, track.box),)
                continue
            stranger = self._strangers.setdefault(track.number, _Stranger())
            stranger.places.append((at_ns, track.box))
            stranger.confirmed |= track.state == "confirmed"
        if self._strangers:
            yield from self._known_now(found, listed, at_ns)

    def settle(self, at_ns: int) -> Iterator[tuple[Walker, Sequence[Found]]]:
        """No more pictures: every stranger is somebody now."""
        yield from self._known_now((), (), at_ns)

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
        return everybody

    def _known_now(self, found: Container[int], listed: Container[int], at_ns: int) -> Iterator[tuple[Walker, Sequence[Found]]]:
        for number, stranger in list(self._strangers.items()):
            first = stranger.places[0]
            lost = [(off, each.number) for each in self if each.number not in found and (off := _off(each, *first)) is not None]
            before = self._by_number[min(lost)[1]] if lost else None
            if number in listed and (not stranger.confirmed or (before is not None and before.listed_ns == at_ns)):
                continue
            del self._strangers[number]
            if stranger.confirmed:
                yield self._somebody(number, before or _new(number, *first), at_ns), stranger.places

    def _somebody(self, number: int, walker: Walker, at_ns: int) -> Walker:
        self._by_number.pop(walker.number, None)
        walker.number, walker.listed_ns = number, at_ns
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
    if not 0 < gap_s <= BACK_NS / 1e9 or not 2 / 3 < (bottom - top) / height < 3 / 2:
        return None
    (vx, vy), speed = walker.velocity, math.hypot(*walker.velocity)
    ahead_s = gap_s * min(1.0, FASTEST * height / speed) if speed > 0 else 0.0
    place, stopped = ((left + right) / 2, bottom), (walker.last.x, walker.last.y)
    went_on = (stopped[0] + ahead_s * vx, stopped[1] + ahead_s * vy)
    off = min(math.dist(place, stopped), math.dist(place, went_on))
    return off if off <= (WIDTH + DRIFT * gap_s) * height else None
