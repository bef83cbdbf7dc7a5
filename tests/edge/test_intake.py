"""What a device is told when the journal could not take what it said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from drivers.contract import Device, Receipt
from drivers.reading import Report
from drivers.readings import AnyReading, Reported, Unreadable
from edge.intake import PARKED, Intake, Rules
from edge.shop.decide import letter_for, notice
from sync.entries import Entry, Limits, Stamp
from sync.events import Registry
from sync.journal import STOPPED, Journal
from sync.letters import letters
from sync.schema import JOURNAL_MIGRATIONS

REPORT = Report(id="e1", digest=b"d" * 32)
NOT_JSON = Unreadable(
    device="till-1", at=datetime(2026, 11, 21, tzinfo=UTC), monotonic_ms=1, problem="it is not JSON", report=REPORT, payload=b"{"
)


@dataclass
class Till:
    """A device that keeps its answers."""

    answers: asyncio.Queue[Receipt] = field(default_factory=asyncio.Queue)

    async def __aenter__(self) -> Till:
        return self

    async def __aexit__(self, *_why: object) -> None:
        """Nothing to close."""

    def readings(self) -> AsyncIterator[AnyReading]:
        raise NotImplementedError

    async def perform(self, command: Any) -> Any:
        raise NotImplementedError

    async def acknowledge(self, reading: Reported | Unreadable, receipt: Receipt) -> None:
        assert reading is NOT_JSON
        self.answers.put_nowait(receipt)


def never(_reading: AnyReading) -> Entry:
    raise AssertionError("nothing here is decided")


def journal_in(folder: Path) -> Journal:
    keep = timedelta(days=1)
    return Journal(
        folder / "journal.db",
        limits=Limits(quota_bytes=1 << 30, ballast_bytes=1 << 20, keep_sent=keep, keep_receipts=keep),
        registry=Registry([]),
        migrations=JOURNAL_MIGRATIONS,
        stamp=Stamp(box="box-1", boot="boot-1", tz="UTC", clock=lambda: "synced"),
    )


async def test_what_is_unreadable_is_final_once_it_is_set_aside_and_comes_again_while_it_cannot_be(tmp_path: Path) -> None:
    till = Till()
    async with journal_in(tmp_path) as journal:
        intake = Intake(
            journal=journal,
            rules=Rules(notice=notice, entry_for=never, letter_for=letter_for),
            device=cast("Device", till),
        )
        answering = asyncio.create_task(intake.answer(), name="answers")
        await intake.take(NOT_JSON)
        assert await till.answers.get() == Receipt(ok=False, problem=f"it is not JSON; {PARKED}")
        (kept,) = await journal.query(lambda db: letters(db, 10))
        assert (kept.letter.device, kept.letter.reason) == ("till-1", "it is not JSON")
    await intake.take(NOT_JSON)
    assert await till.answers.get() == Receipt(ok=False, retry=True, problem=STOPPED)
    answering.cancel()
    await asyncio.gather(answering, return_exceptions=True)
