"""Tasmota plugs at a real mosquitto: asked at opening, answered by RESULT, gone by their last will."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.ambience.dialect import Away, Declined, Here, Odd, Value, Wish
from drivers.ambience.tasmota import DRIVER, TasmotaDialect, TasmotaSettings
from drivers.commands import Accepted, Done, Refused, SetProperty, Unknown
from drivers.contract import DeviceSilent
from drivers.sim.tasmota import TasmotaSim

if TYPE_CHECKING:
    from tests.drivers.ambience.conftest import Room, Shop


def plug(shop: Shop, relays: int = 1) -> TasmotaSim:
    return TasmotaSim(shop.address, topic="plug-1", password=shop.mosquitto.password("plug-1"), relays=relays)


async def test_a_plug_is_asked_how_it_is_and_does_what_it_is_asked(room: Room) -> None:
    async with room(DRIVER, plug_1=TasmotaSettings()) as shop, plug(shop) as sim, shop.hearing("plug-1") as heard:
        assert (await heard.seen("ENERGY.Power", "12")).unit == "W"
        assert (await heard.seen("DS18B20.Temperature", "20.6")).unit == "°C"
        assert (await heard.seen("Dimmer", "40")).unit == "%"
        assert ("cmnd/plug-1/POWER", b"", False) in sim.station.heard
        assert await heard.set("POWER", "ON") == Done(detail="POWER = ON")
        assert await heard.set("POWER", "ON") == Done(detail="POWER = ON")
        assert await heard.set("Dimmer", "70") == Done(detail="Dimmer = 70")
        sim.press()
        await heard.until(lambda: [one.value for one in heard.properties() if one.property == "POWER"] == ["OFF", "ON", "OFF"])
        sim.telemetry()
        await heard.seen("Wifi.RSSI", "74")
        assert "Heap" not in {one.property for one in heard.properties()}


async def test_each_relay_is_a_property(room: Room) -> None:
    async with room(DRIVER, plug_1=TasmotaSettings()) as shop, plug(shop, relays=3), shop.hearing("plug-1") as heard:
        await heard.seen("POWER3", "OFF")
        assert await heard.set("POWER2", "ON") == Done(detail="POWER2 = ON")
        assert await heard.set("POWER", "ON") == Refused(
            reason="plug-1 has no POWER that can be set; it has CT, Dimmer, POWER1, POWER2, POWER3"
        )


async def test_a_plug_that_answers_and_does_not_switch_has_only_accepted(room: Room) -> None:
    async with room(DRIVER, plug_1=TasmotaSettings()) as shop, plug(shop) as sim, shop.hearing("plug-1") as heard:
        await heard.seen("POWER", "OFF")
        sim.jammed = True
        assert await heard.set("POWER", "ON", 1_500) == Accepted(
            detail="plug-1 took it, but does not report POWER = ON yet: it says 'OFF'"
        )
        sim.deaf = True
        assert isinstance(await heard.set("POWER", "ON", 300), Unknown)


async def test_a_plug_that_does_not_know_a_command_says_so(room: Room) -> None:
    async with room(DRIVER, plug_1=TasmotaSettings()) as shop, plug(shop) as sim, shop.hearing("plug-1") as heard:
        await heard.seen("CT", "300")
        del sim.state["CT"]
        assert await heard.set("CT", "200") == Refused(reason="plug-1 says: Command Unknown")


async def test_an_unplugged_plug_is_gone_and_does_not_switch_by_itself_when_it_is_back(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with room(DRIVER, plug_1=TasmotaSettings()) as shop, plug(shop) as sim:
        async with shop.hearing("plug-1") as heard:
            await heard.seen("POWER", "OFF")
            assert await heard.set("POWER", "ON") == Done(detail="POWER = ON")
            await sim.station.unplug()
            assert str(await heard.gone()) == "plug-1 dropped off the network: check its power and the wireless network"
        with monkeypatch.context() as hurried:
            hurried.setattr("drivers.ambience.foreign_device.AWAY_S", 0.2)
            async with shop.hearing("plug-1") as heard:
                await heard.gone()
                assert heard.readings == []
        sim.station.heard.clear()
        sim.station.plug()
        async with shop.hearing("plug-1") as heard:
            await heard.here()
            await heard.seen("POWER", "ON")
            await heard.seen("Dimmer", "40")
            assert await heard.set("Dimmer", "10") == Done(detail="Dimmer = 10")
        assert [told for told in sim.station.heard if told[1] == b"ON" or told[2]] == []


async def test_a_plug_that_is_not_there_is_silent(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.ambience.foreign_device.HELLO_S", 0.3)
    async with room(DRIVER, plug_1=TasmotaSettings()) as shop, shop.hearing("plug-1") as heard:
        error = await heard.gone()
        assert isinstance(error, DeviceSilent)
        assert str(error) == (
            "plug-1 has not said that it is there: is it on, is its Topic as in the settings, "
            "and its FullTopic %prefix%/%topic%/?"
        )


def dialect(*said: tuple[str, bytes]) -> tuple[TasmotaDialect, list[object]]:
    """A dialect that has heard this, and what it made of it."""
    plug = TasmotaDialect(topic="plug-1")
    return plug, [told for topic, payload in said for told in plug.hear(topic, payload)]


@pytest.mark.parametrize(
    ("topic", "payload", "told"),
    [
        ("tele/plug-1/LWT", b"Online", [Here()]),
        (
            "tele/plug-1/LWT",
            b"Offline",
            [Away(why="plug-1 dropped off the network: check its power and the wireless network")],
        ),
        ("stat/plug-1/POWER2", b"ON", [Value(property="POWER2", value="ON")]),
        ("stat/plug-1/RESULT", b'{"Dimmer":55}', [Value(property="Dimmer", value="55", unit="%")]),
        ("stat/plug-1/LOGGING", b"anything", []),
        (
            "stat/plug-1/STATUS10",
            b'{"StatusSNS":{"Time":"x","BME280":{"Temperature":68.1,"Humidity":40},"TempUnit":"F"}}',
            [
                Value(property="BME280.Temperature", value="68.1", unit="°F"),
                Value(property="BME280.Humidity", value="40", unit="%"),
            ],
        ),
        ("tele/plug-1/LWT", b"asleep", [Odd(problem="LWT is 'asleep'; Tasmota says Online or Offline")]),
        ("stat/plug-1/STATUS11", b"{}", [Odd(problem="there is no StatusSTS in it")]),
        ("stat/plug-1/RESULT", b"OK", [Odd(problem="b'OK' is not JSON: JSON is malformed: invalid character (byte 0)")]),
    ],
)
def test_what_a_plug_says(topic: str, payload: bytes, told: list[object]) -> None:
    assert dialect((topic, payload))[1] == told


STATE = ("tele/plug-1/STATE", b'{"POWER":"OFF","Dimmer":1,"CT":200,"Color":"000000","HSBColor":"0,0,0"}')


@pytest.mark.parametrize(
    ("property_", "value", "reported"),
    [
        ("POWER", "OFF", "OFF"),
        ("Dimmer", "40", "39"),
        ("CT", "153", "153"),
        ("Color", "ff7800", "FF7800"),
        ("HSBColor", "1,2,3", "1,2,3"),
    ],
)
def test_how_a_plug_is_asked(property_: str, value: str, reported: str) -> None:
    wish = dialect(STATE)[0].wish(property_, value)
    assert isinstance(wish, Wish)
    assert (wish.topic, wish.payload) == (f"cmnd/plug-1/{property_}", value.encode())
    assert wish.reached(reported)
    assert not wish.reached("other")


@pytest.mark.parametrize(
    ("property_", "value", "reason"),
    [
        ("POWER", "TOGGLE", "POWER = 'TOGGLE': it takes ON or OFF"),
        ("Dimmer", "101", "Dimmer = '101': it takes a whole number from 0 to 100"),
        ("CT", "1", "CT = '1': it takes a whole number from 153 to 500"),
        ("Color", "red", "Color = 'red': it takes a colour like FF7800, or 255,120,0"),
        ("Restart", "1", "plug-1 has no Restart that can be set; it has CT, Color, Dimmer, HSBColor, POWER"),
    ],
)
def test_what_a_plug_is_never_asked(property_: str, value: str, reason: str) -> None:
    assert dialect(STATE)[0].wish(property_, value) == Refused(reason=reason)


def test_a_refusal_belongs_to_what_was_asked() -> None:
    plug, _ = dialect(STATE)
    refusal = b'{"Command":"Error"}'
    assert list(plug.hear("stat/plug-1/RESULT", refusal)) == []
    plug.wish("POWER", "ON")
    assert list(plug.hear("stat/plug-1/RESULT", refusal)) == [Declined(token="POWER=ON", words="Command Error")]


@given(
    st.sampled_from(["tele/plug-1/LWT", "tele/plug-1/STATE", "stat/plug-1/RESULT", "stat/plug-1/STATUS10"]),
    st.binary(max_size=80),
)
def test_whatever_is_published_nothing_breaks(topic: str, payload: bytes) -> None:
    dialect((topic, payload))


def test_it_takes_one_command() -> None:
    assert DRIVER.commands == (SetProperty,)
