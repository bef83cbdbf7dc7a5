"""Frames of a scale in Toledo continuous mode."""

from __future__ import annotations

from contextlib import suppress

from drivers.contract import DeviceError
from drivers.scales.toledo_continuous import decode, framing, recognise
from tests.fuzz.fed import frame

FRAMING = framing(checksum=True)


def feed(data: bytes) -> None:
    """One frame, then the same bytes as a stream and as an answer to a probe."""
    with suppress(DeviceError):
        decode(frame(data))
    for cut in FRAMING.cut(data).frames:
        with suppress(DeviceError):
            decode(frame(cut), "lb")
    recognise(data)
