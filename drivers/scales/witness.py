"""Whether a scale did what it was told, when its answer does not say: the weight that it shows next is the witness.

``T`` to a Toledo in continuous mode is answered by nothing; a net weight of zero in the following frames proves it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from drivers.commands import Accepted, ClearTare, Done, Refused, Tare, Unknown, Zero
from drivers.contract import DeviceError, Frame
from drivers.readings import Weight
from drivers.wires.serial_line import SerialLine

TareCommand = Tare | Zero | ClearTare


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a frame says; ``net``: whether a tare is set, None when the scale does not say."""

    weight: Weight
    net: bool | None


def did(command: TareCommand, shown: Shown) -> bool:
    """Whether ``shown`` proves that ``command`` was done."""
    at_zero = shown.weight.state == "stable" and shown.weight.grams == 0
    match command:
        case Tare():
            return shown.net is not False and at_zero
        case Zero():
            return not shown.net and at_zero
        case ClearTare():
            return shown.net is False
        case _:
            assert_never(command)


def answer(command: TareCommand, shown: Shown) -> Done | Accepted | Refused:
    """What to say of ``command`` when ``shown`` is the last that the scale showed in time."""
    what = described(shown)
    if did(command, shown):
        return Done(detail=what)
    if isinstance(command, ClearTare) and shown.net is None:
        return Accepted(detail=f"the scale shows {what} and does not say whether a tare is set: look at its display")
    if shown.weight.state == "stable":
        return Refused(
            reason=f"the scale goes on showing {what}: does it allow this now, and does it take commands on this port?"
        )
    return Refused(reason=f"the pan is {shown.weight.state}: wait until it rests and is within range, then try again")


def described(shown: Shown) -> str:
    """``1250 g net``."""
    grams = shown.weight.state if shown.weight.grams is None else f"{shown.weight.grams} g"
    return grams if shown.net is None else f"{grams} {'net' if shown.net else 'gross'}"


def no_refusal(_frame: Frame) -> Refused | None:
    """For scales that never refuse in words."""
    return None


async def tell_stream(
    line: SerialLine,
    words: bytes,
    command: TareCommand,
    read: Callable[[Frame], Shown],
    refused: Callable[[Frame], Refused | None] = no_refusal,
) -> Done | Accepted | Refused | Unknown:
    """Send ``words`` to a scale that talks by itself, and watch what it shows. Raises DeviceGone, DeviceSilent."""
    last: list[Shown] = []

    def watch(frame: Frame) -> Done | Refused | None:
        try:
            last[:] = [read(frame)]
        except DeviceError:
            return refused(frame)
        return Done(detail=described(last[0])) if did(command, last[0]) else None

    told: Done | Refused | None = await line.tell(words, watch, deadline_ms=command.deadline_ms)
    if told is not None:
        return told
    if not last:
        return Unknown(reason=f"no weight came within {command.deadline_ms} ms after it: look at the display of the scale")
    return answer(command, last[0])
