"""What is removed for a member's wish leaves the queue, the count and the files, and no gap that nobody explains."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from sync.disk import JournalUnavailable
from sync.entries import EntryRefused
from sync.events import EventClass
from sync.forgotten import remove_member_events


async def test_removed_events_leave_the_queue_and_their_numbers_are_explained(shop):
    async with shop.journal() as journal:
        await journal.record(shop.entry(shop.Sold(sku="tea"), *(shop.Seen(member=f"m-{number}") for number in range(5))))
        await journal.settle(done=[2], rejected=[(3, "the cloud calls it invalid")])
        await journal.record(shop.entry(decide=lambda db: remove_member_events(db, [1, 2, 3, 4, 5, 99])))
        figures = await journal.figures()
        left = [(kept.envelope.sequence, kept.envelope.type) for kept in await journal.latest(9)]
        (told,) = [bytes(kept.envelope.data) for kept in await journal.latest(1)]
        pending = [envelope.sequence for envelope in await journal.pending(limit=9, max_bytes=1 << 20)]
    assert left == [(7, "storebox.journal.removed"), (6, "storebox.test.seen"), (1, "storebox.test.sold")]
    assert told == b'{"ranges":[[4,5]],"class":"member","reason":"forgotten"}', "the cloud has the others"
    assert pending == [1, 7, 6]
    assert figures.queued == {EventClass.ORDER: 2, EventClass.MEMBER: 1}
    assert figures.done.get(EventClass.MEMBER, 0) == figures.rejected.get(EventClass.MEMBER, 0) == 0
    async with shop.journal() as journal:
        assert (await journal.figures()).queued == {EventClass.ORDER: 2, EventClass.MEMBER: 1}, "counted anew at the start"


async def test_a_removal_that_is_undone_takes_nothing_from_the_queue(shop):
    def refused(db):
        yield from remove_member_events(db, [1])
        raise EntryRefused("not now")

    async with shop.journal() as journal:
        await journal.record(shop.entry(shop.Seen(member="m-1")))
        await journal.record(shop.entry(decide=refused))
        assert (await journal.figures()).queued == {EventClass.MEMBER: 1}
        assert len(await journal.pending(limit=9, max_bytes=1 << 20)) == 1


async def test_what_was_deleted_is_in_no_file_once_no_reader_holds_the_log(shop):
    canary = "canary-of-a-member"

    def files() -> list[Path]:
        return [path for path in shop.path.parent.glob("journal.db*") if canary.encode() in path.read_bytes()]

    async with shop.journal() as journal:
        for number in range(200):
            await journal.record(shop.entry(shop.Seen(member=f"{canary}-{number}"), shop.Sold(sku="tea", note="x" * number)))
        assert files(), "or the test is blind"
        with closing(sqlite3.connect(f"file:{shop.path}?mode=ro", uri=True)) as technician:
            technician.execute("BEGIN")
            technician.execute("SELECT count(*) FROM events").fetchone()
            await journal.record(shop.entry(decide=lambda db: remove_member_events(db, range(1, 400))))
            assert not await journal.wipe()
            await journal.record(shop.sale()), "orders go on"
            assert files()
        assert await journal.wipe()
        assert not files()


async def test_a_full_journal_is_wiped_too_and_a_closed_one_says_that_it_is(shop):
    async with shop.journal(quota_bytes=1 << 20) as full:
        await shop.until(lambda: full.state == "full")
        assert await full.wipe(), "the log of a full journal is cut as well"
    with pytest.raises(JournalUnavailable, match="the journal is closed"):
        await full.wipe()
