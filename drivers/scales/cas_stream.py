"""CAS indicators that send 22 bytes again and again: ``ST,NT,`` device lamps ``,   1.250 kg CR LF``.

Source: CAS indicators ("CAS 22 byte"). The device number and the lamps are raw bytes, also commas and ends of line, so a
frame is cut by its length. Lamps: bit 6 stable, bit 4 hold, bit 2 gross, bit 1 tare, bit 0 zero; only hold is read, for the
header says the rest.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from decimal import Decimal
from functools import partial
from types import TracebackType
from typing import Self

from config.schema import Section
from drivers.commands import AnyCommand, Refused, cannot
from drivers.contract import BadFrame, DeviceError, Driver, Frame, Wires
from drivers.probe import Probe, Setting
from drivers.readings import Weight
from drivers.scales.masses import GRAMS_PER_UNIT, whole_grams
from drivers.scales.serial_settings import Baud, LineFormat, PortPath, SilentAfterMs
from drivers.wires.framing import MeasuredFraming, fits
from drivers.wires.serial_line import SerialLine
from drivers.wires.streaming import keep_changes, listen

ANY = b""
NUMBER = b" +-.0123456789"
SHAPE = (b"SUO", b"TSL", b",", b"GN", b"ST", b",", ANY, ANY, b",", *[NUMBER + b"OFL"] * 8, b" ", b"kglt ", b"gbt ", b"\r", b"\n")
HEADER = re.compile(rb"[SUO]")
FRAME = re.compile(rb"(ST|US|OL),(?:GS|NT),.(.),([ +-]*)([^,]*) (kg|g |lb|t | g| t)\r\n", re.DOTALL)
DIGITS = re.compile(rb"\d{1,7}(?:\.\d{1,6})?|\.\d{1,6}")
HOLD = 0x10


class CasStreamSettings(Section):
    """``line`` must have 8 data bits for an indicator whose lamps are to be read."""

    port: PortPath
    baud: Baud = 9600
    line: LineFormat = "8N1"
    silent_after_ms: SilentAfterMs = 3_000


def _measure(data: bytes, at: int) -> int:
    return len(SHAPE) if fits(data, at, SHAPE) else 0


FRAMING = MeasuredFraming(begins=HEADER, measure=_measure)


def decode(frame: Frame) -> Weight:
    """One frame. Raises BadFrame; DeviceError while the indicator holds an old weight on its display."""
    found = FRAME.fullmatch(frame.data)
    if found is None:
        raise BadFrame(f"{frame.data!r} is no frame of 22 bytes: {explain(frame.data)}", frame.data)
    header, lamps, sign, digits, unit = found.groups()
    if header == b"OL":
        return Weight(**frame.stamp(), grams=None, state="under" if b"-" in sign else "over")
    if lamps[0] & HOLD:
        raise DeviceError("the indicator holds an old weight on its display: press its hold key")
    if DIGITS.fullmatch(digits) is None:
        raise BadFrame(f"{frame.data!r} has no number where the weight stands: {explain(frame.data)}", frame.data)
    grams = whole_grams(Decimal(digits.decode("ascii")) * GRAMS_PER_UNIT[unit.strip()])
    return Weight(**frame.stamp(), grams=-grams if b"-" in sign else grams, state="stable" if header == b"ST" else "moving")


def explain(heard: bytes) -> str:
    """What bytes look like that this manual does not describe, and what to do."""
    if re.search(rb"(?:ST|US)(?:,(?:GS|NT))?, *[+-]", heard):
        return 'this looks like A&D: set driver = "scale/a-and-d" and stream = true'
    return "noise, a wrong baud rate or parity, or another output format than that of 22 bytes?"


class CasStream:
    """One indicator that talks by itself; it takes no commands in this mode."""

    def __init__(self, device: str, settings: CasStreamSettings) -> None:
        self._settings = settings
        self._line = SerialLine(
            settings.port,
            device=device,
            framing=FRAMING,
            explain=explain,
            baud=settings.baud,
            line=settings.line,
            thin=partial(keep_changes, decode=decode),
        )

    async def __aenter__(self) -> Self:
        await self._line.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._line.__aexit__(kind, error, trace)

    def readings(self) -> AsyncIterator[Weight]:
        """Every weight. Raises DeviceGone, DeviceSilent, BadFrame, or DeviceError while the indicator holds its display."""
        return listen(self._line, decode, self._settings.silent_after_ms)

    async def perform(self, command: AnyCommand) -> Refused:
        """This output format has no commands."""
        return cannot(command, "a CAS indicator that sends 22 bytes", "nothing: use its keys")


def recognise(heard: bytes) -> dict[str, Setting] | None:
    """A whole frame."""
    headers = HEADER.finditer(heard, 0, max(0, len(heard) - len(SHAPE) + 1))
    return {} if any(fits(heard, header.start(), SHAPE) for header in headers) else None


PROBE = Probe(lines=((9600, "8N1"), (4800, "8N1"), (2400, "8N1"), (19200, "8N1")), recognise=recognise)


def _open(device: str, settings: CasStreamSettings, _wires: Wires) -> CasStream:
    return CasStream(device, settings)


DRIVER = Driver(kind="scale", settings_class=CasStreamSettings, open=_open, probes=(PROBE,))
