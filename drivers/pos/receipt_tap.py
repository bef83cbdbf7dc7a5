"""A tap in the cable between a till and its receipt printer: the paper comes first, and a copy of it is read.

    till  ── /dev/ttyUSB0 or 0.0.0.0:9100 ──  box  ── /dev/ttyUSB1 or 192.168.1.50:9100 ──  printer
                                               └─ receipt 20261121-0042: 2 milk, 1.234 kg apples, 29.02, wechat

For tills that report nothing themselves. Bytes are carried by ``tap_forwarding.py``, whatever becomes of the copy here: a full
disk, a bug or a slow shop never delays the paper. A receipt stays here until the shop has recorded it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from time import monotonic_ns
from traceback import extract_tb
from types import TracebackType
from typing import Annotated, Literal, Self, cast

import structlog
from pydantic import Field, ValidationInfo, field_validator, model_validator

from config.schema import Id, Section
from drivers.commands import AnyCommand, Refused, cannot
from drivers.contract import DeviceGone, Driver, Receipt, Wires
from drivers.counter_readings import ReceiptTapped
from drivers.pos.receipt_reading import Reader, Stamp, unread
from drivers.pos.receipt_template import Field as TemplateField
from drivers.pos.receipt_template import Template, compiled, template
from drivers.pos.tap_copies import Copies, Copy
from drivers.pos.tap_sides import SerialSides, Sides, TcpSides
from drivers.readings import AnyReading, Presence, Reported, Unreadable

log = structlog.get_logger()

AGAIN_S = 1.0
"""A receipt that the shop could not record is offered again after so long."""

READ_AFTER_S = 0.1
"""Copies are left alone for so long: the reader shares the interpreter, and the printer's answers come right behind the paper."""

MOST_RECEIPTS = 1_024
"""So many are kept while the shop records nothing; then the newest is lost, and said so."""

FIELDS: tuple[TemplateField, ...] = ("number", "day", "total", "tender", "goods")


class TapSettings(Section):
    """``[device.<name>]``; each side is a serial port or ADDRESS:PORT, both of one kind. Patterns replace the template's."""

    till_side: Annotated[str, Field(min_length=3, max_length=255)]
    printer_side: Annotated[str, Field(min_length=3, max_length=255)]
    till: Id | None = None
    baud: Literal[1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200] = 9600
    line: Literal["8N1", "7E1", "7O1", "7N1", "7N2", "7E2", "7O2", "8E1", "8O1", "8N2"] = "8N1"
    rts_cts: bool = False
    check_s: Annotated[int, Field(ge=0, le=3600)] = 30
    encoding: Literal["gb18030", "big5", "shift_jis", "utf-8", "cp437", "cp850", "cp858", "cp866", "cp1252"] = "gb18030"
    template: Literal["zh", "en"] = "zh"
    decimals: Annotated[int, Field(ge=0, le=3)] = 2
    pause_ms: Annotated[int, Field(ge=200, le=60_000)] = 3_000
    number: str | None = None
    day: str | None = None
    total: str | None = None
    tender: str | None = None
    goods: str | None = None

    @field_validator(*FIELDS)
    @classmethod
    def _usable(cls, pattern: str | None, place: ValidationInfo) -> str | None:
        if pattern is not None:
            compiled(cast("TemplateField", place.field_name), pattern)
        return pattern

    @model_validator(mode="after")
    def _alike(self) -> Self:
        sides = (self.till_side, self.printer_side)
        if len({side.startswith("/") for side in sides}) != 1:
            raise ValueError("till_side and printer_side are both serial ports (/dev/…) or both ADDRESS:PORT")
        if self.till_side == self.printer_side:
            raise ValueError("till_side and printer_side are the same: the tap needs two plugs")
        for side in sides:
            if not side.startswith("/"):
                address(side)
        return self

    def patterns(self) -> Template:
        """The template with the patterns of its own."""
        own = {field: pattern for field in FIELDS if (pattern := getattr(self, field)) is not None}
        return template(self.template, self.decimals, own)


def address(side: str) -> tuple[str, int]:
    """``192.168.1.50:9100`` in its parts. Raises ValueError."""
    host, colon, port = side.rpartition(":")
    if not colon or not host or not port.isdecimal() or int(port) > 65_535:
        raise ValueError(f"{side!r} is neither a serial port (/dev/…) nor ADDRESS:PORT, for example 192.168.1.50:9100")
    return host.strip("[]"), int(port)


class ReceiptTap:
    """One tap. Its forwarding runs while it is open, whether or not anybody asks for readings."""

    def __init__(self, device: str, settings: TapSettings) -> None:
        self._device, self._settings = device, settings
        self._till = settings.till or device
        self._copies = Copies()
        self._reader = Reader(template=settings.patterns(), encoding=settings.encoding)
        self._lost: DeviceGone | None = None
        self._heard_ms = 0
        self._unanswered: dict[int, ReceiptTapped] = {}
        self._again: deque[ReceiptTapped] = deque()
        self.sides = self._plugs()

    async def __aenter__(self) -> Self:
        """Put the tap into the cable. Raises DeviceGone."""
        self._lost = None
        await self.sides.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.sides.__aexit__(kind, error, trace)

    async def readings(self) -> AsyncIterator[AnyReading]:
        """Every receipt that went past; raises DeviceGone when the tap can carry no more."""
        yield Presence(device=self._device, at=datetime.now(UTC), monotonic_ms=_now_ms(), state="open")
        while True:
            await self._something_to_do()
            for receipt in [*self._offered_again(), *await self._read(self._copies.all())]:
                self._unanswered[id(receipt)] = receipt
                yield receipt
            if self._lost is not None:
                raise self._lost

    async def acknowledge(self, reading: Reported | Unreadable, receipt: Receipt) -> None:
        """A receipt that could not be recorded now is offered again."""
        kept = self._unanswered.pop(id(reading), None)
        if kept is None or receipt.ok or not receipt.retry:
            return
        if len(self._again) >= MOST_RECEIPTS:
            log.error("a receipt is lost: the shop records nothing, and no more are kept", device=self._device)
            return
        self._again.append(kept)

    async def perform(self, command: AnyCommand) -> Refused:
        """It only listens."""
        return cannot(command, "a receipt tap", "nothing")

    async def _something_to_do(self) -> None:
        """Wait for copies or a loss, but not beyond a pause in the printing or the moment to offer receipts again."""
        with suppress(TimeoutError):
            async with asyncio.timeout(AGAIN_S if self._again else self._settings.pause_ms / 1000):
                await self._copies.arrived.wait()
                await asyncio.sleep(READ_AFTER_S)

    def _offered_again(self) -> list[ReceiptTapped]:
        again = list(self._again)
        self._again.clear()
        return again

    async def _read(self, copies: list[Copy]) -> list[ReceiptTapped]:
        """Read ``copies`` beside the loop. A bug there costs the copy, is told, and nothing else: the paper is out already."""
        stamp = Stamp(device=self._device, till=self._till, at=datetime.now(UTC), monotonic_ms=_now_ms())
        if not copies and stamp.monotonic_ms - self._heard_ms < self._settings.pause_ms:
            return []
        self._heard_ms = stamp.monotonic_ms
        work = partial(self._reader.receipts, copies, stamp) if copies else partial(self._reader.pause, stamp)
        reading = asyncio.get_running_loop().run_in_executor(None, work)
        await asyncio.wait((reading,))
        bug = reading.exception()
        if bug is None:
            return reading.result()
        where = extract_tb(bug.__traceback__)[-1]  # only where: what a bug says may hold what it was reading
        log.error("a receipt was not read, by a bug", device=self._device, bug=type(bug).__name__, where=f"{where[0]}:{where[1]}")
        self._reader.forget()
        return [unread(f"the box failed to read it ({type(bug).__name__}); it went to the printer all the same", stamp)]

    def _lose(self, gone: DeviceGone) -> None:
        self._lost = gone
        self._copies.arrived.set()

    def _plugs(self) -> Sides:
        settings = self._settings
        if settings.till_side.startswith("/"):
            return SerialSides(
                settings.till_side,
                settings.printer_side,
                baud=settings.baud,
                line=settings.line,
                rts_cts=settings.rts_cts,
                copies=self._copies,
                lost=self._lose,
            )
        return TcpSides(
            address(settings.till_side),
            address(settings.printer_side),
            check_s=settings.check_s,
            copies=self._copies,
            lost=self._lose,
        )


def _now_ms() -> int:
    return monotonic_ns() // 1_000_000


def _open(device: str, settings: TapSettings, _wires: Wires) -> ReceiptTap:
    return ReceiptTap(device, settings)


DRIVER = Driver(kind="tap", settings_class=TapSettings, open=_open)
