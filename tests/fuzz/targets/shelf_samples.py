"""Samples of a shelf of plain cells, one after the other."""

from __future__ import annotations

from drivers.shelves.load_cell import Slot
from drivers.shelves.load_cell_raw import RawShelfSettings, Samples
from drivers.wires.mqtt_inbox import Message
from tests.fuzz.fed import AT

SETTINGS = RawShelfSettings(slots={"a1": Slot(sku="cola-330", unit_grams=350)})


def feed(data: bytes) -> None:
    """What cannot be understood is ``Unreadable``, never an error."""
    samples = Samples(SETTINGS)
    for number, payload in enumerate(data.split(b"\n")):
        message = Message(
            device="shelf-1", branch="state", name="raw-a1", payload=payload, at=AT, monotonic_ms=number * 50, number=number
        )
        samples.read(message)
