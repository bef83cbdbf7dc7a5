"""From a picture to a face that can be compared: found, fit to be read, laid straight, and told in 192 numbers.

    with closing(face_reader(Path("/var/lib/storebox/models"), threads=1)) as reader:
        read = reader.read(picture)          # Gated.TURNED, or a FaceVector

Everything is in memory: nothing is written, and of the picture nothing is kept. The process that reads faces calls it, and
``storebox faces evaluate``.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from models.face_binding import VECTORS
from models.face_quality import Gated, gated_by_pixels, gated_by_points, has_company, is_at, is_dark
from models.face_vectors import FaceVector, MobileFaceNet, aligned
from models.manifest import models_of
from models.yunet import Yunet

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DETECTOR = "yunet"
"""MediaPipe's landmarker was tried: of 200 faces it missed 2 where YuNet missed none."""


class FaceReader:
    """The whole chain, loaded. One thread at a time."""

    def __init__(self, detector: Yunet, network: MobileFaceNet) -> None:
        self._detector, self._network = detector, network

    def read(self, picture: NDArray[np.uint8], eyes: NDArray[np.float32] | None = None) -> FaceVector | Gated:
        """The largest face of a picture (height × width × 3, BGR), or why there is none that can be read.

        With ``eyes`` (2 × 2, the middles of both) it has to be the face that has its eyes there.
        """
        faces = self._detector.find(picture)
        if not faces:
            return Gated.TOO_DARK if is_dark(picture) else Gated.NO_FACE
        if has_company(faces) or (eyes is not None and not is_at(faces[0], eyes)):
            return Gated.SEVERAL_FACES
        if (gated := gated_by_points(faces[0])) is not None:
            return gated
        crop = aligned(picture, faces[0].points)
        read = gated_by_pixels(crop) or self._network.vector(crop)
        crop.fill(0)
        return read

    def close(self) -> None:
        """Give the memory of both models back."""
        with closing(self._detector), closing(self._network):
            pass


def face_reader(models_dir: Path, threads: int) -> FaceReader:
    """The chain with the models of a store. Raises ModelUnusable."""
    models = models_of(models_dir)
    network = MobileFaceNet(VECTORS, models[VECTORS], models_dir, threads)
    return FaceReader(Yunet(DETECTOR, models[DETECTOR], models_dir, threads), network)
