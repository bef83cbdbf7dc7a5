"""What the pages may see of the cameras that count, and ask of them; the pages know no process and no ring.

window.cameras()["cam-door"]        its state and figures
window.live("cam-door")             JPEGs with the heads pixelated; to ask keeps them coming for ten seconds
window.crossings("cam-door", ns)    what was counted since then, for a person who counts along
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from drivers.wires.picture_ring import RingReader
from edge.vision.words import CameraFigures, Crossed, Inference


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraShown:
    """One camera that is to count. ``reopened``: how often since the box started; ``fps_…`` over the last seconds.

    ``waiting``: its device is not open, or no picture came yet. ``blind``: pictures come, but no model finds people in them.
    """

    state: Literal["waiting", "watched", "blind"]
    problem: str = ""
    width_px: int = 0
    height_px: int = 0
    reopened: int = 0
    fps_in: float = 0.0
    fps_processed: float = 0.0
    fps_skipped: float = 0.0
    figures: CameraFigures = field(default_factory=CameraFigures)


@dataclass(frozen=True, slots=True, kw_only=True)
class VisionStatus:
    """What the inference process does. ``down``: it is not there, ``problem`` says why. ``restarts`` since the box started."""

    state: Literal["starting", "on", "down"] = "starting"
    problem: str = ""
    cameras: Mapping[str, CameraShown] = field(default_factory=dict)
    inferences: Mapping[str, Inference] = field(default_factory=dict)
    restarts: int = 0
    rss_bytes: int = 0


class Window(Protocol):
    """How the pages look at what vision does."""

    def cameras(self) -> Mapping[str, CameraShown]:
        """Every camera of the settings that is to count, by name."""
        ...

    def inferences(self) -> Mapping[str, Inference]:
        """Every model in use, by what it is for."""
        ...

    def live(self, camera: str) -> RingReader | None:
        """The ring of the pictures that may be shown, while the camera is watched. Keeps them coming for HIDE_AFTER_S."""
        ...

    def crossings(self, camera: str, since_ns: int) -> Sequence[Crossed]:
        """Who crossed a line since then (``time.monotonic_ns``), as far back as an hour."""
        ...
