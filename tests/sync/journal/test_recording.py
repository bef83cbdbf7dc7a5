"""What goes into the journal, and what the one who put it there is told."""

from __future__ import annotations

import asyncio
import json
import threading
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from sync.entries import EntryRefused, NotRecorded, Recorded, Repeated
from sync.events import DuplicateType, Event, EventClass, Registry
from sync.letters import Letter, letters
from sync.recorder import OTHER_CONTENT


async def test_a_recorded_event_is_on_disk_with_everything_it_needs(shop):
    async with shop.journal() as journal:
        outcome = await journal.record(shop.sale("pear"))
        ((data, state),) = shop.rows("SELECT data, state FROM events")
    (envelope,) = outcome.events
    assert json.loads(data) == {"sku": "pear", "qty": 1, "note": ""}
    assert bytes(envelope.data).decode() == data
    assert state == "queued"
    assert UUID(envelope.id).version == 7
    assert (envelope.box, envelope.sequence, envelope.type) == ("box-1", 1, "storebox.test.sold")
    assert (envelope.time, envelope.boot, envelope.monotonic_ms) == ("2026-05-04T12:00:00.000Z", "boot-1", 1234)
    assert (envelope.clock, envelope.subject) == ("synced", "pear")
    assert (envelope.tz, envelope.business_day, envelope.event_class) == ("Asia/Shanghai", "2026-05-04", EventClass.ORDER)


async def test_an_event_without_a_day_names_no_zone(shop):
    shop.clock = "unsynced"
    async with shop.journal() as journal:
        (envelope,) = (await journal.record(shop.entry(shop.Footfall(count=3)))).events
    assert (envelope.tz, envelope.business_day, envelope.clock) == (None, None, "unsynced")


async def test_an_event_changes_the_state_in_the_commit_that_numbers_it(shop):
    async with shop.journal() as journal:
        await asyncio.gather(*(journal.record(shop.sale()) for _ in range(40)))
        assert shop.rows("SELECT sold FROM stock") == [(40,)]
        assert await journal.query(lambda db: db.execute("SELECT count(*) FROM events").fetchone()) == (40,)


async def test_a_decision_sees_what_the_one_before_it_did(shop):
    def sell_the_last(db):
        sold = db.execute("SELECT sold FROM stock WHERE sku = 'apple'").fetchone()
        return [] if sold else [shop.Sold(sku="apple")]

    async with shop.journal() as journal:
        outcomes = await asyncio.gather(*(journal.record(shop.entry(decide=sell_the_last)) for _ in range(20)))
    assert sum(len(outcome.events) for outcome in outcomes) == 1
    assert Recorded() in outcomes


async def test_the_same_report_is_recorded_once(shop):
    async with shop.journal() as journal:
        first = await journal.record(shop.sale(report="r1"))
        again = await journal.record(shop.sale(report="r1", decide=lambda _db: pytest.fail("decided twice")))
    async with shop.journal() as journal:
        after_restart = await journal.record(shop.sale(report="r1"))
    assert isinstance(first, Recorded)
    assert again == after_restart == Repeated()


async def test_the_same_report_twice_in_one_batch_is_recorded_once(shop):
    async with shop.journal() as journal:
        outcomes = await asyncio.gather(*(journal.record(shop.sale(report="r1")) for _ in range(30)))
        assert shop.rows("SELECT sold FROM stock") == [(1,)]
    assert sum(isinstance(outcome, Recorded) for outcome in outcomes) == 1
    assert outcomes.count(Repeated()) == 29


async def test_the_same_id_with_other_content_is_refused_for_good_and_kept(shop):
    async with shop.journal() as journal:
        await journal.record(shop.sale(report="r1", content="one apple"))
        outcome = await journal.record(shop.sale(report="r1", content="two apples"))
        repeated = await journal.record(shop.sale(report="r1", content="two apples"))
        (kept,) = await journal.query(lambda db: letters(db, 10))
    assert outcome == repeated == NotRecorded(retry=False, problem=OTHER_CONTENT)
    assert OTHER_CONTENT == "the same id came before with other content; give every report an id of its own"
    assert (kept.letter.kind, kept.letter.device, kept.times) == ("conflict", "till-1", 2)
    assert kept.letter.reason == f"r1: {OTHER_CONTENT}"
    assert kept.letter.told == "what the till said"


async def test_a_refusal_is_remembered_and_answered_the_same(shop):
    def refuse(_db):
        raise EntryRefused("order 7 is closed; open a new one")

    async with shop.journal() as journal:
        outcome = await journal.record(shop.entry(decide=refuse, report="r1"))
        repeated = await journal.record(shop.sale(report="r1"))
        (kept,) = await journal.query(lambda db: letters(db, 10))
    assert outcome == repeated == NotRecorded(retry=False, problem="order 7 is closed; open a new one")
    assert (kept.letter.kind, kept.letter.reason) == ("refused", "order 7 is closed; open a new one")
    assert shop.alarms == []


async def test_a_bug_in_a_decision_is_a_dead_letter_and_the_batch_goes_on(shop):
    def half_done(db):
        db.execute("INSERT INTO stock (sku, sold) VALUES ('ghost', 1)")
        raise KeyError("price")

    async with shop.journal() as journal:
        before, bug, after = await asyncio.gather(
            journal.record(shop.sale()), journal.record(shop.entry(decide=half_done, report="r1")), journal.record(shop.sale())
        )
        (kept,) = await journal.query(lambda db: letters(db, 10))
        assert shop.rows("SELECT sku, sold FROM stock") == [("apple", 2)]
        assert shop.rows("SELECT sequence FROM events ORDER BY sequence") == [(1,), (2,)]
    problem = "the box could not decide it (KeyError); it is kept as a dead letter, call support"
    assert bug == NotRecorded(retry=False, problem=problem)
    assert isinstance(before, Recorded)
    assert isinstance(after, Recorded)
    assert kept.letter.kind == "failed"
    assert "half_done" in kept.letter.reason
    assert "KeyError: 'price'" in kept.letter.reason
    assert kept.letter.told == "what the till said"
    assert shop.alarms == [("journal-decision", "a decision failed and its input is kept as a dead letter: KeyError: 'price'")]


async def test_a_bug_in_apply_takes_the_whole_entry_back(shop):
    async with shop.journal() as journal:
        outcome = await journal.record(shop.entry(shop.Sold(sku="apple"), shop.Sold(sku="pear", qty=-1)))
        assert shop.rows("SELECT * FROM stock") == shop.rows("SELECT * FROM events") == []
        (envelope,) = (await journal.record(shop.sale())).events
    assert isinstance(outcome, NotRecorded)
    assert envelope.sequence == 1


async def test_an_unregistered_type_never_enters(shop):
    async with shop.journal() as journal:
        await journal.record(shop.entry(shop.Stray()))
        (kept,) = await journal.query(lambda db: letters(db, 10))
    assert "UnregisteredType: Stray is not a registered event type; add it to the registry in box.py" in kept.letter.reason


@pytest.mark.parametrize(
    "statement", ["COMMIT", "ROLLBACK", "BEGIN", "RELEASE x", "ATTACH ':memory:' AS other", "PRAGMA user_version = 3"]
)
async def test_a_decision_cannot_end_the_transaction(shop, statement):
    async with shop.journal() as journal:
        outcomes = await asyncio.gather(
            journal.record(shop.sale()),
            journal.record(shop.entry(decide=lambda db: db.execute(statement))),
            journal.record(shop.sale()),
        )
        (kept,) = await journal.query(lambda db: letters(db, 10))
        assert shop.rows("SELECT sold FROM stock") == [(2,)]
    assert [type(outcome) for outcome in outcomes] == [Recorded, NotRecorded, Recorded]
    assert "not authorized" in kept.letter.reason


def test_a_time_without_a_zone_is_a_bug_of_the_caller(shop):
    somewhere = datetime(2026, 5, 4, 12, 0)  # noqa: DTZ001
    problem = r"^2026-05-04T12:00:00 names no zone; stamp it with datetime\.now\(UTC\)$"
    with pytest.raises(ValueError, match=problem):
        shop.sale(at=somewhere)
    with pytest.raises(ValueError, match=problem):
        Letter(kind="unreadable", device="till-1", reason="", told="", at=somewhere)


def test_an_id_that_cannot_be_stored_is_a_bug_of_the_caller(shop):
    with pytest.raises(UnicodeEncodeError, match="surrogates not allowed"):
        shop.sale(report="\ud800")


async def test_ids_with_a_nul_a_slash_and_wildcards_are_told_apart(shop):
    ids = ["a", "a\0", "a\0b", "a/b", "a+", "a#", "客-1", "x" * 200_000]
    async with shop.journal() as journal:
        outcomes = [await journal.record(shop.sale(report=name)) for name in ids * 2]
    assert [type(outcome) for outcome in outcomes] == [Recorded] * len(ids) + [Repeated] * len(ids)


async def test_a_time_elsewhere_is_stamped_in_utc(shop):
    at = datetime(2026, 5, 4, 20, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
    async with shop.journal() as journal:
        (envelope,) = (await journal.record(shop.sale(at=at))).events
    assert envelope.time == "2026-05-04T12:00:00.000Z"


async def test_an_event_that_sqlite_cannot_hold_is_a_dead_letter(shop):
    class Odd(shop.Sold, frozen=True, kw_only=True):  # type: ignore[misc, name-defined, call-arg]
        type = "storebox.test.odd"

        def subject(self):
            return ["not", "text"]

    async with shop.journal(registry=Registry([Odd, shop.Sold])) as journal:
        odd, plain = await asyncio.gather(journal.record(shop.entry(Odd(sku="x"))), journal.record(shop.sale()))
    assert isinstance(odd, NotRecorded)
    assert isinstance(plain, Recorded)


@pytest.mark.parametrize("subject", [["not", "text"], "\ud800"])
async def test_of_events_inserted_together_only_the_one_that_cannot_be_stored_is_a_dead_letter(shop, subject):
    class Odd(shop.Footfall, frozen=True, kw_only=True):  # type: ignore[misc, name-defined, call-arg]
        type = "storebox.test.odd"

        def subject(self):
            return subject

    counted = [shop.entry(shop.Footfall(count=number)) for number in range(50)]
    counted[20:20] = [shop.entry(Odd(count=0)), shop.entry(shop.Stray()), shop.entry(shop.Footfall(count=0), Odd(count=0))]
    async with shop.journal(registry=Registry([Odd, shop.Footfall])) as journal:
        gate = threading.Event()
        held = await journal.submit(shop.entry(decide=lambda _db: gate.wait(30) and ()))
        told = [await journal.submit(entry) for entry in counted]
        gate.set()
        outcomes = [await future for future in [held, *told]][1:]
        kept = await journal.query(lambda db: letters(db, 10))
        assert shop.rows("SELECT sequence, json_extract(data, '$.count') FROM events") == [(n + 1, n) for n in range(50)]
    assert [number for number, outcome in enumerate(outcomes) if isinstance(outcome, NotRecorded)] == [20, 21, 22]
    assert [outcome.events[0].sequence for outcome in outcomes if isinstance(outcome, Recorded)] == list(range(1, 51))
    assert sorted((one.letter.kind, one.times) for one in kept) == [("failed", 1), ("failed", 2)]


async def test_an_event_that_changes_the_state_is_never_inserted_with_its_neighbours(shop):
    entries = [shop.entry(event) for _ in range(20) for event in (shop.Footfall(count=1), shop.Sold(sku="apple"))]
    async with shop.journal() as journal:
        outcomes = await asyncio.gather(*(journal.record(entry) for entry in entries))
        assert shop.rows("SELECT sold FROM stock") == [(20,)]
        figures = await journal.figures()
    assert [outcome.events[0].sequence for outcome in outcomes] == list(range(1, 41))
    assert [entry.is_plain() for entry in entries[:2]] == [True, False]
    assert figures.queued == {EventClass.ORDER: 20, EventClass.TELEMETRY: 20}


def test_two_classes_of_one_type_are_a_mistake(shop):
    class Impostor(Event, frozen=True, kw_only=True):
        type = shop.Sold.type
        event_class = EventClass.ORDER

    with pytest.raises(DuplicateType, match=r"^two event classes are called storebox\.test\.sold; rename one$"):
        Registry([shop.Sold, Impostor])
