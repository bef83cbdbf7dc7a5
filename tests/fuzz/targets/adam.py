"""Answers of Adam scales."""

from __future__ import annotations

from contextlib import suppress

from drivers.contract import DeviceError
from drivers.scales import adam_azextra, adam_cpwplus
from tests.fuzz.fed import frame


def feed(data: bytes) -> None:
    """One line of a CPWplus, and of an AZExtra."""
    with suppress(DeviceError):
        adam_cpwplus.decode(frame(data))
    with suppress(DeviceError):
        adam_azextra.decode(frame(data))
    adam_cpwplus.recognise(data)
