"""Electronic price labels behind an OpenEPaperLink access point: how they are, and new pictures for them.

    POST /imgupload  mac contentmode=25 dither ttl lut image   ->   Ok, saved        the access point has it, the label has not
    {"tags": [{"mac": …, "pending": 1, "updatecount": 7}]}     <-                    the label sleeps
    {"tags": [{"mac": …, "pending": 0, "updatecount": 8}]}     <-                    it woke up and fetched it: done

``pending`` alone proves nothing: it falls to 0 also when the access point gives up.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from time import monotonic
from types import TracebackType
from typing import Annotated, Literal, Self

from pydantic import Field

from config.schema import Section
from drivers.commands import Accepted, Answer, AnyCommand, DrawLabel, Refused, cannot
from drivers.contract import BadFrame, DeviceError, DeviceSilent, Driver, Wires
from drivers.readings import AnyReading, Presence
from drivers.room_readings import LabelSeen, PropertySeen
from drivers.shelves.access_point import AccessPoint
from drivers.shelves.label_drawing import Drawing
from drivers.shelves.label_picture import picture_problem
from drivers.shelves.openepaperlink import LabelState, decode, keeps_awake, label_name
from drivers.wires.stamp import stamp

MOST_LABELS = 10_000
LAST_LOOK_S = 1.0
DITHER = {"none": "0", "diffusion": "1", "ordered": "2"}


class LabelsSettings(Section):
    """``[device.<name>]`` of an access point."""

    host: Annotated[str, Field(pattern=r"^(?:[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)$")]
    port: Annotated[int, Field(ge=1, le=65535)] = 80
    silent_after_s: Annotated[int, Field(ge=1, le=600)] = 30
    dither: Literal["none", "diffusion", "ordered"] = "none"
    ttl_minutes: Annotated[int, Field(ge=0, le=1_440)] = 0
    lut: Annotated[int, Field(ge=0, le=3)] = 0


class PriceLabels:
    """The labels of one access point."""

    def __init__(self, device: str, settings: LabelsSettings) -> None:
        self._device, self._settings = device, settings
        self._point = AccessPoint(settings.host, settings.port)
        self._labels: dict[str, LabelState] = {}
        self._drawings: list[Drawing] = []
        self._keeps_awake = False
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Connect and learn the labels. Raises DeviceGone, DeviceSilent, BadFrame."""
        async with AsyncExitStack() as opening:
            await opening.enter_async_context(self._point)
            self._keeps_awake = keeps_awake(await self._point.ask("/get_ap_config"))
            await self._learn_all()
            self._open = opening.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._open.__aexit__(kind, error, trace)

    async def readings(self) -> AsyncGenerator[AnyReading, None]:
        """Each label, and again when it says something.

        Raises DeviceGone, DeviceSilent, BadFrame, and DeviceError when the radio is broken.
        """
        stamped = stamp(self._device)
        yield Presence(**stamped, state="ready")
        awake = "true" if self._keeps_awake else "false"
        yield PropertySeen(**stamped, property="keeps-labels-awake", value=awake)
        for label in self._labels.values():
            yield self._seen(label)
        silent_after_ms = self._settings.silent_after_s * 1000
        while True:
            words = await self._point.hear(silent_after_ms)
            if words is None:
                raise DeviceSilent(f"the access point at {self._point.address} said nothing for {silent_after_ms} ms: restart it")
            for label in decode(words).labels or ():
                self._learn(label)
                yield self._seen(label)

    async def perform(self, command: AnyCommand) -> Answer:
        """Draw a label: done when it has fetched the picture. Raises DeviceGone, DeviceSilent, BadFrame."""
        if not isinstance(command, DrawLabel):
            return cannot(command, "an access point for price labels", "draw-label")
        mac = label_name(command.label)
        if mac is None:
            return Refused(reason=f"{command.label[:40]!r} is no label: it has 12 or 16 hexadecimal digits, printed on the label")
        problem = picture_problem(command.jpeg)
        if problem:
            return Refused(reason=problem)
        ends = monotonic() + command.deadline_ms / 1000
        before = await self._look_up(mac, _left_ms(ends))
        if before is None:
            return Refused(
                reason=f"the access point knows no label {mac}: put its battery in near it, and see that it takes new ones"
            )
        return await self._draw(before, command.jpeg, ends)

    async def _draw(self, before: LabelState, jpeg: bytes, ends: float) -> Answer:
        async with self._watched(before) as drawing:
            status, words = await self._point.upload(self._fields(before.mac), jpeg, deadline_ms=_left_ms(ends))
            if status != 200:
                said = f"status {status}: {words[:80].strip()}"
                return Refused(reason=f"the access point does not take the picture ({said}); try again later")
            await self._wait(drawing, ends)
            waits = self._labels.get(before.mac, before).pending
            why = ": it still sleeps" if waits else ", or shows this very picture already"
            return drawing.answer or Accepted(detail=f"taken, but label {before.mac} has not fetched it{why}")

    @asynccontextmanager
    async def _watched(self, before: LabelState) -> AsyncIterator[Drawing]:
        drawing = Drawing(before=before)
        self._drawings.append(drawing)
        try:
            yield drawing
        finally:
            self._drawings.remove(drawing)

    async def _wait(self, drawing: Drawing, ends: float) -> None:
        """Until it ended; at last the label is looked up, for a word of the access point may have been lost."""
        left_s = _left_ms(ends) / 1000
        look_s = min(LAST_LOOK_S, left_s / 4)
        with suppress(TimeoutError):
            async with asyncio.timeout(left_s - look_s):
                await drawing.ended.wait()
        if drawing.answer is None:
            with suppress(DeviceError):
                await self._look_up(drawing.before.mac, _left_ms(ends))

    def _fields(self, mac: str) -> dict[str, str]:
        settings = self._settings
        dither, ttl, lut = DITHER[settings.dither], str(settings.ttl_minutes), str(settings.lut)
        return {"mac": mac, "contentmode": "25", "dither": dither, "ttl": ttl, "lut": lut}

    async def _learn_all(self) -> None:
        at: int | None = 0
        while at is not None:
            told = decode(await self._point.ask("/get_db", {"pos": str(at)}))
            if told.labels is None:
                raise BadFrame(f"{self._point.address} has no list of labels; is it an OpenEPaperLink access point?", b"")
            for label in told.labels:
                self._learn(label)
            # Its number of eight bits begins anew after 255: what has been read is not read again.
            at = told.more_from if told.more_from is not None and at < told.more_from <= 255 else None

    async def _look_up(self, mac: str, deadline_ms: int) -> LabelState | None:
        told = decode(await self._point.ask("/get_db", {"mac": mac}, deadline_ms=deadline_ms))
        for label in told.labels or ():
            self._learn(label)
        return next((label for label in told.labels or () if label.mac == mac), None)

    def _learn(self, label: LabelState) -> None:
        if label.mac not in self._labels and len(self._labels) >= MOST_LABELS:
            raise BadFrame(f"{self._point.address} tells of more than {MOST_LABELS} labels", b"")
        self._labels[label.mac] = label
        for drawing in self._drawings:
            if drawing.before.mac == label.mac:
                drawing.see(label)

    def _seen(self, label: LabelState) -> LabelSeen:
        return LabelSeen(
            **stamp(self._device),
            label=label.mac,
            alias=label.alias,
            pending=label.pending > 0,
            battery_mv=label.battery_mv,
            rssi_dbm=label.rssi_dbm,
            temperature_c=label.temperature_c,
            last_seen=label.last_seen,
        )


def _left_ms(ends: float) -> int:
    return max(1, int((ends - monotonic()) * 1000))


def _open(device: str, settings: LabelsSettings, _wires: Wires) -> PriceLabels:
    return PriceLabels(device, settings)


DRIVER = Driver(kind="labels", settings_class=LabelsSettings, open=_open, commands=(DrawLabel,))
