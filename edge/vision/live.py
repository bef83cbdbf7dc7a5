"""The rings of the live pictures, while somebody looks at them; without it pictures would be made for nobody."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from drivers.wires.picture_ring import RingReader, make_ring

HIDE_AFTER_S = 10.0
"""A page that is open asks many times a second; one that was closed does not say so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRing:
    """One camera's ring, for pictures of ``size``: filled through ``descriptor``, read by ``reader``."""

    descriptor: int
    reader: RingReader
    size: tuple[int, int]


@dataclass(slots=True)
class Live:
    """The rings by camera; ``clock`` counts seconds and never jumps."""

    clock: Callable[[], float] = time.monotonic
    _rings: dict[str, LiveRing] = field(default_factory=dict)
    _asked_s: dict[str, float] = field(default_factory=dict)

    def look(self, camera: str, size: tuple[int, int]) -> RingReader:
        """The ring of ``camera``, whose pictures are of ``size``; it is kept for HIDE_AFTER_S more. Raises OSError."""
        ring = self._rings.get(camera)
        if ring is not None and ring.size != size:
            self._forget(camera)
            ring = None
        if ring is None:
            ring = self._rings[camera] = _live_ring(camera, size)
        self._asked_s[camera] = self.clock()
        return ring.reader

    def wanted(self) -> dict[str, LiveRing]:
        """The rings that somebody still looks at; the others are forgotten."""
        for camera in list(self._rings):
            if self.clock() - self._asked_s[camera] >= HIDE_AFTER_S:
                self._forget(camera)
        return dict(self._rings)

    def _forget(self, camera: str) -> None:
        """A page may hold the reader still: its memory goes with the last who holds it."""
        os.close(self._rings.pop(camera).descriptor)


def _live_ring(camera: str, size: tuple[int, int]) -> LiveRing:
    width_px, height_px = size
    descriptor = make_ring(f"{camera}-live", slot_bytes=width_px * height_px, width_px=width_px, height_px=height_px)
    return LiveRing(descriptor=descriptor, reader=RingReader(descriptor), size=size)
