"""For how long each camera was really looked at: without it a camera that froze at noon reports an empty shop all afternoon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from edge.vision.counts import Watched
from edge.vision.words import CameraFigures

GAP_NS = 3_000_000_000
"""The slowest camera brings a picture a second: when three are missing, nobody knows what happened meanwhile."""


@dataclass(slots=True)
class Watching:
    """Compares the figures of the inference process, which count since a camera is watched, with those of a moment before."""

    _before: dict[str, CameraFigures] = field(default_factory=dict)

    def since_last(self, figures: Mapping[str, CameraFigures]) -> dict[str, Watched]:
        """What is new in ``figures``, by camera; cameras of which nothing is new are left out."""
        found = {camera: _between(self._before.get(camera), now) for camera, now in figures.items()}
        self._before = dict(figures)
        return {camera: watched for camera, watched in found.items() if watched != Watched()}


def _between(before: CameraFigures | None, now: CameraFigures) -> Watched:
    """Figures that are fewer than before are those of a process that began anew."""
    if before is None or now.pictures < before.pictures:
        before = CameraFigures(newest_ns=now.newest_ns if before is None else before.newest_ns)
    gap_ns = now.newest_ns - before.newest_ns
    return Watched(
        watched_ms=gap_ns // 1_000_000 if 0 < gap_ns <= GAP_NS else 0,
        processed=max(0, now.processed - before.processed),
        skipped=max(0, now.skipped - before.skipped),
        starved=max(0, now.starved - before.starved),
    )
