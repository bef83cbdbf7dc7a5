"""AR mirrors with a program of their own, over MQTT: a visit, the shades that were worn, and the finger on the glass.

    event/began    {"id": "…", "session": "v-17"}                   somebody stepped in front of it
    event/tried    {"id": "…", "session": "v-17", "sku": "rouge-01", "ms": 5200, "intensity": 60}
    event/ended    {"id": "…", "session": "v-17"}
    state/touch    {"session": "v-17", "x": 512, "y": 303}        QoS 0, not retained, thousandths from the upper left corner
    set/message    two lines, LF between them, that the mirror shows; it reports them as state/message

Its heartbeat is any word within ``silent_after_s``. The mirror on the box's own page is ``mirror/page``, and says the same.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from types import TracebackType
from typing import Annotated, ClassVar, Self, TypedDict

import msgspec
from pydantic import Field

from config.schema import Id, Section
from drivers.commands import AnyCommand, Done, Refused, SetProperty, Show, cannot
from drivers.contract import Driver, Receipt, Wires
from drivers.readings import AnyReading, Reported, Unreadable
from drivers.reporting import ReportingDevice
from drivers.reports import Name, Text, Unclear, body_of, checked_name, checked_words, report_of, shown, unreadable
from drivers.room_readings import MirrorTouched, MirrorUsed, ShadeTried
from drivers.wires.mqtt_inbox import Message

Permille = Annotated[int, msgspec.Meta(ge=0, le=1000)]
Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]
Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=86_400_000)]
MESSAGE = "message"
TOUCH = "touch"


class KioskSettings(Section):
    """``[device.<name>]`` of a mirror. ``camera``: whose pictures it may fetch from the box, by its name in the settings."""

    needs_broker: ClassVar[bool] = True
    camera: Id | None = None
    silent_after_s: Annotated[int, Field(ge=5, le=86_400)] | None = None


class _Visit(msgspec.Struct, frozen=True):
    session: Name


class _Tried(msgspec.Struct, frozen=True):
    session: Name
    sku: Text
    ms: Milliseconds
    intensity: Percent


class _Touch(msgspec.Struct, frozen=True):
    session: Name
    x: Permille
    y: Permille


class _Stamp(TypedDict):
    device: str
    at: datetime
    monotonic_ms: int


def decode(message: Message) -> MirrorUsed | ShadeTried | Unreadable:
    """One event of a mirror."""
    try:
        return _told(message)
    except Unclear as unclear:
        return unreadable(message, str(unclear))


def decode_touch(message: Message) -> MirrorTouched | Unreadable | None:
    """``state/touch``; other properties are not the shop's business."""
    if message.name != TOUCH:
        return None
    try:
        touch = body_of(message, _Touch)
        session = checked_name("session", touch.session)
    except Unclear as unclear:
        return unreadable(message, str(unclear))
    return MirrorTouched(**_stamp(message), session=session, x_permille=touch.x, y_permille=touch.y)


def message_of(command: Show) -> SetProperty:
    """Two lines for the shopper as the property that a mirror shows; the line feed stays, for no property is ever empty."""
    return SetProperty(property=MESSAGE, value=f"{command.upper}\n{command.lower}", deadline_ms=command.deadline_ms)


class Kiosk:
    """One mirror at the broker."""

    def __init__(self, device: str, settings: KioskSettings, wires: Wires) -> None:
        self._device = device
        self._wire = ReportingDevice(
            device, wires.broker, decode=decode, decode_state=decode_touch, silent_after_s=settings.silent_after_s
        )

    async def __aenter__(self) -> Self:
        await self._wire.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._wire.__aexit__(kind, error, trace)

    def readings(self) -> AsyncIterator[AnyReading]:
        """What the mirror says, in order; raises DeviceGone, DeviceSilent."""
        return self._wire.readings()

    async def acknowledge(self, reading: Reported | Unreadable, receipt: Receipt) -> None:
        """Tell the mirror what became of its event."""
        await self._wire.acknowledge(reading, receipt)

    async def perform(self, command: AnyCommand) -> Done | Refused:
        """Show two lines, or set a property, and wait until the mirror reports it."""
        match command:
            case Show():
                return await self._wire.perform(message_of(command))
            case SetProperty():
                return await self._wire.perform(command)
            case _:
                return cannot(command, self._device, "set-property, show")


def _told(message: Message) -> MirrorUsed | ShadeTried:
    match message.name:
        case "began" | "ended" as kind:
            session = checked_name("session", body_of(message, _Visit).session)
            return MirrorUsed(**_stamp(message), report=report_of(message), session=session, kind=kind)
        case "tried":
            tried = body_of(message, _Tried)
            return ShadeTried(
                **_stamp(message),
                report=report_of(message),
                session=checked_name("session", tried.session),
                sku=checked_words("sku", tried.sku),
                shown_ms=tried.ms,
                intensity_percent=tried.intensity,
            )
    raise Unclear(f"no event of a mirror is called {shown(message.name)}: began, tried or ended")


def _stamp(message: Message) -> _Stamp:
    return {"device": message.device, "at": message.at, "monotonic_ms": message.monotonic_ms}


DRIVER = Driver(kind="mirror", settings_class=KioskSettings, open=Kiosk, commands=(SetProperty, Show))
