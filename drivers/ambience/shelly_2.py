"""Shelly plugs, switches, lamps and shutters of the second generation and later: JSON-RPC over MQTT.

    shellyplus1-a1/online                 true                 retained; false is the last will
    shellyplus1-a1/rpc                    {"id": 7, "src": "shellyplus1-a1/storebox", "method": "Switch.Set", "params": {…}}
    shellyplus1-a1/storebox/rpc           {"id": 7, "src": "shellyplus1-a1", "result": {"was_on": false}}       or "error"
    shellyplus1-a1/events/rpc             {"method": "NotifyStatus", "params": {"ts": 1.0, "switch:0": {"output": true}}}
    shellyplus1-a1/status/switch:0        {"id": 0, "output": true}           when status_ntf is switched on

A property is called ``switch:0.output``. Source: shelly-api-docs.shelly.cloud, "Gen2", "MQTT", "RPC Protocol", "Notifications".
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
    Took,
    Unclear,
    Value,
    Wish,
    fields,
    flat,
    inside,
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

SHOWN = re.compile(
    r"(switch|light|cover|input|temperature|humidity|illuminance|voltmeter|devicepower|pm1|em|em1|rgb|rgbw|cct|smoke|flood):\d+\."
    r"(?!id\Z|source\Z|timer_|aenergy\.(by_minute|minute_ts)|ret_aenergy\.)[\w.]+",
    re.ASCII,
)
UNITS = {"apower": "W", "act_power": "W", "voltage": "V", "current": "A", "freq": "Hz", "total": "Wh", "tC": "°C", "tF": "°F"}
UNITS |= {"rh": "%", "lux": "lx", "brightness": "%", "current_pos": "%"}
_SETTABLE = re.compile(r"(switch|light|cover):(\d{1,3})\.(output|brightness|current_pos)", re.ASCII)
STATUS_ID = 1


class Shelly2Settings(Section):
    """``[device.<name>]``. ``topic_prefix``: the device's MQTT prefix; ``reply_to``: below which it answers (``/rpc``).

    ``online_topic``: where it says true, and its last will false.
    """

    needs_broker: ClassVar[bool] = True
    topic_prefix: BaseTopic | None = None
    reply_to: BaseTopic | None = None
    online_topic: BaseTopic | None = None
    login: Id | None = None
    silent_after_s: SilentAfterS | None = None

    def foreign_topics(self, device: str) -> ForeignTopics:
        """What it says and hears at the broker."""
        prefix = self.topic_prefix or device
        elsewhere = [topic for topic in (self.reply_to and f"{self.reply_to}/rpc", self.online_topic) if topic]
        return ForeignTopics(login=self.login or device, says=(f"{prefix}/#", *elsewhere), hears=(f"{prefix}/rpc",))


class Shelly2Dialect:
    """What one device has said: the status that it was asked for, and every change laid over it."""

    hello = "is it on, is MQTT switched on in it, and is its topic prefix as in the settings?"

    def __init__(self, *, prefix: str, reply_to: str | None = None, online: str | None = None) -> None:
        self._prefix = prefix
        self._reply_to, self._online = reply_to or f"{prefix}/storebox", online or f"{prefix}/online"
        self._reported: set[str] = set()
        self._number, self._asked = STATUS_ID, ""

    @property
    def filters(self) -> tuple[str, ...]:
        """Whether it is there, its notifications, and its answers."""
        return (self._online, f"{self._prefix}/events/rpc", f"{self._prefix}/status/+", f"{self._reply_to}/rpc")

    def opening(self) -> tuple[Ask, ...]:
        """Everything once; then it tells changes."""
        return (Ask(topic=f"{self._prefix}/rpc", payload=self._call(STATUS_ID, "Shelly.GetStatus", {})),)

    @odd_when_unclear
    def hear(self, topic: str, payload: bytes) -> Iterator[Told]:
        """What one message says."""
        if topic == self._online:
            yield self._presence(text(payload))
        elif topic == f"{self._reply_to}/rpc":
            yield from self._answer(fields(payload))
        elif topic == f"{self._prefix}/events/rpc":
            told = fields(payload)
            if told.get("method") in ("NotifyStatus", "NotifyFullStatus"):
                yield from self._status(inside(told, "params"))
        elif topic.startswith(f"{self._prefix}/status/"):
            yield from self._status({topic.rpartition("/")[2]: fields(payload)})

    def _presence(self, word: str) -> Told:
        match word:
            case "true":
                return Here()
            case "false":
                return Away(why=f"{self._prefix} dropped off the network: check its power and the wireless network")
        raise Unclear(f"online is {word[:40]!r}; a Shelly says true or false")

    def _answer(self, told: dict[str, object]) -> Iterator[Told]:
        if told.get("id") == STATUS_ID and "result" in told:
            yield from self._status(inside(told, "result"))
        elif told.get("id") == self._number and "error" in told:
            error = inside(told, "error")
            yield Declined(token=self._asked, words=f"{error.get('message')} ({error.get('code')})"[:200])
        elif told.get("id") == self._number and "result" in told:
            yield Took(token=self._asked)

    def _status(self, told: dict[str, object]) -> Iterator[Told]:
        for name, value in flat(told):
            if SHOWN.fullmatch(name):
                self._reported.add(name)
                yield Value(property=name, value=value, unit=UNITS.get(name.rpartition(".")[2], ""))

    def wish(self, property_: str, value: str) -> Wish | Refused:
        """Set what the device has reported that it has."""
        found = _SETTABLE.fullmatch(property_)
        if found is None or property_ not in self._reported:
            can = ", ".join(sorted(name for name in self._reported if _SETTABLE.fullmatch(name))) or "nothing"
            return Refused(reason=f"{self._prefix} has no {property_[:64]} that can be set; it has {can[:300]}")
        called = _method(found[1], found[3], value)
        if isinstance(called, str):
            return Refused(reason=f"{property_} = {value[:40]!r}: it takes {called}")
        method, params, reached = called
        self._number += 1
        self._asked = f"{self._number}"
        return Wish(
            token=self._asked,
            property=property_,
            topic=f"{self._prefix}/rpc",
            payload=self._call(self._number, method, {"id": int(found[2]), **params}),
            reached=reached,
        )

    def _call(self, number_: int, method: str, params: dict[str, object]) -> bytes:
        call: dict[str, object] = {"id": number_, "src": self._reply_to, "method": method}
        return msgspec.json.encode({**call, "params": params} if params else call)


def _method(component: str, name: str, value: str) -> tuple[str, dict[str, object], Callable[[str], bool]] | str:
    """The method, its parameters and what is reached by them; or what the property takes instead."""
    if name == "output":
        if value not in {"true", "false"}:
            return "true or false"
        return f"{component.capitalize()}.Set", {"on": value == "true"}, value.__eq__
    wished = number(value)
    if wished is None or not wished.is_integer() or not 0 <= wished <= 100:
        return "a whole number from 0 to 100"
    if component == "cover":
        return "Cover.GoToPosition", {"pos": int(wished)}, near(wished, 2)  # motors stop a little early or late
    return "Light.Set", {"brightness": int(wished)}, near(wished, 1)


def _open(device: str, settings: Shelly2Settings, wires: Wires) -> ForeignDevice:
    dialect = Shelly2Dialect(prefix=settings.topic_prefix or device, reply_to=settings.reply_to, online=settings.online_topic)
    return ForeignDevice(device, wires.broker, dialect, silent_after_s=settings.silent_after_s)


DRIVER = Driver(kind="ambience", settings_class=Shelly2Settings, open=_open, commands=(SetProperty,))
