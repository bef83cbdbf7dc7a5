"""The wire to the broker: what is refused, what is lost, what comes again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from typing import TYPE_CHECKING

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from config.schema import Mqtt
from drivers.contract import DeviceGone, DeviceSilent
from drivers.sim.mqtt_device import MqttDevice
from drivers.topics import BadId
from drivers.wires import mqtt, mqtt_channel, mqtt_connection
from drivers.wires.mqtt import Broker
from drivers.wires.mqtt_channel import Channel
from drivers.wires.mqtt_inbox import KEPT_WHILE_CLOSED, Message

if TYPE_CHECKING:
    from tests.conftest import Mosquitto

Until = Callable[[Callable[[], bool]], Awaitable[None]]
BoxAt = Callable[..., AbstractAsyncContextManager[Broker]]
WAIT_S = 30
NOT_MQTT = "is mqtt.port a mosquitto's, and nothing between it and the box?"


def till(mosquitto: Mosquitto, name: str = "till-1") -> MqttDevice:
    """A device that says what it is told to say."""
    address = (mosquitto.host, mosquitto.port)
    return MqttDevice(address, box=mosquitto.box, device=name, password=mosquitto.password(name), description={})


async def next_event(channel: Channel) -> Message:
    while (message := await channel.receive(WAIT_S)).branch != "event":
        channel.puback(message)
    return message


async def gone_from(mosquitto_port: int, *, host: str = "127.0.0.1", password: str | None = None) -> str:
    """What ``run`` says when it cannot connect there."""
    async with Broker(Mqtt(host=host, port=mosquitto_port), "box-1", password) as broker:
        with pytest.raises(DeviceGone) as gone:
            await broker.run()
        assert not broker.connected
        assert broker.problem == str(gone.value)
    return str(gone.value)


async def test_a_broker_that_is_not_there_is_gone(broker_at: Callable[[], Mosquitto]) -> None:
    port = broker_at().port
    assert await gone_from(port) == f"no broker at 127.0.0.1:{port}: refused; is mosquitto running?"


async def test_a_host_that_nobody_knows_is_gone() -> None:
    text = await gone_from(1883, host="no-such-host.invalid")
    assert text == "no broker at no-such-host.invalid:1883: no machine has that name; is mqtt.host right?"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (TimeoutError(), "no broker at 127.0.0.1:1883: no answer in 5 s; is mqtt.host right?"),
        (OSError(113, "No route to host"), "no broker at 127.0.0.1:1883: No route to host; is mqtt.host right?"),
    ],
)
async def test_a_network_that_fails_is_gone(monkeypatch: pytest.MonkeyPatch, error: OSError, text: str) -> None:
    def fail(*_args: object, **_choices: object) -> None:
        raise error

    monkeypatch.setattr("socket.create_connection", fail)  # no test machine has a black hole to connect to
    assert await gone_from(1883) == text


async def test_a_wrong_password_is_told_apart(mosquitto: Mosquitto) -> None:
    text = await gone_from(mosquitto.port, password="wrong")
    assert text == 'the broker refused the password of "storebox": check mqtt.password_file'


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (b"\x20\x03\x00\x84\x00", "the broker at {} does not speak MQTT 5; storebox needs mosquitto 2 or later"),
        (b"\x20\x02\x00\x01", "the broker at {} does not speak MQTT 5; storebox needs mosquitto 2 or later"),
        (b"\x20\x03\x00\x97\x00", "the broker at {} refused the connection: Quota exceeded"),
        (
            b"\x20\x09\x00\x00\x06\x22\x00\x0a\x21\x00\x05\xe0\x02\x98\x00",
            "the broker at {} ended the connection: Administrative action",
        ),
        (
            b"\x20\x03\x00\x00\x00\xe0\x02\x8e\x00",
            'another program logged in to the broker as "storebox"; a login belongs to one box',
        ),
        (
            b"\x20\x03\x00\x00\x00\x32\x04\x00\x09ab",
            f"the broker at {{}} sent a message that ends before its payload: {NOT_MQTT}",
        ),
        (
            b"\x20\x03\x00\x00\x00\x32\xff\xff\xff\x7f",
            f"the broker at {{}} sent a packet of 268435455 bytes, more than the 524288 that the box takes: {NOT_MQTT}",
        ),
        (b"\x00\x00", 'the connection to the broker at {} broke: is mosquitto running, is "storebox" used twice?'),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "{} took the connection but does not answer like a broker; is mqtt.port right?"),
        (b"", "{} took the connection but does not answer like a broker; is mqtt.port right?"),
    ],
)
async def test_someone_else_on_the_port_is_told_apart(monkeypatch: pytest.MonkeyPatch, answer: bytes, text: str) -> None:
    monkeypatch.setattr(mqtt_connection, "ANSWER_S", 1.0)
    left = asyncio.Event()

    async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.write(answer)
        with suppress(ConnectionError):
            await reader.read()
        writer.transport.abort()
        left.set()

    async with await asyncio.start_server(answered, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert await gone_from(port) == text.format(f"127.0.0.1:{port}")
        await asyncio.wait_for(left.wait(), WAIT_S)


async def test_a_channel_says_why_there_is_no_broker(monkeypatch: pytest.MonkeyPatch, broker_at: Callable[[], Mosquitto]) -> None:
    monkeypatch.setattr(mqtt, "ANSWER_S", 0.1)
    port = broker_at().port
    async with Broker(Mqtt(port=port), "box-1", None) as broker:
        with pytest.raises(DeviceGone, match=f"not connected to the broker at 127.0.0.1:{port} yet"):
            await broker.channel("till-1").__aenter__()
        with pytest.raises(DeviceGone):
            await broker.run()
        with pytest.raises(DeviceGone, match="refused; is mosquitto running"):
            await broker.channel("till-1").__aenter__()


async def test_a_device_that_cannot_stand_in_a_topic_has_no_channel() -> None:
    async with Broker(Mqtt(), "box-1", None) as broker:
        with pytest.raises(BadId):
            broker.channel("a/b")


async def test_a_broker_that_is_killed_takes_every_channel_with_it(mosquitto: Mosquitto, box_at: BoxAt) -> None:
    async with box_at(mosquitto) as broker, broker.channel("till-1") as one, broker.channel("till-2") as other:
        mosquitto.kill()
        for channel in (one, other):
            with pytest.raises(DeviceGone, match=r"the connection to the broker at 127.0.0.1:\d+ broke: is mosquitto running"):
                await channel.receive(WAIT_S)
        with pytest.raises(DeviceGone):
            one.tell("storebox/1/box-1/till-1/ack", b"y")


async def test_a_broker_that_stops_in_order_says_so(mosquitto: Mosquitto, box_at: BoxAt) -> None:
    async with box_at(mosquitto) as broker, broker.channel("till-1") as channel:
        mosquitto.stop()
        with pytest.raises(
            DeviceGone, match=r"the (connection to the )?broker at .* (ended the connection: Server shutting down|broke)"
        ):
            await channel.receive(WAIT_S)


async def test_two_boxes_under_one_login_are_told_apart(mosquitto: Mosquitto, box_at: BoxAt) -> None:
    async with box_at(mosquitto) as first, first.channel("till-1") as channel, box_at(mosquitto) as second:
        with pytest.raises(DeviceGone, match='broke: is mosquitto running, is "storebox" used twice'):
            await channel.receive(WAIT_S)
        assert second.connected
        assert not first.connected


async def test_a_frozen_broker_is_lost_after_two_pings(mosquitto: Mosquitto) -> None:
    settings = Mqtt(port=mosquitto.port).model_copy(update={"keepalive_s": 1})  # less than a shop may set, so as not to wait here
    async with Broker(settings, "box-1", mosquitto.password("storebox")) as broker:
        running = asyncio.ensure_future(broker.run())
        await broker.connection()
        mosquitto.freeze()
        with pytest.raises(DeviceGone, match="broke: is mosquitto running"):
            await asyncio.wait_for(running, WAIT_S)


async def test_a_frozen_broker_misses_the_deadline_of_a_publication(mosquitto: Mosquitto, box_at: BoxAt) -> None:
    async with box_at(mosquitto) as broker, broker.channel("till-1") as channel:
        mosquitto.freeze()
        topic = "storebox/1/box-1/till-1/set/lamp"
        with pytest.raises(DeviceSilent, match=rf"the broker at .* did not confirm a message to {topic} in 0.2 s"):
            await channel.publish(topic, b"on", deadline_s=0.2)
        waiting = asyncio.ensure_future(channel.publish(topic, b"on", deadline_s=WAIT_S))
        await asyncio.sleep(0)
        mosquitto.kill()
        with pytest.raises(DeviceGone):
            await waiting


async def test_a_frozen_broker_lets_nobody_be_heard(mosquitto: Mosquitto, box_at: BoxAt, monkeypatch: pytest.MonkeyPatch) -> None:
    async with box_at(mosquitto) as broker:
        mosquitto.freeze()
        monkeypatch.setattr(mqtt_channel, "ANSWER_S", 0.2)
        with pytest.raises(DeviceSilent, match=r"the broker did not let till-1 be heard in 0.2 s; is its disk full\?"):
            await broker.channel("till-1").__aenter__()


async def test_what_is_not_acknowledged_comes_again_and_what_is_does_not(mosquitto: Mosquitto, box_at: BoxAt) -> None:
    async with till(mosquitto) as device:
        await device.connected()
        async with box_at(mosquitto) as broker, broker.channel("till-1") as channel:
            device.raw("event/opened", b"done")
            device.raw("event/opened", b"not done")
            first, second = await next_event(channel), await next_event(channel)
            assert [first.payload, second.payload] == [b"done", b"not done"]
            channel.puback(first)
            await channel.publish("storebox/1/box-1/till-1/set/x", b"y", deadline_s=WAIT_S)
        async with box_at(mosquitto, known=["till-1"]) as broker, broker.channel("till-1") as channel:
            again = await next_event(channel)
            assert again.payload == b"not done"
            channel.puback(first)
            channel.puback(again)
            channel.puback(again)
            device.raw("event/opened", b"next")
            assert (await next_event(channel)).payload == b"next"


async def test_an_acknowledgement_of_an_earlier_connection_is_harmless(mosquitto: Mosquitto, box_at: BoxAt) -> None:
    async with till(mosquitto) as device:
        async with box_at(mosquitto) as broker, broker.channel("till-1") as channel:
            device.raw("event/opened", b"x")
            message = await next_event(channel)
        channel.puback(message)
        assert broker.held.messages == 0


@pytest.mark.parametrize("qos", [0, 1, 2])
@pytest.mark.parametrize("protocol", [paho.MQTTv311, paho.MQTTv5])
async def test_a_device_of_either_protocol_is_heard_as_it_spoke(
    mosquitto: Mosquitto, box_at: BoxAt, protocol: MQTTProtocolVersion, qos: int
) -> None:
    device = paho.Client(CallbackAPIVersion.VERSION2, client_id="till-1", protocol=protocol)
    device.username, device.password = "till-1", mosquitto.password("till-1")
    told = None
    if protocol == paho.MQTTv5:
        told = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        told.MessageExpiryInterval, told.PayloadFormatIndicator, told.ContentType = 60, 1, "application/json"
        told.ResponseTopic, told.CorrelationData, told.TopicAlias = "a/b", b"c" * 200, 1
        told.UserProperty = [("till", "中"), ("till", "1")]
    async with box_at(mosquitto) as broker, broker.channel("till-1") as channel:
        device.connect(mosquitto.host, mosquitto.port)
        device.loop_start()
        for payload in (b"one", b"", b"x" * 20_000):
            device.publish("storebox/1/box-1/till-1/event/中", payload, qos=qos, properties=told)
        heard = [await next_event(channel) for _ in range(3)]
        device.disconnect()
        device.loop_stop()
    assert [(message.name, message.payload) for message in heard] == [("中", b"one"), ("中", b""), ("中", b"x" * 20_000)]


async def test_messages_wait_at_the_broker_while_the_box_is_down(mosquitto: Mosquitto, box_at: BoxAt) -> None:
    async with box_at(mosquitto) as broker, broker.channel("till-1"):
        pass
    async with till(mosquitto) as device:
        await device.connected()
        device.raw("event/opened", b"while you were out")
        async with box_at(mosquitto, known=["till-1"]) as broker, broker.channel("till-1") as channel:
            assert (await next_event(channel)).payload == b"while you were out"


async def test_a_retained_event_does_not_happen_at_every_subscription(mosquitto: Mosquitto, box_at: BoxAt) -> None:
    async with till(mosquitto) as device, box_at(mosquitto) as broker:
        await device.connected()
        async with broker.channel("till-1") as channel:
            device.raw("event/opened", b"kept", retain=True)
            channel.puback(await next_event(channel))
        async with broker.channel("till-1") as channel:
            device.raw("event/opened", b"fresh")
            assert (await next_event(channel)).payload == b"fresh"
        assert broker.forgotten == 1


async def test_a_device_that_is_not_in_the_settings_disturbs_nobody(mosquitto: Mosquitto, box_at: BoxAt) -> None:
    async with till(mosquitto) as device, till(mosquitto, "till-2") as stranger:
        await stranger.connected()
        async with box_at(mosquitto) as broker, broker.channel("till-1"), broker.channel("till-2"):
            pass
        stranger.raw("event/opened", b"x")
        async with box_at(mosquitto) as broker, broker.channel("till-1") as channel:
            await device.connected()
            device.raw("event/opened", b"mine")
            assert (await next_event(channel)).payload == b"mine"
            assert broker.forgotten >= 1


async def test_a_few_messages_are_kept_for_a_driver_that_is_being_reopened(
    mosquitto: Mosquitto, box_at: BoxAt, until: Until
) -> None:
    async with till(mosquitto) as device, box_at(mosquitto) as broker:
        await device.connected()
        channel = await broker.channel("till-1").__aenter__()
        device.raw("event/opened", b"read by the driver that fails")
        await next_event(channel)
        await channel.__aexit__(DeviceGone, DeviceGone("a driver fails"), None)
        for number in range(KEPT_WHILE_CLOSED + 5):
            device.raw("event/opened", b"%d" % number)
        await until(lambda: broker.forgotten == 5)
        async with broker.channel("till-1") as channel:
            kept = [(await next_event(channel)).payload for _ in range(KEPT_WHILE_CLOSED)]
            assert kept == [b"%d" % number for number in range(KEPT_WHILE_CLOSED)]


async def test_a_silent_channel_keeps_its_deadline(mosquitto: Mosquitto, box_at: BoxAt) -> None:
    async with box_at(mosquitto) as broker, broker.channel("till-1") as channel:
        with pytest.raises(TimeoutError):
            await channel.receive(0.05)
