"""Answers of an 8217 scale."""

from __future__ import annotations

from contextlib import suppress
from typing import Literal

from drivers.contract import DeviceError
from drivers.scales.toledo_8217 import decode
from tests.fuzz.fed import frame

UNITS: tuple[Literal["kg", "lb"], ...] = ("kg", "lb")


def feed(data: bytes) -> None:
    """One frame, in either unit."""
    for unit in UNITS:
        with suppress(DeviceError):
            decode(frame(data), unit)
