"""Each device against every topic that is not its own, on a real mosquitto with the generated access list: 0 accepted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from drivers.broker_files import hashed

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from drivers.wires.mqtt import Broker
    from tests.conftest import Mosquitto

DEVICES = ("shelf-1", "shelf-2", "till-1", "till-2")
OWN = ("$state", "$description", "event/x", "state/x")
TOLD = ("ack", "set/x")
WAIT_S = 30


class Probe:
    """Someone at the broker who writes down what arrives."""

    def __init__(self, mosquitto: Mosquitto, name: str | None, password: str | None, client_id: str = "") -> None:
        self.arrived: list[tuple[str, bytes]] = []
        self.refused = ""
        self._news = threading.Condition()
        self._settled = threading.Event()
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=mqtt.MQTTv5)
        self.client.username, self.client.password = name, password
        self.client.on_connect = self._on_connect
        self.client.on_message = self._on_message
        self.client.connect(mosquitto.host, mosquitto.port)
        self.client.loop_start()
        assert self._settled.wait(WAIT_S)

    def publish(self, *topics: str, says: str = "x") -> None:
        for info in [self.client.publish(topic, says, qos=1) for topic in topics]:
            info.wait_for_publish(WAIT_S)

    def wait_for(self, *wanted: tuple[str, bytes]) -> None:
        with self._news:
            assert self._news.wait_for(lambda: set(wanted) <= set(self.arrived), WAIT_S), set(wanted) - set(self.arrived)

    def _on_connect(self, _client: mqtt.Client, _userdata: Any, _flags: Any, reason: Any, _told: Any) -> None:
        self.refused = str(reason) if reason.is_failure else ""
        self._settled.set()

    def _on_message(self, _client: mqtt.Client, _userdata: Any, message: mqtt.MQTTMessage) -> None:
        with self._news:
            self.arrived.append((message.topic, bytes(message.payload)))
            self._news.notify_all()


@contextmanager
def probing(mosquitto: Mosquitto, *names: str) -> Iterator[list[Probe]]:
    probes = [
        Probe(mosquitto, name, "audit" if name == "auditor" else mosquitto.password(name), client_id=name) for name in names
    ]
    yield probes
    for probe in probes:
        probe.client.disconnect()
        probe.client.loop_stop()


def audited(broker_at: Callable[[], Mosquitto]) -> Mosquitto:
    """A broker with one more login that may do everything: the control without which silence would prove nothing."""
    broker = broker_at()
    with broker.files.acl.open("a") as acl:
        acl.write("\nuser auditor\ntopic readwrite #\ntopic read $SYS/#\n")
    with broker.files.passwords.open("a") as passwords:
        passwords.write(f"auditor:{hashed('audit', b'123456789012', 101)}\n")
    broker.start()
    return broker


def foreign_topics(device: str) -> list[str]:
    """Everything that ``device`` must not write."""
    topics = [f"storebox/1/box-1/{other}/{tail}" for other in DEVICES if other != device for tail in OWN + TOLD]
    topics += [f"storebox/1/box-1/{device}/{tail}" for tail in (*TOLD, "x", "$state/x")]
    topics += [f"storebox/1/box-2/{name}/{tail}" for name in DEVICES for tail in OWN + TOLD]
    return [*topics, f"storebox/1/box-1/{device}", "storebox/1/box-1/$state", f"{device}/event/x", "event/x", f"$SYS/{device}"]


def test_no_device_can_write_what_is_not_its_own(broker_at: Callable[[], Mosquitto]) -> None:
    mosquitto = audited(broker_at)
    with probing(mosquitto, "auditor", *DEVICES) as (auditor, *probes):
        auditor.client.subscribe([("#", 1), ("$SYS/#", 1)])
        auditor.publish("control")
        auditor.wait_for(("control", b"x"))
        tried = 0
        for device, probe in zip(DEVICES, probes, strict=True):
            foreign = foreign_topics(device)
            tried += len(foreign)
            probe.publish(*foreign, says="foreign")
            probe.publish(*(f"storebox/1/box-1/{device}/{tail}" for tail in OWN), says="own")
        auditor.wait_for(*((f"storebox/1/box-1/{device}/{tail}", b"own") for device in DEVICES for tail in OWN))
        accepted = [topic for topic, payload in auditor.arrived if payload == b"foreign"]
        assert tried == 4 * 51
        assert accepted == []


def test_no_device_can_hear_what_is_not_for_it(broker_at: Callable[[], Mosquitto]) -> None:
    mosquitto = audited(broker_at)
    with probing(mosquitto, "auditor", *DEVICES) as (auditor, *probes):
        everything = sorted({topic for device in DEVICES for topic in foreign_topics(device) if not topic.startswith("$SYS")})
        for probe in probes:
            wide = ["#", "$SYS/#", "+/+/+/+/+", "storebox/1/box-1/#", "storebox/1/box-1/+/ack", "storebox/1/+/+/event/#"]
            probe.client.subscribe([(topic, 1) for topic in [*wide, *everything]])
            probe.publish("settle")  # answered after the subscription was
        auditor.publish(*everything, says="secret")
        for device, probe in zip(DEVICES, probes, strict=True):
            auditor.publish(f"storebox/1/box-1/{device}/set/end")
            probe.wait_for((f"storebox/1/box-1/{device}/set/end", b"x"))
            heard = {topic for topic, _ in probe.arrived}
            assert heard == {f"storebox/1/box-1/{device}/{tail}" for tail in ("ack", "set/x", "set/end")}


def test_nobody_comes_in_without_the_right_password(mosquitto: Mosquitto) -> None:
    for name, password in ((None, None), ("till-1", None), ("till-1", "wrong"), ("till-1", mosquitto.password("till-2"))):
        probe = Probe(mosquitto, name, password, client_id="someone")
        assert probe.refused == "Not authorized", name
        probe.client.loop_stop()
    with probing(mosquitto, "till-1") as (control,):
        assert control.refused == ""


async def test_a_device_cannot_throw_the_box_out_under_its_client_id(
    mosquitto: Mosquitto, box_at: Callable[[Mosquitto], AbstractAsyncContextManager[Broker]]
) -> None:
    async with box_at(mosquitto) as broker, broker.channel("till-1") as channel:
        intruder = Probe(mosquitto, "till-1", mosquitto.password("till-1"), client_id="storebox")
        await channel.publish("storebox/1/box-1/till-1/set/x", b"y", deadline_s=WAIT_S)
        assert broker.connected
        intruder.client.disconnect()
        intruder.client.loop_stop()
