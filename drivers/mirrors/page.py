"""A mirror on the box's own page, ``/mirror/<name>``: a browser on a screen says what a mirror at the broker says.

session, tried      as ``mirror/kiosk``'s events, repeated by the page until they are answered
touch               {"session": "v-17", "x": 512, "y": 303}      only shown, never kept
state               {"property": "message", "value": "Please look up"}
hello               {}   every few seconds while the page is open: its heartbeat

A page that is silent for ``silent_after_s`` has been left: the driver says so, and the shop ends the visit that is open there.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Annotated, Self

import msgspec
from pydantic import Field, StringConstraints

from config.schema import Id, Section
from drivers.commands import AnyCommand, Done, Refused, SetProperty, Show, cannot
from drivers.contract import DeviceGone, Driver, Receipt, Wires
from drivers.mirrors.kiosk import TOUCH, decode, decode_touch, message_of
from drivers.reading import Report
from drivers.readings import AnyReading, Presence, Reported, Unreadable
from drivers.reports import Unclear, body_of, shown, unreadable
from drivers.room_readings import MirrorUsed
from drivers.topics import ID
from drivers.wires.mqtt_inbox import Message
from drivers.wires.post import Slot
from drivers.wires.stamp import stamp

MOST_SHADES = 48
"""More than fit a screen as targets that a finger hits."""

Shade = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,64}$")]
Value = Annotated[str, msgspec.Meta(max_length=500)]


class PageSettings(Section):
    """``[device.<name>]`` of a mirror on our page. ``camera`` is the one behind its glass.

    ``shades`` are the SKUs on offer while headquarters has sent no ``shades`` document. A shade that is worn for ``try_after_s``
    was tried.
    """

    camera: Id
    try_after_s: Annotated[int, Field(ge=1, le=60)] = 3
    shades: Annotated[tuple[Shade, ...], Field(max_length=MOST_SHADES)] = ()
    silent_after_s: Annotated[int, Field(ge=10, le=3600)] = 15


class _State(msgspec.Struct, frozen=True):
    property: Annotated[str, msgspec.Meta(pattern=rf"\A{ID}\Z")]
    value: Value


class PageMirror:
    """One mirror on the page."""

    def __init__(self, device: str, settings: PageSettings, wires: Wires) -> None:
        self._device, self._silent_after_s, self._wishes = device, settings.silent_after_s, wires.wishes
        self._slot: Slot = wires.post.slot(device)
        self._unanswered: dict[int, tuple[AnyReading, Message]] = {}
        self._reported: dict[str, str] = {}
        self._changed, self._asking = asyncio.Event(), asyncio.Lock()

    async def __aenter__(self) -> Self:
        await self._slot.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._slot.__aexit__(kind, error, trace)

    async def readings(self) -> AsyncIterator[AnyReading]:
        """What the page says, in order; raises DeviceGone when it is shut."""
        heard = False
        while True:
            try:
                async with asyncio.timeout(self._silent_after_s):
                    message = await self._slot.receive()
            except TimeoutError as error:
                if heard:  # one that was not open at all has been left long ago
                    yield self._left()
                raise DeviceGone(
                    f"the page of {self._device} is not open: open /mirror/{self._device} of this box on the mirror's screen"
                ) from error
            heard = True
            reading = self._read(message)
            if reading is not None:
                yield reading

    async def acknowledge(self, reading: Reported | Unreadable, receipt: Receipt) -> None:
        """Answer the page."""
        _, message = self._unanswered.pop(id(reading), (None, None))
        if message is not None:
            self._slot.answer(message, receipt)

    async def perform(self, command: AnyCommand) -> Done | Refused:
        """Show two lines, or set a property, and wait until the page says that it did."""
        match command:
            case Show():
                return await self._set(message_of(command))
            case SetProperty():
                return await self._set(command)
            case _:
                return cannot(command, self._device, "set-property, show")

    async def _set(self, command: SetProperty) -> Done | Refused:
        name, value = command.property, command.value
        try:
            async with asyncio.timeout(command.deadline_ms / 1000), self._asking:
                self._reported.pop(name, None)
                self._wishes.ask(self._device, name, value)
                while self._reported.get(name) != value:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            self._wishes.forget(self._device, name)
            said = f"it says {shown(self._reported[name])}" if name in self._reported else "it says nothing"
            return Refused(reason=f"{self._device} did not report {name} = {value!r} in {command.deadline_ms} ms: {said}")
        return Done(detail=f"{name} = {value}")

    def _left(self) -> MirrorUsed:
        """The page has crashed, was closed, or hangs: who stood there cannot say any more that the visit is over."""
        report = Report(id=f"left-{secrets.token_hex(8)}", digest=b"")
        return MirrorUsed(**stamp(self._device), report=report, session="", kind="left")

    def _read(self, message: Message) -> AnyReading | None:
        reading = self._meant(message)
        if isinstance(reading, Reported | Unreadable):
            self._unanswered[id(reading)] = (reading, message)
        else:  # nobody decides it, so it is answered at once
            self._slot.answer(message, Receipt(ok=True))
        return reading

    def _meant(self, message: Message) -> AnyReading | None:
        match message.name:
            case "hello":
                return Presence(device=message.device, at=message.at, monotonic_ms=message.monotonic_ms, state="ready")
            case name if name == TOUCH:
                return decode_touch(message)
            case "state":
                return self._hear_state(message)
            case _:
                return decode(message)

    def _hear_state(self, message: Message) -> Unreadable | None:
        try:
            state = body_of(message, _State)
        except Unclear as unclear:
            return unreadable(message, str(unclear))
        self._reported[state.property] = state.value
        self._changed.set()
        return None


DRIVER = Driver(kind="mirror", settings_class=PageSettings, open=PageMirror, commands=(SetProperty, Show))
