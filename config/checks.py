"""What no single setting can know: that a lane's devices exist and fit, and that two devices do not claim one thing."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from config.face_checks import face_checks
from config.lines import Key
from config.mistakes import Mistake, choices, did_you_mean
from config.schema import Kiosk, Lane, Mqtt
from config.source import Source

PLUGS = {
    "port": "each has its own in /dev/serial/by-id",
    "till_side": "each has its own in /dev/serial/by-id",
    "printer_side": "each has its own in /dev/serial/by-id",
    "event_device": "each has its own in /dev/input/by-id",
    "device_file": "each has its own in /dev/usb",
}
"""The settings that name what is plugged in; a video file or a camera's path may be looked at by several."""

KINDS = {"bag_scale": "scale", "wechat": "payment", "alipay": "payment"}
"""What is plugged in for a role of a lane that is not called after its kind of device."""

SHARED = {"wechat", "alipay"}
"""Roles in which one device serves several lanes: a gateway takes the payments of all of them."""

_NOUNS = {"event_device": "event device", "device_file": "device file"}


def cross_checks(source: Source, schemas: Mapping[str, type]) -> Iterator[Mistake]:
    """Mistakes between settings; ``schemas`` gives each device's settings class, where its driver is there.

    Works on the tables as written, so that one mistyped setting does not hide a second mistake.
    """
    devices = _tables(source.tables.get("device"))
    yield from _lanes(source, devices)
    yield from _kiosks(source, devices)
    yield from _kitchen(source, devices)
    yield from _pickup(source, devices)
    yield from _shared_ports(source, devices)
    yield from _shared_addresses(source, devices, schemas)
    yield from _cameras(source, devices)
    yield from _vision(source, devices)
    yield from face_checks(source, devices)
    yield from _broker(source, schemas)


def _lanes(source: Source, devices: Mapping[str, dict[str, Any]]) -> Iterator[Mistake]:
    serving: dict[str, str] = {}
    for lane, roles in _tables(source.tables.get("lane")).items():
        if "till" not in roles and lane in devices:  # its orders are kept under the lane's name, as those of a till under its own
            yield source.mistake(("lane", lane), f"without a till it must not be called as [device.{lane}]", "rename the lane")
        for role in Lane.model_fields:
            name = roles.get(role)
            if not isinstance(name, str):
                continue
            key = ("lane", lane, role)
            yield from _role(source, key, name, devices)
            if role not in SHARED and serving.setdefault(name, lane) != lane:
                yield source.mistake(key, f'"{name}" serves lane {serving[name]} already', "each lane needs its own")


def _kiosks(source: Source, devices: Mapping[str, dict[str, Any]]) -> Iterator[Mistake]:
    for kiosk, roles in _tables(source.tables.get("kiosk")).items():
        for role in Kiosk.model_fields:
            if isinstance(roles.get(role), str):
                yield from _role(source, ("kiosk", kiosk, role), roles[role], devices)


def _kitchen(source: Source, devices: Mapping[str, dict[str, Any]]) -> Iterator[Mistake]:
    kitchen = _tables({"kitchen": source.tables.get("kitchen")}).get("kitchen", {})
    routes = _tables({"routes": kitchen.get("routes")}).get("routes", {})
    named = {("kitchen", role): kitchen.get(role) for role in ("printer", "spare")}
    for key, name in (named | {("kitchen", "routes", category): name for category, name in routes.items()}).items():
        if isinstance(name, str):
            yield from _device(source, key, name, "printer", devices)


def _pickup(source: Source, devices: Mapping[str, dict[str, Any]]) -> Iterator[Mistake]:
    pickup = _tables({"pickup": source.tables.get("pickup")}).get("pickup", {})
    printer, sounder = pickup.get("printer"), pickup.get("sounder")
    if isinstance(printer, str):
        yield from _device(source, ("pickup", "printer"), printer, "printer", devices)
    if isinstance(sounder, str) and sounder not in devices:
        hint = did_you_mean(sounder, devices) or f"add a [device.{sounder}] table"
        yield source.mistake(("pickup", "sounder"), f'no device is called "{sounder}"', hint)


def _role(source: Source, key: Key, name: str, devices: Mapping[str, dict[str, Any]]) -> Iterator[Mistake]:
    """One device of a lane: it exists, and its driver is of the right kind."""
    yield from _device(source, key, name, KINDS.get(str(key[-1]), str(key[-1])), devices)


def _device(source: Source, key: Key, name: str, role: str, devices: Mapping[str, dict[str, Any]]) -> Iterator[Mistake]:
    if name not in devices:
        fitting = [device for device, table in devices.items() if str(table.get("driver")).startswith(f"{role}/")]
        hint = did_you_mean(name, devices) or (f"known are {choices(fitting)}" if fitting else f"add a [device.{name}] table")
        yield source.mistake(key, f'no device is called "{name}"', hint)
        return
    driver = devices[name].get("driver")
    if isinstance(driver, str) and not driver.startswith(f"{role}/"):
        yield source.mistake(key, f'"{name}" is not a {role}', f'its driver is "{driver}"')


def _shared_ports(source: Source, devices: Mapping[str, dict[str, Any]]) -> Iterator[Mistake]:
    """What is plugged in takes one device; two names that lead to the same place are the same place."""
    held: dict[str, str] = {}
    for name, table in devices.items():
        for key, hint in PLUGS.items():
            place = table.get(key)
            if not isinstance(place, str) or not place.startswith("/") or "\0" in place:
                continue
            first = held.setdefault(os.path.realpath(place), name)
            if first != name:
                yield source.mistake(
                    ("device", name, key), f'"{place}" is the {_NOUNS.get(key, "port")} of {first} already', hint
                )


def _shared_addresses(source: Source, devices: Mapping[str, dict[str, Any]], schemas: Mapping[str, type]) -> Iterator[Mistake]:
    """A device of the network that is named twice would be asked by two, and would answer the wrong one."""
    held: dict[str, str] = {}
    for name, table in devices.items():
        place = _address(table, schemas.get(name))
        if place is None:
            continue
        first = held.setdefault(place, name)
        if first != name:
            key = "address" if "address" in table else "host"
            hint = "one device, one table: take one of the two out"
            yield source.mistake(("device", name, key), f"{place} is the address of {first} already", hint)


def _address(table: Mapping[str, Any], schema: type | None) -> str | None:
    """``host:port`` of a device in the network, as written or by its driver's usual port."""
    if isinstance(table.get("address"), str):
        return str(table["address"])
    usual = getattr(schema, "model_fields", {}).get("port")
    port = table.get("port", getattr(usual, "default", None))
    if isinstance(table.get("host"), str) and isinstance(port, int):
        return f"{table['host']}:{port}"
    return None


def _cameras(source: Source, devices: Mapping[str, dict[str, Any]]) -> Iterator[Mistake]:
    """A mirror looks through a camera that exists; several may look through one."""
    for name, table in devices.items():
        camera = table.get("camera")
        if isinstance(camera, str):
            yield from _role(source, ("device", name, "camera"), camera, devices)


def _vision(source: Source, devices: Mapping[str, dict[str, Any]]) -> Iterator[Mistake]:
    """Each camera that counts people is one, and is named once."""
    cameras = _tables({"vision": source.tables.get("vision")}).get("vision", {}).get("cameras")
    named: set[str] = set()
    for camera in cameras if isinstance(cameras, list) else []:
        if not isinstance(camera, str):
            continue
        yield from _device(source, ("vision", "cameras"), camera, "camera", devices)
        if camera in named:
            yield source.mistake(("vision", "cameras"), f'"{camera}" is named twice', "name each camera once")
        named.add(camera)


def _broker(source: Source, schemas: Mapping[str, type]) -> Iterator[Mistake]:
    """MQTT devices need a broker, and the names of the box and of Home Assistant at the broker are not free for a device."""
    mqtt = source.tables.get("mqtt")
    mqtt = mqtt if isinstance(mqtt, dict) else {}
    own_name = mqtt.get("username", Mqtt().username)
    onlooker = mqtt.get("home_assistant_user", Mqtt().home_assistant_user) if mqtt.get("home_assistant") is True else None
    for name, schema in schemas.items():
        if not getattr(schema, "needs_broker", False):
            continue
        if mqtt.get("host", Mqtt().host) == "":
            yield source.mistake(
                ("device", name), "speaks MQTT, but the box has no broker", 'set mqtt.host, for example "127.0.0.1"'
            )
        if name == own_name:
            yield source.mistake(("device", name), "has the name under which the box logs in at the broker", "rename the device")
        if name == onlooker:
            problem = "has the name under which Home Assistant logs in at the broker"
            yield source.mistake(("device", name), problem, "rename the device, or set another mqtt.home_assistant_user")


def _tables(value: Any) -> dict[str, dict[str, Any]]:
    """The tables inside a table; what is not a table has been reported by the schema."""
    return {name: table for name, table in value.items() if isinstance(table, dict)} if isinstance(value, dict) else {}
