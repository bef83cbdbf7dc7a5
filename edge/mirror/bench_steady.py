"""Whether the points stand still on a still face, and how far behind a turning one they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edge.mirror.bench_pictures import FPS, Moved, Picture, still, turning
from edge.mirror.face import Face
from edge.mirror.one_euro import OneEuro

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.landmarks import FaceFinder

STILL_FRAMES = 75
TURN_FRAMES = 120
SETTLED = 15
"""The first half second is not measured: there the filter begins."""

FRAME_NS = 1_000_000_000 // FPS
PAUSE_NS = 2_000_000_000
LAGS_S = np.arange(-40, 200) / 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class SteadyFigures:
    """Root mean square over all points and pictures; the lag is that at which the points agree best with where they belong."""

    raw_jitter_px: float
    jitter_px: float
    lag_ms: float


def measure_steady(photo: Picture, finder: FaceFinder) -> SteadyFigures:
    """Follow the face of a photo, still and turning. The finder is one that was not used yet."""
    raw = _followed(still(photo, STILL_FRAMES), finder, 0)
    middle = raw[SETTLED:].mean(axis=0)
    scale = Face(points=middle).scale
    moved = list(turning(photo, float(middle[:, 0].mean()), TURN_FRAMES))
    followed = filtered(_followed(moved, finder, STILL_FRAMES * FRAME_NS + PAUSE_NS), scale)
    belongs = np.array([(middle[:, :2] @ each.way[:, :2].T + each.way[:, 2])[:, 0].mean() for each in moved])
    return SteadyFigures(
        raw_jitter_px=jitter(raw),
        jitter_px=jitter(filtered(raw, scale)),
        lag_ms=1000 * lag_s(followed[..., 0].mean(axis=1), belongs),
    )


def filtered(points: NDArray[np.float32], scale: float) -> NDArray[np.float32]:
    """Points (pictures × 478 × 3) as the renderer would use them."""
    steady = OneEuro()
    return np.array([steady.take(each, scale, number * FRAME_NS) for number, each in enumerate(points)])


def jitter(points: NDArray[np.float32]) -> float:
    """How far points stray from their own mean, in pixels."""
    places = points[SETTLED:, :, :2]
    return float(np.sqrt(((places - places.mean(axis=0)) ** 2).sum(axis=-1).mean()))


def lag_s(seen: NDArray[np.floating], belongs: NDArray[np.floating], fps: float = FPS) -> float:
    """By how much ``seen`` comes after ``belongs``, both one place a picture."""
    at = np.arange(len(seen)) / fps
    wanted = seen[SETTLED:] - seen[SETTLED:].mean()
    errors = []
    for lag in LAGS_S:
        late = np.interp(at[SETTLED:] - lag, at, belongs)
        errors.append(float(np.square(wanted - late + late.mean()).mean()))
    return float(LAGS_S[int(np.argmin(errors))])


def _followed(pictures: Iterable[Moved], finder: FaceFinder, from_ns: int) -> NDArray[np.float32]:
    found = [finder.find(each.picture, from_ns + (number + 1) * FRAME_NS).points for number, each in enumerate(pictures)]
    return np.array([each for each in found if each is not None])
