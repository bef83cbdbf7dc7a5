"""Homie 5 lamps at a real mosquitto: described, asked, switched off, lost; and what a lamp must never be sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from drivers.ambience.dialect import Away, Here, Odd, Took, Value, Wish
from drivers.ambience.homie import DRIVER, HomieDialect, HomieSettings
from drivers.commands import Accepted, Done, Refused, SetProperty, Tare, Unknown
from drivers.contract import DeviceGone, DeviceSilent
from drivers.readings import Presence
from drivers.sim.homie import NODES, HomieSim

if TYPE_CHECKING:
    from tests.drivers.ambience.conftest import Room, Shop

BASE = "homie/5/lamp-1"
DESCRIPTION = json.dumps({"homie": "5.0", "version": 7, "nodes": NODES}).encode()


def lamp(shop: Shop, **given: object) -> HomieSim:
    return HomieSim(shop.address, device="lamp-1", password=shop.mosquitto.password("lamp-1"), **given)  # type: ignore[arg-type]


async def test_a_lamp_says_what_it_is_and_does_what_it_is_asked(room: Room) -> None:
    async with room(DRIVER, lamp_1=HomieSettings()) as shop, lamp(shop) as sim, shop.hearing("lamp-1") as heard:
        assert (await heard.seen("light/brightness", "40")).unit == "%"
        assert (await heard.seen("sensor/temperature", "21.5")).unit == "°C"
        assert isinstance(heard.readings[0], Presence)
        assert await heard.set("light/power", "true") == Done(detail="light/power = true")
        await heard.seen("light/power", "true")
        assert await heard.set("light/label", "") == Done(detail="light/label = ")
        assert ("homie/5/lamp-1/light/label/set", b"\x00", False) in sim.station.heard
        sim.turn("light/mode", "cold")
        await heard.seen("light/mode", "cold")


async def test_a_lamp_may_round_to_its_step(room: Room) -> None:
    async with room(DRIVER, lamp_1=HomieSettings()) as shop, lamp(shop), shop.hearing("lamp-1") as heard:
        await heard.here()
        assert await heard.set("light/brightness", "62") == Done(detail="light/brightness = 62")
        await heard.seen("light/brightness", "60")


async def test_what_a_lamp_accepted_is_not_what_it_reached(room: Room) -> None:
    async with room(DRIVER, lamp_1=HomieSettings()) as shop, lamp(shop) as sim, shop.hearing("lamp-1") as heard:
        await heard.seen("light/brightness", "40")
        sim.slow = True
        assert await heard.set("light/brightness", "90", 1500) == Accepted(
            detail="lamp-1 took it, but does not report light/brightness = 90 yet: it says '40'"
        )
        assert [one.target for one in heard.properties() if one.property == "light/brightness"] == [None, "90"]
        sim.turn("light/brightness", "90")
        assert (await heard.seen("light/brightness", "90")).target is None


async def test_a_deaf_lamp_leaves_it_unknown(room: Room) -> None:
    async with room(DRIVER, lamp_1=HomieSettings()) as shop, lamp(shop) as sim, shop.hearing("lamp-1") as heard:
        await heard.seen("light/power", "false")
        sim.deaf = True
        assert await heard.set("light/power", "true", 300) == Unknown(
            reason="lamp-1 said nothing to light/power = true in 300 ms: look whether it did it, "
            "and whether the broker lets the box write to it (storebox mosquitto writes its access list)"
        )
        assert await heard.set("light/power", "false", 300) == Done(detail="light/power = false, as it was before")


async def test_no_lamp_switches_by_itself_after_a_power_cut(room: Room) -> None:
    async with room(DRIVER, lamp_1=HomieSettings()) as shop, lamp(shop) as sim:
        async with shop.hearing("lamp-1") as heard:
            await heard.here()
            assert await heard.set("light/power", "true") == Done(detail="light/power = true")
            await sim.station.unplug()
            await heard.gone()
        sim.station.heard.clear()
        sim.station.plug()
        async with shop.hearing("lamp-1") as heard:
            await heard.here()
            assert await heard.set("light/mode", "cold") == Done(detail="light/mode = cold")
        assert sim.station.heard == [(f"{BASE}/light/mode/set", b"cold", False)]  # a kept command would have come first


async def test_a_lost_lamp_is_gone_and_comes_back(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    async with room(DRIVER, lamp_1=HomieSettings()) as shop, lamp(shop) as sim:
        async with shop.hearing("lamp-1") as heard:
            await heard.seen("light/power", "false")
            await sim.station.unplug()
            error = await heard.gone()
            assert isinstance(error, DeviceGone)
            assert str(error) == "lamp-1 dropped off the network: check its power and cable"
            with pytest.raises(DeviceGone, match="dropped off"):
                await heard.set("light/power", "true")
        with monkeypatch.context() as hurried:
            hurried.setattr("drivers.ambience.foreign_device.AWAY_S", 0.2)
            async with shop.hearing("lamp-1") as heard:
                assert str(await heard.gone()) == "lamp-1 dropped off the network: check its power and cable"
                assert heard.readings == []  # what the broker kept of it is not shown
        async with shop.hearing("lamp-1") as heard:
            sim.station.plug()
            await heard.seen("light/power", "false")


async def test_a_lamp_that_logs_out_or_is_taken_away_is_gone(room: Room) -> None:
    async with room(DRIVER, lamp_1=HomieSettings()) as shop, lamp(shop) as sim:
        async with shop.hearing("lamp-1") as heard:
            await heard.here()
            sim.say("lamp-1", "$state", "disconnected")
            assert str(await heard.gone()) == "lamp-1 has logged out: is it switched off?"
        sim.say("lamp-1", "$state", "ready")
        async with shop.hearing("lamp-1") as heard:
            await heard.here()
            sim.remove()
            assert str(await heard.gone()) == ("lamp-1 was removed from the broker: switch it on, or take it out of the settings")


async def test_the_children_of_a_lost_root_are_lost(room: Room) -> None:
    child, root = HomieSettings(root="bridge", login="bridge"), HomieSettings(login="bridge")
    async with room(DRIVER, bulb_1=child, bridge=root) as shop:
        password = shop.mosquitto.password("bridge")
        bridge = HomieSim(shop.address, device="bridge", password=password, children=["bulb-1"])
        async with bridge, shop.hearing("bulb-1") as heard:
            await heard.seen("light/power", "false")
            assert await heard.set("light/power", "true") == Done(detail="light/power = true")
            await bridge.station.unplug()
            assert str(await heard.gone()) == "bridge, through which bulb-1 speaks, is lost: check its power and cable"


async def test_a_lamp_that_never_says_hello_is_silent(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.ambience.foreign_device.HELLO_S", 0.3)
    async with room(DRIVER, lamp_1=HomieSettings()) as shop, shop.hearing("lamp-1") as heard:
        assert await heard.set("light/power", "true") == Refused(
            reason="lamp-1 has not said that it is there; try again when it has"
        )
        error = await heard.gone()
        assert isinstance(error, DeviceSilent)
        assert str(error) == (
            "lamp-1 has not said that it is there: is it on, does it speak Homie 5 (not 4), and is its id as in the settings?"
        )


async def test_a_lamp_that_hangs_is_silent(room: Room) -> None:
    impatient = HomieSettings.model_construct(silent_after_s=1)
    async with room(DRIVER, lamp_1=impatient) as shop, lamp(shop), shop.hearing("lamp-1") as heard:
        await heard.here()
        assert str(await heard.gone()) == "lamp-1 has said nothing for 1 s: is it hung? switch it off and on"


async def test_a_lost_broker_takes_the_lamp_with_it(room: Room) -> None:
    async with room(DRIVER, lamp_1=HomieSettings()) as shop, lamp(shop), shop.hearing("lamp-1") as heard:
        await heard.here()
        shop.mosquitto.kill()
        assert isinstance(await heard.gone(), DeviceGone)


def dialect(*said: tuple[str, bytes], root: str | None = None) -> tuple[HomieDialect, list[object]]:
    """A dialect that has heard this, and what it made of it."""
    lamp = HomieDialect(id_="lamp-1", root=root)
    return lamp, [told for tail, payload in said for told in lamp.hear(f"{BASE}/{tail}", payload)]


READY = (("$state", b"ready"), ("$description", DESCRIPTION))


def test_values_that_come_before_the_description_wait_for_it() -> None:
    _, told = dialect(
        ("light/power", b"true"), ("$state", b"ready"), ("light/power/$target", b"false"), ("$description", DESCRIPTION)
    )
    assert told == [
        Here(),
        Value(property="light/power", value="true"),
        Took(token="light/power=false"),
        Value(property="light/power", value="true", target="false"),
    ]


def test_a_new_description_counts_from_now_on() -> None:
    newer = json.dumps({"version": 8, "nodes": {"light": {"properties": {"power": {"datatype": "string"}}}}}).encode()
    lamp, told = dialect(*READY, ("$description", newer), ("light/power", b"dim"))
    assert told == [Here(), Value(property="light/power", value="dim")]
    assert lamp.wish("light/power", "on") == Refused(reason="lamp-1 has no light/power that can be set; it has nothing")


@pytest.mark.parametrize(
    ("tail", "payload", "problem"),
    [
        ("light/power", b"True", "light/power = 'True': it takes true or false, in small letters"),
        ("light/power", b"\xff", "b'\\xff' is no text in UTF-8"),
        ("light/label", b"x" * 501, "a value of 501 bytes is longer than 500"),
        ("light/brightness", b"101", "light/brightness = '101': it takes whole numbers from 0 to 100"),
        ("light/brightness", b"NaN", "light/brightness = 'NaN': it takes whole numbers from 0 to 100"),
        ("sensor/temperature", b"warm", "sensor/temperature = 'warm': it takes numbers"),
        ("light/color", b"rgb,1,2", "light/color = 'rgb,1,2': it takes colors like rgb,255,120,0; of rgb"),
        ("light/mode", b"hot", "light/mode = 'hot': it takes one of warm, cold"),
        ("$state", b"asleep", "$state is 'asleep'; Homie 5 has init, ready, disconnected, sleeping and lost"),
        ("$description", b"{}", "the $description is not as Homie 5 wants it: Object missing required field `version`"),
        ("$description", b"{", "the $description is not as Homie 5 wants it: Input data was truncated"),
        ("$description", b"x" * 300_000, "a $description of 292 KiB is longer than 256 KiB"),
        (
            "$description",
            json.dumps(
                {"version": 1, "nodes": {"n": {"properties": {f"p{n}": {"datatype": "string"} for n in range(301)}}}}
            ).encode(),
            "the $description has more than 300 properties",
        ),
        (
            "$description",
            b'{"version": 1, "root": "hub"}',
            "it belongs to the root device 'hub': write that as root in the settings of lamp-1",
        ),
    ],
)
def test_what_a_lamp_may_not_say(tail: str, payload: bytes, problem: str) -> None:
    assert dialect(*READY, (tail, payload))[1] == [Here(), Odd(problem=problem)]


def test_a_type_that_homie_does_not_have_is_told() -> None:
    odd = b'{"version": 1, "nodes": {"n": {"properties": {"p": {"datatype": "blob"}}}}}'
    assert dialect(("$description", odd), ("n/p", b"1"))[1] == [Odd(problem="n/p is of type 'blob', which Homie 5 does not have")]


ALL = {
    "version": 1,
    "nodes": {
        "n": {
            "properties": {
                name: {"datatype": name.partition("-")[0], "format": form, "settable": True}
                for name, form in {
                    "integer": "",
                    "integer-up": ":5",
                    "integer-from": "5:",
                    "float": "0:1",
                    "float-any": "",
                    "boolean": "",
                    "enum": "a,b",
                    "color": "",
                    "color-two": "hsv,xyz",
                    "datetime": "",
                    "duration": "",
                    "json": "",
                    "string": "",
                }.items()
            }
        }
    },
}


@pytest.mark.parametrize(
    ("name", "right", "wrong", "takes"),
    [
        ("integer", "-7", "1.0", "whole numbers"),
        ("integer-up", "5", "6", "whole numbers up to 5"),
        ("integer-from", "5", "4", "whole numbers from 5"),
        ("float", "1e-1", "1.01", "numbers from 0 to 1"),
        ("float-any", "-1.5", "1e999", "numbers"),
        ("boolean", "false", "TRUE", "true or false, in small letters"),
        ("enum", "b", "c", "one of a, b"),
        ("color", "xyz,0.3,0.3", "rgb,256,0,0", "colors like rgb,255,120,0; of rgb, hsv, xyz"),
        ("color-two", "hsv,360,100,0", "rgb,1,1,1", "colors like rgb,255,120,0; of hsv, xyz"),
        ("datetime", "2026-11-21T10:00:00Z", "noon", "ISO 8601 times like 2026-11-21T10:00:00Z"),
        ("duration", "PT12H5M46S", "PT", "ISO 8601 durations like PT1H30M"),
        ("json", '{"a": 1}', "1", "a JSON object or array"),
        ("json", "[]", "{", "a JSON object or array"),
    ],
)
def test_a_lamp_is_sent_only_what_it_described(name: str, right: str, wrong: str, takes: str) -> None:
    lamp, _ = dialect(("$description", json.dumps(ALL).encode()))
    wish = lamp.wish(f"n/{name}", right)
    assert isinstance(wish, Wish)
    assert (wish.topic, wish.payload) == (f"{BASE}/n/{name}/set", right.encode())
    assert wish.reached(right)
    assert lamp.wish(f"n/{name}", wrong) == Refused(reason=f"n/{name} = {wrong!r}: it takes {takes}")


def test_what_cannot_be_set_is_refused() -> None:
    lamp, _ = dialect(*READY)
    assert lamp.wish("sensor/temperature", "20") == Refused(
        reason="lamp-1 has no sensor/temperature that can be set; it has "
        "light/power, light/brightness, light/color, light/mode, light/label"
    )


def test_a_root_that_is_not_there_hides_its_children() -> None:
    described = b'{"version": 1, "root": "hub"}'
    lamp, told = dialect(("$state", b"ready"), ("$description", described), root="hub")
    assert told == []
    assert list(lamp.hear("homie/5/hub/$state", b"ready")) == [Here()]
    assert list(lamp.hear("homie/5/hub/$state", b"")) == [
        Away(why="hub, through which lamp-1 speaks, is removed: check its power and cable")
    ]


@given(
    st.sampled_from(["$state", "$description", "light/power", "light/label/$target", "light/brightness", "a/b/c"]),
    st.binary(max_size=60),
)
def test_whatever_is_published_nothing_breaks(tail: str, payload: bytes) -> None:
    dialect(*READY, (tail, payload))


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"id": "Lamp 1"}, "'Lamp 1' is no Homie id: small letters, digits and hyphens, for example lamp-1"),
        ({"domain": "storebox/1"}, "'storebox/1' belongs to the broker or to storebox itself; give the device another topic"),
        ({"domain": "$SYS"}, "'$SYS' belongs to the broker or to storebox itself; give the device another topic"),
        (
            {"domain": "a/+"},
            "'a/+' is not a topic: 1 to 120 letters, without + and #, / only between words, for example shellies/shelly1-a1",
        ),
        ({"domain": "a//b"}, "'a//b' is not a topic"),
        ({"domain": "a\nuser x"}, r"'a\nuser x' is not a topic"),
    ],
)
def test_settings_that_cannot_be_are_told(given: dict[str, str], problem: str) -> None:
    with pytest.raises(ValidationError) as told:
        HomieSettings(**given)
    assert problem in str(told.value)


async def test_a_lamp_weighs_nothing(room: Room) -> None:
    assert DRIVER.commands == (SetProperty,)
    async with room(DRIVER, lamp_1=HomieSettings()) as shop, shop.hearing("lamp-1") as heard:
        assert await heard.device.perform(Tare()) == Refused(reason="lamp-1 cannot tare; it can: set-property")
