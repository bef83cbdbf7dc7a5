"""Answers of an MT-SICS scale."""

from __future__ import annotations

from contextlib import suppress

from drivers.contract import DeviceError
from drivers.scales.mt_sics import decode, decode_answer
from tests.fuzz.fed import frame


def feed(data: bytes) -> None:
    """One line, as a weight and as the answer to a command."""
    with suppress(DeviceError):
        decode(frame(data))
    with suppress(DeviceError):
        decode_answer(b"Z", frame(data))
