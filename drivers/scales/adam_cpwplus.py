"""Adam CPWplus platform scales: ask with ``N CR LF``, hear ``N/W+   1.75 kg CR LF`` or ``ASN+   1.75 kg CR LF``.

Sources: the command list of the CPWplus manual (Z zero, T tare, G gross, N net; 9600 8N1, ``trn 1`` is demand mode) and
field reports of 2026: some firmware says ``G/W`` before the weight, some three letters of which ``U`` means unstable, some
nothing. A line without those letters does not say whether the pan rests: it does when the weight stays for ``steady_ms``.
Some adapters with DTR and RTS up keep the scale from answering, so both are down.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from decimal import Decimal
from types import TracebackType
from typing import Annotated, Literal, Self

from pydantic import Field

from config.schema import Section
from drivers.commands import Answer, AnyCommand, Tare, Zero, cannot
from drivers.contract import BadFrame, Driver, Frame, Wires
from drivers.probe import Probe, Setting
from drivers.readings import Weight
from drivers.scales.masses import GRAMS_PER_UNIT, whole_grams
from drivers.scales.serial_settings import Baud, PortPath, SilentAfterMs
from drivers.scales.steady import Steadiness, SteadyMs
from drivers.scales.witness import Shown, answer
from drivers.wires.framing import Framing
from drivers.wires.polling import Pace, poll
from drivers.wires.serial_line import SerialLine

FRAMING = Framing(end=b"\r\n", longest=40)
# noise may be glued to the front of a line, so a weight is looked for at its end
LINE = re.compile(rb"(?:([GN])/W|A([SU])([GN]))? *([+-]) *(\d{1,7}(?:\.\d{1,6})?|\.\d{1,6}) *(kg|g|lb|oz)\r\n\Z")
ANSWER_MS = 1_000
QUESTIONS = {"net": b"N\r\n", "gross": b"G\r\n"}


class AdamCpwPlusSettings(Section):
    """``weight``: which weight the scale is asked for."""

    port: PortPath
    baud: Baud = 9600
    weight: Literal["net", "gross"] = "net"
    steady_ms: SteadyMs = 500
    poll_ms: Annotated[int, Field(ge=100, le=5_000)] = 250
    silent_after_ms: SilentAfterMs = 5_000


def decode(frame: Frame) -> Weight:
    """One answer; ``moving`` also when it does not say whether the pan rests. Raises BadFrame."""
    found = LINE.search(frame.data)
    if found is None:
        raise BadFrame(f"{frame.data!r} is no weight: {explain(frame.data)}", frame.data)
    grams = whole_grams(Decimal((found[4] + found[5]).decode("ascii")) * GRAMS_PER_UNIT[found[6]])
    state: Literal["stable", "moving"] = "stable" if found[2] == b"S" else "moving"
    return Weight(**frame.stamp(), grams=grams, state=state)


def says_rest(frame: Frame) -> bool:
    """Whether the answer says if the pan rests or moves."""
    found = LINE.search(frame.data)
    return found is not None and found[2] is not None


def explain(heard: bytes) -> str:
    """What bytes look like that this manual does not describe, and what to do."""
    if b"ST," in heard or b"US," in heard:
        return 'this looks like A&D: set driver = "scale/a-and-d"'
    return "noise, a wrong baud rate, another unit than kg, g, lb or oz, or another scale than a CPWplus?"


class AdamCpwPlus:
    """One scale, polled. A command has no answer, so each is checked by weighing once more."""

    def __init__(self, device: str, settings: AdamCpwPlusSettings) -> None:
        self._settings = settings
        self._question = QUESTIONS[settings.weight]
        self._steadiness = Steadiness(settings.steady_ms)
        self._line = SerialLine(
            settings.port, device=device, framing=FRAMING, explain=explain, baud=settings.baud, modem_lines=False
        )

    async def __aenter__(self) -> Self:
        await self._line.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._line.__aexit__(kind, error, trace)

    def readings(self) -> AsyncIterator[Weight]:
        """Every weight. Raises DeviceGone, DeviceSilent, BadFrame."""
        settings = self._settings
        pace = Pace(poll_ms=settings.poll_ms, answer_ms=ANSWER_MS, silent_after_ms=settings.silent_after_ms)
        return poll(self._line, self._question, self._weigh, pace)

    async def perform(self, command: AnyCommand) -> Answer:
        """Tare or zero, and look whether it worked. Raises DeviceGone, DeviceSilent, BadFrame when no weight follows."""
        if not isinstance(command, Tare | Zero):
            return cannot(command, "a CPWplus", "tare, zero")
        words = b"T\r\n" if isinstance(command, Tare) else b"Z\r\n"
        async with self._line.turn:
            await self._line.say(words, deadline_ms=command.deadline_ms)
            await self._line.idle(self._settings.steady_ms / 1000)
            weight = await self._line.ask(self._question, decode, deadline_ms=command.deadline_ms)
        return answer(command, Shown(weight=weight, net=None))

    def _weigh(self, frame: Frame) -> Weight:
        weight = decode(frame)
        return weight if says_rest(frame) else self._steadiness.judge(weight)


def recognise(heard: bytes) -> dict[str, Setting] | None:
    """A line that is nothing but a weight, so that no longer line of another protocol is taken for it."""
    return {} if any(LINE.fullmatch(line + b"\r\n") for line in heard.split(b"\r\n")[:-1]) else None


PROBE = Probe(
    lines=((9600, "8N1"), (4800, "8N1")),
    words=(b"\r\r\nN\r\n",),  # two CR: with one, a receiver at half the rate could make a C of it (tests/drivers/test_probe.py)
    recognise=recognise,
    harmless="N asks for the net weight",
    answer_ms=600,
    modem_lines=False,
)


def _open(device: str, settings: AdamCpwPlusSettings, _wires: Wires) -> AdamCpwPlus:
    return AdamCpwPlus(device, settings)


DRIVER = Driver(kind="scale", settings_class=AdamCpwPlusSettings, open=_open, commands=(Tare, Zero), probes=(PROBE,))
