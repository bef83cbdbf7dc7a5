"""Indicators that send ``ww0001.250kg CR LF`` again and again: Dahua (大华), CAS DH, Liden's format A and their kin.

Sources: CAS DH p 6; Liden LUW2001 p 17 (``ww`` gross, ``wn`` net, ``wt`` tare, a minus after the letters). A line says
nothing of motion, so a weight that stays the same for ``steady_ms`` rests. That Dahua's price scales stand at 9600 7O1 was
not read in a manual: ``baud`` and ``line``.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from decimal import Decimal
from functools import partial
from types import TracebackType
from typing import Literal, Self

from config.schema import Section
from drivers.commands import AnyCommand, Refused, cannot
from drivers.contract import BadFrame, DeviceError, Driver, Frame, Wires
from drivers.probe import Probe, Setting
from drivers.readings import Weight
from drivers.scales.masses import GRAMS_PER_UNIT, whole_grams
from drivers.scales.serial_settings import Baud, LineFormat, PortPath, SilentAfterMs
from drivers.scales.steady import Steadiness, SteadyMs
from drivers.wires.framing import Framing
from drivers.wires.serial_line import SerialLine
from drivers.wires.streaming import keep_changes, listen

FRAMING = Framing(end=b"\r\n", longest=24)
# noise may be glued to the front of a line, so a weight is looked for at its end
LINE = re.compile(rb"(w[wnt]) *(-?) *(\d{1,7}(?:\.\d{1,4})?) *(kg|lb)\r\n\Z")

WeightKind = Literal["shown", "gross", "net"]


class DahuaSettings(Section):
    """``weight``: which lines count for an indicator that sends gross and net by turns; ``shown`` takes both."""

    port: PortPath
    baud: Baud = 9600
    line: LineFormat = "7O1"
    weight: WeightKind = "shown"
    steady_ms: SteadyMs = 500
    silent_after_ms: SilentAfterMs = 3_000


def decode(frame: Frame, wanted: WeightKind = "shown") -> Weight:
    """One line; ``moving``, for it does not say that the pan rests. Raises BadFrame; DeviceError for a line not ``wanted``."""
    found = LINE.search(frame.data)
    if found is None:
        raise BadFrame(f"{frame.data!r} is no weight: {explain(frame.data)}", frame.data)
    kind, sign, digits, unit = found.groups()
    if kind == b"wt" or wanted == {b"ww": "net", b"wn": "gross"}[kind]:
        raise DeviceError(f"only lines with {kind.decode()} come: set the indicator to send the weight that it shows")
    grams = whole_grams(Decimal((sign + digits).decode("ascii")) * GRAMS_PER_UNIT[unit])
    return Weight(**frame.stamp(), grams=grams, state="moving")


def explain(heard: bytes) -> str:
    """What bytes look like that this manual does not describe, and what to do."""
    if b"ST," in heard or b"US," in heard:
        return 'this looks like A&D or CAS: set driver = "scale/a-and-d" or "scale/cas-stream"'
    return "noise, a wrong baud rate or parity, or another output format?"


class Dahua:
    """One indicator that talks by itself; it takes no commands in this mode."""

    def __init__(self, device: str, settings: DahuaSettings) -> None:
        self._settings = settings
        self._decode = partial(decode, wanted=settings.weight)
        self._steadiness = Steadiness(settings.steady_ms)
        self._line = SerialLine(
            settings.port,
            device=device,
            framing=FRAMING,
            explain=explain,
            baud=settings.baud,
            line=settings.line,
            thin=partial(keep_changes, decode=self._decode, steady_ms=settings.steady_ms),
        )

    async def __aenter__(self) -> Self:
        await self._line.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._line.__aexit__(kind, error, trace)

    def readings(self) -> AsyncIterator[Weight]:
        """Every weight. Raises DeviceGone, DeviceSilent, BadFrame, or DeviceError when only unwanted lines come."""
        return listen(self._line, self._weigh, self._settings.silent_after_ms)

    async def perform(self, command: AnyCommand) -> Refused:
        """This output format has no commands."""
        return cannot(command, "an indicator of this format", "nothing: use its keys")

    def _weigh(self, frame: Frame) -> Weight:
        return self._steadiness.judge(self._decode(frame))


def recognise(heard: bytes) -> dict[str, Setting] | None:
    """A whole line."""
    return {} if any(LINE.search(line + b"\r\n") for line in heard.split(b"\r\n")[:-1]) else None


PROBE = Probe(lines=((9600, "7O1"), (4800, "8N1"), (2400, "8N1"), (1200, "8N1")), recognise=recognise)


def _open(device: str, settings: DahuaSettings, _wires: Wires) -> Dahua:
    return Dahua(device, settings)


DRIVER = Driver(kind="scale", settings_class=DahuaSettings, open=_open, probes=(PROBE,))
