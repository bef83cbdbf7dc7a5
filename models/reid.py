"""Whether two crops show the same person, by clothes and build: how somebody is known again who stood behind a shelf.

    in     1 × 256 × 128 × 3    BGR, 0 to 255
    out    1 × 256              a vector; two of one person point the same way

(Open Model Zoo, person-reidentification-retail-0288, README: cosine distance.) Optional: a box counts without it. The vectors
live as long as a track and never leave the process.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.manifest import models_of
from models.onnx import onnx_session
from models.proof import read_model

REIDENTIFICATION_MODEL = "person-reidentification-0288"
SIZE_PX = (128, 256)


class Looks:
    """What people look like, as vectors of length 1: the product of two is 1 for the same look, near 0 for different ones."""

    def __init__(self, models_dir: Path, threads: int) -> None:
        """Raises ModelUnusable."""
        model = models_of(models_dir)[REIDENTIFICATION_MODEL]
        content, *_ = read_model(REIDENTIFICATION_MODEL, model, models_dir).values()
        self._session = onnx_session(REIDENTIFICATION_MODEL, content, threads)
        self._input = self._session.get_inputs()[0].name

    def find(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The look of the person that a crop (height × width × 3, BGR) is full of: 256 numbers."""
        crop = cv2.resize(picture, SIZE_PX, interpolation=cv2.INTER_LINEAR)
        vector = np.asarray(self._session.run(None, {self._input: crop[None].astype(np.float32)})[0][0], np.float32)
        return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), np.float32)

    def close(self) -> None:
        """Give the model's memory back."""
        del self._session
