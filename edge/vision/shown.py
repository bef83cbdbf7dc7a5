"""The picture that a technician may see: who is followed as a box, every head pixelated, and whatever moves as well.

A detector misses people. What is no person to it but moves is therefore pixelated too, and all of the picture while nobody looks
for people in it. What is left is whoever stands still and looks like nobody, not even unsurely: seconds after they came.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from models.findings import Box

Picture = NDArray[np.uint8]
"""Height × width × 3, BGR."""

WIDEST_PX = 960
QUALITY = 75
BLOCKS_PER_HEAD = 4
"""Nobody is known by four blocks across the head."""

SMALLEST_BLOCK_PX = 8
HEAD_OF_BODY = 0.25
"""A head is an eighth of a standing body; twice that leaves room for a stoop and for a box that begins above it."""

HEAD_OF_WIDTH = 0.9
"""Of somebody close to the camera only head and shoulders are in the picture: the head is then as high as most of the width."""

ASIDE = 0.15
COLOURS = {"confirmed": (120, 200, 60), "tentative": (160, 160, 160), "lost": (60, 170, 240), "staff": (220, 140, 60)}
FONT = cv2.FONT_HERSHEY_SIMPLEX


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A person who is followed. ``number`` is for the eye that looks now."""

    box: Box
    number: int
    state: Literal["tentative", "confirmed", "lost", "staff"]


def render(picture: Picture, drawn: Sequence[Drawn], unsure: Sequence[Box], moving: NDArray[np.bool_] | None) -> bytes:
    """``picture`` as JPEG at most WIDEST_PX wide. ``unsure`` are boxes that may be people; ``moving``: None until that is known.

    ``moving`` is a mask of any size over the whole picture. ``picture`` itself stays as it is.
    """
    shown = picture.copy() if moving is not None else _pixelated(picture, _moving_block(picture))
    if moving is not None:
        _hide_moving(shown, moving)
    for box in (*(each.box for each in drawn), *unsure):
        _hide_head(shown, box)
    shown, scale = _fitted(shown)
    for each in drawn:
        _draw(shown, each, scale)
    return _jpeg(shown)


def head_of(box: Box, width_px: int, height_px: int) -> tuple[int, int, int, int]:
    """Where the head of the person in ``box`` may be, within the picture: left, top, right, bottom in pixels."""
    left, top, right, bottom = box
    wide, high = right - left, bottom - top
    depth = max(HEAD_OF_BODY * high, min(HEAD_OF_WIDTH * wide, high))
    return (
        max(0, math.floor(left - ASIDE * wide)),
        max(0, math.floor(top - ASIDE * depth)),
        min(width_px, math.ceil(right + ASIDE * wide)),
        min(height_px, math.ceil(top + depth)),
    )


def _hide_head(picture: Picture, box: Box) -> None:
    height_px, width_px = picture.shape[:2]
    left, top, right, bottom = head_of(box, width_px, height_px)
    if left >= right or top >= bottom:
        return
    head = picture[top:bottom, left:right]
    head[:] = _pixelated(head, max(SMALLEST_BLOCK_PX, (right - left) // BLOCKS_PER_HEAD))


def _hide_moving(picture: Picture, moving: NDArray[np.bool_]) -> None:
    height_px, width_px = picture.shape[:2]
    mask = cv2.dilate(moving.astype(np.uint8), np.ones((3, 3), np.uint8))
    where = cv2.resize(mask, (width_px, height_px), interpolation=cv2.INTER_NEAREST).astype(bool)
    if where.any():
        picture[where] = _pixelated(picture, _moving_block(picture))[where]


def _moving_block(picture: Picture) -> int:
    """A fortieth of the width: a face as large as that is a face of one block."""
    return max(SMALLEST_BLOCK_PX, int(picture.shape[1]) // 40)


def _pixelated(picture: Picture, block_px: int) -> Picture:
    height_px, width_px = picture.shape[:2]
    blocks = (max(1, width_px // block_px), max(1, height_px // block_px))
    small = cv2.resize(picture, blocks, interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (width_px, height_px), interpolation=cv2.INTER_NEAREST).astype(np.uint8, copy=False)


def _fitted(picture: Picture) -> tuple[Picture, float]:
    height_px, width_px = picture.shape[:2]
    if width_px <= WIDEST_PX:
        return picture, 1.0
    scale = WIDEST_PX / width_px
    small = cv2.resize(picture, (WIDEST_PX, round(height_px * scale)), interpolation=cv2.INTER_AREA)
    return small.astype(np.uint8, copy=False), scale


def _draw(picture: Picture, person: Drawn, scale: float) -> None:
    left, top, right, bottom = (round(side * scale) for side in person.box)
    colour = COLOURS[person.state]
    cv2.rectangle(picture, (left, top), (right, bottom), colour, 1 if person.state == "tentative" else 2)
    if person.state != "tentative":
        cv2.putText(picture, str(person.number % 1000), (left + 3, max(12, top - 4)), FONT, 0.45, colour, 1, cv2.LINE_AA)
    if person.state == "confirmed":
        cv2.circle(picture, ((left + right) // 2, bottom), 3, colour, -1)


def _jpeg(picture: Picture) -> bytes:
    _, encoded = cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, QUALITY))
    return encoded.tobytes()
