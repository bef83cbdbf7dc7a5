"""Zigbee lamps, plugs and sensors behind a Zigbee2MQTT bridge.

    zigbee2mqtt/bridge/state                {"state": "online"}      retained; offline is the last will of the bridge
    zigbee2mqtt/bridge/devices              [{"friendly_name": "shop/lamp 1", "definition": {"exposes": […]}}]
    zigbee2mqtt/shop/lamp 1/availability    {"state": "online"}      when switched on there (``availability``)
    zigbee2mqtt/shop/lamp 1                 {"state": "ON", "brightness": 120, "color": {"x": 0.3}}   what changed
    zigbee2mqtt/shop/lamp 1/set             {"state": "ON"}          to the bridge, not retained
    zigbee2mqtt/shop/lamp 1/get             {"state": ""}            asks the lamp
    zigbee2mqtt/bridge/logging              {"level": "error", "message": "… to 'shop/lamp 1' failed: …"}

``color.x`` lies inside another property; ``scene_recall`` calls a scene. Source: zigbee2mqtt.io, "MQTT topics and messages".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import msgspec

from config.schema import Id, Section
from drivers.ambience.dialect import (
    Ask,
    Away,
    Declined,
    Here,
    SilentAfterS,
    Told,
    Unclear,
    Value,
    Wish,
    fields,
    flat,
    odd_when_unclear,
    text,
)
from drivers.ambience.foreign_device import ForeignDevice
from drivers.ambience.zigbee_exposes import (
    READABLE,
    SCENE,
    SETTABLE,
    UNDESCRIBED,
    Feature,
    encoded,
    features_of,
    nested,
    reached,
)
from drivers.commands import Refused, SetProperty
from drivers.contract import Driver, Wires
from drivers.foreign_access import ForeignTopics
from drivers.wires.topic_filters import BaseTopic

LONGEST_WORDS = 200
LONGEST_DESCRIPTION = 4 << 20
"""Some 500 devices. The box itself hears up to 512 KiB, some 80 of them; beyond that a lamp is set like a group."""


class Zigbee2MqttSettings(Section):
    """``[device.<name>]``. ``friendly_name``: the lamp's, or the group's, in Zigbee2MQTT; by default the box's own name for it.

    ``login``: the bridge's name at the broker; ``availability``: it is switched on in Zigbee2MQTT.
    """

    needs_broker: ClassVar[bool] = True
    friendly_name: BaseTopic | None = None
    base_topic: BaseTopic = "zigbee2mqtt"
    login: Id = "zigbee2mqtt"
    availability: bool = True
    silent_after_s: SilentAfterS | None = None

    def foreign_topics(self, device: str) -> ForeignTopics:
        """The bridge has its whole tree; the box only asks this device."""
        own = f"{self.base_topic}/{self.friendly_name or device}"
        everything = (f"{self.base_topic}/#",)
        asked = (f"{own}/set", f"{own}/get")
        return ForeignTopics(login=self.login, says=everything, hears=everything, asked=asked, longest_bytes=LONGEST_DESCRIPTION)


class Zigbee2MqttDialect:
    """What one device behind the bridge has described and said."""

    hello = (
        "is Zigbee2MQTT running, are base_topic and friendly_name as there, "
        "and is availability switched on in it (or off in the settings of the device)?"
    )

    def __init__(self, *, name: str, base: str = "zigbee2mqtt", availability: bool = True) -> None:
        self._name, self._base, self._own = name, base, f"{base}/{name}"
        self._bridge_online, self._device_online = False, not availability
        self._features: dict[str, Feature] | None = None
        self._asked = ""
        own = (self._own, f"{self._own}/availability") if availability else (self._own,)
        self._filters = (*own, f"{base}/bridge/state", f"{base}/bridge/devices", f"{base}/bridge/logging")

    @property
    def filters(self) -> tuple[str, ...]:
        """Its own, and what the bridge says of itself and all devices."""
        return self._filters

    def opening(self) -> tuple[Ask, ...]:
        """How it is now: the bridge need not keep that."""
        return (self._get("state"),)

    @odd_when_unclear
    def hear(self, topic: str, payload: bytes) -> Iterator[Told]:
        """What one message says."""
        if topic == self._own:
            yield from (self._value(name, value) for name, value in flat(fields(payload)))
        elif topic == f"{self._own}/availability":
            self._device_online = _is_online(payload)
            yield self._presence()
        elif topic == f"{self._base}/bridge/state":
            self._bridge_online = _is_online(payload)
            yield self._presence()
        elif topic == f"{self._base}/bridge/devices":
            yield from self._describe(payload)
        elif topic == f"{self._base}/bridge/logging":
            yield from self._complaint(payload)

    def _presence(self) -> Told:
        if self._bridge_online and self._device_online:
            return Here()
        if self._bridge_online:
            return Away(why=f"{self._name} does not answer Zigbee2MQTT: check its power, its battery, and how far it is")
        return Away(why="Zigbee2MQTT is offline: is it running, is its stick plugged in?")

    def _describe(self, payload: bytes) -> Iterator[Told]:
        first, self._features = self._features is None, features_of(payload, self._name)
        more = [one.name for one in (self._features or {}).values() if one.access & READABLE and one.name != "state"]
        tops = dict.fromkeys(name.partition(".")[0] for name in more)
        if first and tops:
            yield self._get(*tops)

    def _complaint(self, payload: bytes) -> Iterator[Told]:
        told = fields(payload)
        words = told.get("message")
        if told.get("level") != "error" or not isinstance(words, str) or f"'{self._name}'" not in words:
            return
        # A question that failed ("Publish 'get' 'brightness' to …") says nothing of what the lamp was told to do.
        if self._asked and "'get' '" not in words:
            yield Declined(token=self._asked, words=words[:LONGEST_WORDS])

    def _value(self, name: str, value: str) -> Value:
        feature = (self._features or UNDESCRIBED).get(name)
        return Value(property=name, value=value, unit=feature.unit if feature else "")

    def wish(self, property_: str, value: str) -> Wish | Refused:
        """Set a property that is exposed as settable, to a value that it takes."""
        known = {**(UNDESCRIBED if self._features is None else self._features), SCENE.name: SCENE}
        feature = known.get(property_)
        if feature is None or not feature.access & SETTABLE:
            can = ", ".join(name for name, one in known.items() if one.access & SETTABLE)
            return Refused(reason=f"{self._name} has no {property_[:64]} that can be set; it has {can[:300]}")
        try:
            wanted = encoded(feature, value)
        except Unclear as unclear:
            return Refused(reason=str(unclear))
        self._asked = f"{property_}={value}"
        return Wish(
            token=self._asked,
            property=property_,
            topic=f"{self._own}/set",
            payload=msgspec.json.encode(nested(property_, wanted)),
            reached=reached(feature, value),
            quiet="Zigbee2MQTT has it; what a scene did shows in its lamps" if feature is SCENE else "",
        )

    def _get(self, *names: str) -> Ask:
        return Ask(topic=f"{self._own}/get", payload=msgspec.json.encode(dict.fromkeys(names, "")))


def _is_online(payload: bytes) -> bool:
    """``{"state": "online"}``, or the bare word of older bridges; raises Unclear."""
    word = text(payload)
    state = fields(payload).get("state") if word.startswith("{") else word
    if state not in ("online", "offline"):
        raise Unclear(f"{word[:40]!r} is neither online nor offline")
    return state == "online"


def _open(device: str, settings: Zigbee2MqttSettings, wires: Wires) -> ForeignDevice:
    name = settings.friendly_name or device
    dialect = Zigbee2MqttDialect(name=name, base=settings.base_topic, availability=settings.availability)
    return ForeignDevice(device, wires.broker, dialect, silent_after_s=settings.silent_after_s)


DRIVER = Driver(kind="ambience", settings_class=Zigbee2MqttSettings, open=_open, commands=(SetProperty,))
