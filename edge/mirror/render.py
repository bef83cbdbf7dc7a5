"""From a camera's picture to the picture in the mirror: without it there would be layers, and nobody who lays them on a face.

with closing(face_finder(models_dir)) as finder:
    renderer = Renderer(1280, 720, finder)
    rendered = renderer.render(picture, looks, None, at_ns)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edge.mirror.brows import paint_brows
from edge.mirror.cheeks import paint_cheeks
from edge.mirror.eyes import paint_eyes
from edge.mirror.face import Face
from edge.mirror.light import Room
from edge.mirror.lips import paint_lips
from edge.mirror.one_euro import OneEuro
from edge.mirror.skin import paint_skin
from edge.mirror.tone import tone_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from edge.mirror.light import Light
    from edge.mirror.words import Look, Problem
    from models.landmarks import FaceFinder, Found


LAYERS = {"skin": paint_skin, "cheeks": paint_cheeks, "eyes": paint_eyes, "brows": paint_brows, "lips": paint_lips}
"""From the lowest to the highest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """``picture`` as large as the camera's; ``problem``: why nothing is painted, else empty."""

    picture: NDArray[np.uint8]
    faces: int
    problem: Problem


def paint(picture: NDArray[np.uint8], face: Face, look: Look, light: Light) -> None:
    """Put a look on a face, in place. Raises NoColour."""
    for region, layer in LAYERS.items():
        for worn in look:
            if worn.shade.region == region:
                layer(picture, face, tone_of(worn, light), light)


class Renderer:
    """Renders one mirror. One thread at a time; time never goes back."""

    def __init__(self, width_px: int, height_px: int, finder: FaceFinder) -> None:
        self.width_px, self.height_px = width_px, height_px
        self._finder = finder
        self._steady = OneEuro()
        self._room = Room()

    def render(self, picture: NDArray[np.uint8], looks: Sequence[Look], split_permille: int | None, at_ns: int) -> Rendered:
        """The picture (height × width × 3, BGR; it is painted in place) with the looks on the face in it."""
        found = self._finder.find(picture, at_ns)
        face = self._face(found, at_ns)
        if face is None:
            return Rendered(picture=picture, faces=found.faces, problem="no-face")
        light = self._room.take(picture, face)
        bare = None if split_permille is None else picture[:, : self.width_px * split_permille // 1000].copy()
        if looks:
            paint(picture, face, looks[0], light)
        if bare is not None:
            picture[:, : bare.shape[1]] = bare
        return Rendered(picture=picture, faces=found.faces, problem="")

    def _face(self, found: Found, at_ns: int) -> Face | None:
        if found.points is None:
            self._steady.reset()
            self._room.reset()
            return None
        # A landmark at 0.5 is in the middle of the first pixel, which cv2 calls 0.
        points = found.points - np.array((0.5, 0.5, 0), dtype=np.float32)
        return Face(points=self._steady.take(points, Face(points=points).scale, at_ns))
