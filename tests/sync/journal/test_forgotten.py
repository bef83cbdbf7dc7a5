"""What is removed for a member's wish leaves the queue, the count and the files, and no gap that nobody explains."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sync.disk import JournalUnavailable
from sync.entries import EntryRefused, Recorded
from sync.events import EventClass
from sync.forgotten import remove_member_events
from sync.kept_aside import KEEP, damaged_name, remove_set_aside


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


async def test_a_damaged_file_that_was_set_aside_goes_with_what_is_forgotten(shop):
    canary = b"canary-of-a-member"

    def files() -> list[str]:
        return [path.name for path in sorted(shop.path.parent.glob("journal.db*")) if canary in path.read_bytes()]

    async with shop.journal() as journal:
        await journal.record(shop.entry(*(shop.Seen(member=f"{canary.decode()}-{number}") for number in range(50))))
    with shop.path.open("r+b") as file:
        file.write(b"\xaa" * 4096)
    async with shop.journal() as journal:
        await shop.until(lambda: "journal-damaged" in dict(shop.alarms) and journal._tally.state == "ok")
        aside = damaged_name(shop.path, "-wal")
        aside.write_bytes(b"a log: " + canary)
        await journal.record(shop.entry(decide=lambda db: remove_member_events(db, range(1, 51))))
        assert [name for name in files() if ".damaged-" in name and name != aside.name], "or the test is blind"
        assert await journal.wipe()
        assert files() == []
        assert isinstance(await journal.record(shop.sale()), Recorded)


async def test_a_damaged_file_that_cannot_be_deleted_is_named(shop):
    aside = damaged_name(shop.path)
    aside.mkdir()
    told = f"{aside}, which was set aside, may name who is forgotten and cannot be deleted (Is a directory): delete it by hand"
    async with shop.journal() as journal:
        with pytest.raises(JournalUnavailable) as failed:
            await journal.wipe()
    assert str(failed.value) == told


@pytest.mark.parametrize(("clock", "left"), [("synced", ["new"]), ("unsynced", ["old", "new"])])
async def test_a_damaged_file_is_kept_for_a_month(shop, clock, left):
    shop.clock = clock
    when = {"old": datetime.now(UTC) - KEEP - timedelta(days=1), "new": datetime.now(UTC)}
    kept = {name: Path(f"{shop.path}.damaged-{at:%Y%m%dT%H%M%S%f}Z") for name, at in when.items()}
    for path in kept.values():
        path.write_bytes(b"damaged")
    async with shop.journal() as journal:
        await journal.record(shop.sale())
        await shop.until(lambda: journal._writer._upkeep._pass_at and [name for name in kept if kept[name].exists()] == left)
    assert [name for name in kept if kept[name].exists()] == left


def test_only_what_the_journal_set_aside_is_deleted(tmp_path):
    path = tmp_path / "journal.db"
    others = [tmp_path / name for name in ("journal.db", "journal.db.damaged-by-ann", "other.db.damaged-20260101T000000000000Z")]
    for other in others:
        other.touch()
    own = damaged_name(path)
    own.touch()
    assert remove_set_aside(path) == [own]
    assert all(other.exists() for other in others)


async def test_a_salvage_that_was_cut_off_leaves_nothing_behind(shop):
    half = shop.path.with_name("journal.db.salvage")
    async with shop.journal() as journal:
        await journal.record(shop.sale())
    half.write_bytes(b"half a journal")
    async with shop.journal() as journal:
        assert len(await journal.latest(9)) == 1
    assert not half.exists()
