"""Whether the mouth can be seen: without it lipstick would be painted on the hand before it.

mediapipe puts the lips where they must be, also behind a hand. What is there has another colour then: lips differ from the skin
around them in a way that stays the same for one face, a hand or a cup does not differ in that way. For lips as pale as the skin
this cannot be told, and they stay painted.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from edge.mirror.anatomy import LIP_BOTTOM, LIP_TOP, MOUTH_BOTTOM, MOUTH_TOP
from edge.mirror.face import ramp
from edge.mirror.light import lab_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.mirror.face import Face
    from edge.mirror.light import Light

MIDDLE = slice(2, 9)
"""Points of a lip that are not in its corners."""

PALE = 5.0
"""Lips that differ less from the skin, in CIE Lab with half the lightness, tell nothing."""

COVERED, SEEN = 0.25, 0.6
"""How much of the usual difference there is."""

STRANGE = 18.0
"""Further than this from the usual colour of the lips is something else, whatever direction it lies in."""

FADES_S = 0.08
LONGEST_S = 6.0
"""Nobody holds a hand before the mouth for so long at a mirror: the light has changed, and the lips are learned anew."""

LEARNS_S = 4.0
"""The light and the expression change slowly."""


class Mouth:
    """What is known of the lips of the face before the mirror."""

    def __init__(self) -> None:
        self._usual: NDArray[np.float32] | None = None
        self._seen, self._at_ns, self._covered_s = 1.0, 0, 0.0

    def reset(self) -> None:
        """Another face."""
        self._usual, self._seen, self._covered_s = None, 1.0, 0.0

    def take(self, picture: NDArray[np.uint8], face: Face, light: Light, at_ns: int) -> float:
        """How much of the lips can be seen, 1 to 0; it fades. ``picture``: nothing is painted on it yet."""
        seconds, self._at_ns = max((at_ns - self._at_ns) / 1e9, 0.0), at_ns
        differs = _difference(picture, face, light)
        if self._covered_s > LONGEST_S:
            self.reset()
        if self._usual is None:
            self._usual = differs if float(np.linalg.norm(differs)) >= PALE else None
            return 1.0
        now = _alike(differs, self._usual)
        if now == 1.0:
            self._usual = self._usual + np.float32(1 - math.exp(-seconds / LEARNS_S)) * (differs - self._usual)
        self._covered_s = self._covered_s + seconds if now == 0.0 else 0.0
        self._seen += (1 - math.exp(-seconds / FADES_S)) * (now - self._seen)
        return self._seen


def _difference(picture: NDArray[np.uint8], face: Face, light: Light) -> NDArray[np.float32]:
    curves = [face.curve(each)[MIDDLE] for each in (LIP_TOP, MOUTH_TOP, MOUTH_BOTTOM, LIP_BOTTOM)]
    spots = np.concatenate(((curves[0] + curves[1]) / 2, (curves[2] + curves[3]) / 2))
    differs = lab_at(picture, spots.astype(np.float32), 1) - np.array(light.skin, dtype=np.float32)
    return np.asarray(differs * np.array((0.5, 1, 1), dtype=np.float32))


def _alike(differs: NDArray[np.float32], usual: NDArray[np.float32]) -> float:
    length = float(np.linalg.norm(usual))
    along = float(differs @ usual) / max(length, PALE) ** 2
    strange = float(np.linalg.norm(differs - usual))
    return ramp(along, COVERED, SEEN) * (1 - ramp(strange, STRANGE, 1.6 * STRANGE))
