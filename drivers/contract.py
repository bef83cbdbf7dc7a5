"""What every driver keeps: open with ``async with``, listen with ``async for``, never retry by itself.

    DeviceError        the supervisor closes, waits, reopens
    ├── DeviceGone     the wire is gone: unplugged, no such port, broker down
    ├── DeviceSilent   the wire is up, the device missed its deadline
    └── BadFrame       bytes that the manual does not describe; keeps them

Anything else that leaves a driver is a bug in it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self, runtime_checkable

if TYPE_CHECKING:
    from pydantic import BaseModel

    from drivers.commands import Answer, AnyCommand, Command
    from drivers.probe import Probe
    from drivers.reading import Stamp
    from drivers.readings import AnyReading, Reported, Unreadable
    from drivers.wires.mqtt import Broker
    from drivers.wires.pictures import Pictures
    from drivers.wires.post import Post
    from drivers.wires.wishes import Wishes


class DeviceError(Exception):
    """The device cannot be used now; the text says what was seen and what to do."""


class DeviceGone(DeviceError):
    """The wire is gone."""


class DeviceSilent(DeviceError):
    """The wire is up, but the device missed its deadline."""


class BadFrame(DeviceError):
    """Bytes that the manual does not describe. ``frame`` keeps them."""

    def __init__(self, problem: str, frame: bytes) -> None:
        super().__init__(problem)
        self.frame = frame


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One message as it stood on the wire, stamped by the wire on arrival (``at`` UTC)."""

    data: bytes
    device: str
    at: datetime
    monotonic_ms: int

    def stamp(self) -> Stamp:
        """Who said it and when, for the reading that it becomes."""
        return {"device": self.device, "at": self.at, "monotonic_ms": self.monotonic_ms}


class Device(Protocol):
    """One device, open while inside ``async with``."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def readings(self) -> AsyncIterator[AnyReading]:
        """Every reading, until the device fails: raises a DeviceError then."""
        ...

    async def perform(self, command: AnyCommand) -> Answer:
        """Ask for one thing; takes the wire's lock between polls. Raises a DeviceError when the wire fails."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The box's answer to a report. ``ok``: durable. Not ok and ``retry``: send again later. Not ok, no retry: final.

    ``repeat``: it was durable before this report came. ``key`` names the kind of a final refusal, ``title`` says it to the person
    at the till in the language of the store; both are empty where nobody has words for it.
    """

    ok: bool
    repeat: bool = False
    retry: bool = False
    problem: str = ""
    key: str = ""
    title: str = ""


@runtime_checkable
class Acknowledging(Protocol):
    """A device that repeats a report until it is told what became of it."""

    async def acknowledge(self, reading: Reported | Unreadable, receipt: Receipt) -> None:
        """Tell the device; called once per report, in order, after COMMIT or refusal."""
        ...


def _post() -> Post:
    from drivers.wires.post import Post

    return Post()


def _wishes() -> Wishes:
    from drivers.wires.wishes import Wishes

    return Wishes()


def _pictures() -> Pictures:
    from drivers.wires.pictures import Pictures

    return Pictures()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wires:
    """What devices share: the broker, the box's own web server, the cameras' pictures. A driver that needs none ignores it."""

    broker: Broker
    post: Post = field(default_factory=_post)
    wishes: Wishes = field(default_factory=_wishes)
    pictures: Pictures = field(default_factory=_pictures)


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """What an entry point of the group ``storebox.drivers`` names.

    ``open(device, settings, wires)`` builds a Device without touching the wire; ``settings`` is an instance of
    ``settings_class``. ``kind`` is the noun shown to people: scale, shelf, till. A settings class of devices that speak
    MQTT says ``needs_broker: ClassVar[bool] = True``, so that a box without a broker is told. ``probes``: how ``storebox probe``
    recognises such a device at a serial port.
    """

    kind: str
    settings_class: type[BaseModel]
    open: Callable[[str, Any, Wires], Device]
    commands: tuple[type[Command], ...] = ()
    probes: tuple[Probe, ...] = ()
