"""A customer display on a serial line: it is told what to show and never answers, so that it shows it is never proved."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from functools import partial
from types import TracebackType
from typing import Annotated, Literal, Self

from pydantic import Field

from drivers.commands import Accepted, Answer, AnyCommand, Refused, Show, ShowAmount, cannot
from drivers.readings import Presence
from drivers.wires.one_way import presence
from drivers.wires.opening import open_port
from drivers.wires.port_wire import PortWire

OPENING_MS = 2_000
DisplayBaud = Literal[300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200]
Decimals = Annotated[int, Field(ge=0, le=3)]
"""How many digits of an amount stand behind the point: 2 for 分."""


class CannotShow(Exception):
    """The display cannot show it; the text says why."""


class PoleDisplay:
    """``encode`` makes the bytes of what is to be shown and raises CannotShow; ``greeting`` is sent when the wire is open."""

    def __init__(
        self, device: str, wire: PortWire, *, what: str, greeting: bytes, encode: Callable[[Show | ShowAmount], bytes]
    ) -> None:
        self._device, self._wire = device, wire
        self._what, self._greeting, self._encode = what, greeting, encode

    async def __aenter__(self) -> Self:
        """Open the port and clear the display. Raises DeviceGone, DeviceSilent."""
        async with AsyncExitStack() as opening:
            await opening.enter_async_context(self._wire)
            await self._wire.send(self._greeting, deadline_ms=OPENING_MS)
            opening.pop_all()  # from here on, leaving is up to __aexit__
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._wire.__aexit__(kind, error, trace)

    def readings(self) -> AsyncIterator[Presence]:
        """That its port is open. Raises DeviceGone."""
        return presence(self._wire, self._device)

    async def perform(self, command: AnyCommand) -> Answer:
        """Show it. Raises DeviceGone, DeviceSilent when the port takes no bytes."""
        if not isinstance(command, Show | ShowAmount):
            return cannot(command, self._what, "show, show-amount")
        try:
            data = self._encode(command)
        except CannotShow as error:
            return Refused(reason=str(error))
        async with self._wire.turn:
            await self._wire.send(data, deadline_ms=command.deadline_ms)
        return Accepted(detail="sent; this display cannot answer")


def serial_wire(port: str, baud: int) -> PortWire:
    """The display's end of the cable: 8N1 in every manual, no flow control."""
    return PortWire(port, open_it=partial(open_port, port, baud=baud, line="8N1"))


def amount_text(amount_minor: int, decimals: int) -> str:
    """1250 with two decimals is ``12.50``."""
    whole, part = divmod(abs(amount_minor), 10**decimals)
    sign = "-" if amount_minor < 0 else ""
    return f"{sign}{whole}.{part:0{decimals}d}" if decimals else f"{sign}{whole}"
