"""Plugs and lamps with the Tasmota firmware.

    tele/plug-1/LWT        Online                      retained; Offline is the last will
    cmnd/plug-1/POWER      ON                          to the plug, not retained: a kept one would switch at every power cut
    cmnd/plug-1/POWER                                  empty: how is it?
    stat/plug-1/RESULT     {"POWER": "ON"}             its answer; {"Command": "Unknown"} when it cannot
    stat/plug-1/POWER      ON
    tele/plug-1/STATE      {"POWER": "ON", "Dimmer": 40}                            every TelePeriod, 300 s
    tele/plug-1/SENSOR     {"ENERGY": {"Power": 12}, "TempUnit": "C"}
    stat/plug-1/STATUS10   {"StatusSNS": {…}}          the same, when asked by cmnd/plug-1/STATUS 10 (and 11)

Source: tasmota.github.io, "MQTT", "Commands", "JSON Status Responses".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import ClassVar

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

SHOWN = re.compile(r"(POWER\d*|Dimmer\d*|CT|Color|HSBColor|White|Channel\d*|FanSpeed|Wifi\.RSSI)(\.\w+)?", re.ASCII)
"""Of its state; uptime, load and heap are not the shop's business."""

UNITS = {
    "Power": "W",
    "ApparentPower": "VA",
    "Voltage": "V",
    "Current": "A",
    "Total": "kWh",
    "Today": "kWh",
    "Yesterday": "kWh",
    "Humidity": "%",
    "Illuminance": "lx",
    "Dimmer": "%",
    "White": "%",
    "RSSI": "%",
}
_RANGES = {"Dimmer": (0, 100), "White": (0, 100), "CT": (153, 500)}
_COLOR = re.compile(r"([0-9A-Fa-f]{2}){3,5}|\d{1,3}(,\d{1,3}){2,4}", re.ASCII)


class TasmotaSettings(Section):
    """``[device.<name>]``. ``topic``: the %topic% of the device, by default its name in the box."""

    needs_broker: ClassVar[bool] = True
    topic: BaseTopic | None = None
    login: Id | None = None
    silent_after_s: SilentAfterS | None = None

    def foreign_topics(self, device: str) -> ForeignTopics:
        """What it says and hears at the broker."""
        topic = self.topic or device
        return ForeignTopics(login=self.login or device, says=(f"stat/{topic}/#", f"tele/{topic}/#"), hears=(f"cmnd/{topic}/+",))


class TasmotaDialect:
    """What one Tasmota device has said."""

    hello = "is it on, is its Topic as in the settings, and its FullTopic %prefix%/%topic%/?"

    def __init__(self, *, topic: str) -> None:
        self._topic = topic
        self._stat, self._tele, self._cmnd = f"stat/{topic}/", f"tele/{topic}/", f"cmnd/{topic}/"
        self._reported: set[str] = set()
        self._asked: Wish | None = None

    @property
    def filters(self) -> tuple[str, ...]:
        """Its answers and its reports."""
        return (f"{self._stat}+", f"{self._tele}+")

    def opening(self) -> tuple[Ask, ...]:
        """Its relays, its sensors and its state: it reports them by itself only every five minutes."""
        asked = (("POWER", b""), ("STATUS", b"10"), ("STATUS", b"11"))
        return tuple(Ask(topic=self._cmnd + command, payload=payload) for command, payload in asked)

    @odd_when_unclear
    def hear(self, topic: str, payload: bytes) -> Iterator[Told]:
        """What one message says."""
        if topic.startswith(self._stat):
            yield from self._hear_stat(topic.removeprefix(self._stat), payload)
        match topic.removeprefix(self._tele):
            case "LWT":
                yield self._presence(text(payload))
            case "STATE":
                yield from self._state(fields(payload))
            case "SENSOR":
                yield from self._sensors(fields(payload))

    def _hear_stat(self, name: str, payload: bytes) -> Iterator[Told]:
        match name:
            case "RESULT":
                yield from self._result(fields(payload))
            case "STATUS10":
                yield from self._sensors(inside(fields(payload), "StatusSNS"))
            case "STATUS11":
                yield from self._state(inside(fields(payload), "StatusSTS"))
            case _ if re.fullmatch(r"POWER\d*", name, re.ASCII):
                yield self._value(name, text(payload))

    def _presence(self, word: str) -> Told:
        match word:
            case "Online":
                return Here()
            case "Offline":
                return Away(why=f"{self._topic} dropped off the network: check its power and the wireless network")
        raise Unclear(f"LWT is {word[:40]!r}; Tasmota says Online or Offline")

    def _result(self, told: dict[str, object]) -> Iterator[Told]:
        asked = self._asked
        if asked is not None and isinstance(told.get("Command"), str):
            yield Declined(token=asked.token, words=f"Command {told['Command']}"[:200])
        if asked is not None and asked.property in told:
            yield Took(token=asked.token)
        yield from self._state(told)

    def _state(self, told: dict[str, object]) -> Iterator[Told]:
        yield from (self._value(name, value) for name, value in flat(told) if SHOWN.fullmatch(name))

    def _sensors(self, told: dict[str, object]) -> Iterator[Told]:
        degree = f"°{told.get('TempUnit', 'C')}"
        for name, value in flat(told):
            if name not in {"Time", "TempUnit", "PressureUnit"}:
                unit = degree if name.endswith(("Temperature", "DewPoint")) else UNITS.get(name.rpartition(".")[2], "")
                yield Value(property=name, value=value, unit=unit)

    def _value(self, name: str, value: str) -> Value:
        self._reported.add(name)
        return Value(property=name, value=value, unit=UNITS.get(name.rpartition(".")[2].rstrip("0123456789"), ""))

    def wish(self, property_: str, value: str) -> Wish | Refused:
        """Set what the device has reported that it has."""
        rule = _rule(property_, value)
        if rule is None or property_ not in self._reported:
            can = ", ".join(sorted(name for name in self._reported if _rule(name, "") is not None)) or "nothing"
            return Refused(reason=f"{self._topic} has no {property_[:64]} that can be set; it has {can}")
        if isinstance(rule, str):
            return Refused(reason=f"{property_} = {value[:40]!r}: it takes {rule}")
        self._asked = Wish(
            token=f"{property_}={value}",
            property=property_,
            topic=self._cmnd + property_,
            payload=value.encode(),
            reached=rule,
        )
        return self._asked


def _rule(property_: str, value: str) -> Callable[[str], bool] | str | None:
    """How ``value`` is known to be reached, or what the property takes instead; None for what nobody can set."""
    kind = property_.rstrip("0123456789")
    if kind == "POWER":  # TOGGLE would be nobody's wish: sent twice it undoes itself
        return value.__eq__ if value in {"ON", "OFF"} else "ON or OFF"
    if kind in _RANGES:
        wished, (least, most) = number(value), _RANGES[kind]
        fits = wished is not None and wished.is_integer() and least <= wished <= most
        return near(wished, 1) if fits and wished is not None else f"a whole number from {least} to {most}"
    if kind in {"Color", "HSBColor"}:
        fits = _COLOR.fullmatch(value) is not None
        return (lambda reported: reported.upper() == value.upper()) if fits else "a colour like FF7800, or 255,120,0"
    return None


def _open(device: str, settings: TasmotaSettings, wires: Wires) -> ForeignDevice:
    dialect = TasmotaDialect(topic=settings.topic or device)
    return ForeignDevice(device, wires.broker, dialect, silent_after_s=settings.silent_after_s)


DRIVER = Driver(kind="ambience", settings_class=TasmotaSettings, open=_open, commands=(SetProperty,))
