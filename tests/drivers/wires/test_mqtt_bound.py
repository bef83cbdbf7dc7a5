"""When nobody acknowledges, the box stops reading: its memory is bounded, and nothing is lost or out of order."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from typing import TYPE_CHECKING

import pytest

from config.schema import Mqtt
from drivers.contract import DeviceGone
from drivers.sim.mqtt_device import MqttDevice
from drivers.wires.mqtt import Broker
from drivers.wires.mqtt_channel import Channel
from drivers.wires.mqtt_inbox import HIGH_BYTES, HIGH_MESSAGES, Message

if TYPE_CHECKING:
    from tests.conftest import Mosquitto

BoxAt = Callable[["Mosquitto"], AbstractAsyncContextManager[Broker]]
Until = Callable[[Callable[[], bool]], Awaitable[None]]
WAIT_S = 60
MORE = HIGH_MESSAGES + HIGH_MESSAGES // 4


def flooding(mosquitto: Mosquitto) -> MqttDevice:
    address = (mosquitto.host, mosquitto.port)
    return MqttDevice(address, box=mosquitto.box, device="till-1", password=mosquitto.password("till-1"), description={})


async def read_all(channel: Channel, count: int) -> list[int]:
    """The numbers that ``count`` events begin with, each acknowledged."""
    numbers: list[int] = []
    while len(numbers) < count:
        message = await channel.receive(WAIT_S)
        if message.branch == "event":
            numbers.append(int(message.payload[:6]))
        channel.puback(message)
    return numbers


async def next_event(channel: Channel) -> Message:
    """The next event; nothing is acknowledged."""
    while (message := await channel.receive(WAIT_S)).branch != "event":
        pass
    return message


def event_id(message: Message) -> bytes:
    return str(json.loads(message.payload)["id"]).encode()


@pytest.mark.parametrize(("count", "size"), [(MORE, 10), (100, 60_000)])
async def test_what_is_held_is_bounded_and_nothing_is_lost(
    mosquitto: Mosquitto, box_at: BoxAt, until: Until, count: int, size: int
) -> None:
    async with flooding(mosquitto) as device, box_at(mosquitto) as broker, broker.channel("till-1") as channel:
        await device.connected()
        for number in range(count):
            device.raw("event/opened", b"%06d" % number + b"x" * (size - 6))
        await until(lambda: not broker.reading)
        assert broker.held.messages <= HIGH_MESSAGES
        assert broker.held.bytes < HIGH_BYTES + size
        assert broker.connected
        assert await read_all(channel, count) == list(range(count))
        assert broker.reading
        assert (broker.held.messages, broker.held.bytes) == (0, 0)


async def test_a_device_is_answered_while_nothing_is_read(mosquitto: Mosquitto, box_at: BoxAt) -> None:
    async with flooding(mosquitto) as device, box_at(mosquitto) as broker, broker.channel("till-1") as channel:
        device.window = MORE
        for _ in range(MORE):
            device.event("opened", order="o-1")
        read = [await next_event(channel) for _ in range(HIGH_MESSAGES - 2)]  # and $state and $description: the bound is reached
        assert not broker.reading
        told = [event_id(message) for message in read]
        for each in told:
            channel.tell("storebox/1/box-1/till-1/ack", b'{"id": "%s", "ok": true}' % each)
        await device.until(lambda: device.acked == len(set(told)), WAIT_S)
        assert not broker.reading
        for message in read:
            channel.puback(message)
        assert broker.reading


async def test_a_broker_lost_while_nothing_is_read_is_noticed_by_an_answer(
    mosquitto: Mosquitto, box_at: BoxAt, until: Until
) -> None:
    async with flooding(mosquitto) as device, box_at(mosquitto) as broker, broker.channel("till-1") as channel:
        for number in range(MORE):
            device.raw("event/opened", b"%06d" % number)
        await until(lambda: not broker.reading)
        mosquitto.kill()

        def noticed() -> bool:
            with suppress(DeviceGone):
                channel.tell("storebox/1/box-1/till-1/ack", b"{}")
            return not broker.connected

        await until(noticed)
        assert "broke: is mosquitto running" in broker.problem


async def test_a_closed_driver_gives_its_share_of_the_bound_back(mosquitto: Mosquitto, box_at: BoxAt, until: Until) -> None:
    async with flooding(mosquitto) as device, box_at(mosquitto) as broker:
        await device.connected()
        channel = await broker.channel("till-1").__aenter__()
        for number in range(2 * HIGH_MESSAGES):
            device.raw("event/opened", b"%06d" % number)
        await until(lambda: not broker.reading)
        await channel.__aexit__(DeviceGone, DeviceGone("a driver fails"), None)
        assert broker.reading
        await until(lambda: broker.forgotten > HIGH_MESSAGES // 2)
        assert broker.held.messages < 100


async def test_a_backlog_above_the_bound_does_not_keep_the_channel_from_opening(
    mosquitto: Mosquitto, box_at: BoxAt, until: Until
) -> None:
    count = MORE
    async with box_at(mosquitto) as broker, broker.channel("till-1"):
        pass
    async with flooding(mosquitto) as device:
        await device.connected()
        for number in range(count):
            device.raw("event/opened", b"%06d" % number)
        await until(device.delivered)
    async with Broker(Mqtt(port=mosquitto.port), "box-1", mosquitto.password("storebox")) as broker:
        running = asyncio.ensure_future(broker.run())  # not up before the channel is asked for, as in the box
        async with broker.channel("till-1") as channel:
            assert await read_all(channel, count) == list(range(count))
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
