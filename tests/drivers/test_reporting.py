"""Shelves and tills against a real broker: every event answered once it is durable, whatever happens on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from config.schema import Mqtt
from drivers import reporting
from drivers.commands import Done, Refused, SetProperty, Tare
from drivers.contract import Acknowledging, DeviceError, DeviceGone, DeviceSilent, Receipt, Wires
from drivers.pos.till import DRIVER as TILL
from drivers.pos.till import TillSettings, decode
from drivers.readings import (
    AnyReading,
    ItemChosen,
    ItemRemoved,
    MemberShown,
    OrderOpened,
    OrderPaid,
    OrderVoided,
    Presence,
    Reported,
    ShelfLevel,
    ShelfMoved,
    Unreadable,
)
from drivers.reporting import ReportingDevice
from drivers.shelves.load_cell import DRIVER as SHELF
from drivers.shelves.load_cell import ShelfSettings
from drivers.sim.load_cell import LoadCellSim, SlotSim
from drivers.sim.till import TillSim
from drivers.wires.mqtt import Broker

if TYPE_CHECKING:
    from tests.conftest import Mosquitto

BoxAt = Callable[["Mosquitto"], AbstractAsyncContextManager[Broker]]
Until = Callable[[Callable[[], bool]], Awaitable[None]]
WAIT_S = 30


@dataclass
class Shop:
    """Stands for the box around the drivers: reopens them, remembers each report once, answers as ``answer`` says."""

    answer: Callable[[Reported], Receipt] = lambda _reading: Receipt(ok=True)
    readings: list[AnyReading] = field(default_factory=list)
    recorded: dict[tuple[str, str], Reported] = field(default_factory=dict)
    aside: list[Unreadable] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    repeats: int = 0

    async def attend(self, open_device: Callable[[], ReportingDevice]) -> None:
        while True:
            try:
                async with open_device() as device:
                    async for reading in device.readings():
                        await self.take(device, reading)
            except DeviceError as error:
                self.problems.append(str(error))
                await asyncio.sleep(0.05)

    async def take(self, device: ReportingDevice, reading: AnyReading) -> None:
        self.readings.append(reading)
        if isinstance(reading, Unreadable):
            self.aside.append(reading)
            await device.acknowledge(reading, Receipt(ok=False, problem=reading.problem))
        elif isinstance(reading, Reported):
            await device.acknowledge(reading, self.receipt(reading))

    def receipt(self, reading: Reported) -> Receipt:
        key = (reading.device, reading.report.id)
        known = self.recorded.get(key)
        if known is not None:
            self.repeats += 1
            same = known.report.digest == reading.report.digest
            return Receipt(ok=same, problem="" if same else "this id was used before with other content")
        receipt = self.answer(reading)
        if receipt.ok:
            self.recorded[key] = reading
        return receipt

    def orders(self) -> list[str]:
        return [reading.order for reading in self.recorded.values() if isinstance(reading, OrderOpened)]


@asynccontextmanager
async def attended(mosquitto: Mosquitto, shop: Shop, *devices: str) -> AsyncIterator[Broker]:
    """A box that keeps its connection and these devices open."""
    async with Broker(Mqtt(port=mosquitto.port), mosquitto.box, mosquitto.password("storebox")) as broker:

        async def stay_connected() -> None:
            while True:
                try:
                    await broker.run()
                except DeviceGone as error:
                    shop.problems.append(str(error))
                    await asyncio.sleep(0.05)

        wires = Wires(broker=broker)
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(stay_connected())]
            running += [tasks.create_task(shop.attend(partial(opened, name, wires))) for name in devices]
            try:
                yield broker
            finally:
                for task in running:
                    task.cancel()


def opened(name: str, wires: Wires) -> ReportingDevice:
    driver, settings = (TILL, TillSettings()) if name.startswith("till") else (SHELF, ShelfSettings())
    device = driver.open(name, settings, wires)
    assert isinstance(device, ReportingDevice)
    assert isinstance(device, Acknowledging)
    return device


def till(mosquitto: Mosquitto, name: str = "till-1", window: int = 1) -> TillSim:
    address = (mosquitto.host, mosquitto.port)
    return TillSim(address, box=mosquitto.box, device=name, password=mosquitto.password(name), window=window)


def shelf(mosquitto: Mosquitto, name: str = "shelf-1") -> LoadCellSim:
    return LoadCellSim(
        (mosquitto.host, mosquitto.port),
        box=mosquitto.box,
        device=name,
        password=mosquitto.password(name),
        slots={"a1": SlotSim(goods={"cola": 330}, grams=6600), "a2": SlotSim(goods={"gum": 20, "mint": 20}, grams=400)},
        settle_ms=80,
        sample_ms=5,
    )


async def test_an_order_arrives_in_order_and_is_answered(mosquitto: Mosquitto) -> None:
    shop = Shop()
    async with attended(mosquitto, shop, "till-1"), till(mosquitto) as sim:
        sim.open()
        sim.item("6901028075831", 2)
        sim.weigh("apples")
        sim.remove(1)
        sim.member("M-77")
        sim.pay(1250, "card")
        sim.open()
        sim.void()
        await sim.mqtt.answered()
        assert [type(reading) for reading in shop.recorded.values()] == [
            OrderOpened, ItemChosen, ItemChosen, ItemRemoved, MemberShown, OrderPaid, OrderOpened, OrderVoided
        ]  # fmt: skip
        assert sim.mqtt.figures() == {"sent": 8, "acked": 8, "refused": 0, "queued": 0}
        assert isinstance(shop.readings[0], Presence)


async def test_a_shelf_tells_picks_puts_and_levels(mosquitto: Mosquitto) -> None:
    shop = Shop()
    async with attended(mosquitto, shop, "shelf-1"), shelf(mosquitto) as sim:
        await sim.settled()
        sim.pick("a1", 330)
        await sim.settled()
        sim.put("a1", 660)
        await sim.settled()
        sim.pick("a2", 20)
        await sim.settled()
        await sim.mqtt.answered()
        moved = [reading for reading in shop.recorded.values() if isinstance(reading, ShelfMoved)]
        assert [(one.kind, one.slot, [(c.sku, c.qty) for c in one.candidates]) for one in moved] == [
            ("pick", "a1", [("cola", 1)]),
            ("put", "a1", [("cola", 2)]),
            ("pick", "a2", [("gum", 1), ("mint", 1)]),
        ]
        assert abs(moved[0].delta_g + 330) < 10


def told_levels(shop: Shop) -> bool:
    return sum(isinstance(reading, ShelfLevel) for reading in shop.readings) == 2


async def test_retained_levels_are_told_at_every_opening(mosquitto: Mosquitto, until: Until) -> None:
    async with shelf(mosquitto) as sim:
        await sim.mqtt.connected()
        for _ in range(2):
            shop = Shop()
            async with attended(mosquitto, shop, "shelf-1"):
                await until(partial(told_levels, shop))
            assert {one.slot: one.grams for one in shop.readings if isinstance(one, ShelfLevel)} == {"a1": 6600, "a2": 400}


async def test_a_pipelined_device_is_heard_in_its_order(mosquitto: Mosquitto, until: Until) -> None:
    shop = Shop()
    async with attended(mosquitto, shop, "till-1"), till(mosquitto, window=100) as sim:
        await until(lambda: bool(there(shop)))  # what is sent before the box listens comes late, as a repeat
        orders = [sim.open() for _ in range(600)]
        await sim.mqtt.answered(WAIT_S)
    assert shop.orders() == orders


async def test_a_broker_that_is_not_there_yet_loses_nothing(broker_at: Callable[[], Mosquitto], until: Until) -> None:
    mosquitto, shop = broker_at(), Shop()
    async with attended(mosquitto, shop, "till-1"), till(mosquitto) as sim:
        orders = [sim.open() for _ in range(3)]
        await until(lambda: any("refused; is mosquitto running?" in problem for problem in shop.problems))
        mosquitto.start()
        await sim.mqtt.answered(WAIT_S)
        assert shop.orders() == orders


async def test_a_killed_broker_loses_nothing(mosquitto: Mosquitto, until: Until) -> None:
    shop = Shop()
    async with (
        attended(mosquitto, shop, "till-1", "till-2"),
        till(mosquitto) as one,
        till(mosquitto, "till-2", window=50) as other,
    ):
        first, second = [], []
        for round_ in range(3):
            first += [one.open() for _ in range(40)]
            second += [other.open() for _ in range(40)]
            await until(lambda round_=round_: len(shop.recorded) > round_ * 80 + 5)  # type: ignore[misc]
            mosquitto.restart()
        await asyncio.gather(one.mqtt.answered(WAIT_S), other.mqtt.answered(WAIT_S))
        assert sorted(shop.orders()) == sorted(first + second)
        assert [order for order in shop.orders() if order.startswith("till-1")] == first
        assert (one.mqtt.acked, other.mqtt.acked) == (120, 120)


async def test_a_full_disk_is_told_and_the_device_tries_again(mosquitto: Mosquitto) -> None:
    full = [True]

    def answer(_reading: Reported) -> Receipt:
        return Receipt(ok=False, retry=True, problem="the disk is full") if full[0] else Receipt(ok=True)

    shop = Shop(answer=answer)
    async with attended(mosquitto, shop, "till-1"), till(mosquitto) as sim:
        order = sim.open()
        await sim.mqtt.until(lambda: bool(sim.mqtt.problems))
        assert sim.mqtt.figures()["queued"] == 1
        full[0] = False
        await sim.mqtt.answered(WAIT_S)
        assert sim.mqtt.problems[0] == "the disk is full"
        assert shop.orders() == [order]


async def test_a_final_refusal_ends_the_repeats(mosquitto: Mosquitto) -> None:
    shop = Shop(answer=lambda _reading: Receipt(ok=False, problem="no such order"))
    async with attended(mosquitto, shop, "till-1") as broker, till(mosquitto) as sim:
        sim.pay(1)
        sim.open()
        await sim.mqtt.answered()
        assert "at `$.order`" in sim.mqtt.problems[0]
        assert sim.mqtt.problems[1] == "no such order"
        assert sim.mqtt.refused == 2
        assert broker.held.messages == 0


async def test_repeats_are_answered_and_recorded_once(mosquitto: Mosquitto) -> None:
    shop = Shop()
    async with attended(mosquitto, shop, "till-1"), till(mosquitto) as sim:
        sim.mqtt.repeats = 3
        orders = [sim.open() for _ in range(20)]
        await sim.mqtt.answered()
        assert shop.orders() == orders
        assert shop.repeats >= 20


def there(shop: Shop) -> set[str]:
    """The devices that the shop hears: what is published before is repeated, and what is published raw is not."""
    return {reading.device for reading in shop.readings if isinstance(reading, Presence)}


async def test_garbage_is_set_aside_and_the_others_go_on(mosquitto: Mosquitto, until: Until) -> None:
    shop = Shop()
    async with (
        attended(mosquitto, shop, "till-1", "till-2", "shelf-1") as broker,
        till(mosquitto) as bad,
        till(mosquitto, "till-2") as good,
        shelf(mosquitto) as worse,
    ):
        await until(lambda: there(shop) == {"till-1", "till-2", "shelf-1"})
        for payload in (b"", b'{"id": "half', b"\xff\xfe", b"[" * 5000, b'{"id": "+/#\\u0000"}', b'{"id": 5}', b"null"):
            bad.mqtt.raw("event/opened", payload)
        for tail in ("event/a/b", "event/nonsense", "$state"):
            bad.mqtt.raw(tail, b"perhaps")
        worse.mqtt.raw("state/level-a1", b"heavy", retain=True)
        bad.mqtt.event("opened", order="o-1", padding="x" * 200_000)
        bad.open()
        orders = [good.open() for _ in range(20)]
        await asyncio.gather(bad.mqtt.answered(), good.mqtt.answered())
        assert [order for order in shop.orders() if order.startswith("till-2")] == orders
        assert bad.mqtt.figures() == {"sent": 2, "acked": 1, "refused": 1, "queued": 0}
        assert "a message of 195 KiB is too long: send at most 64 KiB" in bad.mqtt.problems[0]
        assert len(shop.aside) == 12
        assert broker.held.messages == 0
        assert all(len(aside.payload) <= 1024 for aside in shop.aside)


async def test_the_same_id_with_other_content_is_final(mosquitto: Mosquitto) -> None:
    shop = Shop()
    async with attended(mosquitto, shop, "till-1"), till(mosquitto) as sim:
        sim.mqtt.raw_event("opened", "e-1", b'{"id": "e-1", "order": "first"}')
        await sim.mqtt.answered()
        sim.mqtt.raw_event("opened", "e-1", b'{"id": "e-1", "order": "second"}')
        await sim.mqtt.answered()
        assert sim.mqtt.problems == ["this id was used before with other content"]
        assert shop.orders() == ["first"]


async def test_a_clock_that_is_wrong_decides_nothing(mosquitto: Mosquitto) -> None:
    shop = Shop()
    async with attended(mosquitto, shop, "till-1"), till(mosquitto) as sim:
        sim.mqtt.clock_ahead = timedelta(days=9000)
        sim.open()
        await sim.mqtt.answered()
        (reading,) = shop.recorded.values()
        assert reading.report.device_at is not None
        assert int(reading.report.device_at[:4]) >= reading.at.year + 24


async def test_an_unplugged_device_is_gone_and_comes_back(mosquitto: Mosquitto, until: Until) -> None:
    shop = Shop()
    async with attended(mosquitto, shop, "till-1", "till-2"), till(mosquitto) as sim, till(mosquitto, "till-2") as other:
        await sim.mqtt.connected()
        sim.mqtt.unplug()
        sim.mqtt.unplug()
        await until(
            lambda: any(problem.startswith("till-1 dropped off the network: check its power") for problem in shop.problems)
        )
        other.open()
        await other.mqtt.answered()
        order = sim.open()
        sim.mqtt.plug()
        await sim.mqtt.answered(WAIT_S)
        assert order in shop.orders()
        assert not [problem for problem in shop.problems if problem.startswith("till-2")]


async def test_two_devices_under_one_name_disturb_no_third(mosquitto: Mosquitto, until: Until) -> None:
    shop = Shop()
    async with attended(mosquitto, shop, "till-1", "till-2"), till(mosquitto) as one:
        await one.mqtt.connected()
        async with till(mosquitto) as twin, till(mosquitto, "till-2") as third:
            thirds = [third.open() for _ in range(20)]
            own = [one.open(), twin.open()]
            await asyncio.gather(*(sim.mqtt.answered(WAIT_S) for sim in (one, twin, third)))
            assert [order for order in shop.orders() if order in thirds] == thirds
            assert set(own) < set(shop.orders())


async def test_a_device_that_never_says_hello_is_silent(
    mosquitto: Mosquitto, box_at: BoxAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporting, "HELLO_S", 0.2)
    async with box_at(mosquitto) as broker, opened("till-1", Wires(broker=broker)) as device:
        with pytest.raises(DeviceSilent) as silent:
            await anext(aiter(device.readings()))
        assert str(silent.value) == (
            "till-1 has not said hello yet: is it on, does it log in as 'till-1' with its own password, "
            "and does it publish $state, retained?"
        )


async def test_a_mute_device_is_silent_when_the_settings_say_so(mosquitto: Mosquitto, box_at: BoxAt) -> None:
    def nothing(_message: object) -> None:
        return None

    async with till(mosquitto) as sim, box_at(mosquitto) as broker:
        device = ReportingDevice("till-1", broker, decode=decode, decode_state=nothing, silent_after_s=1)
        async with device:
            readings = aiter(device.readings())
            assert isinstance(await anext(readings), Presence)
            sim.mqtt.mute = True
            sim.open()
            with pytest.raises(DeviceSilent, match="till-1 has said nothing for 1 s: is it hung"):
                await anext(readings)


async def test_a_property_is_set_when_the_device_reports_it(mosquitto: Mosquitto, box_at: BoxAt) -> None:
    async with till(mosquitto) as sim, box_at(mosquitto) as broker, opened("till-1", Wires(broker=broker)) as device:
        await sim.mqtt.connected()
        shop = Shop()

        async def listen() -> None:
            async for reading in device.readings():
                await shop.take(device, reading)

        listening = asyncio.ensure_future(listen())
        assert await device.perform(SetProperty(property="lamp", value="on", deadline_ms=20_000)) == Done(detail="lamp = on")
        assert sim.mqtt.properties["lamp"] == "on"
        assert await device.perform(SetProperty(property="horn", value="on", deadline_ms=100)) == Refused(
            reason="till-1 did not report horn = 'on' in 100 ms: it says nothing"
        )
        sim.mqtt.settable.clear()
        asking = asyncio.ensure_future(device.perform(SetProperty(property="lamp", value="off", deadline_ms=2_000)))
        sim.mqtt.report("lamp", "dim")
        assert await asking == Refused(reason="till-1 did not report lamp = 'off' in 2000 ms: it says 'dim'")
        bad = await device.perform(SetProperty(property="a/#", value="x"))
        assert bad == Refused(reason="property id 'a/#' cannot stand in a topic: use 1 to 32 of a-z, 0-9 and -")
        assert await device.perform(Tare()) == Refused(reason="till-1 cannot tare; it can: set-property")
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def test_an_answer_to_a_report_of_an_earlier_opening_still_reaches_the_device(mosquitto: Mosquitto, box_at: BoxAt) -> None:
    async with till(mosquitto) as sim, box_at(mosquitto) as broker:
        sim.open()
        async with opened("till-1", Wires(broker=broker)) as before:
            reading = await anext(one async for one in before.readings() if isinstance(one, OrderOpened))
        async with opened("till-1", Wires(broker=broker)) as device:
            await device.acknowledge(reading, Receipt(ok=True))
            await sim.mqtt.answered()


async def test_a_retained_value_that_is_taken_back_says_nothing(mosquitto: Mosquitto, until: Until) -> None:
    shop = Shop()
    async with attended(mosquitto, shop, "till-1"), till(mosquitto) as sim:
        await until(lambda: bool(there(shop)))
        sim.mqtt.raw("state/lamp", b"", retain=True)
        sim.mqtt.raw("$state", b"", retain=True)
        sim.open()
        await sim.mqtt.answered()
        assert shop.aside == []
