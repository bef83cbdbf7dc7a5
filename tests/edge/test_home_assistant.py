"""Home Assistant at a real broker, under its own login: it is told of the shop's devices for as long as the shop wants it."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from config.schema import Mqtt, Plugged, Settings
from drivers.pos.till import TillSettings
from drivers.sim.mqtt_device import MqttDevice
from edge.home_assistant import HomeAssistant, NotAllowed
from tests.drivers.test_broker_access import Probe, probing

if TYPE_CHECKING:
    from drivers.wires.mqtt import Broker
    from tests.conftest import Mosquitto

RunBox = Callable[..., AbstractAsyncContextManager[Any]]
BoxAt = Callable[..., AbstractAsyncContextManager["Broker"]]
Until = Callable[[Callable[[], object]], Awaitable[None]]
ACCOUNT = "home-assistant"
BASE = "storebox/1/box-1/till-1"
TILLS = ("till-1", "till-2")
UNCLEAR = "Home Assistant does not show a device: its $description is unclear"


def config(device: str) -> str:
    return f"homeassistant/device/storebox_box-1/{device}/config"


def says(**properties: object) -> dict[str, object]:
    return {"kind": "till", "model": "M-1", "properties": properties}


def last(home: Probe, topic: str) -> bytes | None:
    """What ``home`` heard last under ``topic``; None for nothing yet."""
    return next((payload for heard, payload in reversed(home.arrived) if heard == topic), None)


def components(home: Probe, device: str) -> list[str]:
    """The components that Home Assistant was told of last."""
    message = last(home, config(device))
    return [name for name, each in json.loads(message)["components"].items() if len(each) > 1] if message else []


@contextmanager
def home_assistant(mosquitto: Mosquitto) -> Iterator[Probe]:
    with probing(mosquitto, ACCOUNT) as (home,):
        home.client.subscribe([("homeassistant/#", 1)])
        yield home


def till(mosquitto: Mosquitto, name: str, description: dict[str, object]) -> MqttDevice:
    address = (mosquitto.host, mosquitto.port)
    device = MqttDevice(address, box=mosquitto.box, device=name, password=mosquitto.password(name), description=description)
    device.properties["lamp"] = "green"
    return device


def settings(mosquitto: Mosquitto, *tills: str, wanted: bool = True) -> str:
    own = f'[mqtt]\nport = {mosquitto.port}\npassword_file = "{mosquitto.password_file("storebox")}"\n'
    own += f"home_assistant = {str(wanted).lower()}\n"
    return own + "".join(f'[device.{name}]\ndriver = "till/mqtt"\n' for name in tills)


@pytest.fixture
def broker(broker_at: Callable[..., Mosquitto]) -> Mosquitto:
    mosquitto = broker_at(onlooker=ACCOUNT)
    mosquitto.start()
    return mosquitto


async def test_it_is_told_of_each_device_for_as_long_as_the_settings_want_it(
    broker: Mosquitto, run_box: RunBox, until: Until
) -> None:
    async with (
        till(broker, "till-1", says(lamp={}, drawer={"datatype": "boolean"})) as one,
        till(broker, "till-2", says(lamp={"unit": "<b>g</b>"})),
        run_box(settings(broker, *TILLS)) as box,
    ):

        def reload(*tills: str, wanted: bool = True) -> None:
            box.settings(settings(broker, *tills, wanted=wanted))
            box.process.send_signal(signal.SIGHUP)

        with home_assistant(broker) as home:
            await until(lambda: components(home, "till-1") == ["device_state", "lamp", "drawer"])
            told = json.loads(last(home, config("till-1")) or b"")
            home.client.subscribe([(each["state_topic"], 1) for each in told["components"].values()])
            await until(lambda: last(home, f"{BASE}/state/lamp") == b"green" and last(home, f"{BASE}/$state") == b"ready")
            assert told["device"]["model"] == "M-1"

            one.raw("$description", json.dumps(says(lamp={}, display={})).encode(), retain=True)
            await until(lambda: components(home, "till-1") == ["device_state", "lamp", "display"])
            assert json.loads(last(home, config("till-1")) or b"")["components"]["drawer"] == {"platform": "binary_sensor"}

            reload("till-2")
            await until(lambda: last(home, config("till-1")) == b"")
            reload(*TILLS)
            await until(lambda: components(home, "till-1"))
            reload(*TILLS, wanted=False)
            await until(lambda: last(home, config("till-1")) == b"")
            reload(*TILLS)
            await until(lambda: components(home, "till-1"))
            assert "restart" not in (await box.ask("/api/status"))["alarms"]
            assert last(home, config("till-2")) is None

        await until(lambda: box.log.count(UNCLEAR) == 2)  # once each time that it was wanted
        assert "its unit of lamp is no plain text" in box.log
        broker.restart()  # killed: what it kept in memory only is gone
        with home_assistant(broker) as home:
            await until(lambda: components(home, "till-1") == ["device_state", "lamp", "drawer"])  # as it introduces itself


@pytest.fixture
def wanted() -> Settings:
    tills = {name: Plugged(driver="till/mqtt", settings=TillSettings()) for name in TILLS}
    return Settings(mqtt=Mqtt(home_assistant=True), device=tills)


async def test_what_was_told_before_stays_of_a_device_that_is_off_and_goes_of_one_that_left(
    broker: Mosquitto, box_at: BoxAt, until: Until, wanted: Settings
) -> None:
    with probing(broker, "storebox") as (before,):
        for device in ("till-1", "till-2", "shelf-1"):
            before.client.publish(config(device), b'{"components": {}}', qos=1, retain=True).wait_for_publish(30)
    with home_assistant(broker) as home:
        await until(lambda: len(home.arrived) == 3)
        async with box_at(broker) as connection:
            telling = asyncio.ensure_future(HomeAssistant(broker=connection, settings=lambda: wanted, version="1").run())
            await until(lambda: last(home, config("shelf-1")) == b"")
            connection.descriptions.hear("till-2", json.dumps(says(lamp={})).encode())
            await until(lambda: components(home, "till-2") == ["device_state", "lamp"])
            assert last(home, config("till-1")) == b'{"components": {}}'
            connection.descriptions.hear("till-2", b"")
            await until(lambda: last(home, config("till-2")) == b"")
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)


async def test_a_broker_with_the_access_list_of_before_is_a_problem_with_what_to_do(
    broker_at: Callable[..., Mosquitto], box_at: BoxAt, wanted: Settings
) -> None:
    broker = broker_at()
    kept = [line for line in broker.files.acl.read_text().splitlines() if "homeassistant" not in line]
    broker.files.acl.write_text("\n".join(kept) + "\n")
    broker.start()
    async with box_at(broker) as connection:
        connection.descriptions.hear("till-1", b"{}")
        with pytest.raises(NotAllowed) as refusal:
            async with asyncio.timeout(60):
                await HomeAssistant(broker=connection, settings=lambda: wanted, version="1").run()
    assert str(refusal.value) == (
        "the broker does not let the box write homeassistant/device/storebox_box-1/till-1/config: "
        'run "storebox mosquitto" again and restart mosquitto'
    )
