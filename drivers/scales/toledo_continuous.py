"""Scales and indicators in Toledo continuous mode: they send ``STX SWA SWB SWC 001250 000000 CR CHK`` again and again.

Sources: Wildcat technical manual pp 6-4, 6-5 (status words, checksum, commands); Kern FTC p 42 (CR LF after commands);
Liden LUW2001 p 16; Fairbanks. They differ in the fixed bits and in where kg and lb stand, so neither is read: ``unit`` says
what the scale is set to. ``checksum = false`` for those that end with CR.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from decimal import Decimal
from functools import partial
from types import TracebackType
from typing import Literal, Self, assert_never

from config.schema import Section
from drivers.commands import Answer, AnyCommand, ClearTare, Tare, Zero, cannot
from drivers.contract import BadFrame, DeviceError, Driver, Frame, Wires
from drivers.probe import Probe, Setting
from drivers.readings import Weight
from drivers.scales.masses import GRAMS_PER_UNIT, whole_grams
from drivers.scales.serial_settings import Baud, LineFormat, PortPath, SilentAfterMs
from drivers.scales.witness import Shown, TareCommand, tell_stream
from drivers.wires.framing import SEVEN_BITS, MeasuredFraming, fits
from drivers.wires.serial_line import SerialLine
from drivers.wires.streaming import keep_changes, listen

ANY = b""
PRINTABLE = bytes(range(0x20, 0x7F))
SHAPE = (b"\x02", ANY, ANY, ANY, *[PRINTABLE] * 12, b"\r")
STX = re.compile(rb"\x02")
LENGTH = len(SHAPE)  # and one more with a checksum
DECIMALS = 0x07  # SWA: 2 is none, 5 is three; 0 and 1 are hundreds and tens
NET, NEGATIVE, OUT_OF_RANGE, MOTION, NO_ZERO = 0x01, 0x02, 0x04, 0x08, 0x40  # SWB

Unit = Literal["kg", "lb", "g"]


class ToledoContinuousSettings(Section):
    """``crlf``: the scale wants CR LF after the letter of a command."""

    port: PortPath
    baud: Baud = 9600
    line: LineFormat = "8N1"
    unit: Unit = "kg"
    checksum: bool = True
    crlf: bool = False
    silent_after_ms: SilentAfterMs = 3_000


def framing(*, checksum: bool) -> MeasuredFraming:
    """The checksum may be any byte, STX and CR too, so a frame is cut by its length."""
    length = LENGTH + checksum
    return MeasuredFraming(begins=STX, measure=lambda data, at: length if fits(data, at, SHAPE) else 0)


def decode(frame: Frame, unit: Unit = "kg") -> Weight:
    """One frame, with checksum or without (Wildcat p 6-4). Raises BadFrame; DeviceError while the scale has no zero."""
    data = frame.data.translate(SEVEN_BITS)
    if not fits(data, 0, SHAPE) or len(data) not in {LENGTH, LENGTH + 1}:
        raise BadFrame(f"{frame.data!r} is no continuous frame: {explain(frame.data)}", frame.data)
    if len(data) > LENGTH and sum(data) & 0x7F:
        raise BadFrame(f"{frame.data!r} has a wrong checksum: {_why_wrong(data)}", frame.data)
    status = data[2]
    if status & NO_ZERO:
        raise DeviceError("the scale has not found its zero since it was switched on: empty the pan and press its zero key")
    if status & OUT_OF_RANGE:
        return Weight(**frame.stamp(), grams=None, state="under" if status & NEGATIVE else "over")
    return Weight(**frame.stamp(), grams=_grams(data, unit, frame), state="moving" if status & MOTION else "stable")


def _grams(data: bytes, unit: Unit, frame: Frame) -> int:
    digits = data[4:10].lstrip(b" ")  # 8530D: leading zeros may be spaces
    if not digits.isdigit():
        raise BadFrame(f"{frame.data!r} has no number where the weight stands: {explain(frame.data)}", frame.data)
    value = int(digits) if not data[2] & NEGATIVE else -int(digits)
    return whole_grams(GRAMS_PER_UNIT[unit.encode()] * Decimal(value).scaleb(2 - (data[1] & DECIMALS)))


def _why_wrong(data: bytes) -> str:
    if data[-1:] == b"\x02":
        return "the scale sends none: set checksum = false"
    return "noise on the cable, or a wrong parity?"


def explain(heard: bytes) -> str:
    """What bytes look like that this manual does not describe, and what to do."""
    if b"ST,GS" in heard or b"US,GS" in heard or b"ST,NT" in heard:
        return 'this looks like A&D or CAS: set driver = "scale/a-and-d" or "scale/cas-stream"'
    return "noise, a wrong baud rate or parity, or another protocol than Toledo continuous?"


def show(frame: Frame, unit: Unit = "kg") -> Shown:
    """One frame with what it says of the tare. Raises as ``decode``."""
    return Shown(weight=decode(frame, unit), net=bool(frame.data[2] & NET))


def encode(command: TareCommand, *, crlf: bool = False) -> bytes:
    """The letter that the scale obeys in this mode (Wildcat p 6-5)."""
    end = b"\r\n" if crlf else b""
    match command:
        case Tare():
            return b"T" + end
        case Zero():
            return b"Z" + end
        case ClearTare():
            return b"C" + end
        case _:
            assert_never(command)


class ToledoContinuous:
    """One scale that talks by itself. A command has no answer, so the frames after it are watched."""

    def __init__(self, device: str, settings: ToledoContinuousSettings) -> None:
        self._settings = settings
        self._decode = partial(decode, unit=settings.unit)
        self._line = SerialLine(
            settings.port,
            device=device,
            framing=framing(checksum=settings.checksum),
            explain=explain,
            baud=settings.baud,
            line=settings.line,
            thin=partial(keep_changes, decode=self._decode),
        )

    async def __aenter__(self) -> Self:
        await self._line.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._line.__aexit__(kind, error, trace)

    def readings(self) -> AsyncIterator[Weight]:
        """Every weight. Raises DeviceGone, DeviceSilent, BadFrame, or DeviceError when the scale has no zero."""
        return listen(self._line, self._decode, self._settings.silent_after_ms)

    async def perform(self, command: AnyCommand) -> Answer:
        """Tare, zero or clear the tare, and watch whether it worked. Raises DeviceGone, DeviceSilent."""
        if not isinstance(command, TareCommand):
            return cannot(command, "a scale in Toledo continuous mode", "tare, zero, clear-tare")
        words = encode(command, crlf=self._settings.crlf)
        async with self._line.turn:
            return await tell_stream(self._line, words, command, partial(show, unit=self._settings.unit))


def recognise(heard: bytes) -> dict[str, Setting] | None:
    """Two frames one after the other: with right checksums, or without any."""
    for checksum in (True, False):
        length = LENGTH + checksum
        for at in [found.start() for found in STX.finditer(heard, 0, max(0, len(heard) - 2 * length + 1))]:
            if not (fits(heard, at, SHAPE) and fits(heard, at + length, SHAPE)):
                continue
            if not checksum:
                return {"checksum": False}
            if not sum(heard[at : at + length]) & 0x7F and not sum(heard[at + length : at + 2 * length]) & 0x7F:
                return {}
    return None


PROBE = Probe(lines=((9600, "8N1"), (4800, "8N1"), (2400, "8N1"), (1200, "8N1"), (19200, "8N1")), recognise=recognise)


def _open(device: str, settings: ToledoContinuousSettings, _wires: Wires) -> ToledoContinuous:
    return ToledoContinuous(device, settings)


DRIVER = Driver(
    kind="scale", settings_class=ToledoContinuousSettings, open=_open, commands=(Tare, Zero, ClearTare), probes=(PROBE,)
)
