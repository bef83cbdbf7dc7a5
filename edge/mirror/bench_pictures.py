"""Pictures to measure the mirror with: a clip, or a photo that moves as nobody who sits for a camera could.

Each is 1280 × 720, the photo as large as fits. The still face trembles by less than a pixel under the noise of a sensor, the
turning one goes to and fro once in two seconds; where each pixel has gone is known.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

WIDTH_PX, HEIGHT_PX = 1280, 720
FPS = 30
NOISE = 4.0
SHIFT_PX = 0.3
TURN_HZ = 0.5
SWAY = 0.055
"""How far a turn carries the face to each side, in widths of the picture: 20 cm before a face of usual size."""

NARROWS = 0.12
"""How much narrower a face turned by 30° looks."""

SLOWEST_FPS, FASTEST_FPS = 5.0, 60.0
LONGEST_S = 4
SEED = 7
PIECES = 97

Picture = NDArray[np.uint8]


class NoPicture(Exception):
    """There is nothing in that file that could be shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """``picture``: the photo after ``way`` (2 × 3: where a pixel of the photo is in it)."""

    picture: Picture
    way: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A photo is a clip of one picture."""

    pictures: list[Picture]
    fps: float = FPS

    @property
    def moves(self) -> bool:
        """Whether it is more than a photo."""
        return len(self.pictures) > 1

    def at(self, number: int) -> int:
        """Which picture is shown then: to and fro without an end, for nobody jumps from where a clip ends to where it begins."""
        turn = max(2 * len(self.pictures) - 2, 1)
        return min(number % turn, turn - number % turn)


def clip_of(path: Path) -> Clip:
    """Up to four seconds of a clip, or a photo. Raises NoPicture."""
    if not path.is_file():
        raise NoPicture(f"{path}: there is no such clip or photo")
    # As a photo a film of this kind would be its first picture.
    photo = None if path.suffix.lower() == ".gif" else cv2.imread(str(path))
    if photo is not None:
        return Clip(pictures=[fitted(np.asarray(photo, dtype=np.uint8))])
    capture = cv2.VideoCapture(str(path))
    found: list[Picture] = []
    try:
        fps = min(max(float(capture.get(cv2.CAP_PROP_FPS)), SLOWEST_FPS), FASTEST_FPS)
        while len(found) < LONGEST_S * fps:
            read, picture = capture.read()
            if not read:
                break
            found.append(fitted(np.asarray(picture, dtype=np.uint8)))
    finally:
        capture.release()
    if not found:
        raise NoPicture(f"{path}: is neither a photo nor a clip that can be played here")
    return Clip(pictures=found, fps=fps)


def fitted(picture: Picture) -> Picture:
    """The picture in 1280 × 720, as large as fits, on grey."""
    height, width = picture.shape[:2]
    factor = min(WIDTH_PX / width, HEIGHT_PX / height)
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    inner = cv2.resize(picture, (max(round(width * factor), 1), max(round(height * factor), 1)), interpolation=way)
    out = np.full((HEIGHT_PX, WIDTH_PX, 3), 128, dtype=np.uint8)
    top, left = (HEIGHT_PX - inner.shape[0]) // 2, (WIDTH_PX - inner.shape[1]) // 2
    out[top : top + inner.shape[0], left : left + inner.shape[1]] = inner
    return out


def still(photo: Picture, frames: int) -> Iterator[Moved]:
    """A face that holds still, as a sensor sees it."""
    sensor = _Sensor()
    for _ in range(frames):
        right, down = sensor.chance.uniform(-SHIFT_PX, SHIFT_PX, 2)
        yield sensor.moved(photo, np.array(((1.0, 0.0, right), (0.0, 1.0, down))))


def turning(photo: Picture, middle_px: float, frames: int) -> Iterator[Moved]:
    """A head around ``middle_px`` that turns to and fro."""
    sensor = _Sensor()
    for frame in range(frames):
        swing = math.sin(2 * math.pi * TURN_HZ * frame / FPS)
        narrow = 1 - NARROWS * swing * swing
        way = np.array(((narrow, 0.0, middle_px * (1 - narrow) + SWAY * WIDTH_PX * swing), (0.0, 1.0, 0.0)))
        yield sensor.moved(photo, way)


class _Sensor:
    """The same noise in every run: one field of it, of which each picture gets another piece."""

    def __init__(self) -> None:
        self.chance = np.random.default_rng(SEED)
        field = self.chance.normal(0, NOISE, (HEIGHT_PX + PIECES, WIDTH_PX + PIECES, 3))
        self._noise = np.round(field).astype(np.int16)

    def moved(self, photo: Picture, way: NDArray[np.float64]) -> Moved:
        moved = cv2.warpAffine(photo, way, (WIDTH_PX, HEIGHT_PX), borderMode=cv2.BORDER_REPLICATE).astype(np.int16)
        top, left = self.chance.integers(0, PIECES, 2)
        moved += self._noise[top : top + HEIGHT_PX, left : left + WIDTH_PX]
        return Moved(picture=np.clip(moved, 0, 255).astype(np.uint8), way=way)
