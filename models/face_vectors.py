"""What tells one face from another, as 192 numbers: without it two pictures of a member would be two pictures.

    in     1 × 112 × 112 × 3   RGB, (x - 127.5) / 128, laid over ArcFace's five points
    out    1 × 192             of the crop and of its mirror image, added and brought to length 1

A vector says who somebody is as a fingerprint does. It stays in the process that computed it: it cannot be pickled, msgspec
encodes none, and no log shows it. (S. Chen and others, MobileFaceNets, 2018; the five points: insightface, face_align.py.)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

import cv2
import numpy as np
from numpy.typing import NDArray

from models.manifest import ModelUnusable
from models.onnx import onnx_session
from models.proof import read_model

if TYPE_CHECKING:
    from pathlib import Path

    from models.manifest import Model

CROP_PX = 112
LENGTH = 192
ALIGNED = np.array(
    ((38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041)), np.float32
)
"""Where the eyes, the nose and the corners of the mouth lie in a crop; ArcFace's, on which the network was learnt."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FaceVector:
    """One face, as ``LENGTH`` float32 of length 1. For this process only."""

    values: NDArray[np.float32] = field(repr=False)

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled or copied to another process."""
        raise TypeError("a face vector does not leave its process")

    def like(self, other: FaceVector) -> float:
        """The cosine between two faces: 1 for the same picture, about 0 for two people."""
        return float(self.values @ other.values)

    def wipe(self) -> None:
        """Overwrite it: of a stranger nothing is left, not even in memory that is free."""
        self.values.fill(0)


class MobileFaceNet:
    """The network, loaded. One thread at a time."""

    def __init__(self, name: str, model: Model, models_dir: Path, threads: int) -> None:
        """Load it. Raises ModelUnusable."""
        content, *_ = read_model(name, model, models_dir).values()
        self._session = onnx_session(name, content, threads)
        found = [(each.name, list(each.shape)) for each in (*self._session.get_inputs(), *self._session.get_outputs())]
        if found != [("input", [1, CROP_PX, CROP_PX, 3]), ("embeddings", [1, LENGTH])]:
            raise ModelUnusable(f"model {name}: its inputs and outputs are not those of MobileFaceNet but {found}")

    def vector(self, crop: NDArray[np.uint8]) -> FaceVector:
        """The vector of an aligned crop (112 × 112 × 3, BGR), and the only copy of it."""
        pixels = (cv2.cvtColor(crop, cv2.COLOR_BGR2RGB).astype(np.float32) - np.float32(127.5)) / np.float32(128)
        both, mirrored = self._run(pixels), self._run(np.ascontiguousarray(pixels[:, ::-1]))
        both += mirrored
        both /= np.linalg.norm(both)
        for done in (pixels, mirrored):
            done.fill(0)
        return FaceVector(values=both)

    def close(self) -> None:
        """Give the model's memory back."""
        del self._session

    def _run(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        answer: NDArray[np.float32] = self._session.run(None, {"input": pixels[None]})[0][0]
        return answer


def aligned(picture: NDArray[np.uint8], points: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The face whose five points (5 × 2) these are, turned, moved and scaled into a crop of 112 × 112."""
    return np.asarray(cv2.warpAffine(picture, onto_the_crop(points), (CROP_PX, CROP_PX)), np.uint8)


def onto_the_crop(points: NDArray[np.float32]) -> NDArray[np.float64]:
    """The 2 × 3 matrix that turns, moves and scales five points (and nothing else) nearest to ``ALIGNED``."""
    # With complex numbers a turn and a scale are one factor, and the best one is a projection (Umeyama 1991, in the plane).
    here, there = points.astype(np.float64) @ (1, 1j), ALIGNED.astype(np.float64) @ (1, 1j)
    off = here - here.mean()
    factor = (off.conj() @ (there - there.mean())) / (off.conj() @ off)
    moved = there.mean() - factor * here.mean()
    return np.array(((factor.real, -factor.imag, moved.real), (factor.imag, factor.real, moved.imag)))
