"""Asks a gateway on about a payment that an attendant called unpaid, until it is certain, or its day is over.

A box that starts anew asks anew: a question charges nobody.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import NoReturn

from drivers.commands import Charged, Done, SettlePayment
from edge.asking import detail_of
from edge.lanes.errands import Errands
from edge.lanes.payers import Payers
from edge.shop.lanes.doubts import Doubt, is_doubted, never_known, nothing_came, payments_doubted
from edge.shop.lanes.late_money import came_late
from edge.shop.part import Decision

FIRST_PAUSE_S = 10.0
LONGEST_PAUSE_S = 600.0
ANSWER_MS = 30_000
"""Less than the command's own: while a gateway is asked it is not reopened, and shoppers may wait for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneDoubts:
    """The pauses between two questions double, up to ``longest_pause_s``."""

    payers: Payers
    first_pause_s: float = FIRST_PAUSE_S
    longest_pause_s: float = LONGEST_PAUSE_S

    async def run(self) -> NoReturn:
        """Look for doubts after each commit until cancelled. Raises JournalUnavailable at the start: try again."""
        await Errands(journal=self.payers.desk.journal, waiting=payments_doubted, go=self._go, name=_name).run()

    async def _go(self, doubt: Doubt, interrupted: bool) -> None:  # noqa: ARG002 - a question may be asked twice
        pause_s = self.first_pause_s
        while True:
            decision = await self._asked_until_certain(doubt)
            await self.payers.write_down(decision, place=doubt.lane, asked="doubted payment")
            if not await self.payers.read(partial(is_doubted, doubt)):
                return
            # The order may yet be paid otherwise: until that is certain too, nobody knows what the money is for.
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, self.longest_pause_s)

    async def _asked_until_certain(self, doubt: Doubt) -> Decision:
        command = SettlePayment(amount_minor=doubt.amount_minor, payment=doubt.payment, deadline_ms=ANSWER_MS)
        pause_s = self.first_pause_s
        while True:
            answer = await self.payers.ask(doubt.payer, command, f"lane {doubt.lane}")
            match answer:
                case Charged(receipt=receipt):
                    return came_late(doubt, receipt)
                case Done(detail=detail):
                    return nothing_came(doubt, detail)
            if self.payers.desk.now() >= doubt.ends:
                return never_known(doubt, detail_of(answer))
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, self.longest_pause_s)


def _name(doubt: Doubt) -> str:
    return f"lane {doubt.lane}: is payment {doubt.payment} certain"
