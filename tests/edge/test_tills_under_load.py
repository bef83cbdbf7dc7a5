"""Tills that say much: what is recorded stays recorded, whoever floods, and whatever happens to the broker."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from config.schema import Mqtt
from drivers.contract import DeviceGone, Wires
from drivers.pos.till import DRIVER, TillSettings
from drivers.sim.mqtt_device import MqttDevice
from drivers.wires import mqtt_inbox
from drivers.wires.mqtt import Broker
from edge.attend import Attended
from edge.host.wall_clock import WallClock
from edge.rules import rules
from edge.shop.registry import EVENTS
from edge.shop.shop import Shop
from edge.status import Board
from sync.entries import Entry, Limits, Stamp
from sync.events import Event, EventClass, Registry
from sync.journal import Journal
from sync.letters import letters
from tests.tables import SHOP_TABLES, tables_in

if TYPE_CHECKING:
    from tests.conftest import Mosquitto

Until = Callable[[Callable[[], bool]], Awaitable[None]]
BoxAt = Callable[..., AbstractAsyncContextManager[Broker]]
SHOP = Shop(timezone="Asia/Shanghai", day_starts_at=time(4), currency="CNY", member_key=b"k" * 32)
MESSAGES, MOST = 10_000, 2_000


@pytest.fixture(autouse=True)
def short_backlog(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a flood need not last longer than a test may, and is one on a busy machine too."""
    monkeypatch.setattr(mqtt_inbox, "MOST_AT_ONCE", MOST)
    monkeypatch.setattr(mqtt_inbox, "MOST_IN_A_SECOND", 200)


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    keep = timedelta(days=30)
    async with Journal(
        tables_in(tmp_path / "journal.db"),
        limits=Limits(quota_bytes=1 << 30, ballast_bytes=1 << 20, keep_sent=keep, keep_receipts=keep),
        registry=Registry(EVENTS),
        migrations=SHOP_TABLES,
        stamp=Stamp(box="box-1", boot="boot-1", tz="Asia/Shanghai", clock=lambda: "synced"),
    ) as opened:
        yield opened


@asynccontextmanager
async def attended(broker: Broker, journal: Journal, board: Board, *names: str) -> AsyncIterator[None]:
    """These tills, as the box keeps them open."""
    parts = [
        Attended(
            name=name,
            driver=DRIVER,
            driver_name="till/mqtt",
            settings=TillSettings(),
            wires=Wires(broker=broker),
            journal=journal,
            rules=rules(SHOP, WallClock()),
            board=board,
        ).part.keep_running()
        for name in names
    ]
    tasks = [asyncio.create_task(cast("Any", part), name="till") for part in parts]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def till(mosquitto: Mosquitto, name: str) -> AsyncIterator[MqttDevice]:
    address = (mosquitto.host, mosquitto.port)
    async with MqttDevice(address, box=mosquitto.box, device=name, password=mosquitto.password(name), description={}) as device:
        await device.connected()
        yield device


@pytest.mark.parametrize("what", ["unreadable", "readable"])
async def test_a_till_that_floods_is_cut_off_and_the_one_beside_it_sells_on(
    mosquitto: Mosquitto, box_at: BoxAt, until: Until, journal: Journal, what: str
) -> None:
    board = Board()
    async with (
        till(mosquitto, "till-1") as loud,
        till(mosquitto, "till-2") as quiet,
        box_at(mosquitto) as broker,
        attended(broker, journal, board, "till-1", "till-2"),
    ):
        await until(lambda: {status.state for status in board.devices.values()} == {"up"})
        for number in range(MESSAGES):
            report = b'{"id": "e%d", "order": "o-%d"}' % (number, number)
            loud.raw("event/opened", report if what == "readable" else report[:-2])
        quiet.event("opened", order="o-1")
        await quiet.until(lambda: quiet.acked == 1, 30)
        quiet.event("voided", order="o-1", reason="shopper left")
        await quiet.until(lambda: quiet.acked == 2, 30)
        await until(lambda: board.devices["till-1"].state == "failing")
        assert "till-1 says more than 2000 things a second" in board.devices["till-1"].problem
        assert "does it publish in a loop? it is heard again after a while" in board.devices["till-1"].problem
        assert board.devices["till-2"].state == "up"
        await until(lambda: broker.forgotten > MESSAGES - 3 * MOST)
        assert broker.held.messages <= mqtt_inbox.HIGH_MESSAGES
    kept = await journal.query(lambda db: letters(db, MESSAGES))
    orders = (await journal.query(lambda db: db.execute("SELECT count(*) FROM orders WHERE till = 'till-1'").fetchone()))[0]
    assert 0 < (sum(letter.times for letter in kept) if what == "unreadable" else orders) <= 3 * MOST


async def test_a_broker_killed_under_load_loses_no_order_and_doubles_none(
    mosquitto: Mosquitto, until: Until, journal: Journal
) -> None:
    count = 400

    async def stay_connected(broker: Broker) -> None:
        while True:
            with suppress(DeviceGone):
                await broker.run()
            await asyncio.sleep(0.05)

    async with (
        till(mosquitto, "till-1") as device,
        Broker(Mqtt(port=mosquitto.port), mosquitto.box, mosquitto.password("storebox")) as broker,
        attended(broker, journal, Board(), "till-1"),
    ):
        running = asyncio.create_task(stay_connected(broker), name="broker")
        device.window = 50
        for number in range(count):
            device.event("opened", order=f"o-{number}")
        for acked in (count // 4, count // 2):
            await device.until(lambda acked=acked: device.acked >= acked, 30)  # type: ignore[misc]
            mosquitto.restart()
        await device.until(lambda: device.acked == count, 60)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    orders = await journal.query(lambda db: db.execute("SELECT order_id FROM orders").fetchall())
    events = await journal.query(lambda db: db.execute("SELECT max(sequence), count(*) FROM events").fetchone())
    assert sorted(orders) == sorted((f"o-{number}",) for number in range(count))
    assert events == (count, count)


async def test_the_broker_and_the_till_wait_for_the_commit(
    mosquitto: Mosquitto, box_at: BoxAt, until: Until, journal: Journal
) -> None:
    gate = threading.Event()

    def wait(_db: sqlite3.Connection) -> tuple[Event, ...]:
        gate.wait(30)
        return ()

    async with till(mosquitto, "till-1") as device, box_at(mosquitto) as broker, attended(broker, journal, Board(), "till-1"):
        held_up = await journal.submit(Entry(decide=wait, event_class=EventClass.ORDER, at=datetime.now(UTC), monotonic_ms=0))
        device.raw_event("opened", "e-1", b'{"id": "e-1", "order": "o-1"}')
        await until(lambda: broker.held.messages == 1)
        await asyncio.sleep(0.2)
        assert (broker.held.messages, device.acked) == (1, 0)
        gate.set()
        await device.until(lambda: device.acked == 1, 30)
        await held_up
        await until(lambda: broker.held.messages == 0)
