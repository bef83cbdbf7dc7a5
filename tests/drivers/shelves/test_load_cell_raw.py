"""A shelf of plain cells at a real broker: the box finds what was picked, names it once, and tells it until it is durable."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from config.schema import Mqtt
from drivers.contract import Acknowledging, DeviceError, DeviceGone, Receipt, Wires
from drivers.readings import ShelfLevel, ShelfMoved, Unreadable
from drivers.shelves.load_cell import Goods, Slot
from drivers.shelves.load_cell_raw import DRIVER, RawShelf, RawShelfSettings, Samples, no_events
from drivers.sim.load_cell_raw import RawLoadCellSim, parsed_slot
from drivers.wires.mqtt import Broker
from drivers.wires.mqtt_inbox import Message
from tests.conftest import Mosquitto

EVENTUALLY_S = 60.0
COLA = {"a1": Slot(sku="cola", unit_grams=330)}


class Listener:
    """Hears the shelf as the box would; ``answers`` is what it says to each move."""

    def __init__(self, shelf: RawShelf) -> None:
        self.shelf, self.moves = shelf, list[ShelfMoved]()
        self.answer, self.heard, self.failures = Receipt(ok=True), asyncio.Event(), list[DeviceError]()

    async def listen(self) -> None:
        try:
            await self.hear()
        except DeviceError as error:
            self.failures.append(error)
            self.heard.set()

    async def until_failed(self, kind: type[DeviceError]) -> DeviceError:
        async with asyncio.timeout(EVENTUALLY_S):
            while not self.failures:
                self.heard.clear()
                await self.heard.wait()
        assert isinstance(self.failures[0], kind)
        return self.failures[0]

    async def hear(self) -> None:
        async for reading in self.shelf.readings():
            if isinstance(reading, ShelfMoved):
                self.moves.append(reading)
                await self.shelf.acknowledge(reading, self.answer)
            self.heard.set()

    async def until_moves(self, count: int) -> list[ShelfMoved]:
        async with asyncio.timeout(EVENTUALLY_S):
            while len(self.moves) < count:
                self.heard.clear()
                await self.heard.wait()
        return self.moves


@asynccontextmanager
async def heard(mosquitto: Mosquitto, settings: RawShelfSettings) -> AsyncIterator[Listener]:
    async with (
        Broker(Mqtt(port=mosquitto.port), mosquitto.box, mosquitto.password("storebox")) as broker,
        asyncio.TaskGroup() as tasks,
    ):
        staying = tasks.create_task(broker.run(), name="broker")
        shelf = DRIVER.open("shelf-1", settings, Wires(broker=broker))
        assert isinstance(shelf, RawShelf)
        assert isinstance(shelf, Acknowledging)
        async with shelf:
            listener = Listener(shelf)
            listening = tasks.create_task(listener.listen(), name="listener")
            yield listener
        staying.cancel()
        listening.cancel()


def cells(mosquitto: Mosquitto, grams: float = 6600) -> RawLoadCellSim:
    address = (mosquitto.host, mosquitto.port)
    password = mosquitto.password("shelf-1")
    return RawLoadCellSim(address, box=mosquitto.box, device="shelf-1", password=password, grams={"a1": grams}, sample_ms=20)


async def test_hands_are_seen_through_plain_cells(mosquitto: Mosquitto) -> None:
    settings = RawShelfSettings(slots=COLA, settle_ms=200)
    async with cells(mosquitto) as sim, heard(mosquitto, settings) as listener:
        (first,) = await listener.until_moves(1)
        assert (first.kind, abs(first.after_g - 6600) < 10) == ("adjust", True)
        sim.spikes = 0.05
        sim.pick("a1", 330)
        pick = (await listener.until_moves(2))[1]
        assert (pick.kind, abs(pick.delta_g + 330) < 15, pick.slot) == ("pick", True, "a1")
        sim.put("a1", 330)
        put = (await listener.until_moves(3))[2]
        assert put.kind == "put"
        assert put.returned_after_ms is not None
        assert len({move.report.id for move in listener.moves}) == 3
        sim.power_cycle()
        sim.pick("a1", 660)
        assert (await listener.until_moves(4))[3].kind == "adjust"


async def test_a_move_that_is_not_durable_is_told_again(mosquitto: Mosquitto) -> None:
    async with cells(mosquitto), heard(mosquitto, RawShelfSettings(slots=COLA, settle_ms=200)) as listener:
        listener.answer = Receipt(ok=False, retry=True, problem="the disk is full")
        first, again, *_ = await listener.until_moves(3)
        assert first == again
        listener.answer = Receipt(ok=True)


async def test_a_shelf_without_power_is_gone(mosquitto: Mosquitto) -> None:
    async with cells(mosquitto) as sim, heard(mosquitto, RawShelfSettings(slots=COLA, silent_after_s=5)) as listener:
        await listener.until_moves(1)
        sim.mqtt.unplug()
        assert "shelf-1 dropped off the network" in str(await listener.until_failed(DeviceGone))


def said(monotonic_ms: int = 5, slot: str = "a1", **fields: Any) -> Message:
    sample = {"boot": "k3f9", "seq": 1, "t_ms": 0, "cells": [1650, 1650, 1650, 1650], **fields}
    payload = json.dumps(sample).encode()
    return Message(
        device="shelf-1",
        branch="state",
        name=f"raw-{slot}",
        payload=payload,
        at=datetime.now(UTC),
        monotonic_ms=monotonic_ms,
        number=1,
    )


def settled(samples: Samples, **fields: Any) -> ShelfMoved:
    moves = [samples.read(said(seq=seq, t_ms=seq * 50, **fields)) for seq in range(1, 40)]
    (move,) = [move for move in moves if isinstance(move, ShelfMoved)]
    return move


def test_the_same_samples_always_name_the_same_move() -> None:
    one, two = (settled(Samples(RawShelfSettings(slots=COLA))) for _ in range(2))
    assert one.report == two.report
    assert one.report.id.startswith("k3f9.")
    assert settled(Samples(RawShelfSettings(slots=COLA)), boot="other").report.id != one.report.id


def test_a_sample_that_comes_twice_counts_once() -> None:
    samples = Samples(RawShelfSettings(slots=COLA))
    assert isinstance(samples.read(said()), type(samples.read(said(seq=2, t_ms=50))))
    assert samples.read(said(seq=2, t_ms=5_000)) is None


def test_the_level_is_shown_once_a_second() -> None:
    samples = Samples(RawShelfSettings(slots=COLA))
    shown = [samples.read(said(10_000 + seq * 50, seq=seq, t_ms=seq * 50)) for seq in range(1, 101)]
    assert sum(isinstance(each, ShelfLevel) for each in shown) == 5


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"cells": []}, "Expected `array` of length >= 1 - at `$.cells`"),
        ({"cells": ["heavy"]}, "Expected `int`, got `str` - at `$.cells[0]`"),
        ({"boot": "a/b"}, "at `$.boot`"),
        ({"seq": -1}, "at `$.seq`"),
        ({"slot": "z9"}, "slot z9 is not in the settings: name it in [device.shelf-1.slots]"),
    ],
)
def test_a_sample_that_cannot_be_read_is_set_aside(fields: dict[str, Any], problem: str) -> None:
    reading = Samples(RawShelfSettings(slots=COLA)).read(said(**fields))
    assert isinstance(reading, Unreadable)
    assert problem in reading.problem


def test_the_lightest_goods_of_a_slot_are_what_is_looked_for() -> None:
    slots = {"a1": Slot(sku="cola", unit_grams=1_000, also=(Goods(sku="gum", unit_grams=20),))}
    samples = Samples(RawShelfSettings(slots=slots))
    settled(samples)
    moves = [samples.read(said(seq=seq, t_ms=seq * 50, cells=[6_580])) for seq in range(40, 80)]
    assert [move.delta_g for move in moves if isinstance(move, ShelfMoved)] == [-20]


def test_events_are_for_shelves_that_know_what_was_picked() -> None:
    assert no_events(said()).problem == (
        'a shelf that sends samples sends no events: set driver = "shelf/load-cell" for one that does'
    )


def test_slots_are_read_from_the_command_line() -> None:
    assert parsed_slot("a1=6600") == ("a1", 6600.0)
    with pytest.raises(Exception, match="'a1' is not SLOT=GRAMS, for example a1=6600"):
        parsed_slot("a1")
