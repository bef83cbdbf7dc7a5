"""The mirror that a developer would write first, to compare ours with: whole pictures, flat colour, points as they come.

mediapipe finds the points; for each layer a mask as large as the picture is filled, blurred and blended in floating point.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge.mirror.anatomy import LIP_BOTTOM, LIP_TOP, OVAL, SIDES
from edge.mirror.colour import colour_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.mirror.shades import Region
    from edge.mirror.words import Look
    from models.landmarks import FaceFinder

BLUR = (21, 21)
OPACITY: dict[Region, float] = {"skin": 0.35, "cheeks": 0.35, "eyes": 0.45, "brows": 0.5, "lips": 0.6}


@dataclass(slots=True)
class Plain:
    """Paints in floating point. ``layers_s``: what each picture's layers have cost of the processor."""

    finder: FaceFinder
    layers_s: list[float] = field(default_factory=list)

    def render(self, picture: NDArray[np.uint8], look: Look, at_ns: int) -> NDArray[np.uint8]:
        """The painted picture."""
        points = self.finder.find(picture, at_ns).points
        return picture if points is None else self.paint(picture, points[:, :2], look)

    def paint(self, picture: NDArray[np.uint8], points: NDArray[np.float32], look: Look) -> NDArray[np.uint8]:
        """The look on a face with these points."""
        began = time.thread_time()
        for worn in look:
            mask = np.zeros(picture.shape[:2], dtype=np.uint8)
            for region in _regions(worn.shade.region, points):
                cv2.fillPoly(mask, [region.astype(np.int32)], (255,))
            cover = cv2.GaussianBlur(mask, BLUR, 0).astype(np.float32)[..., None] / 255
            cover = cover * OPACITY[worn.shade.region] * worn.intensity_percent / 100
            colour = np.array(colour_of(worn.shade).bgr) * 255
            picture = (picture.astype(np.float32) * (1 - cover) + colour * cover).astype(np.uint8)
        self.layers_s.append(time.thread_time() - began)
        return picture


def _regions(region: Region, points: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    match region:
        case "lips":
            return [points[[*LIP_TOP, *LIP_BOTTOM[::-1]]]]
        case "eyes":
            return [points[[*side.lid, *side.brow_bottom[::-1]]] for side in SIDES]
        case "brows":
            return [points[[*side.brow_top, *side.brow_bottom[::-1]]] for side in SIDES]
        case "cheeks":
            return [_round(points[side.apple[1]], 0.1 * float(np.ptp(points[:, 0]))) for side in SIDES]
        case "skin":
            return [points[list(OVAL)]]


def _round(middle: NDArray[np.float32], radius: float) -> NDArray[np.float32]:
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    return (middle + radius * np.stack((np.cos(turn), np.sin(turn)), axis=1)).astype(np.float32)
