"""A whole look on one face, the layers in the order in which they are put on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from edge.mirror.brows import paint_brows
from edge.mirror.cheeks import paint_cheeks
from edge.mirror.eyes import paint_eyes
from edge.mirror.lips import paint_lips
from edge.mirror.skin import paint_skin
from edge.mirror.tone import tone_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from edge.mirror.face import Face
    from edge.mirror.light import Light
    from edge.mirror.shades import Region
    from edge.mirror.tone import Tone
    from edge.mirror.words import Look

LAYERS: dict[Region, Callable[[NDArray[np.uint8], Face, Tone, Light], None]] = {
    "skin": paint_skin,
    "cheeks": paint_cheeks,
    "eyes": paint_eyes,
    "brows": paint_brows,
    "lips": paint_lips,
}
"""From the lowest to the highest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What the camera sees of a face; ``lips``: how much of them, 1 to 0."""

    face: Face
    light: Light
    lips: float = 1.0

    def moved(self, left_px: float, top_px: float) -> Sight:
        """The same in the part of the picture that begins there."""
        return replace(self, face=self.face.moved(left_px, top_px))


def paint(picture: NDArray[np.uint8], sight: Sight, look: Look) -> None:
    """Put a look on a face in a picture (height × width × 3, BGR), in place. Raises NoColour."""
    for region, layer in LAYERS.items():
        seen = sight.lips * sight.face.front() if region == "lips" else 1.0
        for worn in look:
            if worn.shade.region == region:
                layer(picture, sight.face, tone_of(worn, sight.light).fainter(seen), sight.light)
