"""Mettler-Toledo 8217 and 8213 scales ("Toledo", Ariva, Viva, DIVA, Magellan): ask with ``W``, hear ``STX 01.234 CR``.

Source: METTLER DIVA service manual for the PSC Magellan 8500, pp 39-45 (commands p 44, status byte p 45).
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Annotated, Literal, Self, assert_never

from pydantic import Field

from config.schema import Section
from drivers.commands import AnyCommand, ClearTare, Done, Refused, Tare, Zero, cannot
from drivers.contract import BadFrame, DeviceError, DeviceSilent, Driver, Frame, Wires
from drivers.probe import Probe, Setting
from drivers.readings import Weight
from drivers.scales.serial_settings import PortPath, SilentAfterMs
from drivers.wires.framing import SEVEN_BITS, Framing
from drivers.wires.polling import Pace, poll
from drivers.wires.serial_line import SerialLine

FRAMING = Framing(start=b"\x02", end=b"\r", longest=12)
WEIGHT = re.compile(rb"\x02(?:(?P<kg>\d\d\.\d{3})|(?P<lb>\d{2,3}\.\d\d))(?P<net>N?)\r")  # p 44: kg has 3 decimals, lb 2
STATUS = re.compile(rb"\x02\?(.)\r", re.DOTALL)
GAP_MS = 200  # p 44: at least 200 ms between commands
ANSWER_MS = 500  # the slowest line needs 70 ms for a frame, T and C think for 150 ms


class Toledo8217Settings(Section):
    """``unit`` is what the scale is set to; a frame in the other one is refused, not guessed."""

    port: PortPath
    baud: Literal[1200, 2400, 9600, 19200] = 9600
    unit: Literal["kg", "lb"] = "kg"
    poll_ms: Annotated[int, Field(ge=GAP_MS, le=5_000)] = 250
    silent_after_ms: SilentAfterMs = 3_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The status byte, p 45. Bits 5 and 6 mean different things in 8217 and 8213 manuals and are not read."""

    over: bool
    moving: bool
    under: bool
    no_zero: bool


def decode_status(frame: Frame) -> Status | None:
    """What ``STX ? <status> CR`` says; None for any other frame."""
    found = STATUS.fullmatch(frame.data.translate(SEVEN_BITS))
    if found is None:
        return None
    bits = found[1][0]
    return Status(moving=bool(bits & 0x01), over=bool(bits & 0x02), under=bool(bits & 0x04), no_zero=bool(bits & 0x08))


def decode(frame: Frame, unit: Literal["kg", "lb"] = "kg") -> Weight:
    """The answer to ``W`` (p 44), parity bits or not. Raises BadFrame; DeviceError while the scale cannot find its zero."""
    status = decode_status(frame)
    if status is not None:
        return Weight(**frame.stamp(), grams=None, state=_state(status, frame))
    found = WEIGHT.fullmatch(frame.data.translate(SEVEN_BITS))
    if found is None:
        raise BadFrame(f"{frame.data!r} is no weight: {explain(frame.data)}", frame.data)
    kilograms, pounds = found["kg"], found["lb"]
    if (kilograms is None) != (unit == "lb"):
        other = "kg" if unit == "lb" else "lb"
        raise BadFrame(f'{frame.data!r} is a weight in {other}: set unit = "{other}" or switch the scale to {unit}', frame.data)
    grams = int(kilograms.replace(b".", b"")) if kilograms else _grams(int(pounds.replace(b".", b"")))
    return Weight(**frame.stamp(), grams=grams, state="stable")


def _state(status: Status, frame: Frame) -> Literal["moving", "over", "under"]:
    if status.over:
        return "over"
    if status.moving:
        return "moving"
    if status.under:
        return "under"
    if status.no_zero:
        raise DeviceError("the scale cannot find its zero: take everything off the pan, then switch it off and on")
    raise BadFrame(f"{frame.data!r} is a status that gives no reason for the missing weight", frame.data)


def _grams(hundredths_lb: int) -> int:
    """0.01 lb is 4.5359237 g exactly; rounded half up."""
    return (hundredths_lb * 45_359_237 + 5_000_000) // 10_000_000


def explain(heard: bytes) -> str:
    """What bytes look like that this manual does not describe, and what to do."""
    if b"S S " in heard or b"S D " in heard:
        return 'this looks like MT-SICS: set driver = "scale/mt-sics", or the scale to 8217'
    return "noise, a wrong baud rate, or another protocol than 8217?"


def encode(command: Tare | Zero | ClearTare) -> bytes:
    """The bytes that ask for it (p 44)."""
    match command:
        case Tare():
            return b"T\r"
        case Zero():
            return b"Z"
        case ClearTare():
            return b"C"
        case _:
            assert_never(command)


class Toledo8217:
    """One scale. A command is answered by a status only, so each is checked by weighing once more."""

    def __init__(self, device: str, settings: Toledo8217Settings) -> None:
        self._settings = settings
        self._decode = partial(decode, unit=settings.unit)
        self._line = SerialLine(
            settings.port, device=device, framing=FRAMING, explain=explain, baud=settings.baud, line="7E1", gap_ms=GAP_MS
        )

    async def __aenter__(self) -> Self:
        await self._line.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._line.__aexit__(kind, error, trace)

    def readings(self) -> AsyncIterator[Weight]:
        """Every weight. Raises DeviceGone, DeviceSilent, BadFrame, or DeviceError when the scale has no zero."""
        settings = self._settings
        pace = Pace(poll_ms=settings.poll_ms, answer_ms=ANSWER_MS, silent_after_ms=settings.silent_after_ms)
        return poll(self._line, b"W", self._decode, pace)

    async def perform(self, command: AnyCommand) -> Done | Refused:
        """Tare, zero or clear the tare, and look whether it worked. Raises DeviceGone, DeviceSilent, BadFrame."""
        if not isinstance(command, Tare | Zero | ClearTare):
            return cannot(command, "an 8217 scale", "tare, zero, clear-tare")
        async with self._line.turn:
            try:
                await self._line.ask(encode(command), _answered, deadline_ms=command.deadline_ms)
            except DeviceSilent:
                return Refused(
                    reason="the scale did not answer: is taring switched on in its calibration menu, is it switched on?"
                )
            return await self._line.ask(b"W", partial(_checked, command), deadline_ms=command.deadline_ms)


def _answered(frame: Frame) -> Status:
    status = decode_status(frame)
    if status is None:
        raise BadFrame(f"{frame.data!r} is no status: {explain(frame.data)}", frame.data)
    return status


def _checked(command: Tare | Zero | ClearTare, frame: Frame) -> Done | Refused:
    """What the weight after the command says: N stands behind a net weight (p 44)."""
    status = decode_status(frame)
    if status is not None:
        return Refused(reason=f"the pan is {_state(status, frame)}: wait until it rests and is within range, then try again")
    found = WEIGHT.fullmatch(frame.data.translate(SEVEN_BITS))
    if found is None:
        raise BadFrame(f"{frame.data!r} is no weight: {explain(frame.data)}", frame.data)
    net, zero = bool(found["net"]), not found[0].strip(b"\x02\r.0N")
    match command:
        case Tare():
            return Done(detail="net weighing") if net else Refused(reason="nothing was tared: was the pan empty or still moving?")
        case Zero():
            return (
                Done(detail="zero")
                if zero and not net
                else Refused(reason="not at zero: empty the pan, clear the tare, try again")
            )
        case ClearTare():
            return Done(detail="gross weighing") if not net else Refused(reason="the tare is still set: was the pan moving?")
        case _:
            assert_never(command)


def recognise(heard: bytes) -> dict[str, Setting] | None:
    """A weight or a status."""
    found = WEIGHT.search(heard)
    if found is not None:
        return {"unit": "kg" if found["kg"] else "lb"}
    return {} if STATUS.search(heard) else None


PROBE = Probe(
    lines=((9600, "7E1"), (19200, "7E1"), (2400, "7E1"), (1200, "7E1")),
    words=(b"W",),
    recognise=recognise,
    harmless="W asks for the weight (p 44)",
)


def _open(device: str, settings: Toledo8217Settings, _wires: Wires) -> Toledo8217:
    return Toledo8217(device, settings)


DRIVER = Driver(kind="scale", settings_class=Toledo8217Settings, open=_open, commands=(Tare, Zero, ClearTare), probes=(PROBE,))
