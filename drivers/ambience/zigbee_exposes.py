"""What a Zigbee device can do, as Zigbee2MQTT describes it (``exposes``): units, ranges, and what may be set or asked.

    {"type": "light", "features": [{"type": "numeric", "property": "brightness", "access": 7, "value_min": 0, "value_max": 254}]}
    {"type": "composite", "property": "color", "features": [{"type": "numeric", "property": "x", "access": 7}]}

Source: zigbee2mqtt.io, "Exposes". The bits of ``access``: 1 it is published, 2 it can be set, 4 it can be asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import msgspec

from drivers.ambience.dialect import MOST_PROPERTIES, Unclear, near, number, said

SETTABLE, READABLE = 2, 4
ROUNDED_BY = 0.01
"""Lamps keep brightness and colour in coarser steps than they are told, by at most a hundredth of their range."""

Scalar = bool | float | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One property. ``on`` and ``off`` are the values of a binary one, ``values`` those of an enumeration."""

    name: str
    type: str
    access: int
    unit: str = ""
    least: float | None = None
    most: float | None = None
    step: float | None = None
    values: tuple[str, ...] = ()
    on: Scalar = "ON"
    off: Scalar = "OFF"


class _Expose(msgspec.Struct, frozen=True):
    type: str
    property: str = ""
    access: int = 0
    unit: str = ""
    value_min: float | None = None
    value_max: float | None = None
    value_step: float | None = None
    values: list[object] = []
    value_on: Scalar = "ON"
    value_off: Scalar = "OFF"
    features: list[_Expose] = []


class _Definition(msgspec.Struct, frozen=True):
    exposes: list[_Expose] = []


class _Device(msgspec.Struct, frozen=True):
    friendly_name: str
    definition: _Definition | None = None


SCENE = Feature(name="scene_recall", type="numeric", access=SETTABLE, least=0, most=255, step=1)
UNDESCRIBED = {
    "state": Feature(name="state", type="binary", access=7),
    "brightness": Feature(name="brightness", type="numeric", access=7, least=0, most=254),
    "color_temp": Feature(name="color_temp", type="numeric", access=7, least=50, most=1000, unit="mired"),
}
"""What a group can do, which Zigbee2MQTT describes nowhere."""


def features_of(payload: bytes, name: str) -> dict[str, Feature] | None:
    """The features of device ``name`` in ``bridge/devices``; None when it is not there. Raises Unclear."""
    try:
        devices = msgspec.json.decode(payload, type=list[_Device])
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Unclear(f"bridge/devices is not as Zigbee2MQTT writes it: {error}") from error
    found = next((device for device in devices if device.friendly_name == name), None)
    if found is None:
        return None
    features: dict[str, Feature] = {}
    for feature in _flat(found.definition.exposes if found.definition else ()):
        if len(features) >= MOST_PROPERTIES:
            raise Unclear(f"{name[:40]!r} has more than {MOST_PROPERTIES} properties")
        features[feature.name] = feature
    return features


def encoded(feature: Feature, value: str) -> object:
    """``value`` as it stands in JSON; raises Unclear with what the device takes."""
    match feature.type:
        case "numeric":
            return _numeric(feature, value)
        case "binary":
            for one in (feature.on, feature.off):
                if said(one) == value:
                    return one
            raise _wrong(feature, value, f"{said(feature.on)} or {said(feature.off)}")
        case "enum" if value not in feature.values:
            raise _wrong(feature, value, f"one of {', '.join(feature.values)[:200]}")
    return value


def reached(feature: Feature, value: str) -> Callable[[str], bool]:
    """Whether a reported value is ``value``, as the device rounds it."""
    wished = number(value)
    if feature.type != "numeric" or wished is None:
        return lambda reported: reported == value
    range_ = feature.most - feature.least if feature.most is not None and feature.least is not None else 0.0
    return near(wished, feature.step / 2 if feature.step else range_ * ROUNDED_BY)


def nested(path: str, value: object) -> Mapping[str, object]:
    """``color.x`` as the JSON that Zigbee2MQTT takes: ``{"color": {"x": …}}``."""
    name, dot, rest = path.partition(".")
    return {name: nested(rest, value) if dot else value}


def _numeric(feature: Feature, value: str) -> float | int:
    wished = number(value)
    above = feature.least is None or (wished is not None and wished >= feature.least)
    below = feature.most is None or (wished is not None and wished <= feature.most)
    if wished is None or not above or not below:
        least = "" if feature.least is None else f" from {feature.least:g}"
        most = "" if feature.most is None else f" to {feature.most:g}"
        raise _wrong(feature, value, f"a number{least}{most}")
    return int(wished) if wished.is_integer() else wished


def _wrong(feature: Feature, value: str, takes: str) -> Unclear:
    return Unclear(f"{feature.name} = {value[:40]!r}: it takes {takes}")


def _flat(exposes: Iterable[_Expose], prefix: str = "") -> Iterator[Feature]:
    for one in exposes:
        name = prefix + one.property
        if one.features:  # a light or a switch has no name of its own, a composite has
            yield from _flat(one.features, f"{name}." if one.property else prefix)
        elif one.property:
            yield Feature(
                name=name,
                type=one.type,
                access=one.access,
                unit=one.unit,
                least=one.value_min,
                most=one.value_max,
                step=one.value_step,
                values=tuple(said(value) for value in one.values),
                on=one.value_on,
                off=one.value_off,
            )
