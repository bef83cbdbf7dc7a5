"""What an access point for price labels says, and pictures for it."""

from __future__ import annotations

from contextlib import suppress

from drivers.contract import DeviceError
from drivers.shelves.label_picture import picture_problem
from drivers.shelves.openepaperlink import decode, keeps_awake


def feed(data: bytes) -> None:
    """As words of its WebSocket, as its settings, and as a picture."""
    for read in (decode, keeps_awake):
        with suppress(DeviceError):
            read(data)
    picture_problem(data)
