"""Card terminals that speak ZVT over TCP: take money, give it back, close the day. Nobody is ever charged twice by itself.

``06 01 0a 04 000000001250 49 0978`` asks for 12.50; ``zvt.py`` has the language. What was sent and not answered is ``Unknown``:
the card may have been charged, so a person looks at the terminal before anyone asks again.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Literal, Self

from drivers.commands import (
    Abort,
    Accepted,
    Answer,
    AnyCommand,
    Done,
    EndOfDay,
    Pay,
    Refund,
    Refused,
    Reverse,
    Unknown,
    cannot,
)
from drivers.contract import DeviceError, DeviceSilent, Driver, Wires
from drivers.counter_readings import TerminalSeen
from drivers.pos import zvt
from drivers.pos.zvt_conversation import ANSWER_MS, Conversation, Ended, receive
from drivers.pos.zvt_outcome import in_doubt, money, outcome
from drivers.pos.zvt_settings import ZvtSettings
from drivers.pos.zvt_words import NOT_REGISTERED, result_words
from drivers.readings import AnyReading
from drivers.wires.stamp import stamp
from drivers.wires.tcp import TcpWire

LISTEN_MS = 200
"""Between commands the line is listened to for so long at a time; a command waits as long at most."""

REGISTERS_WITHIN_MS = 30_000
DIAGNOSED_WITHIN_MS = 60_000
MOST_MINOR = 10**12 - 1  # twelve digits
KEPT_WORDS = 64
CAN = "pay, reverse, refund, abort, end-of-day"


class ZvtTerminal:
    """One terminal. Commands speak one at a time; between them the line is listened to."""

    def __init__(self, device: str, settings: ZvtSettings) -> None:
        self._device, self._settings = device, settings
        self._wire = TcpWire(settings.host, settings.port)
        self._stack = AsyncExitStack()
        self._said: deque[TerminalSeen] = deque(maxlen=KEPT_WORDS)
        self._running = ""
        self._free, self._under_way, self._news = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._free.set()
        self._last: Answer | None = None
        self._failure: DeviceError | None = None
        self._spoke_at = 0.0

    async def __aenter__(self) -> Self:
        """Connect and register. Raises DeviceGone, DeviceSilent, BadFrame, and DeviceError when it refuses us."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._wire)
            await self._register()
            self._stack = stack.pop_all()
        self._failure = None
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._stack.aclose()

    async def readings(self) -> AsyncIterator[AnyReading]:
        """What the terminal says on the way; raises a DeviceError when the line fails."""
        self._say("ready")
        while True:
            while self._said:
                yield self._said.popleft()
            if self._failure is not None:
                raise self._failure
            if self._running:
                await self._news.wait()  # a command speaks; it has its own deadline
                self._news.clear()
            else:
                await self._listen()

    async def perform(self, command: AnyCommand) -> Answer:
        """Do ``command``. An answer of ``Unknown`` must never be repeated by itself."""
        currency, password = self._settings.currency_number, self._settings.password
        match command:
            case Pay(amount_minor=amount) | Refund(amount_minor=amount) if not 1 <= amount <= MOST_MINOR:
                return Refused(reason=f"{amount} cannot be paid by card: the amount is from 1 to {MOST_MINOR}")
            case Pay(amount_minor=amount):
                return await self._pay(zvt.authorisation(amount, currency), command, amount, f"the payment of {money(amount)}")
            case Refund(amount_minor=amount):
                return await self._pay(zvt.refund(password, amount, currency), command, amount, f"the refund of {money(amount)}")
            case Reverse(receipt=receipt) if not re.fullmatch(r"[0-9]{1,4}", receipt):
                return Refused(reason="a receipt of the terminal has a number of one to four digits: it stands on its paper")
            case Reverse(receipt=receipt):
                return await self._pay(zvt.reversal(password, int(receipt)), command, 0, f"taking back receipt {receipt}")
            case EndOfDay():
                return await self._close_the_day(command)
            case Abort():
                return await self._stop(command)
            case _:
                return cannot(command, "a card terminal", CAN)

    async def _pay(self, apdu: bytes, command: Pay | Refund | Reverse, amount_minor: int, what: str) -> Answer:
        ended = await self._ask(apdu, command.deadline_ms, what)
        answer = ended if isinstance(ended, Refused | Unknown) else outcome(ended, amount_minor, what)
        return self._answered(answer)

    async def _close_the_day(self, command: EndOfDay) -> Answer:
        ended = await self._ask(zvt.end_of_day(self._settings.password), command.deadline_ms, "closing the day")
        if isinstance(ended, Refused | Unknown):
            return self._answered(ended)
        code = ended.code if ended.code is not None else ended.status.result if ended.status else 0
        if code:
            return self._answered(Refused(reason=f"the terminal did not close the day: {result_words(code)}"))
        total = ended.status.amount_minor if ended.status else None
        return self._answered(Done(detail="the day is closed" + ("" if total is None else f": {money(total)}")))

    async def _stop(self, command: Abort) -> Answer:
        """Tell a busy terminal to stop: what becomes of the command under way tells whether it did."""
        if not self._running:
            return await self._stop_anyway()
        what = self._running
        try:
            async with asyncio.timeout(command.deadline_ms / 1000):
                await self._stopped()
        except TimeoutError:
            return Accepted(detail=f"the terminal was told to stop and has not ended {what} yet")
        match self._last:
            case Refused():
                return Done(detail=f"the terminal stopped {what}")
            case Unknown() as unknown:
                return unknown
            case _:
                return Refused(reason=f"too late: the terminal had finished {what}; take it back if it must not stand")

    async def _stopped(self) -> None:
        await self._under_way.wait()  # told earlier, it would stop nothing and then begin
        if self._running:
            await self._wire.send(zvt.ABORT, deadline_ms=ANSWER_MS)
        await self._free.wait()

    async def _stop_anyway(self) -> Answer:
        """Nothing of ours runs, but the terminal may still be at something from before."""
        async with self._wire.turn:
            await self._conversation().acknowledged(zvt.ABORT)
        return Done(detail="the box had asked the terminal for nothing; it was told to stop all the same")

    async def _ask(self, apdu: bytes, deadline_ms: int, what: str) -> Ended | Refused | Unknown:
        if self._running:
            return Refused(reason=f"the terminal is busy with {self._running}: wait for it, or abort it")
        if self._failure is not None:
            return Refused(reason="the line to the terminal is being opened anew: ask again in a moment")
        self._running = what
        self._free.clear()
        self._under_way.clear()
        self._say("busy", what)
        try:
            async with self._wire.turn:
                ended = await self._conversation().ask(apdu, deadline_ms=deadline_ms)
        except DeviceError as error:
            return self._doubt(what, error)
        except asyncio.CancelledError:  # heard later, its end would be taken for that of the next command
            self._last = self._doubt(what, DeviceSilent(f"{what} did not end in time: the line is opened anew"))
            raise
        finally:
            self._running, self._spoke_at = "", asyncio.get_running_loop().time()
            for event in (self._under_way, self._free, self._news):
                event.set()
        self._after(ended)
        return ended

    def _doubt(self, what: str, failure: DeviceError) -> Unknown:
        self._failure = failure
        return Unknown(reason=in_doubt(what, failure))

    def _after(self, ended: Ended) -> None:
        if ended.code == NOT_REGISTERED:
            self._say("not-registered", result_words(NOT_REGISTERED))
            self._failure = DeviceError("the terminal has forgotten the box: it is registered anew")
        else:
            self._say("ready")

    def _answered(self, answer: Answer) -> Answer:
        """Kept for whoever asked to stop it."""
        self._last = answer
        return answer

    async def _listen(self) -> None:
        """Hear what the terminal says unasked, for a moment. Raises DeviceError."""
        async with self._wire.turn:
            try:
                said = await receive(self._wire, deadline_ms=LISTEN_MS)
            except DeviceSilent:
                await self._diagnose_when_due()
                return
        match said:
            case zvt.Status(fields=fields) if fields.result == 0 and fields.amount_minor:
                told = f"receipt {fields.receipt} of {money(fields.amount_minor)}"
                self._say("ready", f"{told} came after the box had stopped waiting: book it by hand")
            case zvt.OnTheWay(words=words):
                self._say("busy", words)
            case zvt.Completed() | zvt.Aborted():
                self._say("ready")

    async def _diagnose_when_due(self) -> None:
        every_s, now = self._settings.diagnosis_every_s, asyncio.get_running_loop().time()
        if every_s and now - self._spoke_at >= every_s:
            ended = await self._conversation().ask(zvt.DIAGNOSIS, deadline_ms=DIAGNOSED_WITHIN_MS)
            self._spoke_at = asyncio.get_running_loop().time()
            self._say("ready", "" if ended.code is None else result_words(ended.code))

    async def _register(self) -> None:
        apdu = zvt.registration(self._settings.password, self._settings.currency_number)
        ended = await self._conversation().ask(apdu, deadline_ms=REGISTERS_WITHIN_MS)
        self._spoke_at = asyncio.get_running_loop().time()
        if ended.code is not None:
            raise DeviceError(
                f"the terminal refuses to be registered: {result_words(ended.code)}; "
                "are its password and currency_number in the settings right, and is ZVT enabled on it?"
            )

    def _conversation(self) -> Conversation:
        return Conversation(wire=self._wire, tell=lambda words: self._say("busy", words), began=self._under_way.set)

    def _say(self, state: Literal["ready", "busy", "not-registered"], words: str = "") -> None:
        seen = TerminalSeen(**stamp(self._device), state=state, words=words)
        self._said.append(seen)
        self._news.set()


def _open(device: str, settings: ZvtSettings, _wires: Wires) -> ZvtTerminal:
    return ZvtTerminal(device, settings)


DRIVER = Driver(kind="terminal", settings_class=ZvtSettings, open=_open, commands=(Pay, Reverse, Refund, Abort, EndOfDay))
