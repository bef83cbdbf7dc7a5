"""One camera before which faces may be read: its newest picture, when a request wants one, and none otherwise."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from drivers.wires.picture_ring import NoRing, RingReader
from edge.i420 import bgr_of, i420_bytes

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Taken:
    """A picture (height × width × 3, BGR) and when it was taken."""

    pixels: NDArray[np.uint8] = field(repr=False)
    at_ns: int


class Camera:
    """A camera's ring; takes the descriptor over. Raises NoRing."""

    def __init__(self, ring: int) -> None:
        try:
            self._ring = RingReader(ring)
        finally:
            os.close(ring)
        self._width_px, self._height_px = self._ring.ring.width_px, self._ring.ring.height_px
        if self._width_px % 2 or self._height_px % 2:
            self.close()
            raise NoRing(f"pictures of {self._width_px} x {self._height_px} cannot be I420")
        self._sequence = 0

    @property
    def has_news(self) -> bool:
        """Whether there is a picture that was not taken yet."""
        return self._ring.newest_sequence > self._sequence

    def take(self) -> Taken | None:
        """The newest picture, once; None when there is no whole one."""
        picture = self._ring.newest(self._sequence)
        if picture is None:
            return None
        self._sequence = picture.sequence
        if len(picture.data) != i420_bytes(self._width_px, self._height_px):
            return None
        return Taken(pixels=bgr_of(picture.data, self._width_px, self._height_px), at_ns=picture.monotonic_ns)

    def close(self) -> None:
        """Let go of the ring."""
        self._ring.close()
