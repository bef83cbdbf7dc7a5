"""Who crosses a line, which way, once: without it everybody who sways at a door is counted in and out all day.

Feet must have been clearly on one side and come clearly to the other, through the drawn piece of the line:

          out  |<- band ->:<- band ->|  in
    o----------|------o---:----o-----|-----o      counted "in", at the time of ":"
               |  o---:-o  o-:-o     |            a U-turn, people who stand on the line: not counted
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from edge.vision.layout import Line

BAND = 0.1
"""Of a person's height in the picture, to each side. A box's lower edge trembles by about 2 % of its height; five times that is
no trembling any more. On the floor it is 17 cm, so both bands together are half a step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """Feet were on the line at ``at_ns``."""

    direction: Literal["in", "out"]
    at_ns: int


@dataclass(slots=True)
class Side:
    """Where one person is as seen from one line. ``across`` is the distance of the feet in pixels, positive on the inner side.

    ``clear`` is the side where they were clearly, 1 or -1, 0 before there was one; ``born`` is the first ``across``.
    ``passed_ns`` is when they last stepped over the line or its extension, ``through`` whether that was between its ends.
    """

    seen_ns: int = -1
    across: float = 0.0
    along: float = 0.0
    born: float = 0.0
    clear: int = 0
    passed_ns: int = -1
    through: bool = False


class CountingLine:
    """A line of the layout in the pixels of a picture."""

    def __init__(self, line: Line, width_px: int, height_px: int) -> None:
        self.line = line
        self._a = a = (line.a[0] * width_px, line.a[1] * height_px)
        b = (line.b[0] * width_px, line.b[1] * height_px)
        inside = (line.inside[0] * width_px, line.inside[1] * height_px)
        self._length = math.dist(a, b)
        self._ux, self._uy = (b[0] - a[0]) / self._length, (b[1] - a[1]) / self._length
        left_of_it = (inside[0] - a[0]) * -self._uy + (inside[1] - a[1]) * self._ux
        turn = 1.0 if left_of_it > 0 else -1.0
        self._nx, self._ny = -self._uy * turn, self._ux * turn

    def take(self, side: Side, x: float, y: float, height_px: float, at_ns: int) -> Crossing | None:
        """The next place where this person's feet were found; a Crossing when they are clearly over the line now."""
        x, y = x - self._a[0], y - self._a[1]
        across, along, band = x * self._nx + y * self._ny, x * self._ux + y * self._uy, BAND * height_px
        if side.seen_ns < 0:
            side.born = across
        elif (across > 0) != (side.across > 0):
            self._step_over(side, across, along, band, at_ns)
        side.seen_ns, side.across, side.along = at_ns, across, along
        if abs(across) < band:
            return None
        return _come_clear(side, 1 if across > 0 else -1, band)

    def end(self, side: Side, height_px: float) -> Crossing | None:
        """This person is gone. A Crossing when they vanished just behind the line, as in a doorway or at the picture's edge."""
        over = side.clear * side.across < -BAND * height_px / 2
        return _crossing(-side.clear, side.passed_ns) if over and side.through else None

    def _step_over(self, side: Side, across: float, along: float, band: float, at_ns: int) -> None:
        part = side.across / (side.across - across)
        at = side.along + part * (along - side.along)
        side.passed_ns = side.seen_ns + round(part * (at_ns - side.seen_ns))
        side.through = -band <= at <= self._length + band


def _come_clear(side: Side, now: int, band: float) -> Crossing | None:
    """The feet are clearly on the side ``now``. Who first appeared between the bands must have walked as far as others do."""
    born = 1 if side.born > 0 else -1
    if side.clear == 0 and born != now and abs(side.across - side.born) < 2 * band:
        return None
    came_from, side.clear = side.clear or born, now
    through, side.through = side.through, False
    return _crossing(now, side.passed_ns) if came_from != now and through else None


def _crossing(now: int, at_ns: int) -> Crossing:
    return Crossing(direction="in" if now > 0 else "out", at_ns=at_ns)
