"""How many pictures a second a camera brings and how many are looked at, from the figures that the process counts.

Pure: a beat brings its own time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from edge.vision.words import Beat, CameraFigures

OVER_NS = 5_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Pictures a second: that came, that were looked at or needed no look, that were not."""

    came: float = 0.0
    seen: float = 0.0
    skipped: float = 0.0


@dataclass(slots=True)
class Rates:
    """The figures of the last seconds."""

    _beats: deque[tuple[int, Mapping[str, CameraFigures]]] = field(default_factory=deque)

    def take(self, beat: Beat) -> dict[str, Rate]:
        """What each camera did in the seconds before ``beat``."""
        self._beats.append((beat.at_ns, beat.cameras))
        while len(self._beats) > 2 and beat.at_ns - self._beats[1][0] >= OVER_NS:
            self._beats.popleft()
        return {name: self._rate(name, beat.at_ns, figures) for name, figures in beat.cameras.items()}

    def clear(self) -> None:
        """The process begins anew, and so do its figures."""
        self._beats.clear()

    def _rate(self, camera: str, now_ns: int, now: CameraFigures) -> Rate:
        before_ns, before = self._since(camera)
        if now_ns == before_ns:
            return Rate()
        seconds = (now_ns - before_ns) / 1e9
        passed_over = now.skipped + now.starved - before.skipped - before.starved
        return Rate(
            came=(now.pictures - before.pictures) / seconds,
            seen=(now.processed + now.still - before.processed - before.still) / seconds,
            skipped=passed_over / seconds,
        )

    def _since(self, camera: str) -> tuple[int, CameraFigures]:
        """The oldest beat that counts the same pictures: a camera that was opened anew begins with none."""
        told = [(at_ns, cameras[camera]) for at_ns, cameras in self._beats if camera in cameras]
        anew = [number for number, (one, other) in enumerate(pairwise(told), 1) if other[1].pictures < one[1].pictures]
        return told[anew[-1] if anew else 0]
