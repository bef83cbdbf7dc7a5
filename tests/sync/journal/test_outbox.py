"""What the uploader takes out, and what becomes of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sync.disk import JournalUnavailable
from sync.events import EventClass
from sync.letters import LETTERS_KEPT, TOLD_KEPT, Letter, letters, put_letter, set_aside


async def test_orders_leave_first_then_members_then_telemetry(shop):
    async with shop.journal() as journal:
        for number in range(3):
            await journal.record(shop.entry(shop.Footfall(count=number), shop.Seen(member="m"), shop.Sold(sku="apple")))
        batch = await journal.pending(limit=500, max_bytes=1 << 20)
        assert [envelope.sequence for envelope in batch] == [3, 6, 9, 2, 5, 8, 1, 4, 7]
        assert [envelope.sequence for envelope in await journal.pending(limit=4, max_bytes=1 << 20)] == [3, 6, 9, 2]
        recorded = (await journal.record(shop.sale("pear"))).events[0]
        again = (await journal.pending(limit=10, max_bytes=1 << 20))[3]
    assert bytes(again.data) == bytes(recorded.data)
    assert {name: getattr(again, name) for name in again.__struct_fields__ if name != "data"} == {
        name: getattr(recorded, name) for name in recorded.__struct_fields__ if name != "data"
    }


async def test_a_batch_keeps_its_bytes_but_one_large_event_still_leaves(shop):
    async with shop.journal() as journal:
        await journal.record(shop.entry(*(shop.Sold(sku="x", note="苹" * 1000) for _ in range(5))))
        assert len(await journal.pending(limit=500, max_bytes=4000)) == 1
        assert len(await journal.pending(limit=500, max_bytes=7000)) == 2
        assert len(await journal.pending(limit=500, max_bytes=1)) == 1


async def test_settled_events_leave_the_queue_once(shop):
    async with shop.journal() as journal:
        await journal.record(shop.entry(*(shop.Sold(sku="x") for _ in range(5)), shop.Footfall(count=1)))
        await journal.settle(done=[1, 2, 6, 99], rejected=[(3, "the cloud calls it invalid"), (98, "unknown")])
        await journal.settle(done=[1, 2, 3], rejected=[(3, "otherwise"), (1, "late")])
        figures = await journal.figures()
        kept = {row.envelope.sequence: (row.state, row.problem) for row in await journal.latest(10)}
        assert [envelope.sequence for envelope in await journal.pending(limit=9, max_bytes=1 << 20)] == [4, 5]
        assert [row.envelope.sequence for row in await journal.latest(2)] == [6, 5]
    assert kept[1] == ("done", "")
    assert kept[3] == ("rejected", "the cloud calls it invalid")
    assert kept[4] == ("queued", "")
    assert figures.queued == {EventClass.ORDER: 2, EventClass.TELEMETRY: 0}
    assert figures.done == {EventClass.ORDER: 2, EventClass.TELEMETRY: 1}
    assert figures.rejected == {EventClass.ORDER: 1}


async def test_figures_say_how_the_journal_stands_and_a_restart_changes_none(shop):
    async with shop.journal() as journal:
        await journal.record(shop.entry(shop.Sold(sku="x"), shop.Footfall(count=1)))
        await journal.record(set_aside(Letter(kind="unreadable", device="till-1", reason="not JSON", told="{", at=shop.NOON)))
        await journal.settle(done=[2], rejected=[])
        before = await journal.figures()
    async with shop.journal() as journal:
        after = await journal.figures()
    for figures in (before, after):
        assert {name: rows for name, rows in figures.queued.items() if rows} == {EventClass.ORDER: 1}
        assert figures.done == {EventClass.TELEMETRY: 1}
        assert figures.oldest_queued_time == shop.NOON
        assert (figures.last_sequence, figures.dead_letters, figures.dropped_telemetry) == (2, 1, 0)
        assert (figures.state, figures.problem, figures.quota_bytes) == ("ok", "", 1 << 30)
        assert figures.bytes_on_disk > 1 << 20


async def test_dead_letters_are_kept_counted_cut_and_bounded(shop):
    async with shop.journal() as journal:
        letter = Letter(kind="unreadable", device="till\ud800", reason="r" * (TOLD_KEPT + 9), told="t" * 200_000, at=shop.NOON)
        await journal.record(set_aside(letter))
        await journal.record(set_aside(letter))
        (kept,) = await journal.query(lambda db: letters(db, 10))
        assert (kept.times, len(kept.letter.told), len(kept.letter.reason)) == (2, TOLD_KEPT, TOLD_KEPT)
        assert kept.first_at == kept.letter.at == shop.NOON
        assert kept.letter.device == "till\\ud800"

        def flood(db, _batch):
            for number in range(LETTERS_KEPT + 50):
                put_letter(db, Letter(kind="unreadable", device="x", reason=str(number), told="", at=shop.NOON))

        await journal._chore(flood)
        figures = await journal.figures()
    assert figures.dead_letters == LETTERS_KEPT


async def test_an_unreadable_message_that_is_repeated_without_an_id_is_one_letter(shop):
    def letter(minute: int, told: str = "{") -> Letter:
        return Letter(kind="unreadable", device="till-1", reason="not JSON", told=told, at=shop.NOON + timedelta(minutes=minute))

    async with shop.journal() as journal:
        for minute in range(20):
            await journal.record(set_aside(letter(minute)))
        await journal.record(set_aside(letter(30, told="[")))
    async with shop.journal() as journal:
        await journal.record(set_aside(letter(40)))
        again, other = await journal.query(lambda db: letters(db, 10))
    assert (again.letter, again.times, again.first_at) == (letter(40), 21, shop.NOON)
    assert (other.letter, other.times) == (letter(30, told="["), 1)


async def test_a_reader_cannot_write_and_a_wrong_question_is_the_askers_mistake(shop):
    async with shop.journal() as journal:
        with pytest.raises(JournalUnavailable, match="read-only"):
            await journal.query(lambda db: db.execute("DELETE FROM events"))
        with pytest.raises(Exception, match="no such table: nowhere"):
            await journal.query(lambda db: db.execute("SELECT * FROM nowhere"))
        with pytest.raises(KeyError):
            await journal.query(lambda db: {"a": db}["x"])
        assert await journal.query(lambda db: db.execute("SELECT 1").fetchone()) == (1,)
