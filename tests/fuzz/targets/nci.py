"""Answers of an NCI scale."""

from __future__ import annotations

from contextlib import suppress

from drivers.contract import DeviceError
from drivers.scales.nci import FRAMING, decode
from tests.fuzz.fed import frame


def feed(data: bytes) -> None:
    """One frame, and what the wire would cut out of it, with either meaning of the motion bit."""
    for each in (data, *FRAMING.cut(data).frames):
        for inverted in (False, True):
            with suppress(DeviceError):
                decode(frame(each), motion_inverted=inverted)
