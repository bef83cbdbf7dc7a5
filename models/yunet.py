"""YuNet finds faces and five points of each: without them no face could be laid over the one on which the vectors were learnt.

    in     640 × 640   BGR, 0 to 255, the picture in the middle of a black square
    out    n × 15      left, top, width, height; x, y of the right eye, left eye, nose, right and left mouth corner; score

(opencv_zoo, models/face_detection_yunet; cv2.FaceDetectorYN reads the network's twelve outputs. Right and left are the person's.)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from models.findings import Box
from models.manifest import ModelUnusable
from models.proof import read_model

if TYPE_CHECKING:
    from pathlib import Path

    from models.manifest import Model

SIDE_PX = 640
"""This export takes no other size. The opencv_zoo demo's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """A face in a picture, in its pixels. ``points``: 5 × 2 float32, eyes, nose, mouth corners; the left in the picture first."""

    box: Box
    points: NDArray[np.float32] = field(repr=False)
    score: float


class Yunet:
    """The detector, loaded. One thread at a time."""

    def __init__(self, name: str, model: Model, models_dir: Path) -> None:
        """Load it. Raises ModelUnusable."""
        content, *_ = read_model(name, model, models_dir).values()
        self._detector = _detector(name, content, model.low)

    def find(self, picture: NDArray[np.uint8]) -> list[Face]:
        """The faces in a picture (height × width × 3, BGR), the largest first."""
        square, scale, corner = _in_a_square(picture)
        rows = self._detector.detect(square)[1]
        if rows is None:
            return []
        faces = [_face(row, scale, corner) for row in np.asarray(rows, np.float32)]
        return sorted(faces, key=lambda face: _area(face.box), reverse=True)

    def close(self) -> None:
        """Give the model's memory back."""
        del self._detector


def _detector(name: str, content: bytes, low: float) -> cv2.FaceDetectorYN:
    words = np.frombuffer(content, np.uint8)
    # OpenCV 5 warns that its new engine chooses the processor by itself; there is only one.
    before = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
    try:
        return cv2.FaceDetectorYN.create("onnx", words, np.empty(0, np.uint8), (SIDE_PX, SIDE_PX), low)
    except cv2.error as error:
        raise ModelUnusable(
            f"model {name}: OpenCV cannot load it: {error.err}; is it made for this version of storebox?"
        ) from error
    finally:
        cv2.utils.logging.setLogLevel(before)


def _in_a_square(picture: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], float, NDArray[np.float32]]:
    """A picture in the middle of the square; it is made smaller where it must and never larger, which would show nothing new."""
    height, width = picture.shape[:2]
    scale = min(1.0, SIDE_PX / width, SIDE_PX / height)
    if scale < 1:
        size = (max(1, int(width * scale)), max(1, int(height * scale)))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    height, width = picture.shape[:2]
    top, left = (SIDE_PX - height) // 2, (SIDE_PX - width) // 2
    square = np.zeros((SIDE_PX, SIDE_PX, 3), np.uint8)
    square[top : top + height, left : left + width] = picture
    return square, scale, np.array((left, top), np.float32)


def _face(row: NDArray[np.float32], scale: float, corner: NDArray[np.float32]) -> Face:
    left, top = (row[:2] - corner) / scale
    right, bottom = (row[:2] + row[2:4] - corner) / scale
    points = (row[4:14].reshape(5, 2) - corner) / np.float32(scale)
    box = (float(left), float(top), float(right), float(bottom))
    return Face(box=box, points=points.astype(np.float32), score=float(row[14]))


def _area(box: Box) -> float:
    left, top, right, bottom = box
    return (right - left) * (bottom - top)
