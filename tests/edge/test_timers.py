"""What the shop does by the clock and what screens ask of it: decided in the real journal, once, refused with a reason."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import msgspec
import pytest
from structlog.testing import capture_logs

from edge.shop.catalogue.price_changes import look_again
from edge.shop.declined import Declined, RequestDeclined
from edge.shop.moment import Moment
from edge.shop.orders.weighing import PanEmptied
from edge.shop.part import Timer
from edge.shop.registry import EVENTS, TIMERS, adopters
from edge.shop.shop import Shop
from edge.shop_desk import ShopDesk
from edge.status import Board
from edge.timers import Timers
from sync.entries import Limits, Origin, Recorded, Repeated, Stamp
from sync.events import Event, Registry
from sync.journal import Journal
from tests.tables import SHOP_TABLES, tables_in

MIB = 1 << 20
EXAMPLES = Path(__file__).parents[2] / "config" / "examples"
SHOP = Shop(timezone="Asia/Shanghai", day_starts_at=time(4), currency="CNY", member_key=b"k" * 32)
Until = Callable[[Callable[[], bool]], Awaitable[None]]


@dataclass
class Clock:
    at: datetime = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def desk(tmp_path: Path, clock: Clock) -> AsyncIterator[ShopDesk]:
    journal = Journal(
        tables_in(tmp_path / "journal.db"),
        limits=Limits(quota_bytes=64 * MIB, ballast_bytes=MIB, keep_sent=timedelta(1), keep_receipts=timedelta(36_500)),
        registry=Registry(EVENTS),
        migrations=SHOP_TABLES,
        stamp=Stamp(box="box-1", boot="boot-1", tz="Asia/Shanghai", clock=lambda: "synced"),
    )
    async with journal:
        yield ShopDesk(journal=journal, shop=lambda: SHOP, now=clock.now)


def empties(scale: str) -> Callable[[Moment, Shop, sqlite3.Connection], Iterable[Event]]:
    return lambda _moment, _shop, _db: (PanEmptied(scale=scale),)


def is_emptied(db: sqlite3.Connection, scale: str) -> bool:
    return db.execute("SELECT 1 FROM pans WHERE scale = ?", (scale,)).fetchone() is not None


async def kinds(desk: ShopDesk) -> list[str]:
    rows = await desk.journal.query(lambda db: db.execute("SELECT type FROM events ORDER BY sequence").fetchall())
    return [kind for (kind,) in rows]


async def test_a_screen_is_answered_when_its_decision_is_durable(desk: ShopDesk, clock: Clock) -> None:
    outcome = await desk.decide(empties("scale-1"), place="lane-1", asked="test")
    assert isinstance(outcome, Recorded)
    assert [(event.type, event.time) for event in outcome.events] == [("storebox.pan.emptied", "2026-03-01T10:00:00.000Z")]
    assert await desk.journal.query(lambda db: is_emptied(db, "scale-1"))


async def test_a_request_that_comes_twice_is_decided_once(desk: ShopDesk) -> None:
    origin = Origin(device="lane-1", id="7", digest=b"d")
    assert isinstance(await desk.decide(empties("a"), place="lane-1", asked="test", origin=origin), Recorded)
    assert await desk.decide(empties("a"), place="lane-1", asked="test", origin=origin) == Repeated()


async def test_a_refusal_reaches_the_screen_with_its_facts_and_headquarters_with_its_reason(desk: ShopDesk) -> None:
    def refuse(_moment: Moment, _shop: Shop, _db: sqlite3.Connection) -> Iterable[Event]:
        yield PanEmptied(scale="undone")
        raise Declined("too-late", "it ended at 9: come tomorrow", hour=9)

    with pytest.raises(Declined, match="come tomorrow") as refused:
        await desk.decide(refuse, place="lane-1", asked="a test")
    assert (refused.value.key, refused.value.facts) == ("too-late", {"hour": 9})
    assert await kinds(desk) == ["storebox.request.declined"], "what it had said before is undone"
    ((data,),) = await desk.journal.query(lambda db: db.execute("SELECT data FROM events").fetchall())
    told = msgspec.json.decode(data, type=RequestDeclined)
    assert told == RequestDeclined(place="lane-1", asked="a test", key="too-late", reason="it ended at 9: come tomorrow")


async def test_a_bug_in_a_decision_is_told_as_a_refusal(desk: ShopDesk) -> None:
    def bug(_moment: Moment, _shop: Shop, _db: sqlite3.Connection) -> Iterable[Event]:
        raise KeyError("nobody thought of that")

    with pytest.raises(Declined, match="it is kept as a dead letter, call support"):
        await desk.decide(bug, place="lane-1", asked="test")


async def test_what_is_due_is_done_until_it_is_no_longer_due(desk: ShopDesk, clock: Clock, until: Until) -> None:
    due_at = clock.at + timedelta(hours=1)
    left = ["a", "b", "c"]

    def is_due(db: sqlite3.Connection, at: datetime, _shop: Shop) -> bool:
        return at >= due_at and not all(is_emptied(db, scale) for scale in left)

    def one(_moment: Moment, _shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        return (PanEmptied(scale=next(scale for scale in left if not is_emptied(db, scale))),)

    looked = 0

    def counted(db: sqlite3.Connection, at: datetime, shop: Shop) -> bool:
        nonlocal looked
        looked += 1
        return is_due(db, at, shop)

    timers = Timers(desk=desk, board=Board(), timers=(Timer(name="t", is_due=counted, decide=one),), look_s=0.01)
    running = asyncio.create_task(timers.run(), name="timers")
    try:
        await until(lambda: looked > 2)
        assert await kinds(desk) == []
        clock.at = due_at
        seen = looked
        await until(lambda: looked > seen + 6)
        assert await kinds(desk) == ["storebox.pan.emptied"] * 3
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_timer_that_is_due_and_does_nothing_is_given_up_and_the_others_go_on(desk: ShopDesk, until: Until) -> None:
    board, looked = Board(), 0

    def looks(_db: sqlite3.Connection, _at: datetime, _shop: Shop) -> bool:
        nonlocal looked
        looked += 1
        return False

    stuck = Timer(name="stuck", is_due=lambda _db, _at, _shop: True, decide=lambda _moment, _shop, _db: ())
    timers = Timers(desk=desk, board=board, timers=(stuck, Timer(name="fine", is_due=looks, decide=stuck.decide)), look_s=0.01)
    running = asyncio.create_task(timers.run(), name="timers")
    try:
        await until(lambda: "timer stuck" in board.alarms)
        assert "the timer stuck is due, and when asked it has nothing to do" in board.alarms["timer stuck"]
        seen = looked
        await until(lambda: looked > seen)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def watched(desk: ShopDesk, until: Until, board: Board, bad: Timer, **limits: float) -> str:
    """The alarm of ``bad``; another timer is looked at before and after it."""
    looked = 0

    def looks(_db: sqlite3.Connection, _at: datetime, _shop: Shop) -> bool:
        nonlocal looked
        looked += 1
        return False

    other = Timer(name="fine", is_due=looks, decide=lambda _moment, _shop, _db: ())
    running = asyncio.create_task(Timers(desk=desk, board=board, timers=(bad, other), look_s=0.01, **limits).run(), name="timers")
    try:
        await until(lambda: f"timer {bad.name}" in board.alarms)
        told, seen = board.alarms[f"timer {bad.name}"], looked
        await until(lambda: looked > seen and "timer fine" not in board.alarms)
        return told
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_silent_timer_that_is_due_and_changes_nothing_is_told(desk: ShopDesk, until: Until) -> None:
    stuck = Timer(name="s", is_due=lambda _db, _at, _shop: True, decide=lambda _moment, _shop, _db: (), silent=True)
    assert "the timer s is due, and when asked it has nothing to do" in await watched(desk, until, Board(), stuck)


async def test_a_silent_timer_that_fails_is_told(desk: ShopDesk, until: Until) -> None:
    def bug(_moment: Moment, _shop: Shop, _db: sqlite3.Connection) -> Iterable[Event]:
        raise KeyError("nobody thought of that")

    fails = Timer(name="s", is_due=lambda _db, _at, _shop: True, decide=bug, silent=True)
    told = await watched(desk, until, Board(), fails)
    assert told.startswith("timer s failed and is tried again (Declined: ")


async def test_a_timer_whose_question_fails_is_told(desk: ShopDesk, until: Until) -> None:
    def bug(_db: sqlite3.Connection, _at: datetime, _shop: Shop) -> bool:
        raise KeyError("nobody thought of that")

    fails = Timer(name="s", is_due=bug, decide=lambda _moment, _shop, _db: ())
    told = await watched(desk, until, Board(), fails)
    assert told == "timer s failed and is tried again (KeyError: 'nobody thought of that')"


async def test_a_timer_that_hangs_is_told(desk: ShopDesk, until: Until) -> None:
    let = threading.Event()

    def hangs(_db: sqlite3.Connection, _at: datetime, _shop: Shop) -> bool:
        let.wait()
        return False

    hung = Timer(name="s", is_due=hangs, decide=lambda _moment, _shop, _db: (), silent=True)
    try:
        told = await watched(desk, until, Board(), hung, piece_s=2)
    finally:
        let.set()
    assert told == "the timer s did not come back within 2 s: restart the box, and send `journalctl -u storebox` to support"


async def test_a_timer_that_works_without_an_end_is_told(desk: ShopDesk, until: Until) -> None:
    def counts(_moment: Moment, _shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        db.execute("INSERT OR REPLACE INTO lane_bags (scale, grams) VALUES ('s', 1)")
        return ()

    endless = Timer(name="s", is_due=lambda _db, _at, _shop: True, decide=counts, silent=True)
    told = await watched(desk, until, Board(), endless, works_on_s=0)
    assert told == "the timer s has been at work for 0 minutes without an end: send `journalctl -u storebox` to support"


async def test_a_document_that_changes_nothing_makes_no_timer_of_the_shop_stuck(desk: ShopDesk) -> None:
    """Prices and calendar are looked at, and nothing follows from it."""

    def adopt(_moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        look_again(db)
        for adopter in adopters(shop):
            if adopter.kind in {"scenes", "calendar"}:
                adopter.adopt(adopter.parse((EXAMPLES / f"{adopter.kind}.json").read_bytes()), 1, db)
        return ()

    async def looked_at() -> None:
        asked, seen = "SELECT (SELECT look_after FROM price_walk) IS NULL AND EXISTS (SELECT 1 FROM scene_looks)", -1
        while not (await desk.journal.query(lambda db: db.execute(asked).fetchone()))[0]:
            seen = await desk.journal.watch(seen)

    with capture_logs() as logs:
        running = asyncio.create_task(Timers(desk=desk, board=Board(), timers=TIMERS, look_s=0.01).run(), name="timers")
        try:
            for _ in range(2):
                await desk.decide(adopt, place="cloud", asked="test")
                async with asyncio.timeout(30):
                    await looked_at()
            await asyncio.sleep(0.05)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
    assert [entry for entry in logs if entry["log_level"] == "error"] == []
