"""Finished orders of a till over HTTP."""

from __future__ import annotations

from drivers.pos.till_http import decode
from tests.fuzz.fed import message


def feed(data: bytes) -> None:
    """What cannot be understood is ``Unreadable``, never an error."""
    decode(message(b"order\n" + data))
