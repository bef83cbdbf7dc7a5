"""YOLOX finds people: the picture in the corner of a grey square, then one row of numbers for each cell of three grids.

    in     1 × 3 × 416 × 416   BGR, 0 to 255, what the picture does not fill is 114
    out    1 × 3549 × 85       x, y, ln w, ln h in cells of 8, 16 and 32 pixels; how sure it is an object; then of each class

(YOLOX, demo/ONNXRuntime/README.md and yolox/utils/demo_utils.py. This export has its sigmoids inside.)
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.boxes import surest
from models.findings import Person
from models.grids import cells
from models.manifest import Model
from models.onnx import onnx_session
from models.proof import read_model

SIDE_PX = 416
GREY = 114
STRIDES_PX = (8, 16, 32)
OBJECT, PERSON = 4, 5
"""The columns: any object, and COCO's first class."""


class Yolox:
    """Implements ``PeopleDetector``."""

    def __init__(self, name: str, model: Model, models_dir: Path, threads: int) -> None:
        content, *_ = read_model(name, model, models_dir).values()
        self.name, self.low, self.high = name, model.low, model.high
        self._session = onnx_session(name, content, threads)
        self._origins, self._strides = cells(SIDE_PX, STRIDES_PX)

    def find(self, picture: NDArray[np.uint8]) -> list[Person]:
        """As ``PeopleDetector.find`` says."""
        square, scale = _letterbox(picture)
        rows: NDArray[np.float32] = self._session.run(None, {"images": square})[0][0]
        scores = rows[:, OBJECT] * rows[:, PERSON]
        likely = np.flatnonzero(scores >= self.low)
        strides = self._strides[likely]
        middles = (rows[likely, :2] + self._origins[likely]) * strides / scale
        halves = np.exp(rows[likely, 2:4]) * strides / (2 * scale)
        return surest(np.hstack((middles - halves, middles + halves)), scores[likely], picture.shape[1], picture.shape[0])

    def close(self) -> None:
        """Give the model's memory back."""
        del self._session


def _letterbox(picture: NDArray[np.uint8]) -> tuple[NDArray[np.float32], float]:
    height, width = picture.shape[:2]
    scale = min(SIDE_PX / width, SIDE_PX / height)
    size = (max(1, int(width * scale)), max(1, int(height * scale)))
    square = np.full((SIDE_PX, SIDE_PX, 3), GREY, np.uint8)
    square[: size[1], : size[0]] = cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(square.transpose(2, 0, 1)[None], np.float32), scale
