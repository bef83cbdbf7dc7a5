"""Lines of an A&D scale."""

from __future__ import annotations

from contextlib import suppress

from drivers.contract import DeviceError
from drivers.scales.a_and_d import PROBES, decode, refused
from tests.fuzz.fed import frame


def feed(data: bytes) -> None:
    """One line, as a weight, as a refusal and as an answer to a probe."""
    with suppress(DeviceError):
        decode(frame(data))
    refused(frame(data))
    PROBES[0].recognise(data)
