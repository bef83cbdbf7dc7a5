"""A whole look on one face, the layers in the order in which they are put on.

Foundation and blush are large and have no detail of their own. On a near face they are reckoned in half or a third of the
resolution, and what they change is added to the picture: a fraction of the work, and every pore stays as sharp as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge.mirror.anatomy import OVAL
from edge.mirror.brows import paint_brows
from edge.mirror.cheeks import paint_cheeks
from edge.mirror.eyes import paint_eyes
from edge.mirror.lips import paint_lips
from edge.mirror.masks import part_around
from edge.mirror.skin import paint_skin
from edge.mirror.tone import tone_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.mirror.face import Face
    from edge.mirror.light import Light
    from edge.mirror.shades import Region
    from edge.mirror.tone import Tone
    from edge.mirror.words import Look

Layer = Callable[["NDArray[np.uint8]", "Face", "Tone", "Light"], None]

LAYERS: dict[Region, Layer] = {
    "skin": paint_skin,
    "cheeks": paint_cheeks,
    "eyes": paint_eyes,
    "brows": paint_brows,
    "lips": paint_lips,
}
"""From the lowest to the highest."""

BROAD: tuple[Region, ...] = ("skin", "cheeks")
"""The lowest; they have no detail."""

NEAR_PX = 80.0
"""Eyes further apart than this are near."""

COARSER_PX = 80.0
"""For each of these more one more pixel in each direction is taken together, up to COARSEST."""

COARSEST = 3
AROUND = 0.12
"""Foundation and blush reach that far beyond the outline, in widths between the eyes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What the camera sees of a face, and in which light."""

    face: Face
    light: Light

    def moved(self, left_px: float, top_px: float) -> Sight:
        """The same in the part of the picture that begins there."""
        return replace(self, face=self.face.moved(left_px, top_px))


def paint(picture: NDArray[np.uint8], sight: Sight, look: Look) -> None:
    """Put a look on a face in a picture (height × width × 3, BGR), in place. Raises NoColour."""
    near = sight.face.scale > NEAR_PX
    if near:
        _put_broad(picture, sight, look)
    for region in LAYERS:
        if not near or region not in BROAD:
            _put(picture, sight, look, region)


def _put(picture: NDArray[np.uint8], sight: Sight, look: Look, region: Region) -> None:
    seen = sight.face.front() if region == "lips" else 1.0
    for worn in look:
        if worn.shade.region == region:
            LAYERS[region](picture, sight.face, tone_of(worn, sight.light).fainter(seen), sight.light)


def _put_broad(picture: NDArray[np.uint8], sight: Sight, look: Look) -> None:
    part = part_around(sight.face.curve(OVAL), AROUND * sight.face.scale, (picture.shape[1], picture.shape[0]))
    if part is None or not any(worn.shade.region in BROAD for worn in look):
        return
    times = min(2 + int((sight.face.scale - NEAR_PX) / COARSER_PX), COARSEST)
    width, height = ((size - size % times) for size in (part.right - part.left, part.bottom - part.top))
    if not width or not height:
        return
    pixels = part.of(picture)[:height, :width]
    bare = cv2.resize(pixels, (width // times, height // times), interpolation=cv2.INTER_AREA)
    small = replace(sight, face=sight.face.moved(part.left, part.top).shrunk(times))
    painted = np.asarray(bare.copy(), dtype=np.uint8)
    for region in BROAD:
        _put(painted, small, look, region)
    changed = cv2.subtract(painted, bare, dtype=cv2.CV_16S)
    pixels[:] = cv2.add(pixels, cv2.resize(changed, (width, height), interpolation=cv2.INTER_LINEAR), dtype=cv2.CV_8U)
