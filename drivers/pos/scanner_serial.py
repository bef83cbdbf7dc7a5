"""Barcode scanners on a serial port (RS-232, or USB as a serial port): the code, then ``CR``.

    ]E06901028075831 CR

Sources: Intermec 1800 series user's guide p 54, Allen-Bradley 2755 p 3-14 (AIM identifiers, end of a code).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Self

from drivers.commands import Answer, AnyCommand, SetProperty
from drivers.contract import Driver, Frame, Wires
from drivers.pos.codes import LONGEST_CODE, Typed
from drivers.pos.scanner_settings import CodeSettings
from drivers.pos.scanning import Scanning
from drivers.readings import AnyReading, Presence, Unreadable
from drivers.scales.serial_settings import Baud, LineFormat, PortPath
from drivers.wires.framing import Cut
from drivers.wires.serial_line import SerialLine
from drivers.wires.stamp import stamp

UNENDED_S = 1.0
NO_END = "something was scanned and no end came: set the scanner to end each code as end in its settings says (Enter is cr)"
END_MARKS = {"cr": b"\r", "lf": b"\n", "tab": b"\t"}


class SerialScannerSettings(CodeSettings):
    """``end``: with what the scanner ends a code; a line feed after a carriage return is passed over."""

    port: PortPath
    baud: Baud = 9600
    line: LineFormat = "8N1"
    end: Literal["cr", "lf", "tab"] = "cr"
    encoding: Literal["utf-8", "gb18030", "latin-1"] = "utf-8"


@dataclass(frozen=True, slots=True)
class CodeFraming:
    """Cuts codes at ``end``. Of a code that is too long the beginning is kept, so that its end is not taken for a code."""

    end: bytes

    def cut(self, data: bytes) -> Cut:
        """Cut ``data`` (the last rest and what has arrived since)."""
        *codes, rest = data.split(self.end)
        kept = LONGEST_CODE * 4 + 1
        noise = b"".join(piece[kept:] for piece in (*codes, rest))
        # an end mark alone is still a frame: a wire has to be told of every byte
        frames = tuple(code[:kept] + self.end for code in codes)
        return Cut(frames=frames, noise=noise, rest=rest[:kept])


def decode(frame: Frame, encoding: str, end: bytes = b"\r") -> Typed:
    """The text of one frame; what is no text in ``encoding`` is kept as a mark that it cannot be read."""
    text = frame.data.removesuffix(end).strip(b"\r\n").decode(encoding, "replace")
    return Typed(text=text, **frame.stamp())


class SerialScanner:
    """One scanner. It is quiet by nature, so that it is there is known by its port alone."""

    def __init__(self, device: str, settings: SerialScannerSettings) -> None:
        self._device, self._settings = device, settings
        self._end = END_MARKS[settings.end]
        self._scanning = Scanning(device, settings)
        self._line = SerialLine(
            settings.port,
            device=device,
            framing=CodeFraming(self._end),
            explain=lambda _heard: NO_END,
            baud=settings.baud,
            line=settings.line,
        )

    async def __aenter__(self) -> Self:
        await self._line.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._line.__aexit__(kind, error, trace)

    async def readings(self) -> AsyncIterator[AnyReading]:
        """That the port is open, then every code. Raises DeviceGone."""
        yield Presence(**stamp(self._device), state="open")
        while True:
            heard = await self._heard()
            if heard is not None:
                yield heard

    async def _heard(self) -> AnyReading | None:
        """The next code, apart from ``readings``: its frame would keep the last one. Raises DeviceGone."""
        waiting = 0
        while True:
            try:
                async with asyncio.timeout(UNENDED_S):
                    frame = await self._line.frame()
            except TimeoutError:
                before, waiting = waiting, len(self._line.unended.strip(b"\r\n"))
                if waiting and waiting == before:
                    return self._without_end()
                continue
            return self._scanning.read(decode(frame, self._settings.encoding, self._end))

    def _without_end(self) -> Unreadable:
        """A scanner that ends no code would be mute for ever, and half a code would spoil the next one."""
        self._line.forget_unended()
        return Unreadable(**stamp(self._device), problem=NO_END)

    async def perform(self, command: AnyCommand) -> Answer:
        """Be told what the lane expects."""
        return self._scanning.perform(command)


def _open(device: str, settings: SerialScannerSettings, _wires: Wires) -> SerialScanner:
    return SerialScanner(device, settings)


DRIVER = Driver(kind="scanner", settings_class=SerialScannerSettings, open=_open, commands=(SetProperty,))
