"""Asks the terminal of a self-checkout lane for what was billed, and has its answer decided.

The row of the bill is the truth: one that is there when this begins is of a box that died, or of a failure here. Nobody knows
what became of it, so an attendant is called and the terminal is not asked again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import NoReturn, assert_never

import structlog

from drivers.commands import Accepted, Answer, AnyCommand, Charged, Done, Pay, Refused, Unknown
from edge.asking import Asker, detail_of
from edge.shop.lanes.paying import Bill, charged, doubt_payment, not_charged, open_bills
from edge.shop.part import Decision
from edge.shop_desk import ShopDesk
from sync.disk import JournalUnavailable

log = structlog.get_logger()

LOOK_S = 0.1
AGAIN_S = 1.0
INTERRUPTED = "the box was stopped while the terminal was being asked: look at the terminal's journal"


@dataclass(slots=True, kw_only=True)
class LanePayments:
    """``ask`` asks a device and keeps the audit (edge.asking.Asking.ask)."""

    desk: ShopDesk
    ask: Callable[[str, AnyCommand, Asker], Awaitable[Answer]]
    again_s: float = AGAIN_S
    _asked: set[Bill] = field(default_factory=set)

    async def run(self) -> NoReturn:
        """Look for bills after each commit until cancelled. Raises JournalUnavailable at the start: try again."""
        journal = self.desk.journal
        for bill in await journal.query(open_bills):
            log.warning("a payment was interrupted; an attendant is called", lane=bill.lane, order=bill.order)
            await self._settle(bill, doubt_payment(bill.lane, bill.order, INTERRUPTED))
        async with asyncio.TaskGroup() as group:
            seen = -1
            while True:
                seen = await journal.watch(seen)
                try:
                    bills = await journal.query(open_bills)
                except JournalUnavailable:  # it tells of itself, and there is a commit when it is back
                    bills = []
                for bill in bills:
                    if bill not in self._asked:
                        self._asked.add(bill)
                        group.create_task(self._take(bill), name=f"lane {bill.lane}: payment")
                await asyncio.sleep(LOOK_S)
        raise AssertionError("only a cancellation ends the group")

    async def _take(self, bill: Bill) -> None:
        """Ask once, and write down what came of it."""
        settings = self.desk.shop().self_checkout(bill.lane)
        if settings is None or settings.terminal is None:
            answer: Answer = Refused(reason=f"lane {bill.lane} has no terminal any more: pay at the till")
        else:
            asker = Asker(by=f"lane {bill.lane}", origin="page")
            answer = await self.ask(settings.terminal, Pay(amount_minor=bill.amount_minor), asker)
        await self._settle(bill, _told(bill, answer))
        self._asked.discard(bill)

    async def _settle(self, bill: Bill, decision: Decision) -> None:
        """Durable on return, however long the disk refuses: money that was taken is not forgotten."""
        while True:
            try:
                await self.desk.decide(decision, place=bill.lane, asked="payment")
            except JournalUnavailable:
                await asyncio.sleep(self.again_s)
            else:
                return


def _told(bill: Bill, answer: Answer) -> Decision:
    match answer:
        case Charged(amount_minor=amount_minor):
            return charged(bill.lane, bill.order, amount_minor)
        case Refused(reason=reason):
            return not_charged(bill.lane, bill.order, reason)
        case Unknown() | Done() | Accepted():
            return doubt_payment(bill.lane, bill.order, detail_of(answer))
    assert_never(answer)
