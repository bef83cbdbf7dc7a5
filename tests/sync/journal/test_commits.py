"""What the box itself commits: durable on return, tried again while the disk refuses, a bug told apart from that."""

import sqlite3

import pytest

from sync.commits import NotCommitted, carry_out, tell
from sync.disk import JournalUnavailable


async def test_a_step_changes_the_database_and_makes_no_event(shop):
    def count(db: sqlite3.Connection) -> None:
        db.execute("INSERT INTO stock (sku, sold) VALUES ('fig', 7)")

    async with shop.journal() as journal:
        await carry_out(journal, count, shop.NOON)
        assert shop.rows("SELECT sku, sold FROM stock") == [("fig", 7)]
        assert await journal.latest(1) == []


async def test_an_event_is_told(shop):
    async with shop.journal() as journal:
        await tell(journal, shop.Sold(sku="fig"), shop.NOON)
        assert [kept.envelope.subject for kept in await journal.latest(1)] == ["fig"]


async def test_a_step_with_a_bug_is_undone_and_waits_for_no_disk(shop):
    def step(db):
        db.execute("INSERT INTO stock (sku, sold) VALUES ('fig', 7)")
        raise ArithmeticError("no such fig")

    async with shop.journal() as journal:
        with pytest.raises(NotCommitted, match=r"could not decide it \(ArithmeticError\); it is kept as a dead letter"):
            await carry_out(journal, step, shop.NOON)
        assert shop.rows("SELECT * FROM stock") == []


async def test_what_the_quota_has_no_room_for_is_told_later(shop):
    async with shop.journal(quota_bytes=1, ballast_bytes=0) as journal:
        with pytest.raises(JournalUnavailable, match="quota"):
            await tell(journal, shop.Sold(sku="fig"), shop.NOON)
