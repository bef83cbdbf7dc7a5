"""Records of a checkout scale, Dialog 06."""

from __future__ import annotations

from contextlib import suppress

from drivers.contract import DeviceError
from drivers.scales.dialog_codes import reading
from drivers.scales.dialog_records import FRAMING, Status, decode
from tests.fuzz.fed import frame


def feed(data: bytes) -> None:
    """One record, and what the wire would cut out of it; a status is understood too."""
    for each in (data, *FRAMING.cut(data).frames):
        with suppress(DeviceError):
            said = decode(frame(each))
            if isinstance(said, Status):
                reading(said)
