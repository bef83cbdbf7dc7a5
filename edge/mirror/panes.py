"""Several looks side by side: without it a shopper would compare two reds from memory.

Two stand next to each other, three too, four in two rows; each pane shows the face, as much of the picture around it as fits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge.mirror.anatomy import OVAL
from edge.mirror.masks import Part

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.mirror.face import Face

GRIDS = {2: (2, 1), 3: (3, 1), 4: (2, 2)}
"""Columns and rows for so many looks."""

ROOM = 1.35
"""A pane is at least so many times as high and as wide as the face."""

LINE_PX = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Pane:
    """``shown`` of the camera's picture goes to ``at`` in the mirror's."""

    shown: Part
    at: Part


def panes(looks: int, face: Face, size: tuple[int, int]) -> list[Pane]:
    """The panes for two to four looks in a picture of ``size`` width × height."""
    columns, rows = GRIDS[looks]
    width, height = size[0] // columns, size[1] // rows
    shown = _around(face, (width, height), size)
    return [
        Pane(shown=shown, at=Part(left=x * width, top=y * height, right=(x + 1) * width, bottom=(y + 1) * height))
        for y in range(rows)
        for x in range(columns)
    ]


def put(picture: NDArray[np.uint8], pane: Pane, painted: NDArray[np.uint8]) -> None:
    """Show what ``pane`` shows, ``painted`` in the size of the camera's picture, with a line towards its neighbour."""
    at = pane.at.of(picture)
    smaller = painted.shape[0] > at.shape[0]
    at[:] = cv2.resize(painted, (at.shape[1], at.shape[0]), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
    at[:, : LINE_PX if pane.at.left else 0] = 255
    at[: LINE_PX if pane.at.top else 0] = 255


def _around(face: Face, pane: tuple[int, int], size: tuple[int, int]) -> Part:
    outline = face.curve(OVAL)
    low, high = outline.min(axis=0), outline.max(axis=0)
    # As large as the pane where the face has room in it, else as much more as the face needs, at most the whole picture.
    factor = max(1.0, *(ROOM * float(each) / side for each, side in zip(high - low, pane, strict=True)))
    factor = min(factor, *(whole / side for whole, side in zip(size, pane, strict=True)))
    wide, tall = (int(side * factor) for side in pane)
    middle = (low + high) / 2
    left = int(min(max(float(middle[0]) - wide / 2, 0), size[0] - wide))
    top = int(min(max(float(middle[1]) - tall / 2, 0), size[1] - tall))
    return Part(left=left, top=top, right=left + wide, bottom=top + tall)
