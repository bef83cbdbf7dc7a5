"""Frames of a CAS scale, type 6."""

from __future__ import annotations

from contextlib import suppress

from drivers.contract import DeviceError
from drivers.scales.cas import decode
from drivers.scales.cas_frame import FRAMING
from tests.fuzz.fed import frame


def feed(data: bytes) -> None:
    """One frame, and what the wire would cut out of it, with and without its check character."""
    for each in (data, *FRAMING.cut(data).frames):
        for check in (True, False):
            with suppress(DeviceError):
                decode(frame(each), check=check, price_first=check)
