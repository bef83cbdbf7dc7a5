"""How fast a message of a device becomes durable and is acknowledged, beside the same paho client that keeps nothing.

Run by ``make bench``, or alone: ``python tests/bench/bench_mqtt.py [ROUNDS] [FOLDER]``. The messages wait at a real mosquitto, so
that no sender shares the processors; then the box connects and takes them. The ways run in turn, round after round:

    paho          paho as most programs run it: its own thread, each message acknowledged at once, nothing kept
    at once       the box's connection, each message acknowledged in paho's callback, nothing kept
    journal       channel -> journal -> COMMIT -> PUBACK, as in the box
    till          the same with the till's driver: decoded, a receipt kept, the box's own ack sent, then PUBACK
    one by one    channel -> journal, the next message only after the COMMIT of the last
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, cast

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from config.schema import Mqtt
from drivers.contract import Receipt, Wires
from drivers.pos.till import DRIVER, TillSettings
from drivers.readings import ItemChosen
from drivers.reporting import ReportingDevice
from drivers.wires.mqtt import Broker, Channel
from drivers.wires.mqtt_connection import RECEIVE_MAXIMUM, SESSION_EXPIRY_S, Connection
from drivers.wires.mqtt_inbox import Message
from sync.entries import Entry, Limits, Origin, Outcome, Stamp
from sync.events import Event, EventClass, Registry
from sync.journal import Journal
from sync.schema import JOURNAL_MIGRATIONS

MESSAGES = 6000
ONE_BY_ONE = 600
WAIT_S = 120.0
SHARE_OF_PAHO = 0.8
Way = Callable[["Bench", int], Awaitable[float]]


class Told(Event, frozen=True, kw_only=True):
    """An event of the size that a shop's events have, about 300 bytes in the journal."""

    type: ClassVar[str] = "storebox.bench.told"
    event_class: ClassVar[EventClass] = EventClass.ORDER

    code: str
    note: str = "x" * 150


class Bench:
    """A broker with one till, and a journal."""

    def __init__(self, mosquitto: Any, journal: Journal) -> None:
        self.mosquitto, self.journal = mosquitto, journal
        self.settings = Mqtt(port=mosquitto.port)
        self.password: str = mosquitto.password("storebox")
        self._sent = 0

    async def load(self, count: int) -> None:
        """Let the box's session hold ``count`` messages."""
        async with self.broker() as broker, broker.channel("till-1"):
            pass
        await asyncio.to_thread(self._publish, count)

    def _publish(self, count: int) -> None:
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id="till-1")
        client.username, client.password = "till-1", self.mosquitto.password("till-1")
        client.max_inflight_messages = 500
        client.connect(self.mosquitto.host, self.mosquitto.port)
        client.loop_start()
        infos = []
        for _ in range(count):
            self._sent += 1
            told = {"id": f"e-{self._sent}", "seq": self._sent, "order": "t1-0042", "code": "6901028075831", "qty": 1}
            payload = json.dumps(told)
            infos.append(client.publish("storebox/1/box-1/till-1/event/item", payload, qos=1))
        for info in infos:
            info.wait_for_publish(WAIT_S)
        client.disconnect()
        client.loop_stop()

    def broker(self) -> Running:
        return Running(self)

    def entry(self, message: Message) -> Entry:
        event = Told(code=message.payload[:40].decode())
        return Entry(decide=lambda _db: (event,), event_class=EventClass.ORDER, at=message.at, monotonic_ms=message.monotonic_ms)


class Running:
    """The box's connection as a supervisor would run it."""

    def __init__(self, bench: Bench) -> None:
        self._broker = Broker(bench.settings, "box-1", bench.password)

    async def __aenter__(self) -> Broker:
        self._task = asyncio.ensure_future(self._broker.run())
        return self._broker  # not up yet: as in the box, the channels that are asked for before are ready for the backlog

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


def _paho(bench: Bench, count: int) -> float:
    left, began, done = count, 0.0, threading.Event()

    def heard(_client: paho.Client, _userdata: Any, _message: paho.MQTTMessage) -> None:
        nonlocal left, began
        began = began or time.perf_counter()
        left -= 1
        if left == 0:
            done.set()

    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="storebox", protocol=paho.MQTTv5)
    client.username, client.password, client.on_message = "storebox", bench.password, heard
    client.on_socket_open = lambda _client, _userdata, sock: cast(Any, sock).setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    asked = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    asked.SessionExpiryInterval, asked.ReceiveMaximum = SESSION_EXPIRY_S, RECEIVE_MAXIMUM
    client.connect(bench.mosquitto.host, bench.mosquitto.port, clean_start=False, properties=asked)
    client.loop_start()
    assert done.wait(WAIT_S)
    took = time.perf_counter() - began
    client.disconnect()
    client.loop_stop()
    return count / took


async def paho_alone(bench: Bench, count: int) -> float:
    return await asyncio.to_thread(_paho, bench, count)


async def at_once(bench: Bench, count: int) -> float:
    left, began, done = count, 0.0, asyncio.get_running_loop().create_future()

    def heard(message: paho.MQTTMessage) -> None:
        nonlocal left, began
        began = began or time.perf_counter()
        connection.puback(message.mid)
        left -= 1
        if left == 0:
            done.set_result(None)

    connection = Connection(
        host=bench.mosquitto.host, port=bench.mosquitto.port, username="storebox", password=bench.password, heard=heard
    )
    await connection.open(30)
    await asyncio.wait_for(done, WAIT_S)
    took = time.perf_counter() - began
    connection.close()
    return count / took


async def through_the_journal(bench: Bench, count: int) -> float:
    async with bench.broker() as broker, broker.channel("till-1") as channel:
        waiting: asyncio.Queue[tuple[Message, asyncio.Future[Outcome]]] = asyncio.Queue(1024)

        async def take() -> None:
            for _ in range(count):
                message = await channel.receive(WAIT_S)
                await waiting.put((message, await bench.journal.submit(bench.entry(message))))

        began = time.perf_counter()
        taking = asyncio.ensure_future(take())
        for _ in range(count):
            message, committed = await waiting.get()
            await committed
            channel.puback(message)
        took = time.perf_counter() - began
        await taking
        return count / took


async def through_the_till(bench: Bench, count: int) -> float:
    async with bench.broker() as broker:
        device = cast(ReportingDevice, DRIVER.open("till-1", TillSettings(), Wires(broker=broker)))
        async with device:
            waiting: asyncio.Queue[tuple[ItemChosen, asyncio.Future[Outcome]]] = asyncio.Queue(1024)

            async def take() -> None:
                async for reading in device.readings():
                    assert isinstance(reading, ItemChosen)
                    event = Told(code=reading.code)
                    entry = Entry(
                        decide=lambda _db, event=event: (event,),  # type: ignore[misc]
                        event_class=EventClass.ORDER,
                        at=reading.at,
                        monotonic_ms=reading.monotonic_ms,
                        origin=Origin(device=reading.device, id=reading.report.id, digest=reading.report.digest),
                    )
                    await waiting.put((reading, await bench.journal.submit(entry)))

            began = time.perf_counter()
            taking = asyncio.ensure_future(take())
            for _ in range(count):
                reading, committed = await waiting.get()
                await committed
                await device.acknowledge(reading, Receipt(ok=True))
            took = time.perf_counter() - began
            taking.cancel()
            await asyncio.gather(taking, return_exceptions=True)
            return count / took


async def one_by_one(bench: Bench, count: int) -> float:
    async with bench.broker() as broker, broker.channel("till-1") as channel:
        return await _one_by_one(bench, channel, count)


async def _one_by_one(bench: Bench, channel: Channel, count: int) -> float:
    began = time.perf_counter()
    for _ in range(count):
        message = await channel.receive(WAIT_S)
        await bench.journal.record(bench.entry(message))
        channel.puback(message)
    return count / (time.perf_counter() - began)


WAYS: dict[str, tuple[Way, int]] = {
    "paho": (paho_alone, MESSAGES),
    "at once": (at_once, MESSAGES),
    "journal": (through_the_journal, MESSAGES),
    "till": (through_the_till, MESSAGES),
    "one by one": (one_by_one, ONE_BY_ONE),
}


def fdatasync_p50_ms(folder: Path, times: int = 100) -> float:
    """What the disk alone takes for 300 bytes appended and flushed."""
    took = []
    handle = os.open(folder / "raw", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for _ in range(times):
        os.write(handle, b"x" * 300)
        began = time.perf_counter()
        os.fdatasync(handle)
        took.append((time.perf_counter() - began) * 1000)
    os.close(handle)
    return statistics.median(took)


def mosquitto_in(folder: Path) -> Any:
    """The same broker as in the tests, which live in no package."""
    spec = importlib.util.spec_from_file_location("brokers", Path(__file__).parents[1] / "conftest.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Mosquitto(folder / "mosquitto")


async def measured(rounds: int, folder: Path) -> tuple[dict[str, list[float]], list[float]]:
    rates: dict[str, list[float]] = {name: [] for name in WAYS}
    flushes: list[float] = []
    mosquitto = mosquitto_in(folder)
    mosquitto.start()
    try:
        async with Journal(
            folder / "journal.db",
            limits=Limits(
                quota_bytes=8 << 30, ballast_bytes=1 << 20, keep_sent=timedelta(days=30), keep_receipts=timedelta(days=30)
            ),
            registry=Registry([Told]),
            migrations=JOURNAL_MIGRATIONS,
            stamp=Stamp(box="box-1", boot="boot-1", tz="Asia/Shanghai", clock=lambda: "synced"),
        ) as journal:
            bench = Bench(mosquitto, journal)
            for _ in range(rounds):
                flushes.append(fdatasync_p50_ms(folder))
                for name, (way, count) in WAYS.items():
                    await bench.load(count)
                    rates[name].append(await way(bench, count))
    finally:
        mosquitto.kill()
    return rates, flushes


def main(rounds: int = 5, folder: Path | None = None) -> int:
    """Print what was measured; 1 when the journal holds a device back more than it may."""
    with tempfile.TemporaryDirectory(dir=folder, prefix="storebox-bench-") as where:
        rates, flushes = asyncio.run(measured(rounds, Path(where)))
    print(f"{'MQTT QoS 1, messages/s':28}{'min':>10} {'median':>10} {'max':>10}   share of paho")
    for name, values in rates.items():
        share = statistics.median(value / most for value, most in zip(values, rates["paho"], strict=True))
        print(f"{name:28}{min(values):>10.0f} {statistics.median(values):>10.0f} {max(values):>10.0f}   {share:.2f}")
    print(f"{'fdatasync p50, ms':28}{min(flushes):>10.3f} {statistics.median(flushes):>10.3f} {max(flushes):>10.3f}")
    share = statistics.median(ours / most for ours, most in zip(rates["journal"], rates["paho"], strict=True))
    return 0 if share >= SHARE_OF_PAHO else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5, Path(sys.argv[2]) if len(sys.argv) > 2 else None))
