"""Finds the 478 points of a face in a stream of pictures: without it a mirror would not know where the lips are.

    leave_network()
    with closing(face_finder(Path("/var/lib/storebox/models"))) as finder:
        found = finder.find(picture, at_ns)

mediapipe's landmarker follows one face in VIDEO mode for 11 ms a picture; asked for two it would search the whole picture anew in
each, for 15. So it follows one, and the detector that is in the same file says a few times a second how many there are.
"""

from __future__ import annotations

import io
import zipfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import cv2
import numpy as np

from models.manifest import ModelUnusable, models_of
from models.offline import is_offline
from models.proof import read_model
from models.tasks import tasks

if TYPE_CHECKING:
    from numpy.typing import NDArray

FACE_MODEL = "face-landmarker"
DETECTOR = "face_detector.tflite"
COUNT_EVERY_MS = 200
"""Somebody who steps beside the shopper is noticed before the second step."""

COMPANION = 0.55
"""As wide as this part of the widest face: who stands beside the shopper. Smaller ones pass behind, twice as far away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """``points``: 478 × 3 of the face that is followed, x and y in pixels, z in pixels too and smaller towards the camera."""

    faces: int
    points: NDArray[np.float32] | None


class FaceFinder(Protocol):
    """A loaded model that follows a face. One thread and one stream of pictures at a time."""

    name: str

    def find(self, picture: NDArray[np.uint8], at_ns: int) -> Found:
        """What is in the next picture (height × width × 3, BGR), taken at a monotonic time later than the one before."""
        ...

    def close(self) -> None:
        """End mediapipe's tasks; at the interpreter's exit they would raise."""
        ...


def face_finder(models_dir: Path, *, counts: bool = True, follows: bool = True) -> FaceFinder:
    """Points by mediapipe's face landmarker; without ``counts`` a second face is not noticed.

    Without ``follows`` each picture is searched anew, as if there had been none before: it takes longer and trembles more.

    Raises ModelUnusable, also in a process that could still reach the network.
    """
    if not is_offline():
        raise ModelUnusable(
            f"model {FACE_MODEL}: mediapipe would tell its maker how it is used: call models.offline.leave_network() first"
        )
    model = models_of(models_dir)[FACE_MODEL]
    content, *_ = read_model(FACE_MODEL, model, models_dir).values()
    return _MediapipeFaces(content, counts=counts, follows=follows)


class _MediapipeFaces:
    def __init__(self, content: bytes, *, counts: bool, follows: bool) -> None:
        self.name = FACE_MODEL
        self._counts, self._follows = counts, follows
        self._landmarker, self._detector = _landmarker(content, follows=follows), _detector(content)
        self._at_ms = self._counted_ms = -1
        self._faces = 0

    def find(self, picture: NDArray[np.uint8], at_ns: int) -> Found:
        """As ``FaceFinder.find`` says."""
        from mediapipe import Image, ImageFormat  # type: ignore[import-untyped]

        image = Image(ImageFormat.SRGB, cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
        # mediapipe refuses a time that is not later than the last.
        self._at_ms = max(at_ns // 1_000_000, self._at_ms + 1)
        search = self._landmarker
        faces = (search.detect_for_video(image, self._at_ms) if self._follows else search.detect(image)).face_landmarks
        if not faces:
            self._counted_ms = -1
            return Found(faces=0, points=None)
        if self._counts and (self._counted_ms < 0 or self._at_ms - self._counted_ms >= COUNT_EVERY_MS):
            self._counted_ms = self._at_ms
            self._faces = _side_by_side([found.bounding_box.width for found in self._detector.detect(image).detections])
        height, width = picture.shape[:2]
        points = np.array([(point.x, point.y, point.z) for point in faces[0]], dtype=np.float32)
        # z is in the same unit as x.
        return Found(faces=max(1, self._faces), points=points * np.array((width, height, width), dtype=np.float32))

    def close(self) -> None:
        """As ``FaceFinder.close`` says."""
        with closing(self._landmarker), closing(self._detector):
            pass


def _side_by_side(widths: list[int]) -> int:
    return sum(width >= COMPANION * max(widths) for width in widths)


def _landmarker(content: bytes, *, follows: bool) -> Any:
    try:
        mediapipe = tasks()
    except (ImportError, OSError) as error:
        raise _unloadable(error) from error
    vision = mediapipe.vision
    options = vision.FaceLandmarkerOptions(
        base_options=mediapipe.BaseOptions(model_asset_buffer=content),
        running_mode=vision.RunningMode.VIDEO if follows else vision.RunningMode.IMAGE,
        num_faces=1,
    )
    try:
        return vision.FaceLandmarker.create_from_options(options)
    except (OSError, RuntimeError, ValueError) as error:
        raise _unloadable(error) from error


def _detector(content: bytes) -> Any:
    mediapipe, detector = tasks(), zipfile.ZipFile(io.BytesIO(content)).read(DETECTOR)
    options = mediapipe.vision.FaceDetectorOptions(base_options=mediapipe.BaseOptions(model_asset_buffer=detector))
    return mediapipe.vision.FaceDetector.create_from_options(options)


def _unloadable(error: Exception) -> ModelUnusable:
    return ModelUnusable(f"model {FACE_MODEL}: mediapipe cannot load it: {error}; are libegl1 and libgles2 installed?")
