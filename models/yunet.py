"""YuNet finds faces and five points of each: without them no face could be laid over the one on which the vectors were learnt.

    in     1 × 3 × 640 × 640   BGR, 0 to 255, the picture in the middle of a black square
    out    of three grids, cells of 8, 16 and 32 pixels: cls and obj, how sure it is a face and an object; bbox, x, y, ln w, ln h
           in cells; kps, x and y of the right eye, left eye, nose, right and left mouth corner in cells

(opencv_zoo, models/face_detection_yunet; OpenCV, modules/objdetect/src/face_detect.cpp, whose FaceDetectorYN finds the same with
twice the work. Right and left are the person's.)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from models.boxes import overlaps
from models.findings import Box
from models.grids import cells
from models.manifest import ModelUnusable
from models.onnx import onnx_session
from models.proof import read_model

if TYPE_CHECKING:
    from pathlib import Path

    from models.manifest import Model

SIDE_PX = 640
"""This export takes no other size. The opencv_zoo demo's."""

STRIDES_PX = (8, 16, 32)
OUTPUTS = [f"{what}_{stride}" for what in ("cls", "obj", "bbox", "kps") for stride in STRIDES_PX]

SAME = 0.3
"""From this overlap on two boxes are guesses at one face; the opencv_zoo demo's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """A face in a picture, in its pixels. ``points``: 5 × 2 float32, eyes, nose, mouth corners; the left in the picture first."""

    box: Box
    points: NDArray[np.float32] = field(repr=False)
    score: float


class Yunet:
    """The detector, loaded. One thread at a time."""

    def __init__(self, name: str, model: Model, models_dir: Path, threads: int) -> None:
        """Load it. Raises ModelUnusable."""
        content, *_ = read_model(name, model, models_dir).values()
        self._session, self._low = onnx_session(name, content, threads), model.low
        found = [each.name for each in self._session.get_outputs()]
        if found != OUTPUTS:
            raise ModelUnusable(f"model {name}: its outputs are not those of YuNet but {found}")
        self._origins, self._strides = cells(SIDE_PX, STRIDES_PX)

    def find(self, picture: NDArray[np.uint8]) -> list[Face]:
        """The faces in a picture (height × width × 3, BGR), the largest first."""
        square, scale, corner = _in_a_square(picture)
        planes = np.ascontiguousarray(square.transpose(2, 0, 1)[None], np.float32)
        grids = self._session.run(OUTPUTS, {"input": planes})
        face, thing, box, points = (np.concatenate([each[0] for each in grids[at : at + 3]]) for at in (0, 3, 6, 9))
        scores = np.sqrt(np.clip(face, 0, 1) * np.clip(thing, 0, 1))[:, 0]
        likely = np.flatnonzero(scores >= self._low)
        origins, strides = self._origins[likely], self._strides[likely]
        middles, halves = (box[likely, :2] + origins) * strides, np.exp(box[likely, 2:]) * strides / 2
        boxes = (np.hstack((middles - halves, middles + halves)) - np.tile(corner, 2)) / scale
        five = ((points[likely].reshape(-1, 5, 2) + origins[:, None]) * strides[:, None] - corner) / scale
        faces = [_face(boxes[row], five[row], scores[likely[row]]) for row in _surest(boxes, scores[likely])]
        return sorted(faces, key=lambda face: _area(face.box), reverse=True)

    def close(self) -> None:
        """Give the model's memory back."""
        del self._session


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


def _surest(boxes: NDArray[Any], scores: NDArray[Any]) -> list[int]:
    """Of each heap of guesses at one face the row of the surest."""
    order, kept = np.argsort(-scores, kind="stable"), list[int]()
    while order.size:
        best, order = int(order[0]), order[1:]
        kept.append(best)
        order = order[overlaps(boxes[best], boxes[order]) < SAME]
    return kept


def _face(box: NDArray[Any], points: NDArray[Any], score: float) -> Face:
    left, top, right, bottom = box.tolist()
    return Face(box=(left, top, right, bottom), points=points.astype(np.float32), score=float(score))


def _area(box: Box) -> float:
    left, top, right, bottom = box
    return (right - left) * (bottom - top)
