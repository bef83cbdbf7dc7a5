"""A clip as a camera's pictures: without it the evaluation would see other pixels than the inference process does.

The process is given I420 by ffmpeg; a frame is therefore brought into that form and back, as it would be on its way.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

FPS_WHEN_UNKNOWN = 25.0


class NoClip(Exception):
    """There is no clip, or it is none that can be played."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipPicture:
    """``planes``: I420, height * 3 / 2 × width; the first ``height`` rows are the grey picture."""

    frame: int
    planes: NDArray[np.uint8]


class Clip:
    """An open clip. Sides are even, as I420 wants them: a last odd row or column is left out."""

    def __init__(self, capture: cv2.VideoCapture, first: NDArray[np.uint8]) -> None:
        self.height_px, self.width_px = (side // 2 * 2 for side in first.shape[:2])
        fps = capture.get(cv2.CAP_PROP_FPS)
        self.fps = fps if math.isfinite(fps) and fps > 0 else FPS_WHEN_UNKNOWN
        self.frames = 0
        self._capture, self._first = capture, first

    def pictures(self, per_second: float, fps: float) -> Iterator[ClipPicture]:
        """``per_second`` of the clip's ``fps`` pictures a second, until it ends; ``frames`` then says how many it has."""
        frame: NDArray[np.uint8] | None = self._first
        while frame is not None:
            number = self.frames
            self.frames += 1
            if number == 0 or math.floor(number * per_second / fps) > math.floor((number - 1) * per_second / fps):
                yield ClipPicture(frame=number, planes=self._planes(frame))
            read, after = self._capture.read()
            frame = np.asarray(after, dtype=np.uint8) if read else None

    def _planes(self, frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
        even = np.ascontiguousarray(frame[: self.height_px, : self.width_px])
        return np.asarray(cv2.cvtColor(even, cv2.COLOR_BGR2YUV_I420), dtype=np.uint8)


@contextmanager
def open_clip(path: Path) -> Iterator[Clip]:
    """The clip of that file, at its first frame. Raises NoClip."""
    if not path.is_file():
        raise NoClip(f"{path}: there is no such clip")
    capture = cv2.VideoCapture(str(path))
    try:
        read, first = capture.read()
        if not read:
            raise NoClip(f"{path}: is no video that can be played here, or has no pictures")
        if min(first.shape[:2]) < 2:
            raise NoClip(f"{path}: its pictures are of {first.shape[1]}×{first.shape[0]} pixels")
        yield Clip(capture, np.asarray(first, dtype=np.uint8))
    finally:
        capture.release()


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal. Raises NoClip when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise NoClip(f"{path}: cannot be read: {error.strerror}") from error
