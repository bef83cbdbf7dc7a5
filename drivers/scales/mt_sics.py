"""MT-SICS scales and balances (Mettler-Toledo and many others): ask with ``SI CR LF``, hear ``S S      1.234 kg CR LF``.

Sources: AT balances operating instructions p 87, AL-IC p 72, JS p 30; A&D GH-252 p 44 for its MT format.
Not read in a manual, so nothing depends on it: the width of the weight field, and the letters by which ``T``, ``Z`` and
``TAC`` report success (any answer that is not a known refusal counts). Line settings differ by model: ``baud`` and ``line``.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from decimal import Decimal
from functools import partial
from types import TracebackType
from typing import Annotated, Literal, Self, assert_never

from pydantic import Field

from config.schema import Section
from drivers.commands import AnyCommand, ClearTare, Done, Refused, Tare, Zero, cannot
from drivers.contract import BadFrame, DeviceError, DeviceSilent, Driver, Frame, Wires
from drivers.probe import Probe, Setting
from drivers.readings import Weight
from drivers.scales.masses import GRAMS_PER_UNIT, whole_grams
from drivers.scales.serial_settings import PortPath, SilentAfterMs
from drivers.wires.framing import Framing
from drivers.wires.polling import Pace, poll
from drivers.wires.serial_line import SerialLine

FRAMING = Framing(end=b"\r\n", longest=80)
# noise may be glued to the front of a line, so an answer is looked for at its end
WEIGHT = re.compile(rb"S +([SD]) +([+-]?\d{1,9}(?:\.\d{1,6})?) +([A-Za-z]{1,4}) *\r\n\Z")
LIMIT = re.compile(rb"S +(?:I +)?([+-]) *\r\n\Z")  # A&D p 44 puts an I before the sign
NOT_NOW = re.compile(rb"S +I *\r\n\Z")
FAULT = re.compile(rb"E([STL]) *\r\n\Z")
ANSWER_MS = 500  # SI answers at once; the slowest line needs 150 ms for a frame

FAULTS = {
    b"S": "ES, it does not know the command: is it set to MT-SICS?",
    b"T": "ET, it received damaged bytes: check the cable, the baud rate and the parity",
    b"L": "EL, it cannot do this now: is it in a menu?",
}
REFUSALS = {
    b"I": "the scale cannot do it now: wait until the pan rests",
    b"+": "too much on the pan: take something off",
    b"-": "too little on the pan: is the load plate in its place?",
    b"L": "the scale does not allow it in its present settings",
}


class MtSicsSettings(Section):
    """``line`` is data bits, parity and stop bits, as in the scale's interface menu."""

    port: PortPath
    baud: Literal[1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200] = 9600
    line: Literal["8N1", "7E1", "7O1", "7N1", "7N2", "7E2", "7O2", "8E1", "8O1", "8N2"] = "8N1"
    poll_ms: Annotated[int, Field(ge=50, le=5_000)] = 200
    silent_after_ms: SilentAfterMs = 3_000


def decode(frame: Frame) -> Weight:
    """The answer to ``SI`` (AT p 87). ``S I`` is no weight: raises DeviceSilent; BadFrame, and DeviceError for ES, ET, EL."""
    found = WEIGHT.search(frame.data)
    if found is not None:
        state: Literal["stable", "moving"] = "stable" if found[1] == b"S" else "moving"
        return Weight(**frame.stamp(), grams=_grams(found[2], found[3], frame), state=state)
    found = LIMIT.search(frame.data)
    if found is not None:
        return Weight(**frame.stamp(), grams=None, state="over" if found[1] == b"+" else "under")
    if NOT_NOW.search(frame.data):
        raise DeviceSilent("the scale answers but cannot weigh now (S I): is it taring, in a menu or warming up?")
    _raise_fault(frame)
    raise BadFrame(f"{frame.data!r} is no weight: {explain(frame.data)}", frame.data)


def _grams(value: bytes, unit: bytes, frame: Frame) -> int:
    """Exact, then rounded to the gram."""
    factor = GRAMS_PER_UNIT.get(unit)
    if factor is None:
        raise BadFrame(f"{frame.data!r} has a unit that is no weight: set unit 1 of the scale to kg, g, lb or oz", frame.data)
    return whole_grams(Decimal(value.decode("ascii")) * factor)


def _raise_fault(frame: Frame) -> None:
    found = FAULT.search(frame.data)
    if found is not None:
        raise DeviceError(f"the scale answers {FAULTS[found[1]]}")


def explain(heard: bytes) -> str:
    """What bytes look like that this manual does not describe, and what to do."""
    if b"\x02" in heard:
        return 'this looks like a Toledo 8217: set driver = "scale/toledo-8217", or the scale to MT-SICS'
    return "noise, a wrong baud rate or parity, or another protocol than MT-SICS?"


def encode(command: Tare | Zero | ClearTare) -> bytes:
    """The line that asks for it (AT p 87, JS p 30). Tare and zero wait for a stable pan."""
    match command:
        case Tare():
            return b"T\r\n"
        case Zero():
            return b"Z\r\n"
        case ClearTare():
            return b"TAC\r\n"
        case _:
            assert_never(command)


def decode_answer(name: bytes, frame: Frame) -> Done | Refused:
    """The answer to the command ``name``. Raises BadFrame for a line that answers something else, DeviceError for ES, ET, EL."""
    _raise_fault(frame)
    found = re.search(rb"(?:^|[^A-Z])" + name + rb" +(\S.*)\r\n\Z", frame.data)
    if found is None:
        raise BadFrame(f"{frame.data!r} is no answer to {name!r}: {explain(frame.data)}", frame.data)
    refusal = REFUSALS.get(found[1].strip())
    return Refused(reason=refusal) if refusal else Done(detail=found[1].decode("ascii", "replace"))


class MtSics:
    """One scale, polled with ``SI``: a missing answer shows a dead scale at once, a stream would only fall silent."""

    def __init__(self, device: str, settings: MtSicsSettings) -> None:
        self._settings = settings
        self._line = SerialLine(
            settings.port, device=device, framing=FRAMING, explain=explain, baud=settings.baud, line=settings.line
        )

    async def __aenter__(self) -> Self:
        await self._line.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._line.__aexit__(kind, error, trace)

    def readings(self) -> AsyncIterator[Weight]:
        """Every weight. Raises DeviceGone, DeviceSilent, BadFrame, or DeviceError with what the scale complains of."""
        settings = self._settings
        pace = Pace(poll_ms=settings.poll_ms, answer_ms=ANSWER_MS, silent_after_ms=settings.silent_after_ms)
        return poll(self._line, b"SI\r\n", decode, pace)

    async def perform(self, command: AnyCommand) -> Done | Refused:
        """Tare, zero or clear the tare. Raises DeviceGone, BadFrame, and DeviceError with what the scale complains of."""
        if not isinstance(command, Tare | Zero | ClearTare):
            return cannot(command, "an MT-SICS scale", "tare, zero, clear-tare")
        question = encode(command)
        async with self._line.turn:
            try:
                return await self._line.ask(question, partial(decode_answer, question.strip()), deadline_ms=command.deadline_ms)
            except DeviceSilent:
                return Refused(reason=f"no answer within {command.deadline_ms} ms: look at the display, it may still do it")


def recognise(heard: bytes) -> dict[str, Setting] | None:
    """A weight, or the word that there is none now; ES alone may come from anywhere."""
    lines = [line + b"\r\n" for line in heard.split(b"\r\n")[:-1]]
    return {} if any(known.search(line) for line in lines for known in (WEIGHT, LIMIT, NOT_NOW)) else None


PROBE = Probe(
    lines=((9600, "8N1"), (2400, "7E1"), (4800, "8N1"), (9600, "7E1")),
    words=(b"\r\r\nSI\r\n",),  # two CR: with one, a receiver at half the rate could make an A of it (tests/drivers/test_probe.py)
    recognise=recognise,
    harmless="SI asks for the weight now; neither @, which resets, nor S, which waits for rest, is said",
)


def _open(device: str, settings: MtSicsSettings, _wires: Wires) -> MtSics:
    return MtSics(device, settings)


DRIVER = Driver(kind="scale", settings_class=MtSicsSettings, open=_open, commands=(Tare, Zero, ClearTare), probes=(PROBE,))
