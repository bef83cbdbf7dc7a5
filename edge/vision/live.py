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
    _left: list[LiveRing] = field(default_factory=list)

    def look(self, camera: str, size: tuple[int, int]) -> RingReader:
        """The ring of ``camera``, whose pictures are of ``size``; it is kept for HIDE_AFTER_S more. Raises OSError."""
        ring = self._rings.get(camera)
        if ring is None or ring.size != size:
            self._left += [] if ring is None else [ring]
            ring = self._rings[camera] = _live_ring(camera, size)
        self._asked_s[camera] = self.clock()
        return ring.reader

    def wanted(self) -> dict[str, LiveRing]:
        """The rings that somebody still looks at. What it gave the last time may be closed: nobody is told of those any more.

        A page may hold a reader still: its memory goes with the last who holds it.
        """
        gone = [camera for camera in self._rings if self.clock() - self._asked_s[camera] >= HIDE_AFTER_S]
        for ring in (*self._left, *(self._rings.pop(camera) for camera in gone)):
            os.close(ring.descriptor)
        self._left.clear()
        return dict(self._rings)


def _live_ring(camera: str, size: tuple[int, int]) -> LiveRing:
    width_px, height_px = size
    descriptor = make_ring(f"{camera}-live", slot_bytes=width_px * height_px, width_px=width_px, height_px=height_px)
    return LiveRing(descriptor=descriptor, reader=RingReader(descriptor), size=size)
