"""CAS scales, type 0 and 1 (most POS systems, some TEC), and EPOS 1: ``ENQ DC2``, hear ``ACK STX ID 01250 BCC ETX``.

Sources: CAS PD-II p 19; METTLER DIVA pp 47-48 (EPOS 1) and p 61 (ICL), Ohaus Aviator p 38. The bits of ID, the reckoning of BCC
and the answer while the pan moves are read in the DIVA only: CAS prints none of them.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from decimal import Decimal
from functools import partial, reduce
from operator import xor
from types import TracebackType
from typing import Annotated, Literal, Self

from pydantic import Field

from config.schema import Section
from drivers.commands import AnyCommand, Refused, cannot
from drivers.contract import BadFrame, DeviceSilent, Driver, Frame, Wires
from drivers.probe import Probe, Setting
from drivers.readings import Weight
from drivers.scales.masses import GRAMS_PER_UNIT, whole_grams
from drivers.scales.serial_settings import Baud, LineFormat, PortPath, SilentAfterMs
from drivers.wires.framing import SEVEN_BITS, MeasuredFraming, fits
from drivers.wires.polling import Pace, poll_by
from drivers.wires.serial_line import SerialLine

ENQ, DC1, DC2, CR = b"\x05", b"\x11", b"\x12", b"\r"
NUL, ACK, NAK, CAN = b"\x00", b"\x06", b"\x15", b"\x18"
ANY = b""
WEIGHT = (b"\x02", ANY, *[b"0123456789\x00"] * 5, ANY, b"\x03")
OUT_OF_RANGE = 0x10  # DIVA p 61: bit 4 of ID
GRAMS_PER_STEP = {"kg": Decimal(1), "lb": GRAMS_PER_UNIT[b"lb"] / 100}
ANSWER_MS = 500


class Cas01Settings(Section):
    """``dialogue``: ``cas`` asks ENQ DC2; ``epos`` asks ENQ, then DC1, compares two copies and confirms with CR.

    ``id_bits = "ignored"`` is for a scale whose ID says something else than its range; an overload is not seen then.
    """

    port: PortPath
    baud: Baud = 9600
    line: LineFormat = "7E1"
    unit: Literal["kg", "lb"] = "kg"
    dialogue: Literal["cas", "epos"] = "cas"
    id_bits: Literal["range", "ignored"] = "range"
    check_character: Literal["xor", "ignored"] = "xor"
    poll_ms: Annotated[int, Field(ge=50, le=5_000)] = 200
    silent_after_ms: SilentAfterMs = 3_000


def measure(data: bytes, at: int) -> int:
    """How long the frame is that begins at ``at``: 0 if none does. NUL, ACK, NAK and CAN are frames of one byte."""
    if data[at : at + 1] in {NUL, ACK, NAK, CAN}:
        return 1
    return len(WEIGHT) if fits(data, at, WEIGHT) else 0


FRAMING = MeasuredFraming(begins=re.compile(rb"[\x02\x00\x06\x15\x18]"), measure=measure)


def decode(frame: Frame, settings: Cas01Settings) -> Weight:
    """``STX ID W5 W4 W3 W2 W1 BCC ETX``; CAN and NAK are a pan that moves. Raises BadFrame; DeviceSilent for NUL."""
    data = frame.data.translate(SEVEN_BITS)
    if data == NUL:
        raise DeviceSilent("the scale answers that it has no weight (NUL): is it in a menu or warming up?")
    if data == ACK:
        raise BadFrame("the scale acknowledged the question and sent no weight after it: look at the cable", frame.data)
    if data in {CAN, NAK}:
        return Weight(**frame.stamp(), grams=None, state="moving")
    if len(data) != len(WEIGHT) or not fits(data, 0, WEIGHT):
        raise BadFrame(f"{frame.data!r} is no weight: {explain(frame.data)}", frame.data)
    if settings.check_character == "xor" and reduce(xor, data[1:8]) != 0:
        raise BadFrame(
            f"{frame.data!r} is damaged: its check character is wrong; look at cable, baud rate and parity", frame.data
        )
    if settings.id_bits == "range" and data[1] & OUT_OF_RANGE:
        # Or under: the bit does not say which, and too much is what people put on.
        return Weight(**frame.stamp(), grams=None, state="over")
    steps = int(data[2:7].replace(NUL, b"0"))  # DIVA p 61: a place that is not used is NUL
    return Weight(**frame.stamp(), grams=whole_grams(steps * GRAMS_PER_STEP[settings.unit]), state="stable")


def explain(heard: bytes) -> str:
    """What bytes look like that this manual does not describe, and what to do."""
    if b"\x01" in heard:
        return 'this looks like CAS type 6: set driver = "scale/cas", or the scale to type 0 or 1'
    if b"\x02" in heard and b"\r" in heard:
        return 'this looks like a Toledo 8217: set driver = "scale/toledo-8217", or the scale to type 0 or 1'
    return "noise, a wrong baud rate or parity, or another protocol than CAS type 0 or 1?"


class Cas01:
    """One scale."""

    def __init__(self, device: str, settings: Cas01Settings) -> None:
        self._settings = settings
        self._decode = partial(decode, settings=settings)
        self._line = SerialLine(
            settings.port, device=device, framing=FRAMING, explain=explain, baud=settings.baud, line=settings.line
        )

    async def __aenter__(self) -> Self:
        await self._line.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._line.__aexit__(kind, error, trace)

    def readings(self) -> AsyncIterator[Weight]:
        """Every weight. Raises DeviceGone, BadFrame, and DeviceSilent also for a scale that never has a weight."""
        settings = self._settings
        pace = Pace(poll_ms=settings.poll_ms, answer_ms=ANSWER_MS, silent_after_ms=settings.silent_after_ms)
        return poll_by(self._line, self._weigh_twice if settings.dialogue == "epos" else self._weigh, pace)

    async def perform(self, command: AnyCommand) -> Refused:
        """The protocol has no commands."""
        return cannot(command, "a CAS scale", "nothing by cable; use its keys")

    async def _weigh(self) -> Weight:
        return await self._line.ask(ENQ + DC2, self._decode, deadline_ms=ANSWER_MS)

    async def _weigh_twice(self) -> Weight:
        """EPOS 1, DIVA p 48: two copies that must agree, then CR."""
        if (moving := await self._line.ask(ENQ, self._ready, deadline_ms=ANSWER_MS)) is not None:
            return moving
        weight = await self._line.ask(DC1, partial(self._agree, []), deadline_ms=ANSWER_MS)
        await self._line.say(CR, deadline_ms=ANSWER_MS)
        return weight

    def _ready(self, frame: Frame) -> Weight | None:
        return None if frame.data == ACK else self._decode(frame)

    def _agree(self, heard: list[Weight], frame: Frame) -> Weight:
        weight = self._decode(frame)
        heard.append(weight)
        if len(heard) == 1:
            raise BadFrame(f'{frame.data!r} came once, it must come twice: is dialogue = "cas" right for this scale?', frame.data)
        if heard[-2].grams != weight.grams:
            raise BadFrame(f"{frame.data!r} is not what the scale said just before: look at the cable", frame.data)
        return weight


def _weighed(heard: bytes) -> int:
    """How many frames have a right check character."""
    return sum(len(frame) == len(WEIGHT) and reduce(xor, frame[1:8]) == 0 for frame in FRAMING.cut(heard).frames)


def recognise(heard: bytes) -> dict[str, Setting] | None:
    """ACK and one frame."""
    return {"dialogue": "cas"} if ACK in heard and _weighed(heard) == 1 else None


def recognise_epos(heard: bytes) -> dict[str, Setting] | None:
    """The frame twice."""
    return {"dialogue": "epos"} if _weighed(heard) == 2 else None


LINES = ((9600, "7E1"), (2400, "7E1"), (9600, "8N1"), (4800, "7E1"))
PROBES = (
    Probe(lines=LINES, words=(ENQ + DC2,), recognise=recognise, harmless="ENQ DC2 asks for the weight (PD-II p 19)"),
    Probe(lines=LINES, words=(ENQ, DC1, CR), recognise=recognise_epos, harmless="CR ends what ENQ and DC1 began (DIVA p 48)"),
)


def _open(device: str, settings: Cas01Settings, _wires: Wires) -> Cas01:
    return Cas01(device, settings)


DRIVER = Driver(kind="scale", settings_class=Cas01Settings, open=_open, probes=PROBES)
