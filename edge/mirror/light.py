"""The light that falls on the face: without it lipstick would glow in a dim shop, and shine where no lamp is.

How bright the room is: its lightest surfaces, for a camera makes white of a wall or a shirt when there is light for it.
Where the lamp is: which side of the face is brighter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge.mirror.anatomy import FOREHEAD, LEFT, RIGHT
from edge.mirror.colour import colour_of_lab
from edge.mirror.face import ramp

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.mirror.face import Face

EVERY_PX = 12
WHITE_L = 78.0
"""CIE L* of the lightest surfaces from which on the room is as bright as the shade's swatch was under."""

DIMMEST = 0.35
CHEEK_SEEN = 0.5
"""A cheek that is seen less is not asked for its skin."""

NEW = 0.05
"""How much of the present picture goes into what is known of the light: half a second, lamps do not flicker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """``level``: 1 where a swatch looks as on the screen, less in the dark. ``from_right``: -1 to 1, where the lamp is.

    ``skin``: CIE Lab of the bare skin, the middle of cheeks and forehead.
    """

    level: float
    from_right: float
    skin: tuple[float, float, float]

    @property
    def skin_bgr(self) -> tuple[float, float, float]:
        """The bare skin as the screen has it, 0 to 1."""
        return colour_of_lab(self.skin).bgr


class Room:
    """The light as it was over the last half second."""

    def __init__(self) -> None:
        self._known: NDArray[np.float64] | None = None

    def reset(self) -> None:
        """Another face: its skin is not known."""
        self._known = None

    def take(self, picture: NDArray[np.uint8], face: Face) -> Light:
        """The light in a picture that nothing was painted on yet."""
        reach = max(1, round(face.scale / 30))
        # Where a cheek is turned away there is a wall or hair.
        seen = [side for side in (LEFT, RIGHT) if face.cheek(side) > CHEEK_SEEN]
        skins = [lab_at(picture, face.curve(numbers), reach) for numbers in (*(side.skin for side in seen), FOREHEAD)]
        side = (skins[1][0] - skins[0][0]) / 18 if len(seen) == len((LEFT, RIGHT)) else None
        known_side = 0.0 if self._known is None else float(self._known[1])
        now = np.array((_level(picture), known_side if side is None else min(max(side, -1.0), 1.0), *np.median(skins, axis=0)))
        self._known = now if self._known is None else self._known + NEW * (now - self._known)
        level, side, *skin = self._known.tolist()
        return Light(level=level, from_right=side, skin=(skin[0], skin[1], skin[2]))


def lab_of(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """CIE Lab, D65, of pixels, as exact as eight bits are."""
    lab = cv2.cvtColor(pixels, cv2.COLOR_BGR2Lab).astype(np.float32)
    return np.asarray(lab * np.array((100 / 255, 1, 1), np.float32) - np.array((0, 128, 128), np.float32))


def _level(picture: NDArray[np.uint8]) -> float:
    luma = np.sort(lab_of(np.ascontiguousarray(picture[::EVERY_PX, ::EVERY_PX]))[..., 0], axis=None)
    white = float(luma[int(len(luma) * 0.97)])
    return DIMMEST + (1 - DIMMEST) * ramp(white, 5, WHITE_L)


def lab_at(picture: NDArray[np.uint8], spots: NDArray[np.float32], reach_px: int) -> NDArray[np.float32]:
    """CIE Lab of the middle one of some spots, each of so many pixels around it."""
    return np.asarray(np.median(labs_at(picture, spots, reach_px), axis=0))


def labs_at(picture: NDArray[np.uint8], spots: NDArray[np.float32], reach_px: int) -> NDArray[np.float32]:
    """CIE Lab of each spot, n × 3, of so many pixels around it."""
    height, width = picture.shape[:2]
    means = []
    for x, y in spots:
        left, top = int(min(max(x - reach_px, 0), width - 2)), int(min(max(y - reach_px, 0), height - 2))
        means.append(picture[top : top + 2 * reach_px, left : left + 2 * reach_px].mean(axis=(0, 1)))
    return np.asarray(lab_of(np.array([means]).astype(np.uint8))[0])
