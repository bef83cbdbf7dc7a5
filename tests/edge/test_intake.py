"""What a device is told when the journal could not take what it said."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from drivers.contract import Device, Receipt
from drivers.reading import Report
from drivers.readings import AnyReading, Unreadable
from edge.intake import PARKED, Intake, Rules
from edge.shop.decide import letter_for, notice
from sync.entries import Entry, Limits, Stamp
from sync.events import Registry
from sync.journal import STOPPED, Journal
from sync.letters import letters
from sync.schema import JOURNAL_MIGRATIONS
from tests.edge.answered import AnsweredTill

REPORT = Report(id="e1", digest=b"d" * 32)
NOT_JSON = Unreadable(
    device="till-1", at=datetime(2026, 11, 21, tzinfo=UTC), monotonic_ms=1, problem="it is not JSON", report=REPORT, payload=b"{"
)


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
    till = AnsweredTill()
    async with journal_in(tmp_path) as journal:
        intake = Intake(
            journal=journal,
            rules=Rules(notice=notice, entry_for=never, letter_for=letter_for),
            device=cast("Device", till),
        )
        answering = asyncio.create_task(intake.answer(), name="answers")
        await intake.take(NOT_JSON)
        assert await till.answers.get() == (NOT_JSON, Receipt(ok=False, problem=f"it is not JSON; {PARKED}"))
        (kept,) = await journal.query(lambda db: letters(db, 10))
        assert (kept.letter.device, kept.letter.reason) == ("till-1", "it is not JSON")
    await intake.take(NOT_JSON)
    assert await till.answers.get() == (NOT_JSON, Receipt(ok=False, retry=True, problem=STOPPED))
    answering.cancel()
    await asyncio.gather(answering, return_exceptions=True)
