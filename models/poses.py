"""Hands in a picture of one person: without it nobody could tell a reach into a shelf from standing in front of it.

    leave_network()
    with closing(wrist_finder(Path("/var/lib/storebox/models"))) as finder:
        wrists = finder.find(crop)

Each picture stands for itself. mediapipe's VIDEO mode is half as dear, but smooths one body over time, and here crops of
different people take turns: how visible the wrist of one is would bleed into the next.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import cv2
import numpy as np

from models.findings import Wrist
from models.manifest import ModelUnusable, models_of
from models.offline import is_offline
from models.proof import read_model
from models.tasks import tasks

if TYPE_CHECKING:
    from numpy.typing import NDArray

POSE_MODEL = "pose-landmarker-full"
WRISTS = (15, 16)
"""Left and right among the 33 points of BlazePose."""


class WristFinder(Protocol):
    """A loaded model that finds wrists. One thread at a time."""

    name: str

    def find(self, picture: NDArray[np.uint8]) -> list[Wrist]:
        """The wrists of the person in a crop (height × width × 3, BGR), in pixels of the crop; those out of it are left out."""
        ...

    def close(self) -> None:
        """End mediapipe's task; at the interpreter's exit it would raise."""
        ...


def wrist_finder(models_dir: Path) -> WristFinder:
    """Wrists by mediapipe's pose landmarker. Raises ModelUnusable, also in a process that could still reach the network."""
    if not is_offline():
        raise ModelUnusable(
            f"model {POSE_MODEL}: mediapipe would tell its maker how it is used: call models.offline.leave_network() first"
        )
    model = models_of(models_dir)[POSE_MODEL]
    content, *_ = read_model(POSE_MODEL, model, models_dir).values()
    return _MediapipeWrists(content, model.low)


class _MediapipeWrists:
    def __init__(self, content: bytes, low: float) -> None:
        self.name = POSE_MODEL
        self._low = low
        self._landmarker = _landmarker(content)

    def find(self, picture: NDArray[np.uint8]) -> list[Wrist]:
        """As ``WristFinder.find`` says."""
        from mediapipe import Image, ImageFormat  # type: ignore[import-untyped]

        image = Image(ImageFormat.SRGB, np.ascontiguousarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)))
        height, width = picture.shape[:2]
        points = [body[number] for body in self._landmarker.detect(image).pose_landmarks for number in WRISTS]
        return [
            Wrist(at=(point.x * width, point.y * height), score=float(point.visibility))
            for point in points
            if point.visibility >= self._low and 0 <= point.x < 1 and 0 <= point.y < 1
        ]

    def close(self) -> None:
        """As ``WristFinder.close`` says."""
        self._landmarker.close()


def _landmarker(content: bytes) -> Any:
    try:
        mediapipe = tasks()
    except (ImportError, OSError) as error:
        raise _unloadable(error) from error
    vision = mediapipe.vision
    options = vision.PoseLandmarkerOptions(base_options=mediapipe.BaseOptions(model_asset_buffer=content), num_poses=1)
    try:
        return vision.PoseLandmarker.create_from_options(options)
    except (OSError, RuntimeError, ValueError) as error:
        raise _unloadable(error) from error


def _unloadable(error: Exception) -> ModelUnusable:
    return ModelUnusable(f"model {POSE_MODEL}: mediapipe cannot load it: {error}; are libegl1 and libgles2 installed?")
