"""Clips of red figures over a grey shop, and a detector to which such a figure is a person: all the rest is the real one."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from models.findings import Person

WIDTH, HEIGHT, FPS = 320, 240, 10
WIDE, TALL = 24, 72
Feet = tuple[float, float]
Figure = Callable[[int], Feet | None]


def walk(start: Feet, end: Feet, first: int, last: int) -> Figure:
    """Where the feet are in each frame: from ``start`` in the frame ``first`` to ``end`` in ``last``, else nowhere."""

    def feet(frame: int) -> Feet | None:
        if not first <= frame <= last:
            return None
        part = (frame - first) / (last - first)
        return start[0] + part * (end[0] - start[0]), start[1] + part * (end[1] - start[1])

    return feet


def picture(figures: Sequence[Figure], frame: int) -> NDArray[np.uint8]:
    """One frame, BGR."""
    shown = _shop().copy()
    for figure in figures:
        feet = figure(frame)
        if feet is not None:
            x, y = round(feet[0]), round(feet[1])
            cv2.rectangle(shown, (x - WIDE // 2, y - TALL), (x + WIDE // 2 - 1, y - 1), (0, 0, 255), -1)
    return shown


@cache
def _shop() -> NDArray[np.uint8]:
    grey = np.kron(np.random.default_rng(1).integers(60, 160, (HEIGHT // 20, WIDTH // 20)), np.ones((20, 20)))
    return np.repeat(grey[:, :, None], 3, axis=2).astype(np.uint8)


def render(path: Path, figures: Sequence[Figure], frames: int, *, fps: float = FPS) -> Path:
    """A clip of so many frames."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), fps, (WIDTH, HEIGHT))  # type: ignore[attr-defined]
    for frame in range(frames):
        writer.write(picture(figures, frame))
    writer.release()
    return path


def truth(**other: Any) -> dict[str, Any]:
    """A truth of such a clip: an upright line in the middle, "in" is to the right; keys that are None are left out."""
    known = {
        "width": WIDTH,
        "height": HEIGHT,
        "fps": float(FPS),
        "line": {"a": [160, 40], "b": [160, 230], "in_point": [250, 120]},
        "crossings": [],
        **other,
    }
    return {key: value for key, value in known.items() if value is not None}


def write_truth(path: Path, **other: Any) -> Path:
    path.write_text(json.dumps(truth(**other)))
    return path


class RedFigures:
    """Implements ``PeopleDetector``. ``looks`` counts how often it was asked, ``sizes`` what it was shown."""

    name, low, high = "red-figures", 0.1, 0.5

    def __init__(self) -> None:
        self.sizes: list[tuple[int, int]] = []
        self.closed = False

    @property
    def looks(self) -> int:
        return len(self.sizes)

    def find(self, picture: NDArray[np.uint8]) -> list[Person]:
        self.sizes.append((picture.shape[1], picture.shape[0]))
        red = cv2.inRange(picture, np.array((0, 0, 151)), np.array((109, 109, 255)))
        _, _, stats, _ = cv2.connectedComponentsWithStats(red)
        return [
            Person(box=(float(x), float(y), float(x + wide), float(y + tall)), score=0.9)
            for x, y, wide, tall, cells in stats[1:].tolist()
            if cells > 100
        ]

    def close(self) -> None:
        self.closed = True
