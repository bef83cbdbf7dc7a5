"""Home Assistant's login against every topic, on a real mosquitto: it sees states, and no message of its own gets through."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from tests.drivers.test_broker_access import DEVICES, OWN, TOLD, audited, foreign_topics, probing

if TYPE_CHECKING:
    from tests.conftest import Mosquitto

ACCOUNT = "home-assistant"
TREE = "storebox/1/box-1"
CONFIG = "homeassistant/device/storebox_box-1/{}/config"
ELSEWHERE = (
    "homeassistant/device/storebox_box-2/till-1/config",
    "homeassistant/device/storebox_box-1/config",
    "homeassistant/sensor/storebox_box-1/till-1/config",
    "homeassistant/switch/x/config",
    "homeassistant/status",
)


def test_it_hears_how_the_devices_are_and_nothing_of_what_they_do_or_are_told(broker_at: Callable[..., Mosquitto]) -> None:
    mosquitto = audited(partial(broker_at, onlooker=ACCOUNT))
    everything = [f"{TREE}/{device}/{tail}" for device in (*DEVICES, ACCOUNT) for tail in OWN + TOLD]
    everything += [f"storebox/1/box-2/till-1/{tail}" for tail in OWN + TOLD]
    with probing(mosquitto, "auditor", ACCOUNT) as (auditor, home):
        home.client.subscribe([(topic, 1) for topic in ("#", f"{TREE}/#", f"{TREE}/+/event/#", *everything)])
        home.publish("settle")  # answered after the subscription was
        auditor.publish(*everything, CONFIG.format("till-1"), says="seen")
        auditor.publish(f"{TREE}/till-1/state/end")
        home.wait_for((f"{TREE}/till-1/state/end", b"x"))
        shown = {f"{TREE}/{device}/{tail}" for device in DEVICES for tail in ("$state", "$description", "state/x")}
        assert {topic for topic, payload in home.arrived if payload == b"seen"} == {*shown, CONFIG.format("till-1")}


def test_neither_it_nor_a_device_can_write_what_is_the_boxes_and_the_box_only_its_own(
    broker_at: Callable[..., Mosquitto],
) -> None:
    mosquitto = audited(partial(broker_at, onlooker=ACCOUNT))
    configs = [CONFIG.format(device) for device in (*DEVICES, ACCOUNT)]
    with probing(mosquitto, "auditor", "storebox", ACCOUNT, *DEVICES) as (auditor, box, home, *probes):
        auditor.client.subscribe([("#", 1)])
        auditor.publish("control")
        auditor.wait_for(("control", b"x"))
        home.publish(*foreign_topics(ACCOUNT), *(f"{TREE}/{ACCOUNT}/{tail}" for tail in OWN), *configs, says="foreign")
        for device, probe in zip(DEVICES, probes, strict=True):
            probe.publish(*foreign_topics(device), *configs, *ELSEWHERE, says="foreign")
        box.publish(*ELSEWHERE, says="foreign")
        box.publish(*configs, says="told")
        auditor.wait_for(*((topic, b"told") for topic in configs))
        assert [topic for topic, payload in auditor.arrived if payload == b"foreign"] == []
