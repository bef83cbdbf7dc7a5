"""Adam AZExtra price scales: ask with ``P CR LF``, hear ``1.250kg``, or nothing.

Source: field notes in the drivers of a point of sale (4800 8N1, label format 3 with KG). The scale answers only a new weight
that is not zero, beeps when it is asked again for the same, and never says that its pan is empty again. So its silence is no
failure: the wire is open, and that is all that can be known. A shop that wants an emptied pan to be noticed needs another scale.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from decimal import Decimal
from types import TracebackType
from typing import Annotated, Self

from pydantic import Field

from config.schema import Section
from drivers.commands import AnyCommand, Refused, cannot
from drivers.contract import BadFrame, Driver, Frame, Wires
from drivers.readings import Presence, Weight
from drivers.scales.masses import whole_grams
from drivers.scales.serial_settings import Baud, PortPath
from drivers.wires.framing import Framing
from drivers.wires.serial_line import SerialLine
from drivers.wires.stamp import stamp

FRAMING = Framing(end=b"kg", longest=40)  # what follows the unit depends on the label format
WEIGHT = re.compile(rb"(\d{1,4}(?:\.\d{1,4})?) *kg\Z")
QUESTION = b"P\r\n"
WRITE_MS = 1_000
PATIENCE = 3  # answers in a row that make no sense


class AdamAzExtraSettings(Section):
    """``ask = false``: the scale is never asked and never beeps; what its print key sends is heard."""

    port: PortPath
    baud: Baud = 4800
    ask: bool = True
    poll_ms: Annotated[int, Field(ge=500, le=60_000)] = 5_000


def decode(frame: Frame) -> Weight:
    """One answer: always a weight at rest. Raises BadFrame."""
    found = WEIGHT.search(frame.data)
    if found is None:
        raise BadFrame(f"{frame.data!r} is no weight: {explain(frame.data)}", frame.data)
    grams = whole_grams(Decimal(found[1].decode("ascii")) * 1000)
    return Weight(**frame.stamp(), grams=grams, state="stable")


def explain(_heard: bytes) -> str:
    """What to do about bytes that are no weight."""
    return "noise, a wrong baud rate, or another label format than 3 with KG?"


class AdamAzExtra:
    """One scale. ``Presence`` says that its wire is open while it has nothing new to say."""

    def __init__(self, device: str, settings: AdamAzExtraSettings) -> None:
        self._device = device
        self._settings = settings
        self._ask_at = 0.0
        self._line = SerialLine(settings.port, device=device, framing=FRAMING, explain=explain, baud=settings.baud)

    async def __aenter__(self) -> Self:
        await self._line.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._line.__aexit__(kind, error, trace)

    async def readings(self) -> AsyncIterator[Weight | Presence]:
        """Every new weight. Raises DeviceGone, DeviceSilent when the port takes no bytes, BadFrame when noise goes on."""
        yield self._presence()
        bad = 0
        while True:
            frame = await self._news()
            if frame is None:
                yield self._presence()
                continue
            try:
                weight = decode(frame)
            except BadFrame:
                bad += 1
                if bad == PATIENCE:
                    raise
                continue
            bad = 0
            yield weight

    async def perform(self, command: AnyCommand) -> Refused:
        """No command of this scale was read in a manual."""
        return cannot(command, "an AZExtra", "nothing: use its keys")

    async def _news(self) -> Frame | None:
        """The next answer, or None when the scale had none; asked again only after ``poll_ms``, for it beeps."""
        if not self._settings.ask:
            return await self._line.frame()
        clock = asyncio.get_running_loop().time
        await self._line.idle(self._ask_at - clock())
        await self._line.say(QUESTION, deadline_ms=WRITE_MS)
        self._ask_at = clock() + self._settings.poll_ms / 1000
        try:
            async with asyncio.timeout_at(self._ask_at):
                return await self._line.frame()
        except TimeoutError:
            return None

    def _presence(self) -> Presence:
        return Presence(**stamp(self._device), state="open")


def _open(device: str, settings: AdamAzExtraSettings, _wires: Wires) -> AdamAzExtra:
    return AdamAzExtra(device, settings)


DRIVER = Driver(kind="scale", settings_class=AdamAzExtraSettings, open=_open)
