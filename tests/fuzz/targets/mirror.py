"""Events and touches of a mirror."""

from __future__ import annotations

from drivers.mirrors.kiosk import decode, decode_touch
from tests.fuzz.fed import message


def feed(data: bytes) -> None:
    """What cannot be understood is ``Unreadable``, never an error."""
    decode(message(data))
    decode_touch(message(b"touch\n" + data))
