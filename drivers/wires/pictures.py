"""Where the pictures of the open cameras are: without it a mirror's page could not find the ring of the camera in its settings.

    camera driver   pictures.rings["cam-1"] = Rings(...)   while it is open
    edge/web        rings = pictures.rings.get("cam-1")    anew after every picture: a reopened camera has new rings

Pictures live in memory only and only here; nothing writes one anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from drivers.wires.picture_ring import RingReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Rings:
    """The rings of one opening of a camera: I420 (``raw_fd`` is for processes of ours), JPEG when screens may show it."""

    raw_fd: int
    raw: RingReader
    jpeg: RingReader | None


@dataclass(slots=True)
class Pictures:
    """The rings of every open camera by the camera's name."""

    rings: dict[str, Rings] = field(default_factory=dict)
