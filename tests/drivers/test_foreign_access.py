"""Every device of another maker against every topic that is not its own, on a real mosquitto with the generated access list."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from drivers.ambience.homie import HomieSettings
from drivers.ambience.shelly_1 import Shelly1Settings
from drivers.ambience.shelly_2 import Shelly2Settings
from drivers.ambience.tasmota import TasmotaSettings
from drivers.ambience.zigbee2mqtt import Zigbee2MqttSettings
from drivers.broker_files import BrokerFilesError, write_broker_files
from drivers.foreign_access import foreign_of
from drivers.wires.topic_filters import matches, meet
from tests.drivers.test_broker_access import audited, probing

if TYPE_CHECKING:
    from tests.conftest import Mosquitto

ROOM = {
    "lamp-1": HomieSettings(),
    "lamp-2": HomieSettings(),
    "bulb-1": HomieSettings(root="hub", login="hub"),
    "zigbee-1": Zigbee2MqttSettings(friendly_name="shop/lamp 1"),
    "zigbee-2": Zigbee2MqttSettings(friendly_name="Küche"),
    "plug-1": TasmotaSettings(),
    "plug-2": TasmotaSettings(topic="tasmota_A1"),
    "relay-1": Shelly1Settings(),
    "switch-1": Shelly2Settings(topic_prefix="shellyplus1-a1"),
}
FOREIGN = foreign_of(ROOM)
SAYS = {
    "lamp-1": ["homie/5/lamp-1/$state", "homie/5/lamp-1/light/power", "homie/5/lamp-1/light/power/$target"],
    "lamp-2": ["homie/5/lamp-2/$state", "homie/5/lamp-2/light/power"],
    "hub": ["homie/5/hub/$state", "homie/5/bulb-1/$description", "homie/5/bulb-1/light/power"],
    "zigbee2mqtt": ["zigbee2mqtt/bridge/state", "zigbee2mqtt/shop/lamp 1", "zigbee2mqtt/Küche/availability"],
    "plug-1": ["tele/plug-1/LWT", "stat/plug-1/RESULT"],
    "plug-2": ["tele/tasmota_A1/STATE", "stat/tasmota_A1/POWER"],
    "relay-1": ["shellies/relay-1/online", "shellies/relay-1/relay/0"],
    "switch-1": ["shellyplus1-a1/online", "shellyplus1-a1/storebox/rpc", "shellyplus1-a1/events/rpc"],
}
HEARS = {
    "lamp-1": ["homie/5/lamp-1/light/power/set"],
    "lamp-2": ["homie/5/lamp-2/light/power/set"],
    "hub": ["homie/5/bulb-1/light/power/set"],
    "zigbee2mqtt": ["zigbee2mqtt/shop/lamp 1/set", "zigbee2mqtt/Küche/get"],
    "plug-1": ["cmnd/plug-1/POWER"],
    "plug-2": ["cmnd/tasmota_A1/STATUS"],
    "relay-1": ["shellies/relay-1/relay/0/command", "shellies/relay-1/command"],
    "switch-1": ["shellyplus1-a1/rpc"],
}
OURS = [
    f"storebox/1/box-1/{name}/{tail}" for name in ("till-1", "lamp-1", "plug-1") for tail in ("$state", "event/x", "set/x", "ack")
]
ELSEWHERE = ["homie/5/lamp-3/$state", "cmnd/tasmotas/POWER", "shellies/command", "homeassistant/switch/x/config", "x"]
EVERYTHING = [*(topic for topics in (*SAYS.values(), *HEARS.values()) for topic in topics), *OURS, *ELSEWHERE]
OWN_TREES = {
    "lamp-1": "homie/5/lamp-1/",
    "lamp-2": "homie/5/lamp-2/",
    "relay-1": "shellies/relay-1/",
    "switch-1": "shellyplus1-a1/",
}
OWN_TREES |= {"zigbee2mqtt": "zigbee2mqtt/"}


def foreign_to(login: str, own: dict[str, list[str]]) -> list[str]:
    """Everything that is neither in ``own`` for ``login`` nor below its own tree."""
    trees = ("homie/5/hub/", "homie/5/bulb-1/") if login == "hub" else (OWN_TREES.get(login, "no tree"),)
    return [topic for topic in EVERYTHING if topic not in own[login] and not topic.startswith(trees)]


def test_no_foreign_device_can_write_what_is_not_its_own(broker_at: Callable[..., Mosquitto]) -> None:
    mosquitto = audited(lambda: broker_at(foreign=FOREIGN))
    with probing(mosquitto, "auditor", "till-1", *SAYS) as (auditor, till, *probes):
        auditor.client.subscribe([("#", 1)])
        auditor.publish("control")
        auditor.wait_for(("control", b"x"))
        tried = 0
        for login, probe in zip(SAYS, probes, strict=True):
            foreign = foreign_to(login, SAYS)
            tried += len(foreign)
            probe.publish(*foreign, says="foreign")
            probe.publish(*SAYS[login], says="own")
        ours = [topic for topics in (*SAYS.values(), *HEARS.values()) for topic in topics]
        tried += len(ours)
        till.publish(*ours, says="foreign")
        till.publish("storebox/1/box-1/till-1/event/x", says="own")
        auditor.wait_for(*((topic, b"own") for topics in SAYS.values() for topic in topics))
        auditor.wait_for(("storebox/1/box-1/till-1/event/x", b"own"))
        assert tried > 300
        assert [topic for topic, payload in auditor.arrived if payload == b"foreign"] == []


def test_no_foreign_device_can_hear_what_is_not_for_it(broker_at: Callable[..., Mosquitto]) -> None:
    mosquitto = audited(lambda: broker_at(foreign=FOREIGN))
    with probing(mosquitto, "auditor", *HEARS) as (auditor, *probes):
        for probe in probes:
            probe.client.subscribe([(topic, 1) for topic in ["#", "+/+/+/+/+", "storebox/#", *EVERYTHING]])
            probe.publish("settle")  # answered after the subscription was
        auditor.publish(*EVERYTHING, says="secret")
        for login, probe in zip(HEARS, probes, strict=True):
            auditor.publish(HEARS[login][0], says="end")
            probe.wait_for((HEARS[login][0], b"end"))
            heard = {topic for topic, payload in probe.arrived if payload == b"secret"}
            assert set(HEARS[login]) <= heard
            assert heard & set(foreign_to(login, HEARS)) == set()


def test_the_box_may_ask_and_hear_them_and_say_nothing_for_them(broker_at: Callable[..., Mosquitto]) -> None:
    mosquitto = audited(lambda: broker_at(foreign=FOREIGN))
    with probing(mosquitto, "auditor", "storebox") as (auditor, box):
        auditor.client.subscribe([("#", 1)])
        box.client.subscribe([(topic, 1) for topics in SAYS.values() for topic in topics])
        box.publish("settle")
        auditor.publish(*(topic for topics in SAYS.values() for topic in topics), says="told")
        box.wait_for(*((topic, b"told") for topics in SAYS.values() for topic in topics))
        box.publish(*(topic for topics in SAYS.values() for topic in topics), *ELSEWHERE, says="foreign")
        box.publish(*(topic for topics in HEARS.values() for topic in topics), says="asked")
        auditor.wait_for(*((topic, b"asked") for topics in HEARS.values() for topic in topics))
        assert [topic for topic, payload in auditor.arrived if payload == b"foreign"] == []


def written(directory: Path, **devices: object) -> None:
    foreign = foreign_of({name.replace("_", "-"): settings for name, settings in devices.items()})
    write_broker_files(directory, box="box-1", host="127.0.0.1", port=1883, devices=["till-1"], foreign=foreign)


def test_two_logins_under_one_topic_are_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(
        BrokerFilesError,
        match="plug-1 and plug-2 would speak under the same topics: give each its own, or one login for both",
    ):
        written(tmp_path, plug_1=TasmotaSettings(topic="plug-2"), plug_2=TasmotaSettings())
    written(tmp_path, plug_1=TasmotaSettings(topic="plug-2", login="both"), plug_2=TasmotaSettings(login="both"))


def test_a_login_of_ours_is_not_for_others(tmp_path: Path) -> None:
    with pytest.raises(BrokerFilesError, match="a login name occurs twice among storebox, till-1, till-1; every device needs"):
        written(tmp_path, plug_1=TasmotaSettings(login="till-1"))


@pytest.mark.parametrize(
    ("one", "other", "they_meet"),
    [
        ("a/b", "a/b", True),
        ("a/b", "a/c", False),
        ("a/+/c", "a/b/c", True),
        ("a/+/c", "+/b/d", False),
        ("a/#", "a", True),
        ("a/#", "a/b/c", True),
        ("a/#", "b", False),
        ("#", "b/c", True),
        ("a/+", "a", False),
        ("a/+", "a/b/c", False),
    ],
)
def test_when_two_filters_meet(one: str, other: str, they_meet: bool) -> None:
    assert (meet(one, other), meet(other, one)) == (they_meet, they_meet)


def test_a_topic_is_one_of_a_filter() -> None:
    assert matches("homie/5/+/$state", "homie/5/lamp-1/$state")
    assert not matches("homie/5/+/$state", "homie/5/lamp-1/$state/x")
