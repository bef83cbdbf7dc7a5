"""Shelly relays, dimmers and shutters of the first generation.

    shellies/shelly1-a1/online            true          retained; false is the last will
    shellies/shelly1-a1/relay/0           on            on, off, overpower
    shellies/shelly1-a1/relay/0/power     12.5          W
    shellies/shelly1-a1/relay/0/command   on            to the relay, not retained
    shellies/shelly1-a1/white/0/status    {"ison": true, "brightness": 40}       also light/0
    shellies/shelly1-a1/white/0/set       {"turn": "on"}
    shellies/shelly1-a1/roller/0/pos      60            and …/roller/0/command/pos to move it
    shellies/shelly1-a1/command           update        say everything again

Properties: ``relay/0``, ``relay/0/power``, ``white/0.brightness``. Source: shelly-api-docs.shelly.cloud, "Gen1", "MQTT".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
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
    near,
    number,
    odd_when_unclear,
    text,
)
from drivers.ambience.foreign_device import ForeignDevice
from drivers.commands import Refused, SetProperty
from drivers.contract import Driver, Wires
from drivers.foreign_access import ForeignTopics
from drivers.wires.topic_filters import BaseTopic

PLAIN = re.compile(
    r"(relay|roller|input)/\d{1,2}|relay/\d{1,2}/(power|energy)|roller/\d{1,2}/pos|temperature|voltage|overtemperature"
)
STATUS = re.compile(r"((?:white|light|color)/\d{1,2})/status")
SETTABLE = re.compile(r"(relay/\d{1,2})|(roller/\d{1,2})/pos|((?:white|light|color)/\d{1,2})\.(ison|brightness|gain)")
UNITS = {"power": "W", "energy": "Wmin", "pos": "%", "temperature": "°C", "voltage": "V", "brightness": "%"}


class Shelly1Settings(Section):
    """``[device.<name>]``. ``topic_prefix``: ``shellies/`` and what the device calls itself, by default its name in the box."""

    needs_broker: ClassVar[bool] = True
    topic_prefix: BaseTopic | None = None
    login: Id | None = None
    silent_after_s: SilentAfterS | None = None

    def foreign_topics(self, device: str) -> ForeignTopics:
        """What it says and hears at the broker."""
        prefix = self.topic_prefix or f"shellies/{device}"
        asked = tuple(f"{prefix}/{tail}" for tail in ("command", "+/+/command", "+/+/command/pos", "+/+/set"))
        return ForeignTopics(login=self.login or device, says=(f"{prefix}/#",), hears=asked)


class Shelly1Dialect:
    """What one device has said."""

    hello = "is it on, is MQTT switched on in it, and is its topic as in the settings?"

    def __init__(self, *, prefix: str) -> None:
        self._prefix = prefix
        self._reported: set[str] = set()
        self._asked: Wish | None = None

    @property
    def filters(self) -> tuple[str, ...]:
        """Its own tree."""
        return (f"{self._prefix}/#",)

    def opening(self) -> tuple[Ask, ...]:
        """Everything once; then it tells changes."""
        return (Ask(topic=f"{self._prefix}/command", payload=b"update"),)

    @odd_when_unclear
    def hear(self, topic: str, payload: bytes) -> Iterator[Told]:
        """What one message says."""
        name = topic.removeprefix(f"{self._prefix}/")
        if name == "online":
            yield self._presence(text(payload))
        elif PLAIN.fullmatch(name):
            value = text(payload)
            if value == "overpower" and self._asked is not None:
                yield Declined(token=self._asked.token, words="overpower: more is plugged in than it can bear")
            yield self._value(name, value)
        elif found := STATUS.fullmatch(name):
            for key, value in flat(fields(payload)):
                if key in {"ison", "brightness", "gain", "white", "red", "green", "blue", "temp", "power"}:
                    yield self._value(f"{found[1]}.{key}", value)

    def _presence(self, word: str) -> Told:
        match word:
            case "true":
                return Here()
            case "false":
                return Away(why=f"{self._prefix} dropped off the network: check its power and the wireless network")
        raise Unclear(f"online is {word[:40]!r}; a Shelly says true or false")

    def _value(self, name: str, value: str) -> Value:
        self._reported.add(name)
        return Value(property=name, value=value, unit=UNITS.get(re.split(r"[/.]", name)[-1], ""))

    def wish(self, property_: str, value: str) -> Wish | Refused:
        """Set what the device has reported that it has."""
        if property_ not in self._reported or not SETTABLE.fullmatch(property_):
            can = ", ".join(sorted(name for name in self._reported if SETTABLE.fullmatch(name))) or "nothing"
            return Refused(reason=f"{self._prefix} has no {property_[:64]} that can be set; it has {can[:300]}")
        called = _call(property_, value)
        if isinstance(called, str):
            return Refused(reason=f"{property_} = {value[:40]!r}: it takes {called}")
        tail, payload, reached = called
        self._asked = Wish(
            token=f"{property_}={value}", property=property_, topic=f"{self._prefix}/{tail}", payload=payload, reached=reached
        )
        return self._asked


def _call(property_: str, value: str) -> tuple[str, bytes, Callable[[str], bool]] | str:
    """Topic below the prefix, payload and what is reached by them; or what the property takes instead."""
    if property_.startswith("relay/"):
        return (f"{property_}/command", value.encode(), value.__eq__) if value in {"on", "off"} else "on or off"
    channel, _, key = property_.partition(".")
    if key == "ison":
        if value not in {"true", "false"}:
            return "true or false"
        return f"{channel}/set", b'{"turn":"on"}' if value == "true" else b'{"turn":"off"}', value.__eq__
    wished = number(value)
    if wished is None or not wished.is_integer() or not 0 <= wished <= 100:
        return "a whole number from 0 to 100"
    if not key:
        return f"{property_.removesuffix('/pos')}/command/pos", b"%d" % int(wished), near(wished, 2)
    return f"{channel}/set", msgspec.json.encode({key: int(wished)}), near(wished, 1)


def _open(device: str, settings: Shelly1Settings, wires: Wires) -> ForeignDevice:
    dialect = Shelly1Dialect(prefix=settings.topic_prefix or f"shellies/{device}")
    return ForeignDevice(device, wires.broker, dialect, silent_after_s=settings.silent_after_s)


DRIVER = Driver(kind="ambience", settings_class=Shelly1Settings, open=_open, commands=(SetProperty,))
