"""Asks for what a lane was billed, its terminal for a card, a gateway for a payment code, and has the answer decided.

The row of the bill is the truth: one that is there when this begins is of a box that died, or of a failure here. A gateway is
asked by the number of the payment what became of it; of a terminal nobody knows, so an attendant is called, and it is not asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import NoReturn, assert_never

import structlog

from drivers.commands import Accepted, Answer, AnyCommand, Charged, Done, Pay, PayByCode, Refused, SettlePayment, Unknown
from edge.asking import Asker, detail_of
from edge.lanes.codes import ShownCodes
from edge.shop.lanes.answers import Bill, charged, doubt_payment, not_charged, open_bills
from edge.shop.part import Decision
from edge.shop_desk import ShopDesk
from sync.disk import JournalUnavailable

log = structlog.get_logger()

LOOK_S = 0.1
AGAIN_S = 1.0
OPENS_WITHIN_S = 120.0
"""How long a gateway that is not connected after a start is waited for, before an attendant is called."""

INTERRUPTED = "the box was stopped while the terminal was being asked: look at the terminal's journal"
CODE_GONE = "the payment code was gone before it could be used: nothing was asked, show a new one"


@dataclass(slots=True, kw_only=True)
class LanePayments:
    """``ask`` asks a device and keeps the audit (edge.asking.Asking.ask). ``codes`` has the payment codes that were shown."""

    desk: ShopDesk
    ask: Callable[[str, AnyCommand, Asker], Awaitable[Answer]]
    codes: ShownCodes
    again_s: float = AGAIN_S
    opens_within_s: float = OPENS_WITHIN_S
    _asked: set[Bill] = field(default_factory=set)

    async def run(self) -> NoReturn:
        """Look for bills after each commit until cancelled. Raises JournalUnavailable at the start: try again."""
        journal = self.desk.journal
        self._asked.clear()
        async with asyncio.TaskGroup() as group:
            for bill in await journal.query(open_bills):
                log.warning("a payment was interrupted; it is looked into", lane=bill.lane, order=bill.order)
                self._asked.add(bill)
                group.create_task(self._look_into(bill), name=f"lane {bill.lane}: interrupted payment")
            seen = -1
            while True:
                seen = await journal.watch(seen)
                try:
                    bills = await journal.query(open_bills)
                except JournalUnavailable:  # it tells of itself, and there is a commit when it is back
                    continue
                self._asked.intersection_update(bills)  # not when it is settled: this look may be older than that
                for bill in bills:
                    if bill not in self._asked:
                        self._asked.add(bill)
                        group.create_task(self._take(bill), name=f"lane {bill.lane}: payment")
                await asyncio.sleep(LOOK_S)
        raise AssertionError("only a cancellation ends the group")

    async def _look_into(self, bill: Bill) -> None:
        """Nobody is charged by this, and nobody is asked twice."""
        if not bill.payment:
            await self._settle(bill, doubt_payment(bill.lane, bill.order, INTERRUPTED))
        else:
            answer = await self._settled(bill)
            done = isinstance(answer, Done)
            await self._settle(bill, _nothing(bill, answer) if done else _told(bill, _doubtful(answer)))

    async def _settled(self, bill: Bill) -> Answer:
        """What the gateway says became of the payment; it is waited for until it is connected."""
        command, ends = SettlePayment(amount_minor=bill.amount_minor, payment=bill.payment), self._now() + self.opens_within_s
        while True:
            answer = await self.ask(bill.payer, command, _asker(bill))
            if not (isinstance(answer, Refused) and answer.unheard) or self._now() >= ends:
                return answer
            await asyncio.sleep(self.again_s)

    async def _take(self, bill: Bill) -> None:
        """Ask once, and write down what came of it."""
        settings = self.desk.shop().self_checkout(bill.lane)
        if settings is None or bill.payer not in {settings.terminal, *settings.wallets.values()}:
            answer: Answer = Refused(reason=f"lane {bill.lane} has no {bill.payer} any more: pay at the till")
        elif not bill.payment:
            answer = await self.ask(bill.payer, Pay(amount_minor=bill.amount_minor), _asker(bill))
        else:
            answer = await self._pay_by_code(bill, settings.scanner or "")
        await self._settle(bill, _told(bill, answer))

    async def _pay_by_code(self, bill: Bill, scanner: str) -> Answer:
        code = self.codes.take(scanner, bill.shown_ms)
        if code is None:
            return Refused(reason=CODE_GONE)
        try:
            command = PayByCode(amount_minor=bill.amount_minor, payment=bill.payment, code=code)
            return await self.ask(bill.payer, command, _asker(bill))
        finally:
            code.forget()

    async def _settle(self, bill: Bill, decision: Decision) -> None:
        """Durable on return, however long the disk refuses: money that was taken is not forgotten."""
        while True:
            try:
                await self.desk.decide(decision, place=bill.lane, asked="payment")
            except JournalUnavailable:
                await asyncio.sleep(self.again_s)
            else:
                return

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def _asker(bill: Bill) -> Asker:
    return Asker(by=f"lane {bill.lane}", origin="page")


def _nothing(bill: Bill, answer: Answer) -> Decision:
    """The gateway was asked afterwards, and nobody is charged."""
    return not_charged(bill.lane, bill.order, detail_of(answer))


def _doubtful(answer: Answer) -> Answer:
    """Who refuses to say what became of a payment has not said that nothing was charged."""
    return Unknown(reason=answer.reason) if isinstance(answer, Refused) else answer


def _told(bill: Bill, answer: Answer) -> Decision:
    match answer:
        case Charged(amount_minor=amount_minor, receipt=receipt):
            return charged(bill.lane, bill.order, amount_minor, receipt)
        case Refused(reason=reason, unheard=unheard):
            return not_charged(bill.lane, bill.order, reason, offline=unheard)
        case Unknown() | Done() | Accepted():
            return doubt_payment(bill.lane, bill.order, detail_of(answer))
    assert_never(answer)
