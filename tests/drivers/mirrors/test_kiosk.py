"""A mirror's visits and shades, byte by byte and against a real broker: every event answered, a touch only shown."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.commands import Done, OpenDrawer, Refused, SetProperty, Show
from drivers.contract import DeviceGone, DeviceSilent, Receipt, Wires
from drivers.mirrors.kiosk import DRIVER, Kiosk, KioskSettings, decode, decode_touch
from drivers.readings import AnyReading, Presence, Reported, Unreadable
from drivers.room_readings import MirrorTouched, MirrorUsed, ShadeTried
from drivers.sim.mirror_kiosk import MirrorKioskSim
from drivers.wires.mqtt import Broker
from drivers.wires.mqtt_inbox import Message

if TYPE_CHECKING:
    from tests.conftest import Mosquitto

    BoxAt = Callable[..., AbstractAsyncContextManager[Broker]]

WAIT_S = 30


def heard(name: str, payload: bytes, branch: str = "event") -> Message:
    return Message(device="mirror-1", branch=branch, name=name, payload=payload, at=datetime.now(UTC), monotonic_ms=5, number=1)


def told(name: str, branch: str = "event", **fields: object) -> Message:
    return heard(name, json.dumps({"id": "e-1", "session": "v-17", **fields}).encode(), branch)


def refusal(message: Message) -> str:
    reading = decode(message)
    assert isinstance(reading, Unreadable)
    return reading.problem


def test_a_visit_begins_and_ends() -> None:
    for kind in ("began", "ended"):
        reading = decode(told(kind))
        assert isinstance(reading, MirrorUsed)
        assert (reading.device, reading.session, reading.kind, reading.report.id) == ("mirror-1", "v-17", kind, "e-1")


def test_a_shade_is_worn_for_a_while() -> None:
    reading = decode(told("tried", sku="rouge-01", ms=5200, intensity=60))
    assert isinstance(reading, ShadeTried)
    assert (reading.session, reading.sku, reading.shown_ms, reading.intensity_percent) == ("v-17", "rouge-01", 5200, 60)


def test_a_touch_is_where_the_finger_was() -> None:
    reading = decode_touch(told("touch", "state", x=0, y=1000))
    assert isinstance(reading, MirrorTouched)
    assert (reading.session, reading.x_permille, reading.y_permille) == ("v-17", 0, 1000)
    assert decode_touch(heard("message", b"Hello", "state")) is None


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        (told("stolen"), "no event of a mirror is called 'stolen': began, tried or ended"),
        (told("began", session=""), "event/began: Expected `str` matching regex"),
        (told("tried", sku="4111 1111 1111 1111", ms=1, intensity=1), "sku holds a long number"),
        (told("tried", sku="a", ms=-1, intensity=1), "event/tried: Expected `int` >= 0 - at `$.ms`"),
        (told("tried", sku="a", ms=1, intensity=101), "event/tried: Expected `int` <= 100 - at `$.intensity`"),
        (told("ended", session="4111111111111111"), "session holds what may be a card number"),
        (heard("began", b"{"), "event/began is not JSON"),
    ],
)
def test_what_a_mirror_cannot_mean_is_set_aside(message: Message, problem: str) -> None:
    assert refusal(message).startswith(problem)


@pytest.mark.parametrize("fields", [{"x": 1001, "y": 1}, {"x": 1}, {"x": 1, "y": 1, "session": "4111111111111111"}])
def test_a_touch_beside_the_glass_is_set_aside(fields: dict[str, object]) -> None:
    assert isinstance(decode_touch(told("touch", "state", **fields)), Unreadable)


@given(st.sampled_from(["began", "tried", "x"]), st.binary())
def test_arbitrary_bytes_are_a_reading_or_set_aside(name: str, payload: bytes) -> None:
    assert decode(heard(name, payload)) is not None
    assert isinstance(decode_touch(heard("touch", payload, "state")), Unreadable | MirrorTouched)


@asynccontextmanager
async def opened(broker: Mosquitto, box_at: BoxAt, **changes: object) -> AsyncIterator[tuple[MirrorKioskSim, Kiosk]]:
    """A mirror that is on, and the driver that hears it."""
    settings = KioskSettings().model_copy(update=changes)
    async with mirror(broker) as sim, box_at(broker) as box, Kiosk("mirror-1", settings, Wires(broker=box)) as kiosk:
        yield sim, kiosk


@asynccontextmanager
async def mirror(mosquitto: Mosquitto) -> AsyncIterator[MirrorKioskSim]:
    password = mosquitto.password("mirror-1")
    async with MirrorKioskSim((mosquitto.host, mosquitto.port), box=mosquitto.box, device="mirror-1", password=password) as sim:
        await sim.mqtt.connected()
        yield sim


@pytest.fixture
def broker(broker_at: Callable[..., Mosquitto]) -> Mosquitto:
    """A running broker that knows mirror-1."""
    made = broker_at(devices=["mirror-1"])
    made.start()
    return made


@asynccontextmanager
async def listening(kiosk: Kiosk, readings: list[AnyReading]) -> AsyncIterator[asyncio.Task[None]]:
    """Stands for the box: hears and acknowledges everything; the task ends as the readings do."""

    async def listen() -> None:
        async for reading in kiosk.readings():
            readings.append(reading)
            if isinstance(reading, Reported | Unreadable):
                await kiosk.acknowledge(reading, Receipt(ok=isinstance(reading, Reported), problem="no"))

    task = asyncio.create_task(listen(), name="readings")
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_a_visit_reaches_the_box_and_every_event_is_answered(broker: Mosquitto, box_at: BoxAt) -> None:
    readings: list[AnyReading] = []
    async with opened(broker, box_at) as (sim, kiosk), listening(kiosk, readings):
        sim.mqtt.repeats = 2
        session = sim.begin()
        sim.touch(512, 303)
        sim.try_shade("rouge-01")
        sim.end()
        sim.mqtt.event("stolen")
        await sim.mqtt.answered()
    seen = [reading for reading in readings if isinstance(reading, MirrorUsed | ShadeTried)]
    assert {reading.session for reading in seen} == {session}
    assert len({reading.report.id for reading in seen}) == 3
    assert sim.mqtt.problems == ["no"]
    assert (sim.mqtt.acked, sim.mqtt.refused) == (3, 1)
    assert any(isinstance(reading, MirrorTouched) and reading.x_permille == 512 for reading in readings)
    assert any(isinstance(reading, Presence) for reading in readings)


async def test_a_mirror_shows_two_lines_and_says_so(broker: Mosquitto, box_at: BoxAt) -> None:
    async with opened(broker, box_at) as (sim, kiosk), listening(kiosk, []):
        shown = await kiosk.perform(Show(upper="Bitte", lower="lächeln", deadline_ms=20_000))
        assert shown == Done(detail="message = Bitte\nlächeln")
        assert sim.mqtt.properties["message"] == "Bitte\nlächeln"
        assert await kiosk.perform(Show(deadline_ms=20_000)) == Done(detail="message = \n")
        assert await kiosk.perform(SetProperty(property="message", value="Hi", deadline_ms=20_000)) == Done(detail="message = Hi")
        told = await kiosk.perform(OpenDrawer(reason="change"))
        assert told == Refused(reason="mirror-1 cannot open-drawer; it can: set-property, show")


async def test_a_mirror_that_was_never_on_is_silent(broker: Mosquitto, box_at: BoxAt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.reporting.HELLO_S", 0.2)
    async with box_at(broker) as box, DRIVER.open("mirror-1", KioskSettings(), Wires(broker=box)) as kiosk:
        with pytest.raises(DeviceSilent):
            await anext(aiter(kiosk.readings()))


async def test_an_unplugged_mirror_is_gone(broker: Mosquitto, box_at: BoxAt) -> None:
    async with opened(broker, box_at) as (sim, kiosk), listening(kiosk, []) as task:
        sim.mqtt.unplug()
        async with asyncio.timeout(WAIT_S):
            await asyncio.wait([task])
        assert isinstance(task.exception(), DeviceGone)


async def test_a_mirror_without_a_heartbeat_is_silent(broker: Mosquitto, box_at: BoxAt) -> None:
    async with opened(broker, box_at, silent_after_s=0.2) as (_, kiosk), listening(kiosk, []) as task:
        async with asyncio.timeout(WAIT_S):
            await asyncio.wait([task])
        assert isinstance(task.exception(), DeviceSilent)
