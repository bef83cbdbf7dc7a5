"""What Home Assistant is told of a device, so that it shows it untaught: one retained message (MQTT device discovery).

    homeassistant/device/storebox_box-1/shelf-1/config
    {"device": {"identifiers": ["storebox_box-1_shelf-1"], "name": "shelf-1", "model": "LC-4", "sw_version": "1.2"},
     "origin": {"name": "storebox", "sw_version": "1.0.0"},
     "availability": [{"topic": "storebox/1/box-1/shelf-1/$state", "value_template": "{{ 'online' if value == 'ready' …"}],
     "components": {"level-a1": {"platform": "sensor", "name": "level-a1", "unique_id": "storebox_box-1_shelf-1_level-a1",
                                 "state_topic": "storebox/1/box-1/shelf-1/state/level-a1", "unit_of_measurement": "g"}, …}}

Sensors only, without any command topic: whoever sits at Home Assistant must open no drawer. The fields are those of
home-assistant.io, "MQTT", "Device discovery payload". A ``$description`` is what a device wrote, so it is not trusted.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from drivers.topics import ID, device_topic
from drivers.wires.mqtt_described import KEPT_BYTES

LONGEST_BYTES = KEPT_BYTES - 1
"""Of a ``$description``; what the box says of it stays far below what the broker lets through."""

MOST_PROPERTIES = 64
LONGEST_TEXT = 64
LONGEST_UNIT = 16
CONNECTED = "device_state"
"""The component that says whether the device is there; no property has such a name, for its letters have no ``_``."""

_Text = Annotated[str, msgspec.Meta(max_length=LONGEST_TEXT)]
_Unit = Annotated[str, msgspec.Meta(max_length=LONGEST_UNIT)]
_PropertyId = Annotated[str, msgspec.Meta(pattern=rf"\A{ID}\Z")]


class Unclear(ValueError):
    """The ``$description`` cannot be shown; the text says why."""


class Property(msgspec.Struct, frozen=True, kw_only=True):
    """One of the device's properties; ``datatype`` in Homie's words, of which only ``boolean`` is shown in another way."""

    unit: _Unit | None = None
    datatype: _Text | None = None


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """What the box reads of a ``$description``."""

    model: _Text | None = None
    firmware: _Text | None = None
    properties: Annotated[dict[_PropertyId, Property], msgspec.Meta(max_length=MOST_PROPERTIES)] = {}


class _Told(msgspec.Struct):
    components: dict[str, dict[str, Any]]


def described(payload: bytes) -> Description:
    """The ``$description`` of a device; raises Unclear."""
    if not payload:
        raise Unclear("it was taken back")
    if len(payload) > LONGEST_BYTES:
        raise Unclear(f"it is longer than {LONGEST_BYTES >> 10} KiB")
    try:
        description = msgspec.json.decode(payload, type=Description)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Unclear(f"it is not as docs/mqtt.md wants it: {error}") from error
    _check_plain("model", description.model)
    _check_plain("firmware", description.firmware)
    for name, each in description.properties.items():
        _check_plain(f"unit of {name}", each.unit)
    return description


def discovery(box: str, device: str, description: Description, *, version: str, before: bytes = b"") -> bytes:
    """The message about ``device`` as JSON; ``version`` of storebox.

    ``before`` is the last one: what it names and this one does not, Home Assistant forgets only when told so once.
    """
    id_, state_topic = f"storebox_{box}_{device}", f"{device_topic(box, device)}/$state"
    about = {"identifiers": [id_], "name": device, "model": description.model, "sw_version": description.firmware}
    components = {CONNECTED: _connected(id_, state_topic)}
    components |= {name: _property(box, device, name, each) for name, each in description.properties.items()}
    message = {
        "device": {key: value for key, value in about.items() if value},
        "origin": {"name": "storebox", "sw_version": version},
        "availability": [{"topic": state_topic, "value_template": _when_ready("online", "offline")}],
        "components": components | _dropped(before, components),
    }
    return msgspec.json.encode(message)


def _check_plain(what: str, text: str | None) -> None:
    """``text`` goes to other people's pages and to Home Assistant's templates."""
    if text is not None and (not text.isprintable() or set(text) & set("<>{}")):
        raise Unclear(f"its {what} is no plain text: use letters that print, without < > {{ }}")


def _when_ready(then: str, otherwise: str) -> str:
    return f"{{{{ '{then}' if value == 'ready' else '{otherwise}' }}}}"


def _connected(id_: str, state_topic: str) -> dict[str, Any]:
    """Available always, for it says itself when the device is not there."""
    return {
        "platform": "binary_sensor",
        "name": "connected",
        "unique_id": f"{id_}_{CONNECTED}",
        "device_class": "connectivity",
        "entity_category": "diagnostic",
        "state_topic": state_topic,
        "value_template": _when_ready("ON", "OFF"),
        "availability": [],
    }


def _property(box: str, device: str, name: str, each: Property) -> dict[str, Any]:
    shown = {"name": name, "unique_id": f"storebox_{box}_{device}_{name}"}
    shown["state_topic"] = f"{device_topic(box, device)}/state/{name}"
    if each.datatype == "boolean":
        return {"platform": "binary_sensor", **shown, "payload_on": "true", "payload_off": "false"}
    unit = {"unit_of_measurement": each.unit} if each.unit else {}
    return {"platform": "sensor", **shown, **unit}


def _dropped(before: bytes, components: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """A component with nothing but its platform is taken out; one that was taken out is not named again."""
    try:
        told = msgspec.json.decode(before, type=_Told).components if before else {}
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return {}  # of another version, or somebody's by hand: it is replaced all the same
    gone = {name: each.get("platform") for name, each in told.items() if name not in components and len(each) > 1}
    return {name: {"platform": platform} for name, platform in gone.items() if platform}
