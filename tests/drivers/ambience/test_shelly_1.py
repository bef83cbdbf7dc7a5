"""Shellys of the first generation at a real mosquitto: asked to say everything, then told by plain topics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.ambience.dialect import Away, Here, Odd, Value, Wish
from drivers.ambience.shelly_1 import DRIVER, Shelly1Dialect, Shelly1Settings
from drivers.commands import Done, Refused, SetProperty, Unknown
from drivers.contract import DeviceSilent
from drivers.sim.shelly_1 import Shelly1Sim

if TYPE_CHECKING:
    from tests.drivers.ambience.conftest import Room, Shop


def shelly(shop: Shop) -> Shelly1Sim:
    return Shelly1Sim(shop.address, device="relay-1", password=shop.mosquitto.password("relay-1"))


async def test_a_relay_says_everything_and_does_what_it_is_asked(room: Room) -> None:
    async with room(DRIVER, relay_1=Shelly1Settings()) as shop, shelly(shop) as sim, shop.hearing("relay-1") as heard:
        assert (await heard.seen("relay/0/power", "12.50")).unit == "W"
        await heard.seen("white/0.ison", "false")
        assert await heard.set("relay/0", "on") == Done(detail="relay/0 = on")
        assert await heard.set("white/0.ison", "true") == Done(detail="white/0.ison = true")
        assert await heard.set("white/0.brightness", "70") == Done(detail="white/0.brightness = 70")
        assert await heard.set("roller/0/pos", "60") == Done(detail="roller/0/pos = 60")
        sim.press()
        await heard.until(lambda: [one.value for one in heard.properties() if one.property == "relay/0"] == ["off", "on", "off"])


async def test_a_relay_that_falls_off_says_why(room: Room) -> None:
    async with room(DRIVER, relay_1=Shelly1Settings()) as shop, shelly(shop) as sim, shop.hearing("relay-1") as heard:
        await heard.seen("relay/0", "off")
        sim.overloaded = True
        assert await heard.set("relay/0", "on") == Refused(reason="relay-1 says: overpower: more is plugged in than it can bear")
        sim.deaf = True
        assert isinstance(await heard.set("relay/0", "on", 300), Unknown)


async def test_an_unplugged_relay_is_gone_and_does_not_switch_by_itself_when_it_is_back(room: Room) -> None:
    async with room(DRIVER, relay_1=Shelly1Settings()) as shop, shelly(shop) as sim:
        async with shop.hearing("relay-1") as heard:
            await heard.seen("relay/0", "off")
            assert await heard.set("relay/0", "on") == Done(detail="relay/0 = on")
            await sim.station.unplug()
            assert str(await heard.gone()) == "shellies/relay-1 dropped off the network: check its power and the wireless network"
        sim.station.heard.clear()
        sim.station.plug()
        async with shop.hearing("relay-1") as heard:
            await heard.here()
            await heard.seen("relay/0", "on")
        assert {told[0] for told in sim.station.heard} == {"shellies/relay-1/command"}


async def test_a_relay_that_is_not_there_is_silent(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.ambience.foreign_device.HELLO_S", 0.3)
    async with room(DRIVER, relay_1=Shelly1Settings()) as shop, shop.hearing("relay-1") as heard:
        error = await heard.gone()
        assert isinstance(error, DeviceSilent)
        assert str(error) == (
            "relay-1 has not said that it is there: is it on, is MQTT switched on in it, and is its topic as in the settings?"
        )


def dialect(*said: tuple[str, bytes]) -> tuple[Shelly1Dialect, list[object]]:
    """A dialect that has heard this, and what it made of it."""
    shelly = Shelly1Dialect(prefix="shellies/s")
    return shelly, [told for tail, payload in said for told in shelly.hear(f"shellies/s/{tail}", payload)]


@pytest.mark.parametrize(
    ("tail", "payload", "told"),
    [
        ("online", b"true", [Here()]),
        ("online", b"false", [Away(why="shellies/s dropped off the network: check its power and the wireless network")]),
        ("online", b"yes", [Odd(problem="online is 'yes'; a Shelly says true or false")]),
        ("announce", b"{}", []),
        ("relay/0/command", b"on", []),
        ("temperature", b"41.3", [Value(property="temperature", value="41.3", unit="°C")]),
        ("light/0/status", b'{"ison":true,"has_timer":false}', [Value(property="light/0.ison", value="true")]),
        ("light/0/status", b"on", [Odd(problem="b'on' is not JSON: JSON is malformed: invalid character (byte 0)")]),
    ],
)
def test_what_a_relay_says(tail: str, payload: bytes, told: list[object]) -> None:
    assert dialect((tail, payload))[1] == told


STATUS = (("relay/0", b"off"), ("roller/1/pos", b"3"), ("white/2/status", b'{"ison":false,"brightness":5}'))


@pytest.mark.parametrize(
    ("property_", "value", "topic", "payload", "reported"),
    [
        ("relay/0", "on", "relay/0/command", b"on", "on"),
        ("roller/1/pos", "50", "roller/1/command/pos", b"50", "48"),
        ("white/2.ison", "true", "white/2/set", b'{"turn":"on"}', "true"),
        ("white/2.ison", "false", "white/2/set", b'{"turn":"off"}', "false"),
        ("white/2.brightness", "50", "white/2/set", b'{"brightness":50}', "51"),
    ],
)
def test_how_a_relay_is_asked(property_: str, value: str, topic: str, payload: bytes, reported: str) -> None:
    wish = dialect(*STATUS)[0].wish(property_, value)
    assert isinstance(wish, Wish)
    assert (wish.topic, wish.payload) == (f"shellies/s/{topic}", payload)
    assert wish.reached(reported)


@pytest.mark.parametrize(
    ("property_", "value", "reason"),
    [
        ("relay/0", "toggle", "relay/0 = 'toggle': it takes on or off"),
        ("roller/1/pos", "-1", "roller/1/pos = '-1': it takes a whole number from 0 to 100"),
        ("white/2.ison", "on", "white/2.ison = 'on': it takes true or false"),
        (
            "command",
            "update_fw",
            "shellies/s has no command that can be set; it has relay/0, roller/1/pos, white/2.brightness, white/2.ison",
        ),
    ],
)
def test_what_a_relay_is_never_asked(property_: str, value: str, reason: str) -> None:
    assert dialect(*STATUS)[0].wish(property_, value) == Refused(reason=reason)


@given(st.sampled_from(["online", "relay/0", "white/0/status", "announce"]), st.binary(max_size=80))
def test_whatever_is_published_nothing_breaks(tail: str, payload: bytes) -> None:
    dialect((tail, payload))


def test_it_takes_one_command() -> None:
    assert DRIVER.commands == (SetProperty,)
