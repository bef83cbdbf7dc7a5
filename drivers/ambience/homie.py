"""Homie 5: devices that describe themselves, over MQTT.

    homie/5/lamp-1/$state                ready          retained; init, ready, disconnected, sleeping, lost (last will)
    homie/5/lamp-1/$description          {"version": 7, "nodes": {"light": {"properties": {"power": {"datatype": "boolean"}}}}}
    homie/5/lamp-1/light/power           true           what it is now
    homie/5/lamp-1/light/power/$target   true           what it has accepted and goes to
    homie/5/lamp-1/light/power/set       true           to the device, not retained

A property is called ``light/power`` in the box. Source: the Homie convention 5 (homieiot.github.io).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

import msgspec
from pydantic import AfterValidator

from config.schema import Id, Section
from drivers.ambience.dialect import (
    LONGEST_VALUE,
    MOST_PROPERTIES,
    Ask,
    Away,
    Here,
    SilentAfterS,
    Told,
    Took,
    Unclear,
    Value,
    Wish,
    odd_when_unclear,
    text,
)
from drivers.ambience.foreign_device import ForeignDevice
from drivers.ambience.homie_values import Property, checked, reached
from drivers.commands import Refused, SetProperty
from drivers.contract import Driver, Wires
from drivers.foreign_access import ForeignTopics
from drivers.wires.topic_filters import BaseTopic

LONGEST_DESCRIPTION = 256 * 1024
EMPTY = b"\x00"  # an empty string; a payload without bytes takes the value back
PRESENT: dict[str, Literal["init", "ready", "sleeping"]] = {"init": "init", "ready": "ready", "sleeping": "sleeping"}


def _homie_id(name: str) -> str:
    if not re.fullmatch(r"[a-z0-9-]{1,64}", name):
        raise ValueError(f"{name!r} is no Homie id: small letters, digits and hyphens, for example lamp-1")
    return name


HomieId = Annotated[str, AfterValidator(_homie_id)]


class HomieSettings(Section):
    """``[device.<name>]``. ``id``: what the device calls itself, by default as the box does; ``root``: the device it belongs to.

    ``login``: the name at the broker, when a bridge logs in for it.
    """

    needs_broker: ClassVar[bool] = True
    id: HomieId | None = None
    root: HomieId | None = None
    domain: BaseTopic = "homie"
    login: Id | None = None
    silent_after_s: SilentAfterS | None = None

    def foreign_topics(self, device: str) -> ForeignTopics:
        """What it may say and hear at the broker."""
        base = f"{self.domain}/5"
        ids = [self.id or device, *([self.root] if self.root else [])]
        return ForeignTopics(
            login=self.login or device,
            says=tuple(f"{base}/{one}/#" for one in ids),
            hears=tuple(f"{base}/{one}/+/+/set" for one in ids),
        )


class _Described(msgspec.Struct, frozen=True):
    datatype: str
    format: str = ""
    settable: bool = False
    unit: str = ""


class _Node(msgspec.Struct, frozen=True):
    properties: dict[str, _Described] = {}


class _Description(msgspec.Struct, frozen=True):
    version: int
    nodes: dict[str, _Node] = {}
    root: str | None = None


def described(payload: bytes) -> _Description:
    """A ``$description``; raises Unclear."""
    if len(payload) > LONGEST_DESCRIPTION:
        raise Unclear(f"a $description of {len(payload) >> 10} KiB is longer than {LONGEST_DESCRIPTION >> 10} KiB")
    try:
        told = msgspec.json.decode(payload, type=_Description)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Unclear(f"the $description is not as Homie 5 wants it: {error}") from error
    if sum(len(node.properties) for node in told.nodes.values()) > MOST_PROPERTIES:
        raise Unclear(f"the $description has more than {MOST_PROPERTIES} properties")
    return told


class HomieDialect:
    """What one Homie device has described and said."""

    hello = "is it on, does it speak Homie 5 (not 4), and is its id as in the settings?"

    def __init__(self, *, id_: str, root: str | None, domain: str = "homie") -> None:
        self._id, self._root, self._base = id_, root, f"{domain}/5/{id_}"
        self._root_state = f"{domain}/5/{root}/$state"
        self._version: int | None = None
        self._properties: dict[str, Property] = {}
        self._unread: dict[str, bytes] = {}
        self._values: dict[str, str] = {}
        self._targets: dict[str, str] = {}
        self._state, self._root_is_here = "", root is None

    @property
    def filters(self) -> tuple[str, ...]:
        """Its own tree, and whether its root is there."""
        own = (f"{self._base}/$state", f"{self._base}/$description", f"{self._base}/+/+", f"{self._base}/+/+/$target")
        return (*own, self._root_state) if self._root else own

    def opening(self) -> tuple[Ask, ...]:
        """Nothing: all is retained."""
        return ()

    @odd_when_unclear
    def hear(self, topic: str, payload: bytes) -> Iterator[Told]:
        """What one message says."""
        if self._root and topic == self._root_state:
            yield from self._hear_root(text(payload))
            return
        match topic.removeprefix(f"{self._base}/").split("/"):
            case ["$state"]:
                yield from self._hear_state(text(payload))
            case ["$description"]:
                yield from self._hear_description(payload)
            case [node, name, *target]:
                yield from self._hear_value(f"{node}/{name}", payload, target=bool(target))

    def _hear_root(self, state: str) -> Iterator[Told]:
        """Homie 5, "Device lifecycle": when the root is lost, so are its children."""
        self._root_is_here = state in PRESENT
        if not self._root_is_here:
            yield Away(
                why=f"{self._root}, through which {self._id} speaks, is {state[:40] or 'removed'}: check its power and cable"
            )
        elif self._is_here():
            yield Here(state=PRESENT[self._state])

    def _hear_state(self, state: str) -> Iterator[Told]:
        self._state = state
        match state:
            case "init" | "ready" | "sleeping":
                if self._is_here():
                    yield Here(state=PRESENT[state])
            case "":
                yield Away(why=f"{self._id} was removed from the broker: switch it on, or take it out of the settings")
            case "disconnected":
                yield Away(why=f"{self._id} has logged out: is it switched off?")
            case "lost":
                yield Away(why=f"{self._id} dropped off the network: check its power and cable")
            case other:
                raise Unclear(f"$state is {other[:40]!r}; Homie 5 has init, ready, disconnected, sleeping and lost")

    def _is_here(self) -> bool:
        return self._version is not None and self._root_is_here and self._state in PRESENT

    def _hear_description(self, payload: bytes) -> Iterator[Told]:
        if not payload:
            return
        told = described(payload)
        if told.root not in (self._root, self._id):
            raise Unclear(
                f"it belongs to the root device {str(told.root)[:64]!r}: write that as root in the settings of {self._id}"
            )
        first = self._version is None
        self._version = told.version
        self._properties = {
            f"{node}/{name}": Property(
                name=f"{node}/{name}", datatype=one.datatype, format=one.format, settable=one.settable, unit=one.unit
            )
            for node, described_node in told.nodes.items()
            for name, one in described_node.properties.items()
        }
        if first and self._is_here():
            yield Here(state=PRESENT[self._state])
        unread, self._unread = self._unread, {}
        for name, waiting in unread.items():
            yield from self.hear(f"{self._base}/{name}", waiting)

    def _hear_value(self, name: str, payload: bytes, *, target: bool) -> Iterator[Told]:
        property_ = self._properties.get(name)
        if property_ is None:
            if len(self._unread) < 2 * MOST_PROPERTIES and len(payload) <= LONGEST_VALUE:
                self._unread[f"{name}/$target" if target else name] = payload
            return
        if not payload:
            (self._targets if target else self._values).pop(name, None)
            return
        value = checked("" if payload == EMPTY else text(payload), property_)
        (self._targets if target else self._values)[name] = value
        if target:
            yield Took(token=f"{name}={value}")
        if name in self._values:
            going = self._targets.get(name)
            going = None if going == self._values[name] else going
            yield Value(property=name, value=self._values[name], unit=property_.unit, target=going)

    def wish(self, property_: str, value: str) -> Wish | Refused:
        """Set a property that the device described as settable, to a value of its format."""
        known = self._properties.get(property_)
        if known is None or not known.settable:
            can = ", ".join(name for name, one in self._properties.items() if one.settable) or "nothing"
            return Refused(reason=f"{self._id} has no {property_[:64]} that can be set; it has {can[:300]}")
        try:
            checked(value, known)
        except Unclear as unclear:
            return Refused(reason=str(unclear))
        return Wish(
            token=f"{property_}={value}",
            property=property_,
            topic=f"{self._base}/{property_}/set",
            payload=value.encode() or EMPTY,
            reached=reached(value, known),
        )


def _open(device: str, settings: HomieSettings, wires: Wires) -> ForeignDevice:
    dialect = HomieDialect(id_=settings.id or device, root=settings.root, domain=settings.domain)
    return ForeignDevice(device, wires.broker, dialect, silent_after_s=settings.silent_after_s)


DRIVER = Driver(kind="ambience", settings_class=HomieSettings, open=_open, commands=(SetProperty,))
