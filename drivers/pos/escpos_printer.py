"""Receipt printers that speak ESC/POS, over a serial port, a USB device file or TCP 9100, with the drawer on their connector.

Sources: Epson ESC/POS reference; TM-T88III p 304, TM-U295 p 44; SRP-F310 p 89; Citizen CT p 324; Wincor TH230 p 72; HPRT TP809
p 42. Silence is never "no paper": it is DeviceSilent. A printer that cannot answer shows that its wire is open, and no more.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from types import TracebackType
from typing import Self

from drivers.commands import Answer, AnyCommand, OpenDrawer, Print, Refused, cannot
from drivers.contract import DeviceError, DeviceGone, Driver, Wires
from drivers.counter_readings import DrawerMoved, PrinterSeen
from drivers.pos.cash_drawer import CashDrawer
from drivers.pos.escpos import encode
from drivers.pos.escpos_conversation import ANSWER_MS, Conversation
from drivers.pos.escpos_settings import EscposSettings
from drivers.pos.escpos_status import PrinterStatus
from drivers.pos.printing import Printing
from drivers.pos.receipt_qr import CannotPrint
from drivers.readings import Presence
from drivers.wires.one_way import presence
from drivers.wires.stamp import stamp


class EscposPrinter:
    """One printer. Whole receipts, kicks and polls take turns on its wire."""

    def __init__(self, device: str, settings: EscposSettings) -> None:
        self._device = device
        self._settings = settings
        self._talk = Conversation(settings.wire(), answer_ms=min(ANSWER_MS, settings.silent_after_ms))
        self._drawer = _drawer(self._talk, settings)
        self._numbers = count(1)

    async def __aenter__(self) -> Self:
        await self._talk.wire.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._talk.wire.__aexit__(kind, error, trace)

    async def readings(self) -> AsyncIterator[PrinterSeen | DrawerMoved | Presence]:
        """How the printer is, and each move of its drawer. Raises DeviceGone, DeviceSilent, BadFrame."""
        if not self._settings.answers:
            async for still_open in presence(self._talk.wire, self._device):
                yield still_open
        clock = asyncio.get_running_loop().time
        heard_at = clock()
        while True:
            waiting_since = clock()
            async with self._talk.wire.turn:
                asked_at = clock()
                heard_at += asked_at - waiting_since  # a receipt that holds the wire is not the printer's silence
                status = await self._status()
            if not isinstance(status, DeviceError):
                heard_at = clock()
                for reading in self._told(status):
                    yield reading
            elif clock() - heard_at >= self._settings.silent_after_ms / 1000:
                raise status
            await asyncio.sleep(asked_at + self._settings.poll_ms / 1000 - clock())

    async def perform(self, command: AnyCommand) -> Answer:
        """Print a receipt or open the drawer, once. What was not sent is refused; what may have happened is unknown."""
        match command:
            case Print():
                return await self._print(command)
            case OpenDrawer():
                return await self._kick(command)
            case _:
                return cannot(command, "a receipt printer", "print, open-drawer")

    async def _print(self, command: Print) -> Answer:
        settings = self._settings
        async with self._turn(command.deadline_ms) as ours:
            if not ours:
                busy = f"the printer was busy with another receipt for {command.deadline_ms} ms"
                return Refused(reason=f"nothing was printed: {busy}", unheard=True)
            try:
                # on a thread: a thousand lines take 50 ms, and the loop has other devices
                commands = await asyncio.to_thread(encode, command.blocks, settings.format(), cut=command.cut)
            except CannotPrint as error:
                return Refused(reason=f"nothing was printed: {error}")
            receipt = Printing(
                talk=self._talk,
                commands=commands,
                proof=settings.proof if settings.answers else "none",
                asks_first=settings.answers,
                number=next(self._numbers),
                deadline_ms=command.deadline_ms,
                stalled_after_ms=settings.stalled_after_ms,
            )
            return await receipt.run()

    async def _kick(self, command: OpenDrawer) -> Answer:
        if self._drawer is None:
            return Refused(reason="no drawer is configured: set drawer_pin = 2 or 5, as the drawer's cable has it")
        async with self._turn(command.deadline_ms) as ours:
            if not ours:
                busy = f"the printer was busy for {command.deadline_ms} ms"
                return Refused(reason=f"the drawer was not kicked: {busy}; use the key")  # a later kick is not the one asked for
            return await self._drawer.kick(command)

    @asynccontextmanager
    async def _turn(self, deadline_ms: int) -> AsyncIterator[bool]:
        """The wire's turn for one conversation; False when somebody else had it all the time."""
        turn = self._talk.wire.turn
        try:
            async with asyncio.timeout(deadline_ms / 1000):
                await turn.acquire()
        except TimeoutError:
            yield False
            return
        try:
            yield True
        finally:
            turn.release()

    async def _status(self) -> PrinterStatus | DeviceError:
        try:
            return await self._talk.status()
        except DeviceGone:
            raise
        except DeviceError as error:
            return error

    def _told(self, status: PrinterStatus) -> list[PrinterSeen | DrawerMoved]:
        stamped = stamp(self._device)
        drawer = self._drawer
        seen = PrinterSeen(
            **stamped,
            paper=status.paper,
            cover_open=status.cover_open,
            offline=status.offline,
            failure=status.failure,
            drawer_open=drawer.notice(status) if drawer else None,
        )
        moves: list[DrawerMoved] = []
        while drawer and drawer.moves:
            opened, asked = drawer.moves.popleft()
            moves.append(DrawerMoved(**stamped, open=opened, asked=asked))
        return [*moves, seen]


def _drawer(talk: Conversation, settings: EscposSettings) -> CashDrawer | None:
    if settings.drawer_pin is None:
        return None
    return CashDrawer(
        talk=talk,
        pin=settings.drawer_pin,
        open_is=settings.drawer_open_is,
        in_real_time=settings.drawer_kick == "real-time",
        on_ms=settings.drawer_on_ms,
        off_ms=settings.drawer_off_ms,
        answers=settings.answers,
        stalled_after_ms=settings.stalled_after_ms,
    )


def _open(device: str, settings: EscposSettings, _wires: Wires) -> EscposPrinter:
    return EscposPrinter(device, settings)


DRIVER = Driver(kind="printer", settings_class=EscposSettings, open=_open, commands=(Print, OpenDrawer))
