"""Where in a picture the detector is to look: without it people far away would be too small for it, or everything be looked at."""

from __future__ import annotations

from collections.abc import Sequence

from models.findings import Box, Track

Region = tuple[int, int, int, int]
"""Left, top, right, bottom in whole pixels."""

WHOLE_EVERY_S = 2.0
"""So often all of the picture is looked at: who stands still since before the box started is found within it."""


class Regions:
    """For pictures of one size."""

    def __init__(self, width_px: int, height_px: int) -> None:
        self._whole: Region = (0, 0, width_px, height_px)
        self._whole_at_ns: int | None = None

    def due(self, at_ns: int) -> bool:
        """All of the picture wants a look."""
        return self._whole_at_ns is None or at_ns - self._whole_at_ns >= WHOLE_EVERY_S * 1e9

    def to_look_at(self, moved: Sequence[Box], tracks: Sequence[Track], at_ns: int) -> list[Region]:
        """The regions, at most two."""
        self._whole_at_ns = at_ns
        return [self._whole]
