"""Lines like ww0001.250kg."""

from __future__ import annotations

from contextlib import suppress

from drivers.contract import DeviceError
from drivers.scales.dahua import decode, recognise
from tests.fuzz.fed import frame


def feed(data: bytes) -> None:
    """One line, of any kind and of net weights only."""
    with suppress(DeviceError):
        decode(frame(data))
    with suppress(DeviceError):
        decode(frame(data), "net")
    recognise(data)
