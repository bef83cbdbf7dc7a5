"""Asks the terminal or the gateway to give back what was refunded, and puts before people what it does not give.

The row is the truth: one that is there when this begins is of a box that died, or of a failure here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import NoReturn, assert_never

import structlog

from drivers.commands import Accepted, Answer, AnyCommand, Charged, Done, Refund, Refused, Unknown
from edge.asking import Asker, detail_of
from edge.shop.lanes.paybacks import Payback, given_back, left_to_people, paybacks_asked, paybacks_left
from edge.shop.money import decimal
from edge.shop.part import Decision
from edge.shop_desk import ShopDesk
from edge.status import Board
from sync.disk import JournalUnavailable

log = structlog.get_logger()

LOOK_S = 0.1
AGAIN_S = 1.0
OPENS_WITHIN_S = 120.0
ALARM = "paybacks"
INTERRUPTED = "the box was stopped while the terminal was being asked: look at the terminal's journal"


@dataclass(slots=True, kw_only=True)
class LanePaybacks:
    """``ask`` asks a device and keeps the audit (edge.asking.Asking.ask)."""

    desk: ShopDesk
    ask: Callable[[str, AnyCommand, Asker], Awaitable[Answer]]
    board: Board
    again_s: float = AGAIN_S
    opens_within_s: float = OPENS_WITHIN_S
    _asked: set[tuple[str, str, str]] = field(default_factory=set)

    async def run(self) -> NoReturn:
        """Look for refunds after each commit until cancelled. Raises JournalUnavailable at the start: try again."""
        journal = self.desk.journal
        self._asked.clear()
        async with asyncio.TaskGroup() as group:
            for payback in await journal.query(paybacks_asked):
                log.warning("a refund was interrupted; it is looked into", till=payback.till, order=payback.order)
                self._begin(group, payback, interrupted=True)
            seen = -1
            while True:
                seen = await journal.watch(seen)
                try:
                    asked, left = await journal.query(paybacks_asked), await journal.query(paybacks_left)
                except JournalUnavailable:  # it tells of itself, and there is a commit when it is back
                    continue
                self._tell_people(left)
                self._asked.intersection_update(map(_key, asked))  # not when it is settled: this look may be older than that
                for payback in asked:
                    self._begin(group, payback, interrupted=False)
                await asyncio.sleep(LOOK_S)
        raise AssertionError("only a cancellation ends the group")

    def _begin(self, group: asyncio.TaskGroup, payback: Payback, *, interrupted: bool) -> None:
        if _key(payback) not in self._asked:
            self._asked.add(_key(payback))
            name = f"refund {payback.refund} of {payback.till}/{payback.order}"
            group.create_task(self._give(payback, interrupted=interrupted), name=name)

    async def _give(self, payback: Payback, *, interrupted: bool) -> None:
        """Ask, and write down what came of it."""
        if interrupted and not payback.payment:
            answer: Answer = Unknown(reason=INTERRUPTED)
        else:
            answer = await self._answered(payback, wait=interrupted)
            if interrupted and isinstance(answer, Refused):
                answer = Unknown(reason=answer.reason)  # it may have been given before
        await self._settle(payback, _told(payback, answer))

    async def _answered(self, payback: Payback, *, wait: bool) -> Answer:
        """What the payer says; ``wait``: until it is connected, for after a start it is not yet."""
        command = Refund(
            amount_minor=payback.amount_minor, payment=payback.payment, paid_minor=payback.paid_minor, refund=payback.payback
        )
        loop = asyncio.get_running_loop()
        ends = loop.time() + self.opens_within_s
        while True:
            answer = await self.ask(payback.payer, command, Asker(by=f"refund of {payback.till}", origin="page"))
            if not (wait and isinstance(answer, Refused) and answer.unheard) or loop.time() >= ends:
                return answer
            await asyncio.sleep(self.again_s)

    async def _settle(self, payback: Payback, decision: Decision) -> None:
        """Durable on return, however long the disk refuses: money that was given is not forgotten."""
        while True:
            try:
                await self.desk.decide(decision, place=payback.till, asked="refund")
            except JournalUnavailable:
                await asyncio.sleep(self.again_s)
            else:
                return

    def _tell_people(self, left: list[Payback]) -> None:
        if not left:
            self.board.clear_alarm(ALARM)
            return
        what = ", ".join(_in_short(each) for each in left[:3]) + (" …" if len(left) > 3 else "")
        self.board.raise_alarm(
            ALARM, f"money that a person must give back: {what}; look at /lanes, and say there when it is done"
        )


def _key(payback: Payback) -> tuple[str, str, str]:
    return payback.till, payback.order, payback.refund


def _in_short(payback: Payback) -> str:
    amount = decimal(payback.amount_minor, payback.currency)
    return f"{amount} {payback.currency} of {payback.till}/{payback.order}"


def _told(payback: Payback, answer: Answer) -> Decision:
    match answer:
        case Charged(receipt=receipt):
            return given_back(payback, receipt)
        case Refused(reason=reason):
            return left_to_people(payback, "by-hand", reason)
        case Unknown() | Done() | Accepted():
            return left_to_people(payback, "unknown", detail_of(answer))
    assert_never(answer)
