"""Messages of a ZVT card terminal."""

from __future__ import annotations

from contextlib import suppress

from drivers.contract import BadFrame
from drivers.pos.zvt import decode


def feed(data: bytes) -> None:
    """As a whole message, and as the fields of a status."""
    with suppress(BadFrame):
        decode(data)
    with suppress(BadFrame):
        decode(b"\x04\x0f\xff" + len(data[:0xFFFF]).to_bytes(2, "little") + data[:0xFFFF])
