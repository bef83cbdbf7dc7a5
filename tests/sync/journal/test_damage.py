"""A damaged file costs what was on the damaged page, never the rest, and never a number used twice."""

from __future__ import annotations

import random
import sqlite3
import struct
from contextlib import closing
from typing import Any

import pytest

from sync.entries import Recorded, Repeated
from sync.high_water import RESERVE
from sync.migrations import Migration
from sync.wal import lost_commits

PAGE = 4096


async def _fill(shop, count=400) -> None:
    async with shop.journal() as journal:
        for _ in range(4):
            await journal.record(shop.entry(*(shop.Sold(sku="apple", note="x" * 200) for _ in range(count // 4)), report=None))


def _pages_of(shop, table) -> Any:
    """Leaf pages of ``table``, by SQLite's own account."""
    with closing(sqlite3.connect(shop.path)) as db:
        return [
            page
            for (page,) in db.execute("SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY path", (table,))
        ]


def _ruin(shop, page, content=b"\xa5" * PAGE) -> None:
    with shop.path.open("r+b") as file:
        file.seek((page - 1) * PAGE)
        file.write(content)


async def _removed(journal) -> Any:
    def ask(db):
        return db.execute("SELECT data FROM events WHERE type = 'storebox.journal.removed'").fetchall()

    return await journal.query(ask)


async def _explained(shop, journal) -> Any:
    """Every number up to the last one is an event's or lies in a removed range."""

    def ask(db):
        numbers = {number for (number,) in db.execute("SELECT sequence FROM events")}
        ranges = db.execute(
            "SELECT json_extract(r.value, '$[0]'), json_extract(r.value, '$[1]') FROM events e, json_each(e.data, '$.ranges') r "
            "WHERE e.type = 'storebox.journal.removed'"
        ).fetchall()
        return numbers, ranges

    numbers, ranges = await journal.query(ask)
    gone = {number for low, high in ranges for number in range(low, high + 1)}
    return not (set(range(1, max(numbers) + 1)) - numbers - gone)


@pytest.mark.parametrize("place", [0, 1, -2, -1])
async def test_a_ruined_page_costs_its_own_rows_only(shop, place):
    await _fill(shop)
    pages = _pages_of(shop, "events")
    _ruin(shop, pages[place])
    async with shop.journal() as journal:
        await shop.until(lambda: any(name == "journal-damaged" for name, _ in shop.alarms))
        await shop.until(lambda: journal._tally.state == "ok" and journal._tally.opened >= 1)
        recorded = await journal.record(shop.sale("pear"))
        kept = await journal.query(lambda db: db.execute("SELECT count(*) FROM events WHERE subject = 'apple'").fetchone()[0])
        assert await _explained(shop, journal)
        assert await journal.query(lambda db: db.execute("SELECT sold FROM stock WHERE sku = 'apple'").fetchone()) == (400,)
    assert 400 - 2 * 400 // len(pages) <= kept < 400
    assert isinstance(recorded, Recorded)
    assert recorded.events[0].sequence > RESERVE
    text = dict(shop.alarms)["journal-damaged"]
    assert text.startswith("the journal was damaged: rows saved: events ")
    assert text.endswith("have the disk checked")
    (aside,) = shop.path.parent.glob("journal.db.damaged-*Z")
    assert str(aside) in text
    async with shop.journal() as journal:
        again = await journal.record(shop.sale("pear"))
        assert again.events[0].sequence == recorded.events[0].sequence + 1
        assert len(await _removed(journal)) == 1


async def test_a_file_that_is_no_database_is_set_aside_and_numbers_go_on(shop):
    await _fill(shop)
    shop.path.write_bytes(b"this is not a database, it is a sentence" * 1000)
    async with shop.journal() as journal:
        recorded = await journal.record(shop.sale("pear"))
        assert await _explained(shop, journal)
        ((data,),) = await _removed(journal)
    assert recorded.events[0].sequence > 400
    assert '"reason":"damaged"' in data
    assert dict(shop.alarms)["journal-damaged"].startswith("the journal was damaged: rows saved: none; the damaged file is ")


@pytest.mark.parametrize("ruin", [b"\xaa" * 4096, bytes(4096), None])
async def test_a_destroyed_first_page_costs_no_row(shop, ruin):
    await _fill(shop)
    async with shop.journal() as journal:
        await journal.record(shop.sale(report="r1"))
    counted = "SELECT count(*), (SELECT count(*) FROM receipts), (SELECT sold FROM stock) FROM events"
    before = shop.rows(counted)
    page = bytes(random.Random(3).randbytes(4096)) if ruin is None else ruin
    with shop.path.open("r+b") as file:
        file.write(page)
    async with shop.journal() as journal:
        await shop.until(lambda: "journal-damaged" in dict(shop.alarms) and journal._tally.state == "ok")
        (aside,) = shop.path.parent.glob("journal.db.damaged-*Z")
        assert aside.read_bytes()[:4096] == page
        assert shop.rows(counted.replace("FROM events", "FROM events WHERE type <> 'storebox.journal.removed'")) == before
        assert await journal.record(shop.sale(report="r1")) == Repeated()
        assert isinstance(await journal.record(shop.sale()), Recorded)
        assert await _explained(shop, journal)


async def test_a_destroyed_first_page_costs_no_row_of_a_table_that_came_later(shop):
    def later(db):
        db.execute("CREATE TABLE prices (sku TEXT PRIMARY KEY, minor INTEGER NOT NULL)")
        db.execute("INSERT INTO prices VALUES ('apple', 250)")

    await _fill(shop)
    migrations = [*shop.migrations, Migration(name="shop-0002", apply=later)]
    async with shop.journal(migrations=migrations):
        pass
    _ruin(shop, 1)
    async with shop.journal(migrations=migrations):
        assert shop.rows("SELECT count(*) FROM events WHERE type = 'storebox.test.sold'") == [(400,)]
        assert shop.rows("SELECT sku, minor FROM prices") == [("apple", 250)]


async def test_a_truncated_file_keeps_what_is_before_the_cut(shop):
    await _fill(shop)
    size = shop.path.stat().st_size
    with shop.path.open("r+b") as file:
        file.truncate(size // 2)
    async with shop.journal() as journal:
        await shop.until(lambda: "journal-damaged" in dict(shop.alarms) and journal._tally.state == "ok")
        assert isinstance(await journal.record(shop.sale()), Recorded)
        kept = await journal.query(lambda db: db.execute("SELECT count(*) FROM events").fetchone()[0])
        assert await _explained(shop, journal)
    assert kept > 50


async def test_a_lost_file_does_not_make_numbers_come_again(shop):
    await _fill(shop)
    shop.path.unlink()
    async with shop.journal() as journal:
        recorded = await journal.record(shop.sale())
        assert await _explained(shop, journal)
    assert recorded.events[0].sequence > 400
    (text,) = [text for name, text in shop.alarms if name == "journal-damaged"]
    reached = 100 + RESERVE if recorded.events[0].sequence < 9000 else None
    assert text.startswith("commits after event 0 are lost; numbering goes on above ")
    assert reached is None or str(reached) in text or "have the disk checked" in text


def _leave_wal(shop, commits) -> Any:
    """A journal as ``kill -9`` leaves it: everything in the WAL, nothing checkpointed. Returns frames' places of commits."""
    with closing(sqlite3.connect(shop.path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA wal_autocheckpoint = 0")
        (last,) = db.execute("SELECT max(sequence) FROM events").fetchone()
        for number in range(last + 1, last + 1 + commits):
            db.execute(
                "INSERT INTO events (sequence, class, id, box, type, time, boot, monotonic_ms, clock, data) "
                "SELECT ?, class, id, box, type, time, boot, monotonic_ms, clock, data FROM events WHERE sequence = 1",
                (number,),
            )
        wal = shop.path.with_name("journal.db-wal").read_bytes()
        base = shop.path.read_bytes()
    shop.path.write_bytes(base)
    shop.path.with_name("journal.db-wal").write_bytes(wal)
    shop.path.with_name("journal.db.sequence").write_text(f"{last + commits:020d} {last + RESERVE:020d}\n")
    return [place for place in range(32, len(wal), 24 + PAGE) if struct.unpack_from(">I", wal, place + 4)[0] > 0]


async def test_a_sound_wal_is_simply_read(shop):
    await _fill(shop)
    _leave_wal(shop, 20)
    assert lost_commits(shop.path.with_name("journal.db-wal")) == 0
    async with shop.journal() as journal:
        recorded = await journal.record(shop.sale())
    assert recorded.events[0].sequence == 421
    assert shop.alarms == []


async def test_a_cut_off_wal_is_no_damage(shop):
    await _fill(shop)
    commits = _leave_wal(shop, 20)
    wal = shop.path.with_name("journal.db-wal")
    with wal.open("r+b") as file:
        file.truncate(commits[-1] + 100)
    shop.path.with_name("journal.db.sequence").write_text(f"{419:020d} {8592:020d}\n")
    assert lost_commits(wal) == 0
    async with shop.journal() as journal:
        recorded = await journal.record(shop.sale())
    assert recorded.events[0].sequence == 420
    assert shop.alarms == []


@pytest.mark.parametrize("witness", ["exact", "stale"])
@pytest.mark.parametrize("where", ["page", "frame header", "first header"])
async def test_one_flipped_bit_in_the_wal_is_noticed(shop, where, witness):
    await _fill(shop)
    commits = _leave_wal(shop, 20)
    place = {"page": commits[9] + 24 + 1000, "frame header": commits[9] + 9, "first header": 17}[where]
    wal = shop.path.with_name("journal.db-wal")
    content = bytearray(wal.read_bytes())
    content[place] ^= 0x10
    wal.write_bytes(content)
    if witness == "stale":
        shop.path.with_name("journal.db.sequence").write_text(f"{0:020d} {8592:020d}\n")
    assert lost_commits(wal) >= 2
    async with shop.journal() as journal:
        recorded = await journal.record(shop.sale())
        assert await _explained(shop, journal)
        assert len(await _removed(journal)) == 1
    assert recorded.events[0].sequence > 8592
    texts = [text for name, text in shop.alarms if name == "journal-damaged"]
    assert any(
        text.startswith("the write-ahead log is damaged: ") and "commits behind the bad place are lost" in text for text in texts
    )
    assert any(text.startswith("commits after event ") and "are lost; numbering goes on above 8592" in text for text in texts)
    assert list(shop.path.parent.glob("journal.db.damaged-*Z-wal"))


async def test_a_box_that_dies_between_the_last_two_steps_of_a_salvage_takes_the_new_file(shop):
    await _fill(shop)
    shop.path.rename(shop.path.with_name("journal.db.salvage"))
    shop.path.with_name("journal.db-wal").write_bytes(b"an old log that must not be played into the new file")
    async with shop.journal(migrations=shop.migrations) as journal:
        recorded = await journal.record(shop.sale())
    assert recorded.events[0].sequence == 401
    assert shop.rows("SELECT count(*) FROM events") == [(401,)]


async def test_a_sequence_file_of_nonsense_is_not_believed(shop):
    await _fill(shop)
    shop.path.with_name("journal.db.sequence").write_text("nonsense")
    async with shop.journal() as journal:
        recorded = await journal.record(shop.sale())
    assert recorded.events[0].sequence == 401


async def test_an_unreadable_event_is_found_by_the_check_behind_the_start(shop):
    await _fill(shop)
    with closing(sqlite3.connect(shop.path)) as db:
        db.execute("UPDATE events SET data = '{\"sku\":' WHERE sequence = 7")
        db.commit()
    async with shop.journal() as journal:
        await shop.until(lambda: "journal-damaged" in dict(shop.alarms) and journal._tally.state == "ok")
        kept = await journal.query(lambda db: db.execute("SELECT count(*) FROM events WHERE sequence <= 400").fetchone()[0])
        await shop.until(lambda: _explained(shop, journal))
    assert kept == 399
    assert any("events: 1 unreadable from sequence 7 on" in text for name, text in shop.alarms if name == "journal")
