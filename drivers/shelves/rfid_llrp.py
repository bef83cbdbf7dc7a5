"""RFID readers that speak LLRP (TCP 5084): which tags lie before their antennas, told once in so many milliseconds.

ADD, ENABLE, START_ROSPEC   ->
                            <-   RO_ACCESS_REPORT … RO_ACCESS_REPORT   one for each tag, many times a second
                            <-   KEEPALIVE, answered by KEEPALIVE_ACK: no tag is an answer, no KEEPALIVE is silence
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from time import monotonic
from types import TracebackType
from typing import Annotated, Self

from pydantic import Field

from config.schema import Section
from drivers.commands import AnyCommand, Refused, cannot
from drivers.contract import DeviceError, DeviceGone, DeviceSilent, Driver, Wires
from drivers.readings import AnyReading
from drivers.room_readings import PropertySeen, Tag, TagsSeen
from drivers.shelves.llrp import (
    ADD_ROSPEC,
    DELETE_ROSPEC,
    ENABLE_ROSPEC,
    ERROR_MESSAGE,
    READER_EVENT_NOTIFICATION,
    RO_ACCESS_REPORT,
    SET_READER_CONFIG,
    START_ROSPEC,
    Events,
    LlrpMessage,
    decode_events,
    decode_report,
)
from drivers.shelves.llrp_spec import ALL, look_for_tags, rospec_id, show_life
from drivers.shelves.llrp_talk import LlrpTalk
from drivers.wires.stamp import stamp

MOST_TAGS = 10_000
"""In one reading; a reader that tells of more different ones is broken."""

SIGNS_OF_LIFE = 3
"""KEEPALIVEs within the time after which a reader counts as silent: one may be late."""


class LlrpSettings(Section):
    """``[device.<name>]`` of a reader. No ``antennas``: all that it has."""

    host: Annotated[str, Field(min_length=1, max_length=253)]
    port: Annotated[int, Field(ge=1, le=65535)] = 5084
    antennas: Annotated[tuple[Annotated[int, Field(ge=1, le=255)], ...], Field(max_length=64)] = ()
    report_ms: Annotated[int, Field(ge=100, le=60_000)] = 1_000
    report_every_tags: Annotated[int, Field(ge=1, le=1_000)] = 1
    silent_after_ms: Annotated[int, Field(ge=1_000, le=600_000)] = 10_000


@dataclass(slots=True, kw_only=True)
class _Report:
    """What was heard until the monotonic clock shows ``ends``."""

    ends: float
    heard: bool = False
    tags: dict[str, Tag] = field(default_factory=dict)
    antennas: dict[int, bool] = field(default_factory=dict)

    def add(self, tag: Tag) -> None:
        before = self.tags.get(tag.epc)
        if before is not None or len(self.tags) < MOST_TAGS:
            self.tags[tag.epc] = tag if before is None else joined(before, tag)


def joined(before: Tag, tag: Tag) -> Tag:
    """The same tag seen again: how often in all, and where its signal was strongest."""
    louder = tag.rssi_dbm is not None and (before.rssi_dbm is None or tag.rssi_dbm > before.rssi_dbm)
    return replace(tag if louder else before, times=before.times + tag.times)


class RfidReader:
    """One reader, looking for tags while it is open."""

    def __init__(self, device: str, settings: LlrpSettings) -> None:
        self._device, self._settings = device, settings
        self._talk = LlrpTalk(settings.host, settings.port)
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Connect and let it look for tags. Raises DeviceGone, DeviceSilent, BadFrame, DeviceError when it refuses."""
        async with AsyncExitStack() as opening:
            await opening.enter_async_context(self._talk)
            await self._begin()
            self._open = opening.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._open.__aexit__(kind, error, trace)

    async def _begin(self) -> None:
        settings, ask = self._settings, self._talk.ask
        await ask(DELETE_ROSPEC, rospec_id(ALL), what="forget earlier orders")
        await ask(SET_READER_CONFIG, show_life(settings.silent_after_ms // SIGNS_OF_LIFE), what="show that it lives")
        order = look_for_tags(settings.antennas, settings.report_every_tags)
        await ask(ADD_ROSPEC, order, what="look for tags; has it these antennas?")
        await ask(ENABLE_ROSPEC, rospec_id(), what="get ready")
        await ask(START_ROSPEC, rospec_id(), what="begin")

    async def readings(self) -> AsyncGenerator[AnyReading, None]:
        """The tags of each ``report_ms``, and antennas that come and go.

        Raises DeviceGone, DeviceSilent, BadFrame, and DeviceError when the reader stopped looking.
        """
        while True:
            report = await self._report()
            stamped = stamp(self._device)
            for number, there in report.antennas.items():
                name, state = f"antenna-{number}", "connected" if there else "disconnected"
                yield PropertySeen(**stamped, property=name, value=state)
            if report.heard:
                tags = tuple(report.tags[epc] for epc in sorted(report.tags))
                yield TagsSeen(**stamped, tags=tags)

    async def _report(self) -> _Report:
        report = _Report(ends=monotonic() + self._settings.report_ms / 1000)
        while monotonic() < report.ends:
            message = await self._talk.hear(self._patience_ms(report.ends))
            if message is not None:
                report.heard = True
                self._take(message, report)
        return report

    def _patience_ms(self, ends: float) -> int:
        """How long to wait for a message: to the end of the report. Raises DeviceSilent when nothing came for too long."""
        now, silent_after_ms = monotonic(), self._settings.silent_after_ms
        silent = self._talk.heard_at + silent_after_ms / 1000
        if now >= silent:
            raise DeviceSilent(
                f"the reader at {self._talk.address} said nothing for {silent_after_ms} ms, not even that it lives: restart it"
            )
        return max(1, int((min(ends, silent) - now) * 1000))

    def _take(self, message: LlrpMessage, report: _Report) -> None:
        match message.kind:
            case kind if kind == RO_ACCESS_REPORT:
                for tag in decode_report(message.body):
                    report.add(tag)
            case kind if kind == READER_EVENT_NOTIFICATION:
                events = decode_events(message.body)
                self._check(events)
                report.antennas.update(events.antennas)
            case kind if kind == ERROR_MESSAGE:
                self._talk.refused(message, "something that it was told")

    def _check(self, events: Events) -> None:
        if events.closing:
            raise DeviceGone(f"the reader at {self._talk.address} closes the connection: does somebody set it up?")
        if events.stopped:
            raise DeviceError(f"the reader at {self._talk.address} stopped looking for tags; it is told to begin again")

    async def perform(self, command: AnyCommand) -> Refused:
        """A reader only tells."""
        return cannot(command, "an RFID reader", "nothing, it only tells")


def _open(device: str, settings: LlrpSettings, _wires: Wires) -> RfidReader:
    return RfidReader(device, settings)


DRIVER = Driver(kind="rfid", settings_class=LlrpSettings, open=_open)
