"""What holds for every dialect, with the broker's own programs as the foreign devices: commands that nobody keeps, and floods."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from drivers.ambience import homie, shelly_1, shelly_2, tasmota, zigbee2mqtt
from drivers.ambience.dialect import MOST_PROPERTIES
from drivers.commands import Done, Refused
from drivers.contract import DeviceGone, DeviceSilent, Driver
from drivers.readings import Unreadable
from drivers.sim.homie import NODES, HomieSim
from drivers.sim.mqtt_device import MqttDevice
from drivers.wires.mqtt_foreign import MOST_IN_A_SECOND, ForeignChannel
from drivers.wires.mqtt_waiting import Flooded

if TYPE_CHECKING:
    from drivers.wires.mqtt_channel import Channel
    from tests.drivers.ambience.conftest import Heard, Room, Shop

EVENTUALLY_S = 60.0


@dataclass(frozen=True)
class Spoken:
    """One dialect by hand. ``hello`` and ``state`` are (topic, payload), ``seen`` and ``wish`` (property, value)."""

    driver: Driver
    settings: Any
    login: str
    hello: Sequence[tuple[str, str]]
    state: tuple[str, str]
    seen: tuple[str, str]
    wish: tuple[str, str]
    asked: tuple[str, str]


HOMIE = Spoken(
    driver=homie.DRIVER,
    settings=homie.HomieSettings(),
    login="lamp-1",
    hello=[("homie/5/lamp-1/$state", "ready"), ("homie/5/lamp-1/$description", json.dumps({"version": 1, "nodes": NODES}))],
    state=("homie/5/lamp-1/light/power", "true"),
    seen=("light/power", "true"),
    wish=("light/mode", "warm"),
    asked=("homie/5/lamp-1/light/mode/set", "warm"),
)
SPOKEN = [
    HOMIE,
    Spoken(
        driver=zigbee2mqtt.DRIVER,
        settings=zigbee2mqtt.Zigbee2MqttSettings(),
        login="zigbee2mqtt",
        hello=[("zigbee2mqtt/bridge/state", '{"state":"online"}'), ("zigbee2mqtt/lamp-1/availability", '{"state":"online"}')],
        state=("zigbee2mqtt/lamp-1", '{"state":"ON"}'),
        seen=("state", "ON"),
        wish=("brightness", "7"),
        asked=("zigbee2mqtt/lamp-1/set", '{"brightness":7}'),
    ),
    Spoken(
        driver=tasmota.DRIVER,
        settings=tasmota.TasmotaSettings(),
        login="lamp-1",
        hello=[("tele/lamp-1/LWT", "Online")],
        state=("tele/lamp-1/STATE", '{"POWER":"ON"}'),
        seen=("POWER", "ON"),
        wish=("POWER", "OFF"),
        asked=("cmnd/lamp-1/POWER", "OFF"),
    ),
    Spoken(
        driver=shelly_1.DRIVER,
        settings=shelly_1.Shelly1Settings(),
        login="lamp-1",
        hello=[("shellies/lamp-1/online", "true")],
        state=("shellies/lamp-1/relay/0", "on"),
        seen=("relay/0", "on"),
        wish=("relay/0", "off"),
        asked=("shellies/lamp-1/relay/0/command", "off"),
    ),
    Spoken(
        driver=shelly_2.DRIVER,
        settings=shelly_2.Shelly2Settings(),
        login="lamp-1",
        hello=[("lamp-1/online", "true")],
        state=("lamp-1/status/switch:0", '{"output":true}'),
        seen=("switch:0.output", "true"),
        wish=("switch:0.output", "false"),
        asked=("lamp-1/rpc", ',"src":"lamp-1/storebox","method":"Switch.Set","params":{"id":0,"on":false}}'),
    ),
]


def words(program: str, shop: Shop, login: str, *options: str) -> list[str]:
    """``mosquitto_pub`` or ``mosquitto_sub`` under a login of the shop."""
    path = shutil.which(program)
    assert path is not None, "install the Debian package mosquitto-clients (.ci/set-up test does)"
    host, port = shop.address
    return [path, "-h", host, "-p", str(port), "-i", login, "-u", login, "-P", shop.mosquitto.password(login), *options]


async def says(shop: Shop, login: str, topic: str, payload: str | bytes, *options: str) -> None:
    """A real foreign client publishes one message."""
    data = payload if isinstance(payload, bytes) else payload.encode()
    command = words("mosquitto_pub", shop, login, "-q", "1", "-t", topic, "-s", *options)
    program = await asyncio.create_subprocess_exec(*command, stdin=subprocess.PIPE)
    await program.communicate(data)
    assert program.returncode == 0


@asynccontextmanager
async def listening(shop: Shop, login: str, topic: str) -> AsyncIterator[asyncio.StreamReader]:
    """A real foreign client listens: one line ``retained payload`` a message."""
    command = words("mosquitto_sub", shop, login, "-q", "1", "-t", topic, "-F", "%r %p")
    program = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    assert program.stdout is not None
    try:
        yield program.stdout
    finally:
        program.terminate()
        await program.wait()


@asynccontextmanager
async def asking(heard: Heard, wish: tuple[str, str]) -> AsyncIterator[None]:
    """Ask again and again, for nobody says when a client has subscribed."""

    async def ask() -> None:
        while True:
            await heard.set(*wish, deadline_ms=200)

    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(ask(), name="asking")
        yield
        task.cancel()


async def line_of(heard: asyncio.StreamReader) -> str:
    async with asyncio.timeout(EVENTUALLY_S):
        return (await heard.readline()).decode().strip()


@pytest.mark.parametrize("spoken", SPOKEN, ids=lambda spoken: spoken.driver.open.__module__.rpartition(".")[2])
async def test_a_foreign_client_is_heard_and_asked_and_a_late_one_is_told_nothing(room: Room, spoken: Spoken) -> None:
    async with room(spoken.driver, lamp_1=spoken.settings) as shop:
        for topic, payload in spoken.hello:
            await says(shop, spoken.login, topic, payload, "-r")
        async with shop.hearing("lamp-1") as heard:
            await heard.here()
            await says(shop, spoken.login, *spoken.state)
            await heard.seen(*spoken.seen)
            for _ in ("early", "late"):  # to the second a kept command would come first, marked 1
                async with listening(shop, spoken.login, spoken.asked[0]) as client, asking(heard, spoken.wish):
                    assert re.fullmatch(f"0 .*{re.escape(spoken.asked[1])}", await line_of(client))
            await says(shop, spoken.login, spoken.state[0], b"{" + b"x" * 200_000)
            assert await heard.problem() in {
                "a message of 195 KiB is longer than the 64 KiB that such a device needs",
                "a value of 200001 bytes is longer than 500",
            }
            await says(shop, spoken.login, *spoken.state)
            assert heard.ended is None
            shop.mosquitto.kill()
            assert isinstance(await heard.gone(), DeviceGone)


def packet(first: int, *parts: bytes) -> bytes:
    """One packet of MQTT 3.1.1, shorter than 128 bytes."""
    body = b"".join(parts)
    assert len(body) < 128
    return bytes((first, len(body))) + body


def prefixed(part: str) -> bytes:
    return len(part).to_bytes(2, "big") + part.encode()


@asynccontextmanager
async def flooding(shop: Shop, login: str, topic: str) -> AsyncIterator[None]:
    """Ten thousand messages a second by ``login``, until the end."""
    reader, writer = await asyncio.open_connection(*shop.address)
    who = prefixed(login) + prefixed(login) + prefixed(shop.mosquitto.password(login))
    writer.write(packet(0x10, prefixed("MQTT"), b"\x04\xc2\x00\x3c", who))
    assert await reader.readexactly(4) == b"\x20\x02\x00\x00"

    async def flood() -> None:
        while True:
            writer.write(packet(0x30, prefixed(topic), b"50") * 500)
            await writer.drain()
            await asyncio.sleep(0.05)

    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(flood(), name="flood")
        yield
        task.cancel()
    writer.close()


async def orders_through(shop: Shop, channel: Channel, till: MqttDevice, count: int) -> None:
    """The till's orders are heard and acknowledged, each of them."""
    for number in range(count):
        till.event("opened", order=f"o-{number}")
    heard: set[str] = set()
    while len(heard) < count:
        message = await channel.receive(EVENTUALLY_S)
        if message.branch == "event":
            id_ = json.loads(message.payload)["id"]
            heard.add(id_)
            channel.tell("storebox/1/box-1/till-1/ack", json.dumps({"id": id_, "ok": True}).encode())
        channel.puback(message)
    await till.answered()


async def test_one_that_floods_is_cut_off_and_the_others_do_not_notice(room: Room) -> None:
    settings = {"lamp_1": homie.HomieSettings(), "lamp_2": homie.HomieSettings()}
    async with room(homie.DRIVER, **settings) as shop, AsyncExitStack() as open_:
        for topic, payload in HOMIE.hello:
            await says(shop, "lamp-1", topic, payload, "-r")
        await open_.enter_async_context(HomieSim(shop.address, device="lamp-2", password=shop.mosquitto.password("lamp-2")))
        password = shop.mosquitto.password("till-1")
        till = await open_.enter_async_context(
            MqttDevice(shop.address, box="box-1", device="till-1", password=password, description={})
        )
        channel = await open_.enter_async_context(shop.broker.channel("till-1"))
        calm = await open_.enter_async_context(shop.hearing("lamp-2"))
        await calm.here()
        await till.connected()
        async with shop.hearing("lamp-1") as mad:
            await mad.here()
            await open_.enter_async_context(flooding(shop, "lamp-1", "homie/5/lamp-1/light/brightness"))
            error = await mad.gone()
            assert isinstance(error, Flooded)
            assert re.fullmatch(
                rf"lamp-1 says more than {MOST_IN_A_SECOND} things a second, [1-9]\d* of them were passed over: "
                r"does it, or another program, publish in a loop\? it is heard again after a while",
                str(error),
            )
            assert await calm.set("light/power", "true") == Done(detail="light/power = true")
            await orders_through(shop, channel, till, 30)
        forgotten = shop.broker.forgotten
        assert await calm.set("light/power", "false") == Done(detail="light/power = false")
        await orders_through(shop, channel, till, 30)
        assert shop.broker.forgotten - forgotten < 20_000  # what was on its way when it was cut off, and then no more
        assert calm.ended is None
        assert shop.broker.connected


async def test_whoever_is_closed_is_heard_no_more(room: Room) -> None:
    async with room(homie.DRIVER, lamp_1=homie.HomieSettings()) as shop:
        filters = ["homie/5/lamp-1/$state"]
        async with ForeignChannel(shop.broker, "lamp-1", filters) as one, ForeignChannel(shop.broker, "lamp-1", filters) as two:
            await says(shop, "lamp-1", "homie/5/lamp-1/$state", "init")
            assert {(await channel.receive(EVENTUALLY_S)).payload for channel in (one, two)} == {b"init"}
        forgotten = shop.broker.forgotten
        await says(shop, "lamp-1", "homie/5/lamp-1/$state", "ready")
        async with ForeignChannel(shop.broker, "lamp-1", filters) as again:
            await says(shop, "lamp-1", "homie/5/lamp-1/$state", "sleeping")
            assert (await again.receive(EVENTUALLY_S)).payload == b"sleeping"
        assert shop.broker.forgotten == forgotten


async def test_a_broker_that_does_not_answer_is_told(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.wires.mqtt_foreign.ANSWER_S", 0.2)
    async with room(homie.DRIVER, lamp_1=homie.HomieSettings()) as shop:
        shop.mosquitto.freeze()
        with pytest.raises(DeviceSilent, match=r"the broker did not let lamp-1 be heard in 0\.2 s; is it overloaded\?"):
            async with ForeignChannel(shop.broker, "lamp-1", ["homie/5/lamp-1/$state"]):
                pass


async def test_one_that_invents_properties_is_bounded(room: Room) -> None:
    settings = zigbee2mqtt.Zigbee2MqttSettings(availability=False)
    async with room(zigbee2mqtt.DRIVER, lamp_1=settings) as shop:
        await says(shop, "zigbee2mqtt", "zigbee2mqtt/bridge/state", "online", "-r")
        async with shop.hearing("lamp-1") as heard:
            await heard.here()
            for first in (0, 200):
                await says(shop, "zigbee2mqtt", "zigbee2mqtt/lamp-1", json.dumps({f"p{n}": n for n in range(first, first + 200)}))
            assert await heard.problem() == "more than 300 properties: does it invent names?"
            assert len(heard.properties()) == MOST_PROPERTIES
            await says(shop, "zigbee2mqtt", "zigbee2mqtt/lamp-1", b"nonsense")
            await says(shop, "zigbee2mqtt", "zigbee2mqtt/lamp-1", b"nonsense")
            await says(shop, "zigbee2mqtt", "zigbee2mqtt/lamp-1", b'{"p0": 7}')
            await heard.seen("p0", "7")
            assert len([reading for reading in heard.readings if isinstance(reading, Unreadable)]) == 2


async def test_a_bridge_may_describe_many_devices_and_one_of_too_many_breaks_nothing(room: Room) -> None:
    settings = zigbee2mqtt.Zigbee2MqttSettings(availability=False)

    def described(count: int, **effect: object) -> str:
        mine = {"friendly_name": "lamp-1", "definition": {"exposes": [{"property": "effect", "access": 2, **effect}]}}
        return json.dumps(
            [{"friendly_name": str(n), "definition": {"exposes": [], "x": "x" * 5000}} for n in range(count)] + [mine]
        )

    async with room(zigbee2mqtt.DRIVER, lamp_1=settings) as shop:
        await says(shop, "zigbee2mqtt", "zigbee2mqtt/bridge/state", "online", "-r")
        async with shop.hearing("lamp-1") as heard:
            await heard.here()
            await says(shop, "zigbee2mqtt", "zigbee2mqtt/bridge/devices", described(80, type="enum", values=["blink"]), "-r")
            await says(shop, "zigbee2mqtt", "zigbee2mqtt/lamp-1", '{"effect": "blink"}')
            await heard.seen("effect", "blink")
            assert await heard.set("effect", "sing") == Refused(reason="effect = 'sing': it takes one of blink")
            await says(shop, "zigbee2mqtt", "zigbee2mqtt/bridge/devices", described(300, type="enum", values=["sing"]), "-r")
            await says(shop, "zigbee2mqtt", "zigbee2mqtt/lamp-1", '{"effect": "after"}')
            await heard.seen("effect", "after")
            assert await heard.set("effect", "sing") == Refused(reason="effect = 'sing': it takes one of blink")
        async with shop.hearing("lamp-1") as heard:
            await heard.here()
            await says(shop, "zigbee2mqtt", "zigbee2mqtt/lamp-1", '{"state": "ON"}')
            await heard.seen("state", "ON")
            assert await heard.set("state", "ON", 200) == Done(detail="state = ON, as it was before")
            assert shop.broker.connected


async def test_one_is_asked_one_thing_at_a_time(room: Room) -> None:
    async with room(homie.DRIVER, lamp_1=homie.HomieSettings()) as shop:
        lamp = HomieSim(shop.address, device="lamp-1", password=shop.mosquitto.password("lamp-1"))
        async with lamp, shop.hearing("lamp-1") as heard:
            await heard.here()
            lamp.deaf = True
            first = asyncio.ensure_future(heard.set("light/power", "true", 1000))
            await lamp.station.hears("homie/5/lamp-1/light/power/set", b"true")
            assert await heard.set("light/mode", "cold") == Refused(
                reason="lamp-1 is still being asked for something else; try again when it has answered"
            )
            await first
