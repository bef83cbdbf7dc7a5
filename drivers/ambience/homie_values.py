"""Values of Homie 5 by the datatypes and formats of a ``$description``: a lamp is never sent what it does not understand.

    integer "0:100:5"   float ":30"   boolean   enum "low,high"   color "rgb,hsv,xyz"   string  datetime  duration  json

Source: the Homie convention 5, "Payloads" and "Property attributes".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from math import inf

import msgspec

from drivers.ambience.dialect import Unclear, near, number

_INTEGER = re.compile(r"-?\d{1,19}", re.ASCII)
_FLOAT = re.compile(r"-?\d{1,30}(\.\d{1,30})?([eE][+-]?\d{1,3})?", re.ASCII)
_DURATION = re.compile(r"PT(?=\d)(\d+H)?(\d+M)?(\d+S)?", re.ASCII)
_COLORS = {"rgb": (255.0, 255.0, 255.0), "hsv": (360.0, 100.0, 100.0), "xyz": (1.0, 1.0)}
"""The greatest number of each part; the smallest is 0. ``xyz`` has two parts, for z is what is left of 1."""

ROUNDING = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """One property as its device describes it."""

    name: str
    datatype: str
    format: str = ""
    settable: bool = False
    unit: str = ""


def checked(value: str, property_: Property) -> str:
    """``value`` if it is one of ``property_``; raises Unclear with what it takes."""
    rule = _RULES.get(property_.datatype)
    if rule is None:
        raise Unclear(f"{property_.name} is of type {property_.datatype[:20]!r}, which Homie 5 does not have")
    problem = rule(value, property_.format)
    if problem:
        raise Unclear(f"{property_.name} = {value[:40]!r}: it takes {problem}")
    return value


def reached(value: str, property_: Property) -> Callable[[str], bool]:
    """Whether a reported value is ``value``; numbers may be rounded to the step of the format."""
    wished = number(value)
    if property_.datatype not in {"integer", "float"} or wished is None:
        return lambda reported: reported == value
    return near(wished, (_bounds(property_.format)[2] / 2) or ROUNDING)


def _integer(value: str, form: str) -> str:
    least, most, _ = _bounds(form)
    fits = _INTEGER.fullmatch(value) is not None and least <= int(value) <= most
    return "" if fits else f"whole numbers{_range(least, most)}"


def _float(value: str, form: str) -> str:
    least, most, _ = _bounds(form)
    wished = number(value)
    fits = wished is not None and _FLOAT.fullmatch(value) is not None and least <= wished <= most
    return "" if fits else f"numbers{_range(least, most)}"


def _boolean(value: str, _form: str) -> str:
    return "" if value in {"true", "false"} else "true or false, in small letters"


def _string(_value: str, _form: str) -> str:
    return ""


def _enum(value: str, form: str) -> str:
    choices = form.split(",")
    return "" if value in choices else f"one of {', '.join(choices)[:200]}"


def _color(value: str, form: str) -> str:
    kind, *parts = value.split(",")
    allowed = form.split(",") if form else list(_COLORS)
    greatest = _COLORS.get(kind, ())
    fits = kind in allowed and bool(greatest) and len(parts) == len(greatest)
    if fits and all(_FLOAT.fullmatch(part) and 0 <= float(part) <= most for part, most in zip(parts, greatest, strict=True)):
        return ""
    return f"colors like rgb,255,120,0; of {', '.join(allowed)[:40]}"


def _datetime(value: str, _form: str) -> str:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return "ISO 8601 times like 2026-11-21T10:00:00Z"
    return ""


def _duration(value: str, _form: str) -> str:
    return "" if _DURATION.fullmatch(value) else "ISO 8601 durations like PT1H30M"


def _json(value: str, _form: str) -> str:
    try:
        told = msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return "a JSON object or array"
    return "" if isinstance(told, dict | list) else "a JSON object or array"


_RULES: dict[str, Callable[[str, str], str]] = {
    "integer": _integer,
    "float": _float,
    "boolean": _boolean,
    "string": _string,
    "enum": _enum,
    "color": _color,
    "datetime": _datetime,
    "duration": _duration,
    "json": _json,
}


def _bounds(form: str) -> tuple[float, float, float]:
    """``min:max:step``, each of which may be missing; what is no number bounds nothing."""
    least, most, step = [number(part) for part in (*form.split(":"), "", "", "")[:3]]
    return -inf if least is None else least, inf if most is None else most, step or 0.0


def _range(least: float, most: float) -> str:
    match least == -inf, most == inf:
        case True, True:
            return ""
        case True, False:
            return f" up to {most:g}"
        case False, True:
            return f" from {least:g}"
    return f" from {least:g} to {most:g}"
