"""Events and levels of a load-cell shelf."""

from __future__ import annotations

from drivers.shelves.load_cell import ShelfSettings, Slot, decode, decode_state
from tests.fuzz.fed import message

SETTINGS = ShelfSettings(slots={"a1": Slot(sku="cola-330", unit_grams=350)})


def feed(data: bytes) -> None:
    """What cannot be understood is ``Unreadable``, never an error."""
    decode(SETTINGS, message(data))
    decode_state(message(data))
