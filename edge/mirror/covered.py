"""Which part of the mouth can be seen: without it lipstick would be painted on the fingers before it.

mediapipe puts the lips where they must be, also behind a hand. What is there has another colour then: each spot of the lips
differs from the skin in a way that stays the same for one face; a hand or a cup does not differ in that way. For lips as pale as
the skin this cannot be told, and they stay painted. Of a head that is turned far only the nearer part of the mouth is asked.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from edge.mirror.anatomy import LIP_BOTTOM, LIP_TOP, MOUTH_BOTTOM, MOUTH_TOP
from edge.mirror.light import labs_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.mirror.face import Face
    from edge.mirror.light import Light

MIDDLE = slice(2, 9)
"""Points of a lip that are not in its corners."""

SPOTS = 7
PALE = 5.0
"""Lips that differ less from the skin, in CIE Lab with half the lightness, tell nothing."""

COVERED, SEEN = 0.05, 0.4
"""How much of the usual difference there is."""

STRANGE = 18.0
"""Further than this from the usual colour of the lips is something else, whatever direction it lies in."""

TURNED_DEG, DEG_PER_SPOT = 20.0, 11.0
"""From here on the further half of the mouth is a narrow strip beside the wall; with each of these more, one spot more is."""

FADES_S = 0.08
LONGEST_S = 6.0
"""Nobody holds a hand before the mouth for so long at a mirror: the light has changed, and the lips are learned anew."""

SETTLES_S = 0.25
"""The points of a face that was just found still move to where they belong; so long the lips are learned anew in each picture."""

LEARNS_S = 2.0
"""The light and the expression change slowly."""


class Mouth:
    """What is known of the lips of the face before the mirror."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Another face."""
        self._usual: NDArray[np.float32] | None = None
        self._known = np.zeros((2, SPOTS), dtype=bool)
        self._seen = np.ones((2, SPOTS), dtype=np.float32)
        self._covered_s = self._known_s = 0.0
        self._at_ns = 0

    def take(self, picture: NDArray[np.uint8], face: Face, light: Light, at_ns: int) -> NDArray[np.float32]:
        """How much of each spot can be seen, 1 to 0 (upper and lower lip × SPOTS); it fades. Nothing is painted on yet."""
        seconds = max((at_ns - self._at_ns) / 1e9, 0.0)
        if self._covered_s > LONGEST_S:
            self.reset()
        self._at_ns = at_ns
        differs = _difference(picture, face, light)
        asked = _asked(face.yaw_deg)
        if self._usual is None:
            if float(np.linalg.norm(differs[:, asked].mean(axis=(0, 1)))) >= PALE:
                self._usual, self._known[:, asked] = differs, True
            return self._seen.copy()
        self._known_s += seconds
        if self._known_s < SETTLES_S:
            self._known[:] = False
        now = np.where(self._known, _alike(differs, self._usual), np.float32(1))
        self._learn(differs, now, asked, seconds)
        now[:, : asked.start], now[:, asked.stop :] = now[:, asked.start, None], now[:, asked.stop - 1, None]
        self._covered_s = self._covered_s + seconds if float(now.min()) == 0 else 0.0
        self._seen += np.float32(1 - math.exp(-seconds / FADES_S)) * (now - self._seen)
        return self._seen.copy()

    def _learn(self, differs: NDArray[np.float32], now: NDArray[np.float32], asked: slice, seconds: float) -> None:
        """Spots that were hidden until now are learned at once, those that look like lips bit by bit."""
        if self._usual is None:
            return
        much = np.where(self._known, np.float32(1 - math.exp(-seconds / LEARNS_S)) * now, np.float32(1))
        self._usual[:, asked] += (much[..., None] * (differs - self._usual))[:, asked]
        self._known[:, asked] = True


def _difference(picture: NDArray[np.uint8], face: Face, light: Light) -> NDArray[np.float32]:
    curves = [face.curve(each)[MIDDLE] for each in (LIP_TOP, MOUTH_TOP, MOUTH_BOTTOM, LIP_BOTTOM)]
    spots = np.concatenate(((curves[0] + curves[1]) / 2, (curves[2] + curves[3]) / 2))
    labs = labs_at(picture, spots.astype(np.float32), max(1, round(face.scale / 80)))
    differs = (labs - np.array(light.skin, dtype=np.float32)) * np.array((0.5, 1, 1), dtype=np.float32)
    return _even(differs.reshape(2, SPOTS, 3))


def _even(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each spot with its neighbours on the same lip: one crease or one glint is no hand."""
    wide = np.pad(values, ((0, 0), (1, 1), (0, 0)), mode="edge")
    return np.asarray((wide[:, :-2] + 2 * wide[:, 1:-1] + wide[:, 2:]) / 4, dtype=np.float32)


def _alike(differs: NDArray[np.float32], usual: NDArray[np.float32]) -> NDArray[np.float32]:
    length = np.maximum(np.linalg.norm(usual, axis=-1), PALE)
    along = _ramps((differs * usual).sum(axis=-1) / length**2, COVERED, SEEN)
    strange = _ramps(np.linalg.norm(differs - usual, axis=-1), STRANGE, 1.6 * STRANGE)
    return np.asarray(along * (1 - strange), dtype=np.float32)


def _ramps(values: NDArray[np.float32], low: float, high: float) -> NDArray[np.float32]:
    part = np.clip((values - low) / (high - low), 0, 1)
    return np.asarray(part * part * (3 - 2 * part), dtype=np.float32)


def _asked(yaw_deg: float) -> slice:
    """The spots that the head does not turn away; one at least."""
    beyond = abs(yaw_deg) - TURNED_DEG
    hidden = 0 if beyond <= 0 else min(SPOTS // 2 + int(beyond / DEG_PER_SPOT), SPOTS - 1)
    return slice(0, SPOTS - hidden) if yaw_deg > 0 else slice(hidden, SPOTS)
