"""The 22 bytes of a CAS indicator."""

from __future__ import annotations

from contextlib import suppress

from drivers.contract import DeviceError
from drivers.scales.cas_stream import FRAMING, decode, recognise
from tests.fuzz.fed import frame


def feed(data: bytes) -> None:
    """One frame, then the same bytes as a stream and as an answer to a probe."""
    with suppress(DeviceError):
        decode(frame(data))
    for cut in FRAMING.cut(data).frames:
        with suppress(DeviceError):
            decode(frame(cut))
    recognise(data)
