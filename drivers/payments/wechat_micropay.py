"""WeChat Pay by payment code (付款码): the shopper shows 18 digits, the gateway charges the wallet, or asks for a password first.

    POST /pay/micropay        out_trade_no total_fee auth_code   ->   SUCCESS · USERPAYING · an error
    POST /pay/orderquery      out_trade_no                       ->   SUCCESS · USERPAYING · NOTPAY · PAYERROR · REVOKED …
    POST /secapi/pay/reverse  out_trade_no                       ->   closed, or the money goes back
    POST /secapi/pay/refund   out_trade_no out_refund_no         ->   the same number gives back once

A code is used for one call and kept nowhere. One gateway serves every lane of a merchant, so payments run side by side.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
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
from drivers.contract import DeviceError, DeviceGone, Driver, Wires
from drivers.counter_readings import TerminalSeen
from drivers.one_attempt import NothingLeft
from drivers.payments.gateway import Certificate, Gateway, NotSent
from drivers.payments.wechat_answers import Meaning, of_refund, of_refund_query
from drivers.payments.wechat_attempt import SCHEME, Attempt
from drivers.payments.wechat_calls import WechatCalls, read_key
from drivers.payments.wechat_settings import WechatSettings
from drivers.payments.wechat_xml import Unsigned
from drivers.readings import AnyReading
from drivers.wires.stamp import stamp

MOST_MINOR = 10**10
KEPT_WORDS = 64
PROBE = "storebox-is-the-key-right"
"""A number that no payment has: the gateway answers that it does not know it, and signs that."""

CAN = "pay-by-code, settle-payment, refund, abort"


class WechatMicropay:
    """One merchant at the gateway."""

    def __init__(self, device: str, settings: WechatSettings) -> None:
        self._device, self._settings = device, settings
        self._said: deque[TerminalSeen] = deque(maxlen=KEPT_WORDS)
        self._news = asyncio.Event()
        self._attempts: dict[str, Attempt] = {}
        self._calls: WechatCalls | None = None
        self._failure: DeviceError | None = None
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Ask the gateway whether it knows this merchant. Raises DeviceGone, DeviceSilent, BadFrame, DeviceError."""
        key = await asyncio.to_thread(read_key, self._settings.key_file, self._device)
        gateway = Gateway(self._settings.url, self._certificate())
        async with AsyncExitStack() as opening:
            self._calls = WechatCalls(await opening.enter_async_context(gateway), self._settings, key)
            await self._check(self._calls)
            self._open = opening.pop_all()
        self._failure = None
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._calls = None
        await self._open.__aexit__(kind, error, trace)

    async def readings(self) -> AsyncIterator[AnyReading]:
        """What payments wait for; raises a DeviceError when the gateway cannot be reached any more."""
        self._say("ready")
        while True:
            while self._said:
                yield self._said.popleft()
            if self._failure is not None:
                raise self._failure
            try:
                async with asyncio.timeout(self._settings.check_every_s):
                    await self._news.wait()
            except TimeoutError:
                if self._calls is not None:
                    await self._check(self._calls)
            self._news.clear()

    async def perform(self, command: AnyCommand) -> Answer:
        """Do ``command``. An answer of ``Unknown`` must never be repeated by itself."""
        if self._calls is None:
            return Refused(reason=f"nothing was done: {self._device} is not connected", unheard=True)
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

    async def _pay(self, command: PayByCode, calls: WechatCalls) -> Answer:
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

    async def _settle(self, command: SettlePayment, calls: WechatCalls) -> Answer:
        """Of an attempt that this process knows nothing of: nobody waits for the shopper any more."""
        attempt = self._attempt(command, calls)
        try:
            answer = await attempt.settle(0)
        finally:
            self._over(command.payment)
        return Done(detail=answer.reason) if isinstance(answer, Refused) else self._heeded(answer, attempt.unreachable)

    def _attempt(self, command: PayByCode | SettlePayment, calls: WechatCalls) -> Attempt:
        attempt = self._attempts[command.payment] = Attempt(
            calls=calls,
            settings=self._settings,
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

    async def _refund(self, command: Refund, calls: WechatCalls) -> Answer:
        """The same number gives back once, so it is asked for until that is certain."""
        ends = monotonic() + command.deadline_ms / 1000
        while True:
            meant = await self._refund_once(calls, command)
            if meant.what == "paid":
                return Charged(amount_minor=meant.fee, receipt=meant.receipt, scheme=SCHEME)
            if meant.what == "refused":
                return Refused(reason=f"WeChat Pay gives nothing back ({meant.words}): give it back by hand")
            if monotonic() >= ends:
                told = f"nobody can tell whether refund {command.refund} of payment {command.payment} was given ({meant.words}): "
                return Unknown(reason=f"{told}look for its number at the merchant platform of WeChat Pay")
            await asyncio.sleep(min(self._settings.ask_every_ms / 1000, max(0.0, ends - monotonic())))

    async def _refund_once(self, calls: WechatCalls, command: Refund) -> Meaning:
        try:
            told = await calls.refund(
                command.payment, command.refund, amount_minor=command.amount_minor, paid_minor=command.paid_minor
            )
            meant = of_refund(told, command.refund)
            if meant.what != "unclear":
                return meant
            asked = of_refund_query(await calls.refund_query(command.refund))
        except DeviceError as error:
            return Meaning(what="unclear", words=str(error))
        if asked.what == "absent":  # answered, and not taken: it will not come by itself
            return Meaning(what="refused", words=meant.words)
        return asked

    async def _check(self, calls: WechatCalls) -> None:
        told = await calls.query(PROBE)
        if isinstance(told, Unsigned):
            raise DeviceError(f"WeChat Pay does not know this merchant: {told.words}; are appid, mch_id and key_file right?")

    def _heeded(self, answer: Answer, unreachable: NotSent | None) -> Answer:
        """A gateway that cannot be reached is gone: the next shopper is told so at once."""
        if unreachable is not None or isinstance(answer, Unknown):
            self._failure = unreachable or DeviceGone("WeChat Pay did not say what became of a payment: it is asked anew")
            self._news.set()
        return answer

    def _certificate(self) -> Certificate | None:
        chain, key = self._settings.certificate_file, self._settings.certificate_key_file
        return None if chain is None or key is None else Certificate(chain=chain, key=key)

    def _say(self, state: Literal["ready", "busy"], words: str = "") -> None:
        self._said.append(TerminalSeen(**stamp(self._device), state=state, words=words))
        self._news.set()


def _open(device: str, settings: WechatSettings, _wires: Wires) -> WechatMicropay:
    return WechatMicropay(device, settings)


DRIVER = Driver(kind="payment", settings_class=WechatSettings, open=_open, commands=(PayByCode, SettlePayment, Refund, Abort))
