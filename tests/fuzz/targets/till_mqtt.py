"""Events of a till at the broker."""

from __future__ import annotations

from drivers.pos.till import decode
from tests.fuzz.fed import message


def feed(data: bytes) -> None:
    """What cannot be understood is ``Unreadable``, never an error."""
    decode(message(data))
