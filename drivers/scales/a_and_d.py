"""A&D balances, scales and indicators: ask with ``Q CR LF``, or let them send, and hear ``ST,+00123.45  g CR LF``.

Sources: GC p 51, GX-A p 16 (balances, 15 characters); AD-4404 p 80, AD-4329 p 46, AD-4406 p 47 (indicators, with GS, NT or
TR); HW-G p 60 (commands, 500 ms apart). Many other makers print the same lines. A unit of ``commands = "RW"`` repeats a
command that it obeys, says ``I`` when it cannot now and ``?`` when it does not know it; one of ``"Q"`` says nothing.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from decimal import Decimal
from functools import partial
from types import TracebackType
from typing import Annotated, Literal, Self

from pydantic import Field

from config.schema import Section
from drivers.commands import Answer, AnyCommand, ClearTare, Refused, Tare, Zero, cannot
from drivers.contract import BadFrame, DeviceError, Driver, Frame, Wires
from drivers.probe import Probe, Recognise, Setting
from drivers.readings import Weight
from drivers.scales.masses import GRAMS_PER_UNIT, whole_grams
from drivers.scales.serial_settings import Baud, LineFormat, PortPath, SilentAfterMs
from drivers.scales.witness import Shown, TareCommand, answer, tell_stream
from drivers.wires.framing import Framing
from drivers.wires.polling import Pace, poll
from drivers.wires.serial_line import SerialLine
from drivers.wires.streaming import keep_changes, listen

FRAMING = Framing(end=b"\r\n", longest=40)
# noise may be glued to the front of a line, and some put RW before it, so a line is looked for at the end of the bytes
WEIGHT = re.compile(rb"(ST|US),(?:(GS|NT|TR),)? *([+-]?) *(\d{1,9}(?:\.\d{1,6})?|\.\d{1,6}) *([A-Za-z]{1,3}) *\r\n\Z")
OUT_OF_RANGE = re.compile(rb"(?:OL|LO|HI),(?:(?:GS|NT|TR),)? *([+-]?)[^\r\n]*\r\n\Z")  # AD-4404 p 80 prints LO, others OL
COUNTING = re.compile(rb"QT,[^\r\n]*\r\n\Z")
REFUSAL = re.compile(rb"(?:\A|[^A-Z,])(\?|I|EC,E\d\d)\r\n\Z")
GAP_MS = 500  # HW-G p 60: at least 500 ms between commands
ECHO_MS = GAP_MS + 250  # a repeated command or a refusal comes at once; the gap before the command counts too
ANSWER_MS = 1_000  # a balance finishes its own display update first

Commands = Literal["Q", "RW"]
WORDS: dict[Commands, dict[type[TareCommand], bytes]] = {
    "Q": {Zero: b"Z\r\n", Tare: b"T\r\n", ClearTare: b"CT\r\n"},  # HW-G p 60
    "RW": {Zero: b"MZ\r\n", Tare: b"MT\r\n", ClearTare: b"CT\r\n"},  # AD-4406 p 47
}
REFUSALS = {
    b"?": 'the scale does not know the command: try the other commands of A&D (commands = "Q" or "RW")',
    b"I": "the scale cannot do it now: wait until the pan rests, and take too large a load off",
}


class AAndDSettings(Section):
    """``stream``: the scale is set to send by itself. ``commands``: which letters it knows, those of ``Q`` or of ``RW``."""

    port: PortPath
    baud: Baud = 2400
    line: LineFormat = "7E1"
    commands: Commands = "Q"
    stream: bool = False
    poll_ms: Annotated[int, Field(ge=GAP_MS, le=5_000)] = GAP_MS
    silent_after_ms: SilentAfterMs = 5_000


def show(frame: Frame) -> Shown:
    """One line, with what it says of the tare. Raises as ``decode``."""
    found = WEIGHT.search(frame.data)
    if found is None:
        return Shown(weight=_without_weight(frame), net=None)
    stable, header, sign, digits, unit = found.groups()
    if header == b"TR":
        raise DeviceError("the scale sends its tare: set its output to the displayed, net or gross weight")
    factor = GRAMS_PER_UNIT.get(unit)
    if factor is None:
        raise BadFrame(f"{frame.data!r} has a unit that is no weight: set the scale to kg, g, lb or oz", frame.data)
    grams = whole_grams(Decimal((sign + digits).decode("ascii")) * factor)
    weight = Weight(**frame.stamp(), grams=grams, state="stable" if stable == b"ST" else "moving")
    return Shown(weight=weight, net=None if header is None else header == b"NT")


def decode(frame: Frame) -> Weight:
    """One line of a balance or an indicator. Raises BadFrame; DeviceError while the scale counts pieces or sends its tare."""
    return show(frame).weight


def _without_weight(frame: Frame) -> Weight:
    found = OUT_OF_RANGE.search(frame.data)
    if found is not None:  # the sign tells which way; without one nothing may take it for an empty pan
        return Weight(**frame.stamp(), grams=None, state="under" if found[1] == b"-" else "over")
    if COUNTING.search(frame.data):
        raise DeviceError("the scale counts pieces (QT): switch it to weighing with its mode key")
    raise BadFrame(f"{frame.data!r} is no weight: {explain(frame.data)}", frame.data)


def refused(frame: Frame) -> Refused | None:
    """The answer of a scale that does not do what it was told."""
    found = REFUSAL.search(frame.data)
    if found is None:
        return None
    return Refused(reason=REFUSALS.get(found[1], f"the scale answers {found[1].decode()}: see its manual for this error"))


def explain(heard: bytes) -> str:
    """What bytes look like that this manual does not describe, and what to do."""
    if b"S S " in heard or b"S D " in heard:
        return 'this looks like MT-SICS: set driver = "scale/mt-sics", or the scale to the A&D standard format'
    if b"ST,GS," in heard or b"ST,NT," in heard:
        return 'this looks like the 22 bytes of CAS: set driver = "scale/cas-stream"'
    return "noise, a wrong baud rate or parity, or another protocol than A&D standard?"


class AAndD:
    """One scale, asked or listened to."""

    def __init__(self, device: str, settings: AAndDSettings) -> None:
        self._settings = settings
        self._question = settings.commands.encode() + b"\r\n"
        self._line = SerialLine(
            settings.port,
            device=device,
            framing=FRAMING,
            explain=explain,
            baud=settings.baud,
            line=settings.line,
            gap_ms=GAP_MS,
            thin=partial(keep_changes, decode=decode),
        )

    async def __aenter__(self) -> Self:
        await self._line.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._line.__aexit__(kind, error, trace)

    def readings(self) -> AsyncIterator[Weight]:
        """Every weight. Raises DeviceGone, DeviceSilent, BadFrame, or DeviceError when the scale shows something else."""
        settings = self._settings
        if settings.stream:
            return listen(self._line, decode, settings.silent_after_ms)
        pace = Pace(poll_ms=settings.poll_ms, answer_ms=ANSWER_MS, silent_after_ms=settings.silent_after_ms)
        return poll(self._line, self._question, decode, pace)

    async def perform(self, command: AnyCommand) -> Answer:
        """Tare, zero or clear the tare, and look whether it worked. Raises a DeviceError when no weight follows."""
        if not isinstance(command, TareCommand):
            return cannot(command, "an A&D scale", "tare, zero, clear-tare")
        words = WORDS[self._settings.commands][type(command)]
        async with self._line.turn:
            if self._settings.stream:
                return await tell_stream(self._line, words, command, show, refused)
            refusal = await self._line.tell(words, refused, deadline_ms=ECHO_MS)
            return refusal or answer(command, await self._line.ask(self._question, show, deadline_ms=command.deadline_ms))


def _says_weight(heard: bytes) -> bool:
    lines = (line + b"\r\n" for line in heard.split(b"\r\n")[:-1])
    return any(WEIGHT.search(line) or OUT_OF_RANGE.search(line) for line in lines)


def _recogniser(told: dict[str, Setting]) -> Recognise:
    return lambda heard: told if _says_weight(heard) else None


LINES = ((2400, "7E1"), (9600, "8N1"), (9600, "7E1"), (4800, "7E1"))
PROBES = (
    Probe(lines=LINES, recognise=_recogniser({"stream": True})),
    Probe(
        lines=LINES,
        words=(b"\r\nQ\r\n",),
        recognise=_recogniser({"commands": "Q"}),
        harmless="Q asks for the weight that is shown (HW-G p 60)",
        answer_ms=600,
    ),
    Probe(
        lines=LINES,
        words=(b"\r\nRW\r\n",),
        recognise=_recogniser({"commands": "RW"}),
        harmless="RW asks for the weight that is shown (AD-4329 p 46)",
        answer_ms=600,
    ),
)


def _open(device: str, settings: AAndDSettings, _wires: Wires) -> AAndD:
    return AAndD(device, settings)


DRIVER = Driver(kind="scale", settings_class=AAndDSettings, open=_open, commands=(Tare, Zero, ClearTare), probes=PROBES)
