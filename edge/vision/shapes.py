"""Triangles and polygons as they are drawn: without it every check of a layout would have its own geometry."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

Point = tuple[float, float]


def turn(a: Point, b: Point, c: Point) -> float:
    """Twice the area of the triangle a, b, c; its sign says to which side of a–b the place c is, positive when a picture shows
    the three clockwise."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def area(corners: Sequence[Point]) -> float:
    """The area of a polygon whose edges do not cross."""
    origin = (0.0, 0.0)
    return abs(sum(turn(origin, one, two) for one, two in zip(corners, [*corners[1:], corners[0]], strict=True))) / 2


def crossing_edges(corners: Sequence[Point]) -> tuple[int, int] | None:
    """The first two edges that meet elsewhere than at a corner they share."""
    edges = list(zip(corners, [*corners[1:], corners[0]], strict=True))
    for (one, (a, b)), (two, (c, d)) in combinations(enumerate(edges), 2):
        if two - one in {1, len(edges) - 1}:
            continue
        if _meet(a, b, c, d):
            return one, two
    return None


def _meet(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether the edges a–b and c–d have a place in common."""
    if turn(a, b, c) * turn(a, b, d) > 0 or turn(c, d, a) * turn(c, d, b) > 0:
        return False
    return all(
        max(a[axis], b[axis]) >= min(c[axis], d[axis]) and max(c[axis], d[axis]) >= min(a[axis], b[axis]) for axis in (0, 1)
    )
