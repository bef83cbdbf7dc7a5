"""Reports that need no decision are recorded by the hundred, and each is still answered for itself."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from sync.entries import NotRecorded, Recorded, Repeated
from sync.journal import Journal
from sync.letters import letters
from sync.many_rows import MOST
from sync.recorder import OTHER_CONTENT


@asynccontextmanager
async def one_batch(shop: Any, journal: Journal) -> AsyncIterator[None]:
    """Everything that is submitted inside goes into one commit."""
    gate = threading.Event()
    await journal.submit(shop.entry(decide=lambda _db: gate.wait(30) and ()))
    await asyncio.sleep(0)
    yield
    await asyncio.sleep(0)
    gate.set()


def counted(shop: Any, number: int, **changes: Any) -> Any:
    return shop.entry(shop.Footfall(count=number), report=f"r-{number}", **changes)


@pytest.mark.parametrize("count", [1, 2, 3, MOST - 1, MOST, MOST + 1, 400])
async def test_any_number_of_reports_is_recorded_in_order(shop, count):
    async with shop.journal() as journal:
        async with one_batch(shop, journal):
            told = [await journal.submit(counted(shop, number)) for number in range(count)]
        outcomes = [await future for future in told]
        assert shop.rows("SELECT sequence, json_extract(data, '$.count') FROM events") == [(n + 1, n) for n in range(count)]
        assert shop.rows("SELECT count(*) FROM receipts") == [(count,)]
    assert [outcome.events[0].sequence for outcome in outcomes] == list(range(1, count + 1))


async def test_repeats_and_conflicts_among_new_reports_are_told_apart(shop):
    async with shop.journal() as journal:
        await asyncio.gather(*(journal.record(counted(shop, number)) for number in (7, 50, 51)))
        async with one_batch(shop, journal):
            told = [await journal.submit(counted(shop, number)) for number in range(100)]
            other = await journal.submit(counted(shop, 50, content="other"))
            twice = await journal.submit(counted(shop, 99))
            after = await journal.submit(counted(shop, 100))
        outcomes = [await future for future in told]
        assert shop.rows("SELECT count(*), max(sequence) FROM events") == [(101, 101)]
        assert [letter.letter.kind for letter in await journal.query(lambda db: letters(db, 10))] == ["conflict"]
    assert [number for number, outcome in enumerate(outcomes) if outcome == Repeated()] == [7, 50, 51]
    assert sum(isinstance(outcome, Recorded) for outcome in outcomes) == 97
    assert await other == NotRecorded(retry=False, problem=OTHER_CONTENT)
    assert await twice == Repeated()
    assert (await after).events[0].sequence == 101


async def test_a_decision_between_reports_keeps_its_place(shop):
    async with shop.journal() as journal:
        async with one_batch(shop, journal):
            told = [
                await journal.submit(entry)
                for number in range(30)
                for entry in (counted(shop, number), shop.sale(report=f"s-{number}"))
            ]
        outcomes = [await future for future in told]
        assert shop.rows("SELECT sold FROM stock") == [(30,)]
    assert [outcome.events[0].sequence for outcome in outcomes] == list(range(1, 61))


async def test_a_report_that_was_refused_is_refused_again_among_others(shop):
    def break_down(_db):
        raise ArithmeticError("less than nothing")

    async with shop.journal() as journal:
        refused = await journal.record(shop.entry(decide=break_down, report="r-3"))
        async with one_batch(shop, journal):
            told = [await journal.submit(counted(shop, number)) for number in range(10)]
        outcomes = [await future for future in told]
    assert outcomes[3] == refused
    assert sum(isinstance(outcome, Recorded) for outcome in outcomes) == 9


async def test_what_is_submitted_in_one_turn_shares_a_commit(shop):
    async with shop.journal() as journal:
        seen = journal.commits
        outcomes = await asyncio.gather(*(journal.record(counted(shop, number)) for number in range(300)))
        assert journal.commits == seen + 1
    assert all(isinstance(outcome, Recorded) for outcome in outcomes)
