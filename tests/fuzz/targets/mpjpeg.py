"""ffmpeg's stream of JPEGs, in two pieces."""

from __future__ import annotations

from contextlib import suppress

from drivers.cameras.mpjpeg import JpegCutter, NoJpeg


def feed(data: bytes) -> None:
    """Cut ``data`` after its middle: no picture is longer than it may be."""
    cutter, middle = JpegCutter(64), len(data) // 2
    with suppress(NoJpeg):
        assert all(len(picture) <= 64 for piece in (data[:middle], data[middle:]) for picture in cutter.feed(piece))
