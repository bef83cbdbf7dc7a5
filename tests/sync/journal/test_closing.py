"""Whoever waits is told, however the journal ends."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from typing import Any

import pytest

from sync.disk import JournalUnavailable
from sync.entries import NotRecorded, Recorded, Repeated
from sync.journal import INBOX_WORKS, STOPPED
from sync.letters import Letter, set_aside


async def test_closing_records_what_was_accepted(shop):
    async with shop.journal() as journal:
        told = [await journal.submit(shop.sale()) for _ in range(700)]
    assert all(isinstance(future.result(), Recorded) for future in told)
    assert shop.rows("SELECT count(*) FROM events") == [(700,)]
    assert journal.failed.result() is None


async def test_after_closing_nothing_is_accepted(shop):
    async with shop.journal() as journal:
        pass
    assert await journal.record(shop.sale()) == NotRecorded(retry=True, problem=STOPPED)
    assert STOPPED == "the journal is closed; send it again when the box is up"
    with pytest.raises(JournalUnavailable, match=f"^{STOPPED}$"):
        await journal.settle(done=[1], rejected=[])


async def test_a_full_inbox_makes_the_wire_wait(shop):
    gate = threading.Event()
    async with shop.journal() as journal:
        held = await journal.submit(shop.entry(decide=lambda _db: gate.wait(30) and ()))
        told = [await journal.submit(shop.sale()) for _ in range(INBOX_WORKS - 1)]
        one_more = asyncio.ensure_future(journal.submit(shop.sale()))
        await asyncio.wait({one_more}, timeout=0.1)
        assert not one_more.done()
        gate.set()
        assert isinstance(await (await one_more), Recorded)
        assert isinstance(await held, Recorded)
    assert all(isinstance(future.result(), Recorded) for future in told)


async def test_who_stops_waiting_leaves_the_row(shop):
    async with shop.journal() as journal:
        (await journal.submit(shop.sale())).cancel()
        assert isinstance(await journal.record(shop.sale()), Recorded)
    assert shop.rows("SELECT sold FROM stock") == [(2,)]


async def test_when_the_thread_ends_everyone_is_told_and_the_box_can_see_it(shop, monkeypatch):
    def break_down(*_anything, **_named):
        raise RuntimeError("a bug in the writer itself")

    async with shop.journal() as journal:
        monkeypatch.setattr("sync.journal.outbox.settle", break_down)
        first = await journal.submit(shop.sale())
        broken = asyncio.ensure_future(journal.settle(done=[1], rejected=[]))
        told = [await journal.submit(shop.sale()) for _ in range(20)]
        with pytest.raises(RuntimeError, match="a bug in the writer itself"):
            await asyncio.wait_for(asyncio.shield(journal.failed), 30)
        with pytest.raises(JournalUnavailable, match=f"^{STOPPED}$"):
            await broken
        outcomes = [await future for future in [first, *told]]
        assert await journal.record(shop.sale()) == NotRecorded(retry=True, problem=STOPPED)
    kept = shop.rows("SELECT count(*) FROM events")[0][0]
    assert kept == sum(isinstance(outcome, Recorded) for outcome in outcomes)


async def test_a_migration_that_fails_keeps_the_journal_shut(shop):
    def broken(_db):
        raise sqlite3.OperationalError("no such table: nothing")

    with pytest.raises(sqlite3.OperationalError, match="no such table: nothing"):
        async with shop.journal(migrations=[*shop.migrations, type(shop.migrations[0])(name="broken", apply=broken)]):
            pytest.fail("it opened")
    async with shop.journal() as journal:
        assert isinstance(await journal.record(shop.sale()), Recorded)


def test_a_loop_that_is_gone_does_not_keep_the_thread(shop):
    async def abandon(journal: Any) -> None:
        await journal.__aenter__()
        await journal.record(shop.sale())
        await journal.submit(shop.sale())

    loop = asyncio.new_event_loop()
    journal = shop.journal()
    loop.run_until_complete(abandon(journal))
    loop.close()
    journal._thread.shutdown(wait=True)  # hangs, and so fails, when the writer goes on
    assert shop.rows("SELECT count(*) FROM events") == [(2,)]


async def test_watchers_wake_on_a_commit_without_polling(shop):
    async with shop.journal() as journal:
        seen = journal.commits
        watching = asyncio.ensure_future(journal.watch(seen))
        pending = asyncio.ensure_future(journal.wait_pending())
        await asyncio.wait({watching, pending}, timeout=0.05)
        assert not watching.done()
        assert not pending.done()
        await journal.record(shop.sale())
        assert await asyncio.wait_for(watching, 30) > seen
        await asyncio.wait_for(pending, 30)


async def test_a_decision_that_changed_nothing_wakes_no_watcher(shop):
    async with shop.journal() as journal:
        await journal.record(shop.sale(report="r1"))
        seen = journal.commits
        assert await journal.record(shop.entry(decide=lambda _db: ())) == Recorded()
        assert await journal.record(shop.sale(report="r1")) == Repeated()
        await journal.settle(done=[], rejected=[])
        assert journal.commits == seen
        watching = asyncio.ensure_future(journal.watch(seen))
        await journal.settle(done=[1], rejected=[])
        assert await asyncio.wait_for(watching, 30) == seen + 1
        await journal.record(set_aside(Letter(kind="unreadable", device="x", reason="", told="", at=shop.NOON)))
        assert journal.commits == seen + 2
