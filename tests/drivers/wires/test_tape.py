"""A tape hears both ways of every wire, on real ones; without a tape nothing is kept, and a reopened wire runs past it again."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from paho.mqtt.publish import single

from drivers.contract import Frame
from drivers.sim.mt_sics import MtSicsSim
from drivers.topics import ack_topic
from drivers.wires.framing import Framing
from drivers.wires.opening import open_port
from drivers.wires.port_wire import PortWire
from drivers.wires.serial_line import SerialLine
from drivers.wires.tape import Reel, reel_here, wound
from drivers.wires.tcp import TcpWire

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from drivers.wires.mqtt import Broker
    from tests.conftest import Mosquitto

ANSWER = b"S S      0.000 kg\r\n"
MS = 30_000


@dataclass
class Kept:
    """A tape that keeps all."""

    passed: list[tuple[str, bytes, str]] = field(default_factory=list)

    def heard(self, data: bytes, topic: str = "") -> None:
        self.passed.append(("heard", data, topic))

    def said(self, data: bytes, topic: str = "") -> None:
        self.passed.append(("said", data, topic))

    def all(self, way: str) -> bytes:
        return b"".join(data for each, data, _ in self.passed if each == way)


def line(port: str) -> SerialLine:
    return SerialLine(port, device="scale-1", framing=Framing(end=b"\n", longest=40), explain=lambda _heard: "?", baud=9600)


def frame(heard: Frame) -> bytes:
    return heard.data


async def test_a_serial_line_is_heard_both_ways_while_a_tape_is_on_its_reel() -> None:
    reel, tape = Reel(), Kept()
    async with MtSicsSim() as sim:
        with wound(reel):
            wire = line(sim.port)
            async with wire:
                await wire.ask(b"SI\r\n", frame, deadline_ms=MS)
                reel.tape = tape
                await wire.ask(b"SI\r\n", frame, deadline_ms=MS)
                reel.tape = None
                await wire.ask(b"SI\r\n", frame, deadline_ms=MS)
                reel.tape = tape
            async with wire:  # as when it is opened again
                await wire.ask(b"SI\r\n", frame, deadline_ms=MS)
    assert tape.all("said") == b"SI\r\n" * 2
    assert tape.all("heard") == ANSWER * 2


async def test_a_wire_that_nobody_keeps_a_reel_for_works_as_ever() -> None:
    reel_here().tape = Kept()
    assert reel_here().tape is None
    async with MtSicsSim() as sim, line(sim.port) as wire:
        assert await wire.ask(b"SI\r\n", frame, deadline_ms=MS) == ANSWER


async def test_wires_opened_side_by_side_run_past_their_own_reels() -> None:
    tapes = [Kept(), Kept()]

    async def weigh(tape: Kept, times: int) -> None:
        with wound(Reel(tape=tape)):
            async with MtSicsSim() as sim, line(sim.port) as wire:
                for _ in range(times):
                    await wire.ask(b"SI\r\n", frame, deadline_ms=MS)

    await asyncio.gather(weigh(tapes[0], 1), weigh(tapes[1], 3))
    assert [tape.all("said").count(b"SI") for tape in tapes] == [1, 3]


async def test_a_wire_of_plain_bytes_is_heard_both_ways() -> None:
    tape = Kept()
    async with MtSicsSim() as sim:
        with wound(Reel(tape=tape)):
            async with PortWire(sim.port, open_it=partial(open_port, sim.port, baud=9600, line="8N1")) as wire:
                await wire.send(b"SI\r\n", deadline_ms=MS)
                heard = b""
                while heard != ANSWER:
                    heard += await wire.receive(deadline_ms=MS)
    assert (tape.all("said"), tape.all("heard")) == (b"SI\r\n", ANSWER)


async def test_a_tcp_connection_is_heard_both_ways() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.readexactly(4)).upper())
        await writer.drain()
        writer.close()

    tape = Kept()
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server:
        with wound(Reel(tape=tape)):
            async with TcpWire("127.0.0.1", server.sockets[0].getsockname()[1]) as wire:
                await wire.send(b"abcd", deadline_ms=MS)
                assert await wire.exactly(2, deadline_ms=MS) + await wire.receive(deadline_ms=MS) == b"ABCD"
    assert tape.passed[0] == ("said", b"abcd", "")
    assert tape.all("heard") == b"ABCD"


async def test_a_device_at_the_broker_is_heard_with_its_topics(
    mosquitto: Mosquitto, box_at: Callable[[Mosquitto], AbstractAsyncContextManager[Broker]]
) -> None:
    tape = Kept()
    async with box_at(mosquitto) as broker:
        with wound(Reel(tape=tape)):
            channel = broker.channel("shelf-1")
        async with channel:
            login: Any = {"username": "shelf-1", "password": mosquitto.password("shelf-1")}
            topic = f"storebox/1/{broker.box}/shelf-1/event/pick"
            await asyncio.to_thread(single, topic, b"{}", qos=1, hostname="127.0.0.1", port=mosquitto.port, auth=login)
            channel.puback(await channel.receive(30))
            channel.tell(ack_topic(broker.box, "shelf-1"), b'{"ok":true}')
            await channel.publish(f"storebox/1/{broker.box}/shelf-1/set/led", b"on", deadline_s=30)
    assert tape.passed == [
        ("heard", b"{}", "event/pick"),
        ("said", b'{"ok":true}', f"storebox/1/{broker.box}/shelf-1/ack"),
        ("said", b"on", f"storebox/1/{broker.box}/shelf-1/set/led"),
    ]
