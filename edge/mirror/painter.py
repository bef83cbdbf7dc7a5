"""A renderer with its model: each mirror follows its own face, so each has its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.mirror.render import Rendered, Renderer
from edge.mirror.words import Look
from models.landmarks import FaceFinder, face_finder


class FacePainter:
    """Finds and paints the faces of one mirror; closes its model."""

    def __init__(self, width_px: int, height_px: int, finder: FaceFinder) -> None:
        self._finder = finder
        self._renderer = Renderer(width_px, height_px, finder)

    def render(self, picture: NDArray[np.uint8], looks: Sequence[Look], split_permille: int | None, at_ns: int) -> Rendered:
        """As ``Renderer.render`` says."""
        return self._renderer.render(picture, looks, split_permille, at_ns)

    def close(self) -> None:
        """Give the model back."""
        self._finder.close()


def painters(models_dir: Path) -> Callable[[int, int], FacePainter]:
    """Makes painters with the model in ``models_dir``; making one raises ModelUnusable."""
    return lambda width_px, height_px: FacePainter(width_px, height_px, face_finder(models_dir))
