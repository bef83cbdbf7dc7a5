"""Events and levels of a load-cell shelf."""

from __future__ import annotations

from drivers.shelves.load_cell import decode, decode_state
from tests.fuzz.fed import message


def feed(data: bytes) -> None:
    """What cannot be understood is ``Unreadable``, never an error."""
    decode(message(data))
    decode_state(message(data))
