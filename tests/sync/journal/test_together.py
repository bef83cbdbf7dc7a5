"""Reports that need no decision are recorded by the hundred, and each is still answered for itself."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.entries import EntryRefused, NotRecorded, Recorded, Repeated
from sync.journal import Journal
from sync.letters import letters
from sync.many_rows import MOST
from sync.recorder import OTHER_CONTENT
from tests.sync.journal.conftest import Shop


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


KINDS = ("report", "report", "report", "sale", "nothing", "refused", "broken", "stray", "half a character")


def entry_of(shop: Any, kind: str, report: str | None, content: str) -> Any:
    match kind:
        case "report":
            return shop.entry(shop.Footfall(count=1), shop.Seen(member="m"), report=report, content=content)
        case "sale":
            return shop.sale(report=report, content=content)
        case "nothing":
            return shop.entry(report=report, content=content)
        case "stray":
            return shop.entry(shop.Stray(), report=report, content=content)
        case "half a character":
            return shop.entry(shop.Footfall(count=1, note="\ud800"), report=report, content=content)
    error = EntryRefused("no") if kind == "refused" else KeyError("bug")

    def decide(_db: Any) -> Any:
        raise error

    return shop.entry(decide=decide, report=report, content=content)


def as_kept(shop: Any, outcomes: list[Any]) -> tuple[Any, ...]:
    """The answers and the tables, without what is made anew each time."""
    told = [(type(one).__name__, getattr(one, "problem", ""), [row[0] for row in getattr(one, "rows", ())]) for one in outcomes]
    return (
        told,
        shop.rows("SELECT sequence, class, type, subject, data FROM events ORDER BY sequence"),
        shop.rows("SELECT device, id, digest, refusal FROM receipts ORDER BY id"),
        shop.rows("SELECT kind, told, times FROM letters ORDER BY kind, digest"),
        shop.rows("SELECT sku, sold FROM stock"),
    )


@settings(max_examples=15)
@given(
    history=st.lists(
        st.tuples(
            st.sampled_from(KINDS),
            st.sampled_from([None, *(f"r-{number}" for number in range(9))]),
            st.sampled_from(["one", "two"]),
        ),
        max_size=40,
    )
)
def test_one_commit_for_all_leaves_what_one_for_each_would(history):
    async def recorded(folder: Path, *, together: bool) -> tuple[Any, ...]:
        shop = Shop(folder)
        entries = [entry_of(shop, *one) for one in history]
        async with shop.journal() as journal:
            if together:
                async with one_batch(shop, journal):
                    told = [await journal.submit(entry) for entry in entries]
                outcomes = [await future for future in told]
            else:
                outcomes = [await journal.record(entry) for entry in entries]
        return as_kept(shop, outcomes)

    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        assert asyncio.run(recorded(Path(one), together=True)) == asyncio.run(recorded(Path(other), together=False))


async def test_who_goes_away_while_others_wait_leaves_their_commit_alone(shop):
    async with shop.journal() as journal:
        async with one_batch(shop, journal):
            told = [await journal.submit(counted(shop, number)) for number in range(50)]
            for future in told[::2]:
                future.cancel()
        outcomes = [await future for future in told[1::2]]
        assert shop.rows("SELECT count(*), max(sequence) FROM events") == [(50, 50)]
        assert await journal.record(counted(shop, 0)) == Repeated()
    assert [outcome.rows[0][0] for outcome in outcomes] == list(range(2, 51, 2))
