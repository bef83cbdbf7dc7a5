"""What the dialects of lights, plugs and sensors have in common: what a device can tell, and what it is asked for.

A dialect remembers what its device described and said last; it does no I/O and takes no clock. ``foreign_device.py`` speaks it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import wraps
from typing import Annotated, Literal, ParamSpec, Protocol

import msgspec
from pydantic import Field

from drivers.commands import Refused

LONGEST_BYTES = 64 * 1024
LONGEST_VALUE = 500
LONGEST_NAME = 100
MOST_PROPERTIES = 300

P = ParamSpec("P")
SilentAfterS = Annotated[int, Field(ge=5, le=86_400)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """The device is there; what it said before it said so now counts."""

    state: Literal["init", "ready", "sleeping"] = "ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """The device is not there: nothing that it said may be shown any more."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A property as the device reports it; ``target`` is where it says it is going."""

    property: str
    value: str
    unit: str = ""
    target: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """The device accepted what was asked under ``token``."""

    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """The device will not do what was asked under ``token``; ``words`` are its own."""

    token: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """The device must be asked, or it will not say how it is."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Odd:
    """Nobody can understand this; ``problem`` says why."""

    problem: str


Told = Here | Away | Value | Took | Declined | Ask | Odd


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One command on the wire. ``reached`` says of a value that is reported for ``property`` whether it is what was wished.

    ``quiet``: nothing will be reported, and this is what can be said instead.
    """

    token: str
    property: str
    topic: str
    payload: bytes
    reached: Callable[[str], bool]
    quiet: str = ""


class Dialect(Protocol):
    """One way of speaking. ``hello`` says what to look at when the device never says that it is there."""

    hello: str

    @property
    def filters(self) -> tuple[str, ...]:
        """The topics under which the device speaks."""
        ...

    def opening(self) -> Iterable[Ask]:
        """What the device is asked whenever it says that it is there."""
        ...

    def hear(self, topic: str, payload: bytes) -> Iterable[Told]:
        """What one message says; never raises."""
        ...

    def wish(self, property_: str, value: str) -> Wish | Refused:
        """How to ask for it, or why the device cannot be asked."""
        ...


class Unclear(ValueError):
    """A message that cannot be understood; the text says why."""


def odd_when_unclear(hear: Callable[P, Iterator[Told]]) -> Callable[P, Iterator[Told]]:
    """``hear`` of a dialect, which may raise Unclear, as one that never raises: what is unclear is Odd."""

    @wraps(hear)
    def heard(*args: P.args, **kwargs: P.kwargs) -> Iterator[Told]:
        try:
            yield from hear(*args, **kwargs)
        except Unclear as unclear:
            yield Odd(problem=str(unclear))

    return heard


def parsed(payload: bytes, longest: int = LONGEST_BYTES) -> object:
    """The JSON of ``payload``; raises Unclear."""
    if len(payload) > longest:
        raise Unclear(f"a message of {len(payload) >> 10} KiB is longer than the {longest >> 10} KiB that such a device needs")
    try:
        return msgspec.json.decode(payload)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Unclear(f"{payload[:40]!r} is not JSON: {error}") from error


def fields(payload: bytes, longest: int = LONGEST_BYTES) -> dict[str, object]:
    """The JSON object of ``payload``; raises Unclear."""
    told = parsed(payload, longest)
    if not isinstance(told, dict):
        raise Unclear(f"{payload[:40]!r} is no JSON object")
    return told


def inside(told: dict[str, object], name: str) -> dict[str, object]:
    """The object ``name`` in ``told``; raises Unclear."""
    found = told.get(name)
    if not isinstance(found, dict):
        raise Unclear(f"there is no {name} in it")
    return found


def text(payload: bytes) -> str:
    """``payload`` as one short text; raises Unclear."""
    if len(payload) > LONGEST_VALUE:
        raise Unclear(f"a value of {len(payload)} bytes is longer than {LONGEST_VALUE}")
    try:
        return payload.decode()
    except UnicodeDecodeError as error:
        raise Unclear(f"{payload[:40]!r} is no text in UTF-8") from error


def flat(told: dict[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Names and values of a JSON object, what lies deeper as ``color.x``; null says nothing. Raises Unclear."""
    for count, (name, value) in enumerate(told.items()):
        if count >= MOST_PROPERTIES or len(prefix) + len(name) > LONGEST_NAME:
            raise Unclear("more properties, or longer names of them, than any device has")
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{name}.")
        elif value is not None:
            yield prefix + name, said(value)


def said(value: object) -> str:
    """One JSON value as people write it: ``true``, ``21.5``, ``20``. Raises Unclear."""
    match value:
        case str():
            words = value
        case float() if value.is_integer() and abs(value) < 1e15:
            words = str(int(value))
        case _:
            words = msgspec.json.encode(value).decode()
    if len(words) > LONGEST_VALUE:
        raise Unclear(f"a value of {len(words)} characters is longer than {LONGEST_VALUE}")
    return words


def number(words: str) -> float | None:
    """``words`` as a number in plain digits; None for anything else, also infinities."""
    try:
        value = msgspec.json.decode(words, type=float, strict=True)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None
    return value


def near(wished: float, tolerance: float) -> Callable[[str], bool]:
    """Whether a reported number is ``wished``, give or take ``tolerance``: devices round."""
    return lambda reported: (value := number(reported)) is not None and abs(value - wished) <= tolerance
