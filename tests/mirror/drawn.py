"""A face that is drawn: points where a face has them, and a picture that shows just that face. It needs no model and no photo."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.mirror.anatomy import FOREHEAD, LIP_BOTTOM, LIP_TOP, MOUTH_BOTTOM, MOUTH_TOP, OVAL, SIDES
from edge.mirror.face import Face
from models.landmarks import Found

WIDTH_PX, HEIGHT_PX = 640, 480
MIDDLE = (320.0, 240.0)
SKIN_BGR = (150, 175, 215)
LIP_BGR = (110, 105, 180)

Picture = NDArray[np.uint8]


class Drawn:
    """Finds the face that it was told; no picture is looked at."""

    name = "drawn"

    def __init__(self, face: Face | None, faces: int = 1) -> None:
        self.face, self.faces = face, faces
        self.closed = False

    def find(self, picture: Picture, at_ns: int) -> Found:
        if self.face is None:
            return Found(faces=0, points=None)
        return Found(faces=self.faces, points=self.face.points + np.array((0.5, 0.5, 0), np.float32))

    def close(self) -> None:
        self.closed = True


def face(*, gap_px: float = 0.0, yaw_deg: float = 0.0, size: float = 1.0, middle: tuple[float, float] = MIDDLE) -> Face:
    """A face of 200 × 280 pixels, eyes 120 apart. ``gap_px``: how far the mouth is open."""
    points = np.zeros((478, 3), dtype=np.float32)
    # The oval begins at the top and goes round by the picture's right.
    turn = np.linspace(-np.pi / 2, 1.5 * np.pi, len(OVAL), endpoint=False)
    points[list(OVAL), :2] = np.stack((100 * np.cos(turn), 140 * np.sin(turn)), axis=1)
    for curve, rise in (
        (LIP_TOP, -14 - gap_px / 2),
        (MOUTH_TOP, -gap_px / 2),
        (MOUTH_BOTTOM, gap_px / 2),
        (LIP_BOTTOM, 16 + gap_px / 2),
    ):
        points[list(curve), :2] = _bow((-34, 75), (34, 75), rise, len(curve))
    for side in SIDES:
        way = side.turned
        for line, y, rise in ((side.lid, -35, -8), (side.below, -35, 6), (side.brow_bottom, -58, -4), (side.brow_top, -66, -6)):
            points[list(line), :2] = _bow((60 * way, y), (24 * way, y), rise, len(line))
        points[list(side.skin), :2] = np.array(((55, 0), (50, 10), (60, 20), (45, 5))) * (way, 1)
        points[list(side.apple), :2] = np.array(((62, -2), (55, 8), (50, 22))) * (way, 1)
        points[side.temple, :2] = (95 * way, -40)
    points[list(FOREHEAD), :2] = ((0, -100), (-20, -100), (20, -100))
    points[:, 2] = np.abs(points[:, 0]) * 0.5
    return Face(points=_turned(points, yaw_deg) * np.float32(size) + np.array((*middle, 0), np.float32))


def picture(shown: Face, background: tuple[int, int, int] = (240, 240, 240)) -> Picture:
    """The face in skin and lips that have a grain, white teeth in its mouth, eyes, on a plain wall."""
    out = np.full((HEIGHT_PX, WIDTH_PX, 3), background, dtype=np.uint8)
    _fill(out, [shown.curve(OVAL)], SKIN_BGR)
    _fill(out, [shown.curve(LIP_TOP), shown.curve(LIP_BOTTOM)[::-1]], LIP_BGR)
    _fill(out, [shown.curve(MOUTH_TOP), shown.curve(MOUTH_BOTTOM)[::-1]], (235, 240, 240))
    for side in SIDES:
        _fill(out, [shown.curve(side.lid), shown.curve(side.below)[::-1]], (225, 225, 225))
        _fill(out, [shown.curve(side.brow_top), shown.curve(side.brow_bottom)[::-1]], (60, 75, 90))
    return np.asarray(cv2.add(out, _grain(), dtype=cv2.CV_8U), dtype=np.uint8)


@cache
def _grain() -> NDArray[np.int16]:
    """The same in every picture: nobody writes into it."""
    grain = cv2.GaussianBlur(np.random.default_rng(3).normal(0, 12, (HEIGHT_PX, WIDTH_PX, 1)), (3, 3), 0)
    return np.repeat(np.floor(grain).astype(np.int16)[..., None], 3, axis=-1)


def inside(*curves: NDArray[np.float32], shrink_px: int = 0) -> NDArray[np.bool_]:
    """Which pixels the curves enclose, and none within ``shrink_px`` of the edge."""
    mask = np.zeros((HEIGHT_PX, WIDTH_PX, 3), dtype=np.uint8)
    _fill(mask, list(curves), (1, 1, 1))
    kernel = np.ones((2 * shrink_px + 1, 2 * shrink_px + 1), np.uint8)
    return np.asarray(cv2.erode(mask[..., 0], kernel)) > 0


def _bow(start: tuple[float, float], end: tuple[float, float], rise: float, points: int) -> NDArray[np.float64]:
    along = np.linspace(0, 1, points)[:, None]
    bow = 4 * along * (1 - along) * np.array((0, rise))
    return np.asarray(np.array(start) * (1 - along) + np.array(end) * along + bow)


def _turned(points: NDArray[np.float32], yaw_deg: float) -> NDArray[np.float32]:
    cosine, sine = np.cos(np.radians(yaw_deg)), np.sin(np.radians(yaw_deg))
    x, z = points[:, 0].copy(), points[:, 2].copy()
    points[:, 0], points[:, 2] = x * cosine - z * sine, x * sine + z * cosine
    return points


def _fill(picture: Picture, curves: list[NDArray[np.float32]], colour: tuple[int, int, int]) -> None:
    cv2.fillPoly(picture, [np.round(np.concatenate(curves)).astype(np.int32)], colour)
