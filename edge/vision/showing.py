"""The ring that is filled while somebody looks at a camera's live picture; without it JPEGs would go over the channel."""

from __future__ import annotations

import os

from drivers.wires.picture_ring import RingWriter

EVERY_NS = 160_000_000
"""Five a second, of pictures that may come a little early."""


class Showing:
    """One camera's, from Show to Hide. Takes over the descriptor ``ring``. Raises NoRing."""

    def __init__(self, ring: int) -> None:
        try:
            self._writer = RingWriter(ring)
        finally:
            os.close(ring)
        self._newest_ns = 0

    def is_due(self, at_ns: int) -> bool:
        """Whether a picture of then is to be shown."""
        return at_ns - self._newest_ns >= EVERY_NS

    def show(self, jpeg: bytes, at_ns: int) -> None:
        """Write the picture; one that does not fit in is left out."""
        self._newest_ns = at_ns
        if len(jpeg) <= len(self._writer.room):
            self._writer.room[: len(jpeg)] = jpeg
            self._writer.publish(len(jpeg), at_ns)

    def close(self) -> None:
        """Nobody looks any more."""
        self._writer.close()
