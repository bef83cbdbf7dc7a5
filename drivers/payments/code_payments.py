"""A gateway that takes payment codes, as a device of the box: payments run side by side, for one merchant serves every lane.

A code is used for one call and kept nowhere. A gateway that cannot be reached is gone, so that the next shopper is told at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from time import monotonic
from types import TracebackType
from typing import Literal, Self

from drivers.commands import (
    Abort,
    Accepted,
    Answer,
    AnyCommand,
    Charged,
    Done,
    PayByCode,
    Refund,
    Refused,
    SettlePayment,
    Unknown,
    cannot,
)
from drivers.contract import DeviceError, DeviceGone
from drivers.counter_readings import TerminalSeen
from drivers.one_attempt import NothingLeft
from drivers.payments.attempt import Attempt
from drivers.payments.gateway import NotSent
from drivers.payments.meaning import Calls, Meaning, Pace
from drivers.readings import AnyReading
from drivers.wires.stamp import stamp

MOST_MINOR = 10**10
KEPT_WORDS = 64
CAN = "pay-by-code, settle-payment, refund, abort"


class CodePayments:
    """One merchant at the gateway that people call ``scheme``; ``connect`` opens the way to it, in the stack it is given."""

    def __init__(self, device: str, *, scheme: str, pace: Pace, connect: Callable[[AsyncExitStack], Awaitable[Calls]]) -> None:
        self._device, self._scheme, self._pace, self._connect = device, scheme, pace, connect
        self._said: deque[TerminalSeen] = deque(maxlen=KEPT_WORDS)
        self._news = asyncio.Event()
        self._attempts: dict[str, Attempt] = {}
        self._calls: Calls | None = None
        self._failure: DeviceError | None = None
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Ask the gateway whether it knows this merchant. Raises DeviceGone, DeviceSilent, BadFrame, DeviceError."""
        async with AsyncExitStack() as opening:
            calls = await self._connect(opening)
            await calls.check()
            self._open = opening.pop_all()
        self._calls, self._failure = calls, None
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._calls = None
        await self._open.__aexit__(kind, error, trace)

    async def readings(self) -> AsyncIterator[AnyReading]:
        """What payments wait for; raises a DeviceError when the gateway cannot be reached, and no payment is on its way."""
        self._say("ready")
        while True:
            while self._said:
                yield self._said.popleft()
            if self._failure is not None and not self._attempts:
                raise self._failure
            try:
                async with asyncio.timeout(self._pace.check_every_s):
                    await self._news.wait()
            except TimeoutError:
                self._failure = self._failure or await self._checked()
            self._news.clear()

    async def perform(self, command: AnyCommand) -> Answer:
        """Do ``command``. An answer of ``Unknown`` must never be repeated by itself."""
        if self._calls is None or self._failure is not None:
            why = f"{self._device} is not connected" if self._calls is None else self._failure
            return Refused(reason=f"nothing was done: {why}", unheard=True)
        match command:
            case PayByCode(amount_minor=amount) | SettlePayment(amount_minor=amount) | Refund(amount_minor=amount) if not (
                1 <= amount <= MOST_MINOR
            ):
                return Refused(reason=f"{amount} cannot be paid by code: the amount is from 1 to {MOST_MINOR}")
            case PayByCode():
                return await self._pay(command, self._calls)
            case SettlePayment():
                return await self._settle(command, self._calls)
            case Refund(payment="") | Refund(refund=""):
                return Refused(reason="a refund to a wallet names the payment that it is of, and has a number of its own")
            case Refund():
                return await self._refund(command, self._calls)
            case Abort():
                return self._stop(command.payment)
            case _:
                return cannot(command, "a payment gateway", CAN)

    async def _checked(self) -> DeviceError | None:
        """Why the gateway cannot be used, if it cannot. Nobody hangs up over it while a payment is on its way."""
        if self._calls is None or self._attempts:
            return None
        try:
            await self._calls.check()
        except DeviceError as error:
            return error
        return None

    async def _pay(self, command: PayByCode, calls: Calls) -> Answer:
        if command.payment in self._attempts:
            return Refused(reason=f"payment {command.payment} is being made: wait for what becomes of it")
        try:
            code = command.code.take()
        except NothingLeft as error:
            return Refused(reason=f"nothing was charged: {error}")
        attempt = self._attempt(command, calls)
        try:
            answer = await attempt.pay(code)
        finally:
            self._over(command.payment)
        return self._heeded(answer, attempt.unreachable)

    async def _settle(self, command: SettlePayment, calls: Calls) -> Answer:
        """Of an attempt that this process knows nothing of: nobody waits for the shopper, nor for what nobody can tell."""
        attempt = self._attempt(command, calls)
        try:
            answer = await attempt.settle_of_before()
        finally:
            self._over(command.payment)
        return Done(detail=answer.reason) if isinstance(answer, Refused) else answer

    def _attempt(self, command: PayByCode | SettlePayment, calls: Calls) -> Attempt:
        attempt = self._attempts[command.payment] = Attempt(
            calls=calls,
            scheme=self._scheme,
            pace=self._pace,
            payment=command.payment,
            amount_minor=command.amount_minor,
            ends=monotonic() + command.deadline_ms / 1000,
            tell=lambda words: self._say("busy", words),
        )
        return attempt

    def _over(self, payment: str) -> None:
        self._attempts.pop(payment, None)
        self._say("ready" if not self._attempts else "busy")

    def _stop(self, payment: str) -> Answer:
        """Wait for the shopper no longer: what becomes of the payment is the answer to the payment."""
        attempt = self._attempts.get(payment)
        if attempt is None:
            return Done(detail="nothing is being paid under this number")
        attempt.stop.set()
        return Accepted(detail=f"payment {payment} is being taken back")

    async def _refund(self, command: Refund, calls: Calls) -> Answer:
        """The same number gives back once, so it is asked for until that is certain."""
        ends = monotonic() + command.deadline_ms / 1000
        while True:
            meant = await _refund_once(calls, command)
            if meant.what == "paid":
                return Charged(amount_minor=meant.fee, receipt=meant.receipt, scheme=self._scheme)
            if meant.what == "refused":
                return Refused(reason=f"{self._scheme} gives nothing back ({meant.words}): give it back by hand")
            if monotonic() >= ends:
                told = f"nobody can tell whether refund {command.refund} of payment {command.payment} was given ({meant.words}): "
                return Unknown(reason=f"{told}look for its number at the merchant platform of {self._scheme}")
            await asyncio.sleep(min(self._pace.ask_every_ms / 1000, max(0.0, ends - monotonic())))

    def _heeded(self, answer: Answer, unreachable: NotSent | None) -> Answer:
        if unreachable is not None or isinstance(answer, Unknown):
            told = f"{self._scheme} did not say what became of a payment: it is asked anew"
            self._failure = unreachable or DeviceGone(told)
            self._news.set()
        return answer

    def _say(self, state: Literal["ready", "busy"], words: str = "") -> None:
        self._said.append(TerminalSeen(**stamp(self._device), state=state, words=words))
        self._news.set()


async def _refund_once(calls: Calls, command: Refund) -> Meaning:
    try:
        meant = await calls.refund(
            command.payment, command.refund, amount_minor=command.amount_minor, paid_minor=command.paid_minor
        )
        if meant.what in {"paid", "refused"}:
            return meant
        asked = await calls.refund_query(command.payment, command.refund)
    except DeviceError as error:
        return Meaning(what="unclear", words=str(error))
    if asked.what != "absent":
        return asked
    if meant.what == "waits":  # it may come yet: who gives it by hand now gives it twice
        return meant
    return Meaning(what="refused", words=meant.words)
