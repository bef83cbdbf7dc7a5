"""From a place in the picture to the place on the floor: without it a heat map is of the camera's view, not of the shop.

Four marks or more, known in both, give the one perspective (a homography) that brings each to its place:

    (X, Y) = ((a x + b y + c) / w, (d x + e y + f) / w)  with  w = g x + h y + 1

No numpy here: the box itself judges the marks of a layout before anybody uses them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from edge.vision.layout import FloorMark
from edge.vision.shapes import Point, turn

FEWEST = 4
FLAT = 0.005
"""A triangle of marks is a line when it has less of the area of the square around all: then a pixel is metres on the floor."""

WIDE = 0.05
"""Likewise: from here on a triangle's corners do not change sides because something was measured a hand's breadth wrong."""

OFF_MOST = 0.1
"""Of the marks' extent on the floor: a mark that is off by more was put in the wrong place or has another one's numbers."""


class NoFloor(ValueError):
    """The marks say nothing of the floor. ``key`` names why for the pages, ``facts`` fill its places; the text what to do."""

    def __init__(self, key: str, text: str, **facts: int) -> None:
        super().__init__(text)
        self.key, self.facts = key, facts


@dataclass(frozen=True, slots=True)
class Floor:
    """Where on the floor, in mm, each place of a picture is, in fractions."""

    terms: tuple[float, ...]
    picture_middle: Point

    def place(self, x: float, y: float) -> Point | None:
        """The place on the floor; None at the horizon and above."""
        a, b, c, d, e, f, g, h = self.terms
        x, y = x - self.picture_middle[0], y - self.picture_middle[1]
        w = g * x + h * y + 1
        return ((a * x + b * y + c) / w, (d * x + e * y + f) / w) if w > 1e-6 else None


def floor_of(marks: Sequence[FloorMark]) -> Floor:
    """The floor that ``marks`` show. Raises NoFloor when they are too few, in a line, mirrored or contradict each other."""
    if len(marks) < FEWEST:
        raise NoFloor("few", f"{len(marks)} marks are too few: give {FEWEST} to 16, far apart on the floor", marks=len(marks))
    seen, lain = [mark.picture for mark in marks], [(float(x), float(y)) for x, y in (mark.floor_mm for mark in marks)]
    _judge_spread(seen, lain)
    _judge_turns(seen, lain)
    floor = _fitted(seen, lain)
    places = [floor.place(*at) for at in seen]
    off = [math.inf if place is None else math.dist(place, meant) for place, meant in zip(places, lain, strict=True)]
    worst = off.index(max(off)) + 1
    if max(off) > OFF_MOST * _extent(lain):
        text = (
            f"the marks contradict each other, mark {worst} the most: look at their places in the picture and their millimetres"
        )
        raise NoFloor("off", text, mark=worst)
    return floor


def _judge_spread(seen: Sequence[Point], lain: Sequence[Point]) -> None:
    """Four marks are needed of which no three are in a line, in the picture and on the floor."""
    for name, points in (("picture", seen), ("floor", lain)):
        least = FLAT * _extent(points) ** 2
        if not any(all(abs(turn(*each)) > least for each in combinations(four, 3)) for four in combinations(points, FEWEST)):
            text = f"the marks are in a line, or nearly, in the {name}: put four of them at the corners of a wide rectangle"
            raise NoFloor(f"line-{name}", text)


def _judge_turns(seen: Sequence[Point], lain: Sequence[Point]) -> None:
    """Whoever goes from mark to mark turns the same way in the picture and on a plan that is seen from above."""
    least, least_mm2 = WIDE * _extent(seen) ** 2, WIDE * _extent(lain) ** 2
    turns = zip((turn(*each) for each in combinations(seen, 3)), (turn(*each) for each in combinations(lain, 3)), strict=True)
    alike = [(one > 0) == (other > 0) for one, other in turns if abs(one) > least and abs(other) > least_mm2]
    if alike and not any(alike):
        text = (
            "the floor is mirrored: measure from the plan's top left corner, x to the right and y downwards, as seen from above"
        )
        raise NoFloor("mirrored", text)
    if not all(alike):
        raise NoFloor(
            "turned", "two marks have changed places, or one is above the horizon: go round them in the same order in both"
        )


def _extent(points: Sequence[Point]) -> float:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return max(max(xs) - min(xs), max(ys) - min(ys))


def _fitted(seen: Sequence[Point], lain: Sequence[Point]) -> Floor:
    """Least squares, about the marks' middle and in parts of their extent, where no number is large."""
    middle = (sum(x for x, _ in seen) / len(seen), sum(y for _, y in seen) / len(seen))
    scale = _extent(lain)
    rows: list[tuple[list[float], float]] = []
    for at, (floor_x, floor_y) in zip(seen, lain, strict=True):
        x, y, u, v = at[0] - middle[0], at[1] - middle[1], floor_x / scale, floor_y / scale
        rows.append(([x, y, 1, 0, 0, 0, -x * u, -y * u], u))
        rows.append(([0, 0, 0, x, y, 1, -x * v, -y * v], v))
    normal = [[sum(row[i] * row[j] for row, _ in rows) for j in range(8)] for i in range(8)]
    right = [sum(row[i] * value for row, value in rows) for i in range(8)]
    terms = _solved(normal, right)
    return Floor((*(term * scale for term in terms[:6]), *terms[6:]), middle)


def _solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Gauss's elimination with the largest pivot; the marks' spread has been judged, so there is one."""
    size = len(right)
    table = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for column in range(size):
        best = max(range(column, size), key=lambda row: abs(table[row][column]))
        table[column], table[best] = table[best], table[column]
        pivot = table[column][column]
        table[column] = [value / pivot for value in table[column]]
        for row in range(size):
            if row != column and table[row][column]:
                factor = table[row][column]
                table[row] = [value - factor * first for value, first in zip(table[row], table[column], strict=True)]
    return [row[size] for row in table]
