"""How makeup goes with a real head that moves: whether it trails behind, leaves the lips or flickers.

A clip is played to and fro in its own time. Where the face really is says a search that knows nothing of the pictures before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from edge.mirror.bench_colour import lab_of_screen, lips_of
from edge.mirror.bench_steady import SETTLED, lag_s
from edge.mirror.ciede2000 import delta_e00
from edge.mirror.face import Face
from edge.mirror.render import Renderer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.mirror.bench_pictures import Clip, Picture
    from edge.mirror.words import Look
    from models.landmarks import FaceFinder

FRAMES = 90
FEWEST = 2 * SETTLED
FAR_E00 = 5.0
"""A lip that has changed by less wears no lipstick that could be seen."""


class ClipFigures(msgspec.Struct, frozen=True, kw_only=True):
    """``lag_ms``: how far the painted points are behind the face; ``stray_px``: how far they are from it, root mean square.

    ``worn``: on how many of the pictures with a face there is lipstick. ``flicker_e00``: how far the mean colour of the lips
    changes from picture to picture, ``bare_flicker_e00``: that of the bare lips. ``turned_deg``: how far the head is turned.
    """

    lag_ms: float
    stray_px: float
    worn: float
    flicker_e00: float
    bare_flicker_e00: float
    turned_deg: float


def measure_clip(clip: Clip, finder: FaceFinder, anew: FaceFinder, look: Look, frames: int = FRAMES) -> ClipFigures | None:
    """Play a clip through the renderer; None when too few of its pictures show one face.

    ``finder``: one that follows and was not used yet; ``anew``: one that does not follow.
    """
    height, width = clip.pictures[0].shape[:2]
    renderer = Renderer(width, height, finder)
    painted, found, lips = [], [], []
    for number in range(frames):
        bare = clip.pictures[clip.at(number)]
        points = anew.find(bare, number + 1).points
        out = renderer.render(bare.copy(), (look,), None, int((number + 1) * 1e9 / clip.fps)).picture
        if points is None or renderer.sight is None:
            continue
        painted.append(renderer.sight.face.points)
        found.append(points - np.array((0.5, 0.5, 0), dtype=np.float32))
        lips.append(_lips(bare, out, renderer.sight.face))
    if len(painted) < FEWEST:
        return None
    return _figures(np.array(painted), np.array(found), np.array(lips), clip.fps)


def _lips(bare: Picture, out: Picture, face: Face) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The mean colour of the bare and of the painted lips."""
    where = lips_of(bare, face)
    return _mean_lab(bare[where]), _mean_lab(out[where])


def _mean_lab(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Of n×3 pixels; of none it is no colour."""
    return lab_of_screen(pixels[None])[0].mean(axis=0) if len(pixels) else np.full(3, np.nan, np.float32)


def _figures(painted: NDArray[np.float32], found: NDArray[np.float32], lips: NDArray[np.float32], fps: float) -> ClipFigures:
    off = (painted - found)[SETTLED:, :, :2]
    bare, worn = lips[:, 0], lips[:, 1]
    across = painted[..., 0].mean(axis=1), found[..., 0].mean(axis=1)
    return ClipFigures(
        lag_ms=round(1000 * lag_s(*across, fps)),
        stray_px=round(float(np.sqrt((off**2).sum(axis=-1).mean())), 2),
        worn=round(float((delta_e00(bare, worn) > FAR_E00).mean()), 3),
        flicker_e00=round(float(delta_e00(worn[1:], worn[:-1]).mean()), 2),
        bare_flicker_e00=round(float(delta_e00(bare[1:], bare[:-1]).mean()), 2),
        turned_deg=round(max(abs(Face(points=each).yaw_deg) for each in found)),
    )
