"""A face as the layers see it: its points, how large it is and where it looks; without it each layer would reckon that anew."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from edge.mirror.anatomy import EYE_CORNERS, FACE_ENDS, Side

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

CHEEK_DEG = 35.0
"""How far a cheek looks to the side on a face that looks straight ahead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """``points``: 478 × 3 in pixels of the picture to be painted, where a whole number is the middle of a pixel.

    ``lips``: how much of each spot of them can be seen (``covered.py``); None where all of them can.
    """

    points: NDArray[np.float32]
    lips: NDArray[np.float32] | None = None

    @property
    def scale(self) -> float:
        """Pixels between the outer corners of the eyes as if the face looked here; 90 mm on most people."""
        left, right = (self.points[each] for each in EYE_CORNERS)
        return float(np.linalg.norm(right - left))

    @property
    def yaw_deg(self) -> float:
        """How far the head is turned; above 0 the right half of the picture's face goes away."""
        left, right = (self.points[each] for each in FACE_ENDS)
        across, _, depth = (right - left).tolist()
        return math.degrees(math.atan2(depth, across))

    def curve(self, numbers: Sequence[int]) -> NDArray[np.float32]:
        """These points, n × 2."""
        return self.points[list(numbers), :2]

    def moved(self, left_px: float, top_px: float) -> Face:
        """The same face in the part of the picture that begins there."""
        return replace(self, points=self.points - np.array((left_px, top_px, 0), dtype=np.float32))

    def shrunk(self, times: int) -> Face:
        """The same face in a picture that is so many times smaller."""
        # A whole number is the middle of a pixel, and the corner of the picture is half a pixel before the first.
        half = np.array((0.5, 0.5, 0), dtype=np.float32)
        return replace(self, points=((self.points + half) / np.float32(times) - half).astype(np.float32))

    def front(self) -> float:
        """How much of what is in the middle of the face can be seen, 1 to 0."""
        return ramp(math.cos(math.radians(self.yaw_deg)), 0.2, 0.55)

    def side(self, side: Side) -> float:
        """How much of that eye can be seen, 1 to 0."""
        return ramp(self.facing(side), 0.05, 0.45)

    def cheek(self, side: Side) -> float:
        """How much of that cheek can be seen; it turns away before the eye does."""
        return ramp(self.facing(side), 0.12, 0.72)

    def facing(self, side: Side) -> float:
        """Cosine of the angle at which that half of the face is looked at."""
        return math.cos(math.radians(CHEEK_DEG + side.turned * self.yaw_deg))


def ramp(value: float, low: float, high: float) -> float:
    """0 up to ``low``, 1 from ``high`` on, without a kink between."""
    part = min(max((value - low) / (high - low), 0.0), 1.0)
    return part * part * (3 - 2 * part)
