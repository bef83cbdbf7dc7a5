"""Asks the terminal or the gateway to give back what was refunded, and puts before people what it does not give.

The row is the truth: one that is there when this begins is of a box that died, or of a failure here.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import NoReturn, assert_never

from drivers.commands import Accepted, Answer, Charged, Done, Refund, Refused, Unknown
from edge.asking import detail_of
from edge.lanes.errands import Errands, looks
from edge.lanes.payers import Payers
from edge.shop.lanes.paybacks import Payback, given_back, left_to_people, paybacks_asked, paybacks_left
from edge.shop.money import decimal
from edge.shop.part import Decision
from edge.status import Board

ALARM = "paybacks"
INTERRUPTED = "the box was stopped while the terminal was being asked: look at the terminal's journal"


@dataclass(frozen=True, slots=True, kw_only=True)
class LanePaybacks:
    """``board`` has the alarm about what waits for people."""

    payers: Payers
    board: Board

    async def run(self) -> NoReturn:
        """Look for refunds after each commit until cancelled. Raises JournalUnavailable at the start: try again."""
        journal = self.payers.desk.journal
        async with asyncio.TaskGroup() as group:
            group.create_task(self._tell_people(), name="refunds that wait for people")
            await Errands(journal=journal, waiting=paybacks_asked, go=self._go, name=_name).run()

    async def _go(self, payback: Payback, interrupted: bool) -> None:
        answer = await self._looked_into(payback) if interrupted else await self.payers.ask(*_refund(payback))
        await self.payers.write_down(_told(payback, answer), place=payback.till, asked="refund")

    async def _looked_into(self, payback: Payback) -> Answer:
        """A gateway gives the same number back once; what a terminal did nobody knows, so it is not asked."""
        if not payback.payment:
            return Unknown(reason=INTERRUPTED)
        answer = await self.payers.ask_when_connected(*_refund(payback))
        return Unknown(reason=answer.reason) if isinstance(answer, Refused) else answer  # it may have been given before

    async def _tell_people(self) -> None:
        async for left in looks(self.payers.desk.journal, paybacks_left):
            if not left:
                self.board.clear_alarm(ALARM)
                continue
            what = ", ".join(_in_short(each) for each in left[:3]) + (" …" if len(left) > 3 else "")
            self.board.raise_alarm(
                ALARM, f"money that a person must give back: {what}; look at /lanes, and say there when it is done"
            )


def _refund(payback: Payback) -> tuple[str, Refund, str]:
    """Who is asked, for what, by whom."""
    command = Refund(
        amount_minor=payback.amount_minor, payment=payback.payment, paid_minor=payback.paid_minor, refund=payback.payback
    )
    return payback.payer, command, f"refund of {payback.till}"


def _name(payback: Payback) -> str:
    return f"refund {payback.refund} of {payback.till}/{payback.order}"


def _in_short(payback: Payback) -> str:
    amount = decimal(payback.amount_minor, payback.currency)
    late = " (came late)" if payback.state == "offered" else ""
    return f"{amount} {payback.currency} of {payback.till}/{payback.order}{late}"


def _told(payback: Payback, answer: Answer) -> Decision:
    match answer:
        case Charged(receipt=receipt):
            return given_back(payback, receipt)
        case Refused(reason=reason):
            return left_to_people(payback, "by-hand", reason)
        case Unknown() | Done() | Accepted():
            return left_to_people(payback, "unknown", detail_of(answer))
    assert_never(answer)
