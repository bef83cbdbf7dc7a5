"""Parts of a picture that nobody may see, as a few black boxes: without it a neighbour's window would be in every picture.

    [[0.7, 0.0], [1.0, 0.0], [1.0, 0.3]]   ->   drawbox=x=448:y=0:w=192:h=8:color=black:t=fill,drawbox=x=464:y=8:…

A polygon is drawn outwards, in blocks of 8 pixels: what it touches is black. ffmpeg draws them before anything leaves it, so no
process of the box ever holds what is under a mask.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from drivers.wires.capture_words import Mask

BLOCK_PX = 8
"""Even, for I420 has one colour for 2 × 2 pixels; small, so that little is lost beside a slanting edge."""

Corner = tuple[float, float]
Run = tuple[int, int]


def drawn(polygons: Sequence[Sequence[Corner]], width_px: int, height_px: int) -> tuple[Mask, ...]:
    """The black boxes, in pixels, that hide ``polygons``, whose corners are fractions of the picture."""
    inside = [[(x * width_px / BLOCK_PX, y * height_px / BLOCK_PX) for x, y in corners] for corners in polygons]
    columns, rows = -(-width_px // BLOCK_PX), -(-height_px // BLOCK_PX)
    masks: list[Mask] = []
    growing: dict[Run, int] = {}  # since which row
    for row in range(rows + 1):
        runs = _runs([_touched(corners, row, columns) for corners in inside]) if row < rows else []
        ended = [run for run in growing if run not in runs]
        masks += [_mask(run, growing.pop(run), row, width_px, height_px) for run in ended]
        growing = {run: growing.get(run, row) for run in runs}
    return tuple(sorted(masks, key=lambda mask: (mask.y, mask.x)))


def hides_all(masks: Sequence[Mask], width_px: int, height_px: int) -> bool:
    """Whether nothing is left to see."""
    return sum(mask.width * mask.height for mask in masks) >= width_px * height_px  # they never overlap


def _mask(run: Run, first: int, end: int, width_px: int, height_px: int) -> Mask:
    x, y = run[0] * BLOCK_PX, first * BLOCK_PX
    return Mask(x=x, y=y, width=min(run[1] * BLOCK_PX, width_px) - x, height=min(end * BLOCK_PX, height_px) - y)


def _touched(corners: Sequence[Corner], row: int, columns: int) -> set[int]:
    """The blocks of one row that a polygon touches: those on its edges, and those whose middle is in it."""
    touched: set[int] = set()
    turns: list[tuple[float, int]] = []
    for (ax, ay), (bx, by) in _edges(corners):
        if min(ay, by) < row + 1 and max(ay, by) > row:
            left, right = _within(ax, ay, bx, by, row)
            touched.update(range(max(0, math.floor(left)), min(columns, math.ceil(right))))
        middle = row + 0.5
        if (ay <= middle) != (by <= middle):
            turns.append((ax + (middle - ay) * (bx - ax) / (by - ay), 1 if by > ay else -1))
    turns.sort()
    winding = 0
    for (at, turn), (until, _) in pairwise(turns):
        winding += turn
        if winding:  # and so the middle of a polygon whose edges cross is hidden too
            touched.update(range(max(0, math.floor(at)), min(columns, math.ceil(until))))
    return touched


def _within(ax: float, ay: float, bx: float, by: float, row: int) -> tuple[float, float]:
    """Between which two places an edge is within one row."""
    if ay == by:
        return min(ax, bx), max(ax, bx)
    ends = [ax + (min(max(y, min(ay, by)), max(ay, by)) - ay) * (bx - ax) / (by - ay) for y in (row, row + 1)]
    return min(ends), max(ends)


def _edges(corners: Sequence[Corner]) -> Iterator[tuple[Corner, Corner]]:
    return zip(corners, [*corners[1:], corners[0]], strict=True)


def _runs(touched: Sequence[set[int]]) -> list[Run]:
    """Blocks side by side as runs from the first to the one after the last."""
    runs: list[Run] = []
    for block in sorted(set().union(*touched)):
        if runs and runs[-1][1] == block:
            runs[-1] = (runs[-1][0], block + 1)
        else:
            runs.append((block, block + 1))
    return runs
