"""Frames of a CAS scale, type 0 or 1."""

from __future__ import annotations

from contextlib import suppress

from drivers.contract import DeviceError
from drivers.scales.cas_01 import FRAMING, Cas01Settings, decode
from tests.fuzz.fed import frame

STRICT = Cas01Settings(port="/dev/ttyUSB0")
LAX = Cas01Settings(port="/dev/ttyUSB0", unit="lb", id_bits="ignored", check_character="ignored")


def feed(data: bytes) -> None:
    """One frame, and what the wire would cut out of it."""
    for each in (data, *FRAMING.cut(data).frames):
        for settings in (STRICT, LAX):
            with suppress(DeviceError):
                decode(frame(each), settings)
