"""Asks for what a lane was billed, its terminal for a card, a gateway for a payment code, and has the answer decided.

The row of the bill is the truth: one that is there when this begins is of a box that died, or of a failure here. A gateway is
asked by the number of the payment what became of it; of a terminal nobody knows, so an attendant is called, and it is not asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn, assert_never

from drivers.commands import Accepted, Answer, Charged, Done, Pay, PayByCode, Refused, SettlePayment, Unknown
from edge.asking import detail_of
from edge.lanes.codes import ShownCodes
from edge.lanes.errands import Errands
from edge.lanes.payers import Payers
from edge.shop.lanes.answers import Bill, charged, doubt_payment, not_charged, open_bills
from edge.shop.part import Decision

INTERRUPTED = "the box was stopped while the terminal was being asked: look at the terminal's journal"
CODE_GONE = "the payment code was gone before it could be used: nothing was asked, show a new one"


@dataclass(frozen=True, slots=True, kw_only=True)
class LanePayments:
    """``codes`` has the payment codes that were shown."""

    payers: Payers
    codes: ShownCodes

    async def run(self) -> NoReturn:
        """Look for bills after each commit until cancelled. Raises JournalUnavailable at the start: try again."""
        await Errands(journal=self.payers.desk.journal, waiting=open_bills, go=self._go, name=_name).run()

    async def _go(self, bill: Bill, interrupted: bool) -> None:
        decision = await self._looked_into(bill) if interrupted else await self._taken(bill)
        await self.payers.write_down(decision, place=bill.lane, asked="payment")

    async def _looked_into(self, bill: Bill) -> Decision:
        """Nobody is charged by this, and nobody is asked twice."""
        if not bill.payment:
            return doubt_payment(bill.lane, bill.order, INTERRUPTED)
        command = SettlePayment(amount_minor=bill.amount_minor, payment=bill.payment)
        answer = await self.payers.ask_when_connected(bill.payer, command, _by(bill))
        match answer:
            case Done(detail=detail):  # the gateway was asked afterwards, and nobody is charged
                return not_charged(bill.lane, bill.order, detail)
            case Refused(reason=reason):  # who refuses to say what became of it has not said that nothing was charged
                return _told(bill, Unknown(reason=reason))
            case _:
                return _told(bill, answer)

    async def _taken(self, bill: Bill) -> Decision:
        """Ask once."""
        settings = self.payers.desk.shop().self_checkout(bill.lane)
        if settings is None or bill.payer not in {settings.terminal, *settings.wallets.values()}:
            return _told(bill, Refused(reason=f"lane {bill.lane} has no {bill.payer} any more: pay at the till"))
        if not bill.payment:
            return _told(bill, await self.payers.ask(bill.payer, Pay(amount_minor=bill.amount_minor), _by(bill)))
        return _told(bill, await self._paid_by_code(bill, settings.scanner or ""))

    async def _paid_by_code(self, bill: Bill, scanner: str) -> Answer:
        code = self.codes.take(scanner, bill.shown_ms)
        if code is None:
            return Refused(reason=CODE_GONE)
        try:
            command = PayByCode(amount_minor=bill.amount_minor, payment=bill.payment, code=code)
            return await self.payers.ask(bill.payer, command, _by(bill))
        finally:
            code.forget()


def _name(bill: Bill) -> str:
    return f"lane {bill.lane}: payment"


def _by(bill: Bill) -> str:
    return f"lane {bill.lane}"


def _told(bill: Bill, answer: Answer) -> Decision:
    match answer:
        case Charged(amount_minor=amount_minor, receipt=receipt):
            return charged(bill.lane, bill.order, amount_minor, receipt)
        case Refused(reason=reason, unheard=unheard):
            return not_charged(bill.lane, bill.order, reason, offline=unheard)
        case Unknown() | Done() | Accepted():
            return doubt_payment(bill.lane, bill.order, detail_of(answer))
    assert_never(answer)
