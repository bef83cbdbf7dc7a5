"""The ways that a message may take from the broker to its acknowledgement; each returns messages a second.

Every way is timed from the first message heard to the last acknowledgement.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, ClassVar, cast

import msgspec
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from drivers.topics import set_topic
from drivers.wires.mqtt_connection import Connection
from drivers.wires.mqtt_inbox import Message
from drivers.wires.mqtt_packets import Delivery
from drivers.wires.mqtt_socket import RECEIVE_MAXIMUM, SESSION_EXPIRY_S
from sync.entries import Entry, Happened, Origin, Outcome, Recorded
from sync.events import Event, EventClass
from sync.journal import Journal
from tests.bench.mqtt_backlog import TILL, WAIT_S, Backlog
from tests.bench.paho_at_once import PahoAtOnce


class Told(Event, frozen=True, kw_only=True):
    """An event of the size that a shop's events have, about 300 bytes in the journal."""

    type: ClassVar[str] = "storebox.bench.told"
    event_class: ClassVar[EventClass] = EventClass.ORDER

    said: str
    note: str = "x" * 150


class Report(msgspec.Struct):
    """As much of a till's report as is kept."""

    id: str
    order: str


REPORT = msgspec.json.Decoder(Report)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What every way starts from."""

    backlog: Backlog
    journal: Journal


Way = Callable[[Bench, int], Awaitable[float]]


class Countdown:
    """Times ``count`` messages: ``begin`` at the first, ``one`` for each acknowledgement; ``done`` is set after the last."""

    def __init__(self, count: int, done: asyncio.Event | threading.Event) -> None:
        self.done = done
        self._count = self._left = count
        self._began = self._ended = 0.0

    def begin(self) -> None:
        self._began = self._began or time.perf_counter()

    def one(self) -> None:
        self._left -= 1
        if not self._left:
            self._ended = time.perf_counter()
            self.done.set()

    def rate(self) -> float:
        return self._count / (self._ended - self._began)


async def paho_alone(bench: Bench, count: int) -> float:
    """paho as most programs run it: on a thread of its own, each message acknowledged by paho itself."""
    return await asyncio.to_thread(_paho_alone, bench.backlog, count)


def _paho_alone(backlog: Backlog, count: int) -> float:
    done = threading.Event()
    countdown = Countdown(count, done)

    def heard(_client: paho.Client, _userdata: Any, _message: paho.MQTTMessage) -> None:
        countdown.begin()
        countdown.one()

    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="storebox", protocol=paho.MQTTv5)
    client.username, client.password, client.on_message = "storebox", backlog.password, heard
    client.on_socket_open = lambda _client, _userdata, sock: cast(Any, sock).setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    asked = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    asked.SessionExpiryInterval, asked.ReceiveMaximum = SESSION_EXPIRY_S, RECEIVE_MAXIMUM
    client.connect(backlog.mosquitto.host, backlog.mosquitto.port, clean_start=False, properties=asked)
    client.loop_start()
    assert done.wait(WAIT_S)
    client.disconnect()
    client.loop_stop()
    return countdown.rate()


async def at_once(bench: Bench, count: int) -> float:
    """paho on the event loop, with a socket that gathers; it acknowledges each message the moment it hands it over."""
    done = asyncio.Event()
    countdown = Countdown(count, done)

    def heard() -> None:
        countdown.begin()
        countdown.one()

    mosquitto = bench.backlog.mosquitto
    client = PahoAtOnce(mosquitto.host, mosquitto.port, bench.backlog.password, heard)
    await asyncio.wait_for(done.wait(), WAIT_S)
    client.close()
    return countdown.rate()


async def no_journal(bench: Bench, count: int) -> float:
    """The box's own connection, each message acknowledged the moment it is heard: how far one could come without a disk."""
    done = asyncio.Event()
    countdown = Countdown(count, done)

    def heard(message: Delivery) -> None:
        countdown.begin()
        connection.puback(message.packet_id)
        countdown.one()

    mosquitto = bench.backlog.mosquitto
    connection = Connection(
        host=mosquitto.host, port=mosquitto.port, username="storebox", password=bench.backlog.password, heard=heard
    )
    await connection.open(30)
    await asyncio.wait_for(done.wait(), WAIT_S)
    await connection.publish(set_topic(mosquitto.box, TILL, "bench"), b"", deadline_s=WAIT_S)
    connection.close()
    return countdown.rate()


async def through_the_journal(bench: Bench, count: int) -> float:
    """Channel, journal, COMMIT, PUBACK; with the receipt by which a repeat is known."""
    countdown = Countdown(count, asyncio.Event())
    waiting: deque[tuple[Message, asyncio.Future[Outcome]]] = deque()
    some = asyncio.Event()
    async with bench.backlog.broker() as broker, broker.channel(TILL) as channel, asyncio.TaskGroup() as both:
        countdown.begin()

        async def take() -> None:
            for _ in range(count):
                message = await channel.receive(WAIT_S)
                waiting.append((message, await bench.journal.submit(entry_of(message))))
                some.set()

        both.create_task(take(), name="take")
        for _ in range(count):
            while not waiting:
                some.clear()
                await some.wait()
            message, committed = waiting.popleft()
            assert isinstance(await committed, Recorded)
            channel.puback(message)
            countdown.one()
    return countdown.rate()


async def one_by_one(bench: Bench, count: int) -> float:
    """As ``through_the_journal``, but the next message is taken when the last is committed."""
    countdown = Countdown(count, asyncio.Event())
    async with bench.backlog.broker() as broker, broker.channel(TILL) as channel:
        countdown.begin()
        for _ in range(count):
            message = await channel.receive(WAIT_S)
            outcome = await bench.journal.record(entry_of(message))
            assert isinstance(outcome, Recorded), outcome
            channel.puback(message)
            countdown.one()
    return countdown.rate()


def entry_of(message: Message) -> Entry:
    """What the box keeps of ``message``: an event, and the receipt of the report."""
    told = REPORT.decode(message.payload)
    return Entry(
        decide=Happened((Told(said=told.order),)),
        event_class=EventClass.ORDER,
        at=message.at,
        monotonic_ms=message.monotonic_ms,
        origin=Origin(device=message.device, id=told.id, digest=sha256(message.payload).digest()),
    )
