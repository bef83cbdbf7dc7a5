"""From a camera's picture to the picture in the mirror: without it there would be layers, and nobody who lays them on a face.

with closing(face_finder(models_dir)) as finder:
    renderer = Renderer(1280, 720, finder)
    rendered = renderer.render(picture, looks, None, at_ns)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from edge.mirror.covered import Mouth
from edge.mirror.face import Face
from edge.mirror.light import Room
from edge.mirror.one_euro import OneEuro
from edge.mirror.paint import Sight, paint
from edge.mirror.panes import panes, put
from edge.mirror.problems import problem_with

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from edge.mirror.words import Look, Problem
    from models.landmarks import FaceFinder, Found


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """``picture`` as large as the camera's; ``problem``: why nothing is painted, else empty."""

    picture: NDArray[np.uint8]
    faces: int
    problem: Problem


class Renderer:
    """Renders one mirror. One thread at a time; time never goes back."""

    sight: Sight | None
    """What was painted on last; None when nothing was."""

    def __init__(self, width_px: int, height_px: int, finder: FaceFinder) -> None:
        self.width_px, self.height_px = width_px, height_px
        self._finder = finder
        self._steady, self._room, self._mouth = OneEuro(), Room(), Mouth()
        self.sight = None

    def render(self, picture: NDArray[np.uint8], looks: Sequence[Look], split_permille: int | None, at_ns: int) -> Rendered:
        """The picture (height × width × 3, BGR; it is painted in place) with the looks on the face in it. Raises NoColour.

        One look fills it, left of ``split_permille`` (of the width) the face stays bare; two to four stand side by side.
        """
        found = self._finder.find(picture, at_ns)
        face = self._face(found, at_ns)
        light = None if face is None else self._room.take(picture, face)
        problem = problem_with(found.faces, face, light, (self.width_px, self.height_px))
        self.sight = None
        if face is not None and light is not None and not problem:
            self.sight = Sight(face=replace(face, lips=self._mouth.take(picture, face, light, at_ns)), light=light)
            self._paint(picture, self.sight, looks, split_permille or 0)
        return Rendered(picture=picture, faces=found.faces, problem=problem)

    def _face(self, found: Found, at_ns: int) -> Face | None:
        if found.points is None:
            for each in (self._steady, self._room, self._mouth):
                each.reset()
            return None
        # A landmark at 0.5 is in the middle of the first pixel, which cv2 calls 0.
        points = found.points - np.array((0.5, 0.5, 0), dtype=np.float32)
        return Face(points=self._steady.take(points, Face(points=points).scale, at_ns))

    def _paint(self, picture: NDArray[np.uint8], sight: Sight, looks: Sequence[Look], split_permille: int) -> None:
        if len(looks) > 1:
            self._side_by_side(picture, sight, looks)
        elif looks:
            bare = picture[:, : self.width_px * split_permille // 1000].copy()
            paint(picture, sight, looks[0])
            picture[:, : bare.shape[1]] = bare

    def _side_by_side(self, picture: NDArray[np.uint8], sight: Sight, looks: Sequence[Look]) -> None:
        all_panes = panes(len(looks), sight.face, (self.width_px, self.height_px))
        bare = all_panes[0].shown.of(picture).copy()
        there = sight.moved(all_panes[0].shown.left, all_panes[0].shown.top)
        picture[:] = 0
        for pane, look in zip(all_panes, looks, strict=True):
            painted = bare.copy()
            paint(painted, there, look)
            put(picture, pane, painted)
