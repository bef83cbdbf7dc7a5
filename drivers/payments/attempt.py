"""One payment at a gateway until it is certain: charged, or nothing charged, or a person must look.

    pay ──> paid | refused                                   certain at once
        └─> it waits, an error, no answer   ──> query … until confirm_ms──> paid | refused
                                            └─> reverse … until the deadline ──> refused, or nobody can tell

WeChat Pay wants 15 s between a payment and its reversal ("请勿立即调用撤销"), and a reversal repeated until it is answered: one
whose answer got lost may be done a moment after the gateway still said *paid*.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic

from drivers.commands import Charged, Refused, Unknown
from drivers.contract import DeviceError
from drivers.payments.gateway import NotSent
from drivers.payments.meaning import Calls, Meaning, Pace

Settled = Charged | Refused | Unknown


@dataclass(slots=True, kw_only=True)
class Attempt:
    """``scheme`` is what people call the gateway. ``ends`` is on the clock of ``monotonic``.

    ``stop`` ends the waiting for the shopper; ``tell`` says what it waits for.

    ``answered``: the gateway is through with the payment, so a number that it does not know is not on its way any more.
    """

    calls: Calls
    scheme: str
    pace: Pace
    payment: str
    amount_minor: int
    ends: float
    tell: Callable[[str], None]
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    answered: bool = False
    unreachable: NotSent | None = None
    _began: float = field(default_factory=monotonic)
    _last: str = ""
    _reversing: bool = False

    async def pay(self, code: str) -> Settled:
        """Charge the wallet that shows ``code``, which is not kept."""
        try:
            meant = await self.calls.pay(self.payment, self.amount_minor, code)
        except NotSent as error:
            self.unreachable = error
            return Refused(reason=f"nothing was charged: {error}", unheard=True)
        except DeviceError as error:
            self._last = str(error)
            return await self.settle(self.pace.confirm_ms)
        self.answered = meant.what != "waits"
        return self._certain(meant) or await self.settle(self.pace.confirm_ms)

    async def settle(self, wait_ms: int) -> Settled:
        """Ask until it is certain, at most ``wait_ms``; then take it back."""
        until = min(self._began + wait_ms / 1000, self.ends)
        while True:
            meant = await self._query()
            settled = self._certain(meant)
            if settled is not None:
                return settled
            if meant.what == "absent" and self.answered:
                return Refused(reason=f"nothing was charged: the gateway did not take the payment ({self._last})")
            if meant.what == "waits":
                self.tell("the shopper has to confirm the payment on the phone")
            if self.stop.is_set() or monotonic() >= until:
                return await self._take_back()
            with suppress(TimeoutError):
                async with asyncio.timeout(min(self.pace.ask_every_ms / 1000, max(0.0, until - monotonic()))):
                    await self.stop.wait()

    async def settle_of_before(self) -> Settled:
        """The same for a box that died, which may have asked for a reversal: what is paid must be so a moment later, too."""
        first = await self.settle(0)
        if not isinstance(first, Charged):
            return first
        self.tell("the gateway is asked once more whether the payment stands")
        while True:
            await asyncio.sleep(min(self.pace.ask_every_ms / 1000, max(0.0, self.ends - monotonic())))
            settled = self._certain(await self._query())
            if settled is not None:
                return settled
            if monotonic() >= self.ends:
                return self._nobody_knows()

    async def _take_back(self) -> Settled:
        """Reverse it, not too early, until that is answered."""
        self.tell("the payment is being taken back")
        await asyncio.sleep(max(0.0, min(self._began + self.pace.reverse_after_ms / 1000, self.ends) - monotonic()))
        while True:
            reversal = await self._reversed()
            if reversal.what == "refused":
                return Refused(reason="nothing was charged: the payment was not confirmed in time, and is taken back")
            meant = await self._query()
            settled = self._certain(meant)
            if settled is not None and not (isinstance(settled, Charged) and reversal.what == "unclear"):
                return settled
            if meant.what == "absent":
                return Refused(reason="nothing was charged: the gateway never heard of the payment")
            if monotonic() >= self.ends:
                return self._nobody_knows()
            await asyncio.sleep(min(self.pace.ask_every_ms / 1000, max(0.0, self.ends - monotonic())))

    async def _reversed(self) -> Meaning:
        """What became of taking it back. It stands only if no reversal is on its way: an earlier one may have got lost."""
        try:
            meant = await self.calls.reverse(self.payment)
        except NotSent as error:
            meant = Meaning(what="unclear" if self._reversing else "stands", words=str(error))
        except DeviceError as error:
            meant = Meaning(what="unclear", words=str(error))
        self._reversing = meant.what == "unclear"
        self._last = meant.words or self._last
        return meant

    async def _query(self) -> Meaning:
        return await self._asked(self.calls.query(self.payment, self.amount_minor))

    async def _asked(self, call: Awaitable[Meaning]) -> Meaning:
        try:
            meant = await call
        except DeviceError as error:
            meant = Meaning(what="unclear", words=str(error))
        self._last = meant.words or self._last
        return meant

    def _certain(self, meant: Meaning) -> Settled | None:
        self._last = meant.words or self._last
        if meant.what == "paid":
            return Charged(amount_minor=meant.fee, receipt=meant.receipt, scheme=self.scheme)
        if meant.what == "refused":
            return Refused(reason=f"nothing was charged: {meant.words}")
        return None

    def _nobody_knows(self) -> Unknown:
        return Unknown(
            reason=f"nobody can tell what became of payment {self.payment} ({self._last}): "
            f"look for this number at the merchant platform of {self.scheme} before the shopper pays again"
        )
