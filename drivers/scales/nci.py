"""NCI scales (Weigh-Tronix SCP-01 "ECR", also Adam MDW, B-Tek, Brecknell): ask ``W CR``, hear ``LF 01.234KG CR LF S00 CR ETX``.

Sources: METTLER DIVA service manual pp 34-37; NCI 7800 p 32; B-Tek T419S p 66 and Adam MDW pp 13-14 for ``T``. The unit stands in
every frame. Line settings differ by model (7 data bits in the DIVA): ``baud`` and ``line``.
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
from drivers.commands import AnyCommand, Done, Refused, Tare, Zero, cannot
from drivers.contract import BadFrame, DeviceError, Driver, Frame, Wires
from drivers.probe import Probe, Setting
from drivers.readings import Weight
from drivers.scales.masses import GRAMS_PER_UNIT, whole_grams
from drivers.scales.nci_status import Status, raise_fault, read_status
from drivers.scales.serial_settings import Baud, LineFormat, PortPath, SilentAfterMs
from drivers.wires.framing import SEVEN_BITS, MeasuredFraming
from drivers.wires.polling import Pace, poll
from drivers.wires.serial_line import SerialLine

LONGEST = 48
ANSWER_MS = 1_000  # DIVA p 34: one second is more than enough
STATUS = rb"S?([\x30-\x3f][\x70-\x7f]{0,2}[\x30-\x3f])\r\x03"
ANSWER = re.compile(rb"\n(?:([^\r\n\x03]{1,24})\r\n)?" + STATUS)
UNKNOWN = b"\n?\r\x03"
WEIGHT = re.compile(rb"[ _]*(-?)[ _]*(\d{1,7}(?:\.\d{1,5})?)[ _]*([A-Za-z]{1,2})[ _]*")  # Brecknell 3700LP p 11 pads with _
POUNDS_AND_OUNCES = re.compile(rb" *(-?) *(\d{1,3}) *LB *(\d{1,2}(?:\.\d{1,2})?) *OZ *", re.IGNORECASE)
OVER, UNDER, NO_ZERO = re.compile(rb" *\^{5,}"), re.compile(rb" *_{5,}"), re.compile(rb" *-{5,}")  # Adam MDW p 13


class NciSettings(Section):
    """``motion_inverted``: for a model whose manual prints bit 0 of status byte 1 as 0 = in motion."""

    port: PortPath
    baud: Baud = 9600
    line: LineFormat = "7E1"
    motion_inverted: bool = False
    poll_ms: Annotated[int, Field(ge=50, le=5_000)] = 200
    silent_after_ms: SilentAfterMs = 3_000


def measure(data: bytes, at: int) -> int:
    """How long the answer is that begins at ``at``: 0 if none does."""
    if data.startswith(UNKNOWN, at):
        return len(UNKNOWN)
    found = ANSWER.match(data, at)
    if found is not None:
        torn = found[1] is None and data[at - 1 : at] == b"\r"  # the end of an answer whose beginning was lost
        return 0 if torn else found.end() - at
    unfinished = data.find(b"\x03", at) < 0 and len(data) - at < LONGEST
    return LONGEST if unfinished else 0


FRAMING = MeasuredFraming(begins=re.compile(b"\n"), measure=measure)


def decode(frame: Frame, *, motion_inverted: bool = False) -> Weight:
    """The answer to ``W``. Raises BadFrame; DeviceError when the scale reports a fault or does not know ``W``."""
    text, status = _split(frame, motion_inverted=motion_inverted)
    raise_fault("zero" if text and NO_ZERO.match(text) else status.faults)
    grams = _grams(text, frame) if text and not (OVER.match(text) or UNDER.match(text)) else None
    state = _state(text, status)
    return Weight(
        **frame.stamp(),
        grams=None if state in {"over", "under"} else grams,
        state=state,
    )


def _split(frame: Frame, *, motion_inverted: bool) -> tuple[bytes | None, Status]:
    data = frame.data.translate(SEVEN_BITS)
    if data == UNKNOWN:
        raise DeviceError("the scale answers ?, it does not know the command: is it set to NCI (ECR)?")
    found = ANSWER.fullmatch(data)
    if found is None:
        raise BadFrame(f"{frame.data!r} is no answer: {explain(frame.data)}", frame.data)
    return found[1], read_status(found[2], motion_inverted=motion_inverted)


def _state(text: bytes | None, status: Status) -> Literal["stable", "moving", "over", "under"]:
    if status.over or (text and OVER.match(text)):
        return "over"
    if status.moving:
        return "moving"
    if status.under or text is None or UNDER.match(text):
        return "under"  # DIVA p 36: a status alone that is neither moving, over nor a fault stands for less than zero
    return "stable"


def _grams(text: bytes, frame: Frame) -> int:
    pounds = POUNDS_AND_OUNCES.fullmatch(text)
    if pounds is not None:
        grams = int(pounds[2]) * GRAMS_PER_UNIT[b"lb"] + Decimal(pounds[3].decode()) * GRAMS_PER_UNIT[b"oz"]
        return whole_grams(-grams if pounds[1] else grams)
    found = WEIGHT.fullmatch(text)
    factor = GRAMS_PER_UNIT.get(found[3].lower()) if found else None
    if found is None or factor is None:
        raise BadFrame(f"{frame.data!r} is no weight in kg, g, lb or oz: {explain(frame.data)}", frame.data)
    return whole_grams(Decimal((found[1] + found[2]).decode("ascii")) * factor)


def explain(heard: bytes) -> str:
    """What bytes look like that this manual does not describe, and what to do."""
    if b"\x02" in heard:
        return 'this looks like a Toledo 8217: set driver = "scale/toledo-8217", or the scale to NCI'
    if b"S S " in heard or b"S D " in heard:
        return 'this looks like MT-SICS: set driver = "scale/mt-sics", or the scale to NCI'
    return "noise, a wrong baud rate or parity, or another protocol than NCI?"


def encode(command: Tare | Zero) -> bytes:
    """The line that asks for it; ``T`` is known to B-Tek (p 66) and Adam (p 13), not to the DIVA."""
    match command:
        case Tare():
            return b"T\r"
        case Zero():
            return b"Z\r"
        case _:
            assert_never(command)


class Nci:
    """One scale. A command is answered by the status, which says whether it worked."""

    def __init__(self, device: str, settings: NciSettings) -> None:
        self._settings = settings
        self._decode = partial(decode, motion_inverted=settings.motion_inverted)
        self._line = SerialLine(
            settings.port, device=device, framing=FRAMING, explain=explain, baud=settings.baud, line=settings.line
        )

    async def __aenter__(self) -> Self:
        await self._line.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._line.__aexit__(kind, error, trace)

    def readings(self) -> AsyncIterator[Weight]:
        """Every weight. Raises DeviceGone, DeviceSilent, BadFrame, or DeviceError with the fault that the scale reports."""
        settings = self._settings
        pace = Pace(poll_ms=settings.poll_ms, answer_ms=ANSWER_MS, silent_after_ms=settings.silent_after_ms)
        return poll(self._line, b"W\r", self._decode, pace)

    async def perform(self, command: AnyCommand) -> Done | Refused:
        """Tare or zero, and look whether it worked. Raises DeviceGone, DeviceSilent, BadFrame."""
        if not isinstance(command, Tare | Zero):
            return cannot(command, "an NCI scale", "tare, zero")
        deadline_ms = command.deadline_ms
        async with self._line.turn:
            status = await self._line.ask(encode(command), self._answered, deadline_ms=deadline_ms)
            if isinstance(status, Status) and isinstance(command, Tare) and status.net is None and not status.moving:
                weight = await self._line.ask(b"W\r", self._decode, deadline_ms=deadline_ms)
                return _tared(net=weight.state == "stable" and weight.grams == 0)
        return _judged(command, status) if isinstance(status, Status) else status

    def _answered(self, frame: Frame) -> Status | Refused:
        if frame.data.translate(SEVEN_BITS) == UNKNOWN:
            return Refused(reason="this scale does not know the command: use its key")
        return _split(frame, motion_inverted=self._settings.motion_inverted)[1]


def _judged(command: Tare | Zero, status: Status) -> Done | Refused:
    if status.moving:
        return Refused(reason="the pan is moving: wait until it rests, then try again")
    if isinstance(command, Tare):
        return _tared(net=bool(status.net))
    if status.at_zero:
        return Done(detail="zero")
    return Refused(reason="not at zero: empty the pan, clear the tare, try again")


def _tared(*, net: bool) -> Done | Refused:
    if net:
        return Done(detail="net weighing")
    return Refused(reason="nothing was tared: was the pan empty, moving or out of range?")


def recognise(heard: bytes) -> dict[str, Setting] | None:
    """Any answer to ``W``."""
    return {} if any(ANSWER.fullmatch(frame) for frame in FRAMING.cut(heard).frames) else None


PROBE = Probe(
    lines=((9600, "7E1"), (9600, "8N1"), (4800, "7E1"), (2400, "7E1")),
    words=(b"\rW\r",),
    recognise=recognise,
    harmless="W asks for the weight (DIVA p 34)",
)


def _open(device: str, settings: NciSettings, _wires: Wires) -> Nci:
    return Nci(device, settings)


DRIVER = Driver(kind="scale", settings_class=NciSettings, open=_open, commands=(Tare, Zero), probes=(PROBE,))
