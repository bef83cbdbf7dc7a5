"""Where a screen, a person or the clock asks the shop to decide something; devices come in through ``intake.py``."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from edge.shop.consequences import WithConsequences
from edge.shop.declined import Declined
from edge.shop.moment import Moment
from edge.shop.part import Decision
from edge.shop.shop import Shop
from sync.disk import JournalUnavailable
from sync.entries import Entry, NotRecorded, Origin, Recorded, Repeated
from sync.events import Event, EventClass
from sync.journal import Journal


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopDesk:
    """``shop()`` is the shop by the settings in use, ``now()`` the box's clock (UTC); ``boot`` is empty for a simulated one."""

    journal: Journal
    shop: Callable[[], Shop]
    now: Callable[[], datetime]
    boot: str = ""

    def moment(self) -> Moment:
        """Now."""
        return Moment(at=self.now(), monotonic_ms=time.monotonic_ns() // 1_000_000, boot=self.boot)

    async def decide(
        self,
        decision: Decision,
        *,
        place: str,
        asked: str,
        event_class: EventClass = EventClass.ORDER,
        origin: Origin | None = None,
    ) -> Recorded | Repeated:
        """What came of it, durable on return. ``place`` ``asked`` for it: a screen, a person; ``asked`` may stand in a log.

        ``origin`` names the request where the same may come twice. Raises Declined, and JournalUnavailable: try again.
        """
        shop, moment = self.shop(), self.moment()
        declined: list[Declined] = []

        def decide(db: sqlite3.Connection) -> Iterable[Event]:
            try:
                yield from decision(moment, shop, db)
            except Declined as refusal:
                declined.append(refusal)
                raise

        entry = Entry(
            decide=WithConsequences(decide=decide, moment=moment, shop=shop, place=place, asked=asked),
            event_class=event_class,
            at=moment.at,
            monotonic_ms=moment.monotonic_ms,
            origin=origin,
            told=f"{asked} of {place}",
        )
        outcome = await self.journal.record(entry)
        if not isinstance(outcome, NotRecorded):
            return outcome
        if outcome.retry:
            raise JournalUnavailable(outcome.problem)
        raise declined[-1] if declined else Declined("refused", outcome.problem, problem=outcome.problem)
