"""Lamps behind a Zigbee2MQTT bridge at a real mosquitto: told by deltas, asked at opening, gone with their bridge."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.ambience.dialect import Ask, Away, Declined, Here, Odd, Value, Wish
from drivers.ambience.zigbee2mqtt import DRIVER, Zigbee2MqttDialect, Zigbee2MqttSettings
from drivers.commands import Accepted, Done, Refused, SetProperty, Unknown
from drivers.contract import DeviceGone, DeviceSilent
from drivers.sim.zigbee2mqtt import LAMP, LAMP_EXPOSES, SENSOR, Zigbee2MqttSim

if TYPE_CHECKING:
    from tests.drivers.ambience.conftest import Room, Shop

OWN = f"zigbee2mqtt/{LAMP}"
DEVICES = json.dumps([{"friendly_name": LAMP, "definition": {"exposes": LAMP_EXPOSES}}]).encode()


def bridge(shop: Shop) -> Zigbee2MqttSim:
    return Zigbee2MqttSim(shop.address, password=shop.mosquitto.password("zigbee2mqtt"))


def lamp() -> Zigbee2MqttSettings:
    return Zigbee2MqttSettings(friendly_name=LAMP)


async def test_a_lamp_is_asked_how_it_is_and_does_what_it_is_asked(room: Room) -> None:
    async with room(DRIVER, lamp_1=lamp()) as shop, bridge(shop) as sim, shop.hearing("lamp-1") as heard:
        await heard.seen("state", "OFF")
        await heard.seen("color.x", "0.3")
        await sim.station.hears(f"{OWN}/get", b'{"state":""}')
        await sim.station.hears(f"{OWN}/get", b'{"brightness":"","color":"","child_lock":"","setpoint":""}')
        assert await heard.set("state", "ON") == Done(detail="state = ON")
        await heard.seen("state", "ON")
        assert await heard.set("color.x", "0.5") == Done(detail="color.x = 0.5")
        assert (f"{OWN}/set", b'{"color":{"x":0.5}}', False) in sim.station.heard
        assert await heard.set("child_lock", "true") == Done(detail="child_lock = true")
        sim.turn(LAMP, linkquality=90)
        assert (await heard.seen("linkquality", "90")).unit == "lqi"
        assert await heard.set("brightness", "120") == Done(detail="brightness = 120")
        await heard.seen("brightness", "121")


async def test_a_scene_is_recalled_and_nobody_claims_that_it_is_there(room: Room) -> None:
    async with room(DRIVER, lamp_1=lamp()) as shop, bridge(shop) as sim, shop.hearing("lamp-1") as heard:
        await heard.here()
        assert await heard.set("scene_recall", "3", 300) == Accepted(
            detail="Zigbee2MQTT has it; what a scene did shows in its lamps"
        )
        assert (f"{OWN}/set", b'{"scene_recall":3}', False) in sim.station.heard


async def test_what_the_bridge_cannot_do_is_refused_in_its_words(room: Room) -> None:
    async with room(DRIVER, lamp_1=lamp()) as shop, bridge(shop) as sim, shop.hearing("lamp-1") as heard:
        await heard.seen("state", "OFF")
        sim.refuses = "Error: no network route (205)"
        assert await heard.set("state", "ON") == Refused(
            reason="lamp-1 says: z2m: Publish 'set' 'state' to 'shop/lamp 1' failed: 'Error: no network route (205)'"
        )
        sim.refuses, sim.deaf = "", True
        answer = await heard.set("state", "ON", 300)
        assert isinstance(answer, Unknown)
        assert answer.reason.startswith("lamp-1 said nothing to state = ON in 300 ms: look whether it did it")


async def test_a_bridge_that_goes_takes_all_its_lamps_along(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    both = {"lamp_1": lamp(), "sensor_1": Zigbee2MqttSettings()}
    async with room(DRIVER, **both) as shop, bridge(shop) as sim:
        async with shop.hearing("lamp-1") as first, shop.hearing("sensor-1") as second:
            await first.here()
            sim.turn(SENSOR, temperature=22)
            assert (await second.seen("temperature", "22")).unit == "°C"
            await sim.station.unplug()
            for heard in (first, second):
                assert str(await heard.gone()) == "Zigbee2MQTT is offline: is it running, is its stick plugged in?"
        monkeypatch.setattr("drivers.ambience.foreign_device.AWAY_S", 0.2)
        async with shop.hearing("lamp-1") as heard:
            assert isinstance(await heard.gone(), DeviceGone)
            assert heard.readings == []


@pytest.mark.parametrize("old", [False, True])
async def test_a_lamp_that_does_not_answer_is_gone(room: Room, old: bool) -> None:
    async with room(DRIVER, lamp_1=lamp()) as shop, bridge(shop) as sim, shop.hearing("lamp-1") as heard:
        await heard.here()
        sim.old = old
        sim.reach(LAMP, online=False)
        assert str(await heard.gone()) == (
            "shop/lamp 1 does not answer Zigbee2MQTT: check its power, its battery, and how far it is"
        )


async def test_a_bridge_that_is_not_there_is_silent(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.ambience.foreign_device.HELLO_S", 0.3)
    async with room(DRIVER, lamp_1=lamp()) as shop, shop.hearing("lamp-1") as heard:
        error = await heard.gone()
        assert isinstance(error, DeviceSilent)
        assert str(error) == (
            "lamp-1 has not said that it is there: is Zigbee2MQTT running, are base_topic and friendly_name as there, "
            "and is availability switched on in it (or off in the settings of the device)?"
        )


def dialect(*said: tuple[str, bytes], availability: bool = False) -> tuple[Zigbee2MqttDialect, list[object]]:
    """A dialect that has heard this, and what it made of it."""
    lamp = Zigbee2MqttDialect(name=LAMP, availability=availability)
    return lamp, [told for topic, payload in said for told in lamp.hear(f"zigbee2mqtt/{topic}", payload)]


def test_a_lamp_is_there_when_bridge_and_lamp_say_so() -> None:
    online, gone = b'{"state":"online"}', Away(why="Zigbee2MQTT is offline: is it running, is its stick plugged in?")
    assert dialect((f"{LAMP}/availability", online), ("bridge/state", b"online"), availability=True)[1] == [gone, Here()]
    assert dialect(("bridge/state", online))[1] == [Here()]


@pytest.mark.parametrize(
    ("topic", "payload", "problem"),
    [
        (LAMP, b"ON", "b'ON' is not JSON: JSON is malformed: invalid character (byte 0)"),
        (LAMP, b"[]", "b'[]' is no JSON object"),
        (LAMP, b'{"a":' * 5000, "is not JSON: "),
        (LAMP, b" " * 200_000, "a message of 195 KiB is longer than the 64 KiB that such a device needs"),
        (LAMP, json.dumps({"a": "x" * 501}).encode(), "a value of 501 characters is longer than 500"),
        (
            LAMP,
            json.dumps(dict.fromkeys(map(str, range(301)), 1)).encode(),
            "more properties, or longer names of them, than any device has",
        ),
        ("bridge/state", b"asleep", "'asleep' is neither online nor offline"),
        (
            "bridge/devices",
            b'[{"friendly_name": 1}]',
            "bridge/devices is not as Zigbee2MQTT writes it: Expected `str`, got `int` - at `$[0].friendly_name`",
        ),
        (
            "bridge/devices",
            json.dumps(
                [{"friendly_name": LAMP, "definition": {"exposes": [{"type": "text", "property": str(n)} for n in range(301)]}}]
            ).encode(),
            "'shop/lamp 1' has more than 300 properties",
        ),
    ],
)
def test_what_a_bridge_may_not_say(topic: str, payload: bytes, problem: str) -> None:
    told = dialect((topic, payload))[1][-1]
    assert isinstance(told, Odd)
    assert problem in told.problem


def test_deltas_are_laid_over_each_other() -> None:
    _, told = dialect(
        (LAMP, b'{"state": "ON", "update": null, "list": [1, 2.5]}'), (LAMP, b'{"color": {"x": 0.5}, "battery": 20.0}')
    )
    assert told == [
        Value(property="state", value="ON"),
        Value(property="list", value="[1,2.5]"),
        Value(property="color.x", value="0.5"),
        Value(property="battery", value="20"),
    ]


@pytest.mark.parametrize(
    ("property_", "value", "reason"),
    [
        ("state", "on", "state = 'on': it takes ON or OFF"),
        ("brightness", "255", "brightness = '255': it takes a number from 0 to 254"),
        ("brightness", "full", "brightness = 'full': it takes a number from 0 to 254"),
        ("color.x", "red", "color.x = 'red': it takes a number"),
        ("effect", "explode", "effect = 'explode': it takes one of blink, breathe"),
        ("scene_recall", "256", "scene_recall = '256': it takes a number from 0 to 255"),
        (
            "linkquality",
            "1",
            "shop/lamp 1 has no linkquality that can be set; "  # noqa: ISC004
            "it has state, brightness, color.x, color.y, effect, child_lock, setpoint, scene_recall",
        ),
    ],
)
def test_a_lamp_is_sent_only_what_it_exposes(property_: str, value: str, reason: str) -> None:
    assert dialect(("bridge/devices", DEVICES))[0].wish(property_, value) == Refused(reason=reason)


@pytest.mark.parametrize(
    ("property_", "value", "payload", "reported", "reached"),
    [
        ("state", "ON", b'{"state":"ON"}', "ON", True),
        ("effect", "blink", b'{"effect":"blink"}', "breathe", False),
        ("brightness", "100", b'{"brightness":100}', "102", True),
        ("brightness", "100", b'{"brightness":100}', "104", False),
        ("setpoint", "20", b'{"setpoint":20}', "19.5", False),
        ("child_lock", "false", b'{"child_lock":false}', "false", True),
        ("color.y", "0.25", b'{"color":{"y":0.25}}', "bright", False),
    ],
)
def test_how_a_lamp_is_asked(property_: str, value: str, payload: bytes, reported: str, reached: bool) -> None:
    wish = dialect(("bridge/devices", DEVICES))[0].wish(property_, value)
    assert isinstance(wish, Wish)
    assert (wish.topic, wish.payload, wish.reached(reported)) == (f"{OWN}/set", payload, reached)


def test_a_group_which_nobody_describes_can_do_what_lamps_can() -> None:
    group, told = dialect(("bridge/devices", b"[]"))
    assert told == []
    assert isinstance(group.wish("brightness", "10"), Wish)
    assert isinstance(group.wish("scene_recall", "1"), Wish)
    assert group.wish("effect", "blink") == Refused(
        reason="shop/lamp 1 has no effect that can be set; it has state, brightness, color_temp, scene_recall"
    )
    assert group.opening() == (Ask(topic=f"{OWN}/get", payload=b'{"state":""}'),)


def test_only_a_complaint_about_what_was_asked_is_an_answer() -> None:
    lamp, _ = dialect(("bridge/devices", DEVICES))
    complaint = json.dumps({"level": "error", "message": f"Publish 'set' 'state' to '{LAMP}' failed: 'x'"}).encode()
    assert list(lamp.hear("zigbee2mqtt/bridge/logging", complaint)) == []
    lamp.wish("state", "ON")
    assert list(lamp.hear("zigbee2mqtt/bridge/logging", complaint)) == [
        Declined(token="state=ON", words=f"Publish 'set' 'state' to '{LAMP}' failed: 'x'")
    ]
    assert list(lamp.hear("zigbee2mqtt/bridge/logging", b'{"level": "error", "message": "failed: other"}')) == []
    assert list(lamp.hear("zigbee2mqtt/bridge/logging", complaint.replace(b"'set'", b"'get'"))) == []


@given(
    st.sampled_from([LAMP, f"{LAMP}/availability", "bridge/state", "bridge/devices", "bridge/logging"]), st.binary(max_size=80)
)
def test_whatever_is_published_nothing_breaks(topic: str, payload: bytes) -> None:
    dialect((topic, payload), availability=True)


def test_it_takes_one_command() -> None:
    assert DRIVER.commands == (SetProperty,)
