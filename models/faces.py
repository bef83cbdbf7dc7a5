"""From a picture to a face that can be compared: found, fit to be read, laid straight, and told in 192 numbers.

    with closing(face_reader(Path("/var/lib/storebox/models"), threads=1)) as reader:
        read = reader.read(picture)          # Gated.TURNED, or a FaceVector

Everything is in memory: nothing is written, and of the picture nothing is kept. Nothing calls this but ``storebox faces
evaluate``: recognition is off until a shop has configured it.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from models.face_quality import Gated, gated_by_pixels, gated_by_points
from models.face_vectors import FaceVector, MobileFaceNet, aligned
from models.manifest import models_of
from models.yunet import Yunet

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DETECTOR = "yunet"
"""MediaPipe's landmarker was tried: of 200 faces it missed 2 where YuNet missed none."""

VECTORS = "mobilefacenet-onnx"

UNSTATED = (
    "MobileFaceNet's publisher does not state on which faces it was trained. Whether it tells all shoppers of this shop apart"
    " equally well is not known: measure it on consenting people of your own (storebox faces evaluate) before you rely on it."
)
"""Shown wherever faces are measured or switched on."""


class FaceReader:
    """The whole chain, loaded. One thread at a time."""

    def __init__(self, detector: Yunet, network: MobileFaceNet) -> None:
        self._detector, self._network = detector, network

    def read(self, picture: NDArray[np.uint8]) -> FaceVector | Gated:
        """The largest face of a picture (height × width × 3, BGR), or why there is none that can be read."""
        faces = self._detector.find(picture)
        if not faces:
            return Gated.NO_FACE
        if (gated := gated_by_points(faces[0])) is not None:
            return gated
        crop = aligned(picture, faces[0].points)
        return gated_by_pixels(crop) or self._network.vector(crop)

    def close(self) -> None:
        """Give the memory of both models back."""
        with closing(self._detector), closing(self._network):
            pass


def face_reader(models_dir: Path, threads: int) -> FaceReader:
    """The chain with the models of a store. Raises ModelUnusable."""
    models = models_of(models_dir)
    network = MobileFaceNet(VECTORS, models[VECTORS], models_dir, threads)
    return FaceReader(Yunet(DETECTOR, models[DETECTOR], models_dir), network)
