"""Where a layer covers how much: without feathered edges between the pixels makeup would look cut out of paper.

A mask is float32, 0 to 1, of one part of the picture (``Part``); nothing outside that part is touched.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SHIFT = 4
"""cv2 takes corners in sixteenths of a pixel."""

WIDE_PX = 3.0
"""A feather from which on half the resolution is enough."""

STEPS = np.linspace(0, 1, 5)[:-1, None, None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a picture, in whole pixels; ``right`` and ``bottom`` are outside."""

    left: int
    top: int
    right: int
    bottom: int

    def of(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """These pixels, to be painted in place."""
        return picture[self.top : self.bottom, self.left : self.right]


def part_around(curve: NDArray[np.float32], margin_px: float, size: tuple[int, int]) -> Part | None:
    """The part that holds a curve, in a picture of ``size`` width × height; None when it lies outside."""
    low = np.floor(curve.min(axis=0) - margin_px).astype(int)
    high = np.ceil(curve.max(axis=0) + margin_px).astype(int) + 1
    left, top = (max(int(each), 0) for each in low)
    right, bottom = (min(int(each), end) for each, end in zip(high, size, strict=True))
    if right - left < 2 or bottom - top < 2:
        return None
    return Part(left=left, top=top, right=right, bottom=bottom)


def filled(part: Part, curves: Sequence[NDArray[np.float32]], feather_px: float = 0.0) -> NDArray[np.float32]:
    """What a closed line through the curves, one after the other, encloses; its edge goes from 1 to 0 over two feathers."""
    mask = np.zeros((part.bottom - part.top, part.right - part.left), dtype=np.uint8)
    corners = np.concatenate(curves) - np.array((part.left, part.top), dtype=np.float32)
    whole = np.round(corners * (1 << SHIFT)).astype(np.int32)
    cv2.fillPoly(mask, [whole], (255,), cv2.LINE_AA, SHIFT)
    return feathered(mask.astype(np.float32) * np.float32(1 / 255), feather_px)


def feathered(mask: NDArray[np.float32], feather_px: float) -> NDArray[np.float32]:
    """A mask with a softer edge."""
    if feather_px < 0.3:
        return mask
    if feather_px < WIDE_PX:
        return np.asarray(cv2.GaussianBlur(mask, (0, 0), feather_px, borderType=cv2.BORDER_CONSTANT), dtype=np.float32)
    # An edge so soft has no detail: an eighth of the work.
    height, width = mask.shape
    half = cv2.resize(mask, (-(-width // 2), -(-height // 2)), interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(half, (0, 0), feather_px / 2, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.float32)


def smooth(curve: NDArray[np.float32]) -> NDArray[np.float32]:
    """A round line through the same points (Catmull and Rom), so that a large face shows no corners."""
    before = np.concatenate((curve[:1], curve[:-2]))
    start, end = curve[:-1], curve[1:]
    after = np.concatenate((curve[2:], curve[-1:]))
    bend = 2 * before - 5 * start + 4 * end - after
    twist = 3 * (start - end) + after - before
    line = 0.5 * (2 * start + STEPS * ((end - before) + STEPS * (bend + STEPS * twist)))
    return np.concatenate((line.transpose(1, 0, 2).reshape(-1, 2), curve[-1:])).astype(np.float32)


def sized(curve: NDArray[np.float32], factor: float) -> NDArray[np.float32]:
    """The same line, larger or smaller around its middle."""
    middle = curve.mean(axis=0)
    return np.asarray(middle + np.float32(factor) * (curve - middle), dtype=np.float32)


def blend(pixels: NDArray[np.uint8], painted: NDArray[np.uint8], mask: NDArray[np.float32]) -> None:
    """Lay ``painted`` over ``pixels`` as far as the mask says."""
    pixels[:] = cv2.blendLinear(pixels, painted, 1 - mask, mask)
