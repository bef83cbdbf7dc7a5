"""Shellys of the second generation at a real mosquitto: asked by RPC, told by notifications, gone by their last will."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.ambience.dialect import Away, Declined, Here, Odd, Took, Value, Wish
from drivers.ambience.shelly_2 import DRIVER, Shelly2Dialect, Shelly2Settings
from drivers.commands import Accepted, Done, Refused, SetProperty, Unknown
from drivers.contract import DeviceSilent
from drivers.sim.shelly_2 import Shelly2Sim

if TYPE_CHECKING:
    from tests.drivers.ambience.conftest import Room, Shop


def shelly(shop: Shop) -> Shelly2Sim:
    return Shelly2Sim(shop.address, prefix="plug-1", password=shop.mosquitto.password("plug-1"))


async def test_a_switch_is_asked_for_its_status_and_does_what_it_is_asked(room: Room) -> None:
    async with room(DRIVER, plug_1=Shelly2Settings()) as shop, shelly(shop) as sim, shop.hearing("plug-1") as heard:
        await heard.seen("switch:0.output", "false")
        assert (await heard.seen("switch:0.aenergy.total", "11.2")).unit == "Wh"
        assert await heard.set("switch:0.output", "true") == Done(detail="switch:0.output = true")
        assert await heard.set("switch:0.output", "true") == Done(detail="switch:0.output = true")  # it notifies no change
        assert await heard.set("light:0.brightness", "80") == Done(detail="light:0.brightness = 80")
        assert await heard.set("light:0.output", "false") == Done(detail="light:0.output = false")
        assert await heard.set("cover:0.current_pos", "60") == Done(detail="cover:0.current_pos = 60")
        sim.press()
        sim.status_ntf = True
        sim.change("switch:0", apower=99.5)
        assert (await heard.seen("switch:0.apower", "99.5")).unit == "W"
        names = {one.property for one in heard.properties()}
        assert not {"sys.uptime", "switch:0.id", "switch:0.source", "switch:0.aenergy.by_minute"} & names


async def test_a_switch_that_takes_a_call_and_does_not_move_has_only_accepted(room: Room) -> None:
    async with room(DRIVER, plug_1=Shelly2Settings()) as shop, shelly(shop) as sim, shop.hearing("plug-1") as heard:
        await heard.seen("switch:0.output", "false")
        sim.jammed = True
        assert await heard.set("switch:0.output", "true", 300) == Accepted(
            detail="plug-1 took it, but does not report switch:0.output = true yet: it says 'false'"
        )
        sim.deaf = True
        assert isinstance(await heard.set("switch:0.output", "true", 300), Unknown)


async def test_what_a_switch_will_not_do_is_refused_in_its_words(room: Room) -> None:
    async with room(DRIVER, plug_1=Shelly2Settings()) as shop, shelly(shop) as sim, shop.hearing("plug-1") as heard:
        await heard.seen("switch:0.output", "false")
        sim.status["switch:9"] = {"output": False}
        sim.change("switch:9", output=False)
        await heard.seen("switch:9.output", "false")
        assert await heard.set("switch:9.output", "true") == Refused(reason="plug-1 says: No handler for Switch.Set (404)")


async def test_an_unplugged_switch_is_gone_and_is_told_nothing_twice(room: Room) -> None:
    async with room(DRIVER, plug_1=Shelly2Settings()) as shop, shelly(shop) as sim:
        async with shop.hearing("plug-1") as heard:
            await heard.seen("switch:0.output", "false")
            assert await heard.set("switch:0.output", "true") == Done(detail="switch:0.output = true")
            await sim.station.unplug()
            assert str(await heard.gone()) == "plug-1 dropped off the network: check its power and the wireless network"
        sim.station.heard.clear()
        sim.station.plug()
        async with shop.hearing("plug-1") as heard:
            await heard.here()
            await heard.seen("switch:0.output", "true")
        assert {json.loads(payload)["method"] for _, payload, _ in sim.station.heard} == {"Shelly.GetStatus"}


async def test_a_switch_that_is_not_there_is_silent(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.ambience.foreign_device.HELLO_S", 0.3)
    async with room(DRIVER, plug_1=Shelly2Settings()) as shop, shop.hearing("plug-1") as heard:
        error = await heard.gone()
        assert isinstance(error, DeviceSilent)
        assert str(error) == (
            "plug-1 has not said that it is there: is it on, is MQTT switched on in it, "
            "and is its topic prefix as in the settings?"
        )


def dialect(*said: tuple[str, bytes]) -> tuple[Shelly2Dialect, list[object]]:
    """A dialect that has heard this, and what it made of it."""
    shelly = Shelly2Dialect(prefix="s")
    return shelly, [told for topic, payload in said for told in shelly.hear(topic, payload)]


@pytest.mark.parametrize(
    ("topic", "payload", "told"),
    [
        ("s/online", b"true", [Here()]),
        ("s/online", b"false", [Away(why="s dropped off the network: check its power and the wireless network")]),
        ("s/online", b"1", [Odd(problem="online is '1'; a Shelly says true or false")]),
        ("s/events/rpc", b'{"method":"NotifyEvent","params":{"events":[]}}', []),
        ("s/events/rpc", b'{"method":"NotifyStatus"}', [Odd(problem="there is no params in it")]),
        (
            "s/events/rpc",
            b'{"method":"NotifyStatus","params":{"ts":1.5,"switch:0":{"id":0,"apower":8.9}}}',
            [Value(property="switch:0.apower", value="8.9", unit="W")],
        ),
        (
            "s/status/temperature:100",
            b'{"id":100,"tC":21.5,"tF":70.7}',
            [
                Value(property="temperature:100.tC", value="21.5", unit="°C"),
                Value(property="temperature:100.tF", value="70.7", unit="°F"),
            ],
        ),
        ("s/storebox/rpc", b'{"id":9,"result":{}}', []),
        ("s/storebox/rpc", b"[", [Odd(problem="b'[' is not JSON: Input data was truncated")]),
    ],
)
def test_what_a_switch_says(topic: str, payload: bytes, told: list[object]) -> None:
    assert dialect((topic, payload))[1] == told


STATUS = (
    "s/storebox/rpc",
    b'{"id":1,"result":{"switch:0":{"output":false},"light:1":{"output":true,"brightness":5},"cover:2":{"current_pos":3}}}',
)


@pytest.mark.parametrize(
    ("property_", "value", "call", "reported"),
    [
        ("switch:0.output", "true", {"method": "Switch.Set", "params": {"id": 0, "on": True}}, "true"),
        ("light:1.output", "false", {"method": "Light.Set", "params": {"id": 1, "on": False}}, "false"),
        ("light:1.brightness", "50", {"method": "Light.Set", "params": {"id": 1, "brightness": 50}}, "49"),
        ("cover:2.current_pos", "50", {"method": "Cover.GoToPosition", "params": {"id": 2, "pos": 50}}, "52"),
    ],
)
def test_how_a_switch_is_asked(property_: str, value: str, call: dict[str, object], reported: str) -> None:
    shelly, _ = dialect(STATUS)
    wish = shelly.wish(property_, value)
    assert isinstance(wish, Wish)
    assert (wish.topic, json.loads(wish.payload)) == ("s/rpc", {"id": 2, "src": "s/storebox", **call})
    assert wish.reached(reported)
    assert list(shelly.hear("s/storebox/rpc", b'{"id":2,"result":null}')) == [Took(token=wish.token)]
    assert list(shelly.hear("s/storebox/rpc", b'{"id":2,"error":{"code":-103,"message":"no"}}')) == [
        Declined(token=wish.token, words="no (-103)")
    ]


@pytest.mark.parametrize(
    ("property_", "value", "reason"),
    [
        ("switch:0.output", "on", "switch:0.output = 'on': it takes true or false"),
        ("light:1.brightness", "1.5", "light:1.brightness = '1.5': it takes a whole number from 0 to 100"),
        (
            "switch:1.output",
            "true",
            "s has no switch:1.output that can be set; "  # noqa: ISC004
            "it has cover:2.current_pos, light:1.brightness, light:1.output, switch:0.output",
        ),
    ],
)
def test_what_a_switch_is_never_asked(property_: str, value: str, reason: str) -> None:
    assert dialect(STATUS)[0].wish(property_, value) == Refused(reason=reason)


def test_where_it_answers_and_says_that_it_is_there_can_be_set() -> None:
    shelly = Shelly2Dialect(prefix="s", reply_to="r", online="o")
    assert shelly.filters == ("o", "s/events/rpc", "s/status/+", "r/rpc")
    assert list(shelly.hear("o", b"true")) == [Here()]
    topics = Shelly2Settings(topic_prefix="s", reply_to="r", online_topic="o").foreign_topics("plug-1")
    assert (topics.login, topics.says, topics.hears) == ("plug-1", ("s/#", "r/rpc", "o"), ("s/rpc",))


@given(st.sampled_from(["s/online", "s/events/rpc", "s/status/switch:0", "s/storebox/rpc"]), st.binary(max_size=80))
def test_whatever_is_published_nothing_breaks(topic: str, payload: bytes) -> None:
    dialect((topic, payload))


def test_it_takes_one_command() -> None:
    assert DRIVER.commands == (SetProperty,)
