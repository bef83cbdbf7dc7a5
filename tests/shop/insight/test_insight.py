"""The day's figures, counted of real events in a real journal: each event once, however the counting is cut."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from edge.insights import Insights
from edge.shop.catalogue.document import catalogue_adopter
from edge.shop.insight import counting
from edge.shop.insight.arms import compare, counted_arms
from edge.shop.insight.counting import count_slice, forget_old, note_new_goods
from edge.shop.insight.experiments import adopt_experiments, parse_experiments
from edge.shop.insight.funnel import funnel, hours
from edge.shop.insight.reports import goods, guides, pairs, slow_movers
from edge.shop.mirror_visits import ShadeWorn, VisitBegan
from edge.shop.orders.closing_events import LineReduced, OrderPaid, OrderRefunded, RefundedLine
from edge.shop.orders.events import ItemAdded, OrderOpened
from edge.shop.registry import EVENTS
from edge.shop.shop import Shop
from edge.shop.staff.events import GuideServed
from edge.shop.stock.shelf_events import ShelfPicked, ShelfPut
from edge.shop_desk import ShopDesk
from sync.adopters import DocumentRefused
from sync.entries import Entry, Limits, Recorded, Stamp
from sync.events import Event, EventClass, Registry
from sync.journal import Journal
from tests.tables import SHOP_TABLES, tables_in

if TYPE_CHECKING:
    Until = Callable[[Callable[[], bool]], Awaitable[None]]

MIB = 1 << 20
DAY = "2026-03-01"
AT = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
"""18 o'clock in the shop."""

SHOP = Shop(timezone="Asia/Shanghai", day_starts_at=time(4), currency="CNY", member_key=b"k" * 32)


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    async with Journal(
        tables_in(tmp_path / "journal.db"),
        limits=Limits(quota_bytes=64 * MIB, ballast_bytes=MIB, keep_sent=timedelta(1), keep_receipts=timedelta(36_500)),
        registry=Registry(EVENTS),
        migrations=SHOP_TABLES,
        stamp=Stamp(box="box-1", boot="boot-1", tz="Asia/Shanghai", clock=lambda: "synced"),
    ) as journal:
        yield journal


async def happen(journal: Journal, *events: Event, at: datetime = AT) -> None:
    entry = Entry(decide=lambda _db: events, event_class=EventClass.ORDER, at=at, monotonic_ms=1)
    assert isinstance(await journal.record(entry), Recorded)


async def change(journal: Journal, step: Callable[[sqlite3.Connection], Any]) -> Any:
    """What ``step`` returns, committed."""
    results: list[Any] = []

    def decide(db: sqlite3.Connection) -> Iterable[Event]:
        results.append(step(db))
        return ()

    outcome = await journal.record(Entry(decide=decide, event_class=EventClass.ORDER, at=AT, monotonic_ms=1))
    assert isinstance(outcome, Recorded), outcome
    return results[-1]


async def count(journal: Journal) -> None:
    while await change(journal, lambda db: count_slice(db, SHOP)):
        pass


async def sell(journal: Journal, order: str, *skus: str, guide: str = "", amount: int = 100, at: datetime = AT) -> None:
    """A paid order with one piece of each."""
    key: dict[str, Any] = {"till": "till-1", "order": order, "business_day": SHOP.day(at)}
    events: list[Event] = [OrderOpened(**key, lane=None, currency="CNY")]
    events += [
        ItemAdded(**key, line=n, sku=sku, qty=1, price_minor=amount, amount_minor=amount, currency="CNY", price_version=1)
        for n, sku in enumerate(skus, 1)
    ]
    if guide:
        events.append(GuideServed(guide=guide, till="till-1", order=order, by="page"))
    total = amount * len(skus)
    events.append(OrderPaid(**key, amount_minor=total, total_minor=total, difference_minor=0, currency="CNY", tender="cash"))
    await happen(journal, *events, at=at)


def shelf(kind: type[Event], sku: str = "milk", qty: int = 1, shelf: str = "shelf-1", **more: Any) -> Event:
    return kind(shelf=shelf, slot="a", sku=sku, qty=qty, permille=None, delta_g=0, before_g=0, after_g=0, **more)


async def test_the_day_is_counted_once_however_it_is_cut(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "SLICE_EVENTS", 3)
    await happen(
        journal,
        VisitBegan(mirror="mirror-1", session="s"),
        ShadeWorn(mirror="mirror-1", session="s", sku="lip", shown_ms=9, intensity_percent=60),
    )
    await happen(journal, shelf(ShelfPicked, qty=2), shelf(ShelfPut, returned_after_ms=900), shelf(ShelfPut, qty=9))
    await sell(journal, "1", "milk", "bread", guide="g-17")
    await sell(journal, "2", "milk", at=AT + timedelta(hours=1))
    await count(journal)
    await count(journal)
    found = await journal.query(lambda db: funnel(db, DAY, DAY))
    assert (found.visits, found.tries, found.picks, found.kept, found.orders, found.revenue_minor) == (1, 1, 2, 1, 2, 300)
    by_hour = await journal.query(lambda db: hours(db, DAY, DAY))
    assert [(each.hour, each.orders, each.revenue_minor) for each in by_hour] == [(18, 1, 200), (19, 1, 100)]
    by_guide = await journal.query(lambda db: guides(db, DAY, DAY))
    assert [(each.guide, each.orders, each.revenue_minor) for each in by_guide] == [("g-17", 1, 200)]


async def test_goods_are_classed_by_their_turnover(journal: Journal) -> None:
    await sell(journal, "1", "a", amount=80)
    await sell(journal, "2", "b", amount=15)
    await sell(journal, "3", "c", amount=5)
    await count(journal)
    sold = await journal.query(lambda db: goods(db, DAY, DAY))
    assert [(each.sku, each.amount_minor, each.rank) for each in sold] == [("a", 80, "A"), ("b", 15, "B"), ("c", 5, "C")]
    assert await journal.query(lambda db: goods(db, "2026-03-02", "2026-03-02")) == []


async def test_what_is_bought_together_is_told_against_chance(journal: Journal) -> None:
    for order in range(3):
        await sell(journal, f"{order}", "bread", "milk")
    for order in range(3, 8):
        await sell(journal, f"{order}", "tea")
    await sell(journal, "8", "bread")
    await sell(journal, "9", "bread", "tea")
    await count(journal)
    (pair,) = await journal.query(lambda db: pairs(db, DAY, DAY))
    assert (pair.sku, pair.other, pair.orders) == ("bread", "milk", 3)
    assert pair.confidence_permille == 600, "3 of 5 baskets with bread"
    assert pair.lift_percent == 200, "3 x 10 / (5 x 3): twice as often as by chance"


async def test_a_basket_of_everything_says_nothing_of_pairs(journal: Journal) -> None:
    await sell(journal, "1", *(f"sku-{n:02}" for n in range(counting.MOST_DIFFERENT + 1)))
    await count(journal)
    assert await journal.query(lambda db: pairs(db, DAY, DAY, least_orders=1)) == []


async def test_goods_that_lie_too_long_are_slow_by_the_limit_of_their_category(journal: Journal) -> None:
    body = {
        "currency": "CNY",
        "items": [
            {"sku": sku, "names": {"zh": sku}, "price_minor": 100, "unit": "piece", "category": category}
            for sku, category in (("lip", "beauty"), ("milk", "food"), ("soap", "beauty"))
        ],
    }

    def adopt(db: sqlite3.Connection) -> None:
        adopter = catalogue_adopter(SHOP)
        parsed = adopter.parse(msgspec.json.encode(body))
        for step in adopter.stage(parsed, 1):
            step(db)
        adopter.adopt(parsed, 1, db)

    await change(journal, adopt)
    assert await change(journal, lambda db: note_new_goods(db, "2026-01-01", "")) == "soap"
    assert await change(journal, lambda db: note_new_goods(db, "2026-01-01", "soap")) == ""
    await sell(journal, "1", "lip", at=datetime(2026, 2, 1, 10, 0, tzinfo=UTC))
    await count(journal)

    def slow(limit: int, **by_category: int) -> Callable[[sqlite3.Connection], list[tuple[str, int, int]]]:
        return lambda db: [(each.sku, each.days, each.limit_days) for each in slow_movers(db, DAY, limit, by_category)]

    assert await journal.query(slow(60)) == []
    assert await journal.query(slow(59)) == [("milk", 59, 59), ("soap", 59, 59)]
    assert await journal.query(slow(60, beauty=28)) == [("soap", 59, 28), ("lip", 28, 28)]


EXPERIMENT = {
    "id": "face-up",
    "begins": "2026-03-01T00:00:00+08:00",
    "ends": "2026-03-02T00:00:00+08:00",
    "arms": [{"arm": "a", "zones": ["shelf-1"]}, {"arm": "b", "zones": ["shelf-2/a"]}],
}


def experiments(**changes: Any) -> bytes:
    return msgspec.json.encode({"experiments": [EXPERIMENT | changes]})


async def test_two_arms_are_compared_with_an_interval(journal: Journal) -> None:
    await change(journal, lambda db: adopt_experiments(parse_experiments(experiments()), 1, db))
    picked = [shelf(ShelfPicked, shelf=name, qty=50) for name in ("shelf-1", "shelf-2")]
    back = [
        shelf(ShelfPut, shelf="shelf-2", qty=20, returned_after_ms=500),
        shelf(ShelfPut, shelf="shelf-1", qty=5, returned_after_ms=5),
    ]
    await happen(journal, *picked, *back)
    await happen(journal, *picked, at=AT + timedelta(days=1))
    await count(journal)
    arms = await journal.query(lambda db: counted_arms(db, DAY, "2026-03-02"))
    counted = [(each.measure, each.arm, each.trials, each.successes) for each in arms]
    assert counted == [("kept", "a", 50, 45), ("kept", "b", 50, 30)], "not after its end"
    (compared,) = compare(arms)
    assert compared.difference.middle == pytest.approx(0.3)
    assert compared.certain


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"ends": "2026-02-01T00:00:00Z"}, r"the experiment face-up at `\$\.experiments\[0\]` ends before it begins"),
        ({"begins": "yesterday"}, r"the experiments cannot be read: .*`\$\.experiments\[0\]\.begins`"),
        ({"arms": [{"arm": "a", "zones": ["s"]}, {"arm": "b", "zones": ["s"]}]}, r"the zone s at .* is in two arms"),
    ],
)
def test_experiments_with_a_mistake_are_refused(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(DocumentRefused, match=problem):
        parse_experiments(experiments(**changes))


def test_one_experiment_stands_once() -> None:
    with pytest.raises(DocumentRefused, match=r"the experiment face-up at `\$\.experiments\[1\]` stands there twice"):
        parse_experiments(msgspec.json.encode({"experiments": [EXPERIMENT, EXPERIMENT]}))


async def test_what_came_back_whole_has_turned_over_nothing(journal: Journal) -> None:
    of: dict[str, Any] = {"till": "till-1", "order": "1", "business_day": DAY, "currency": "CNY"}
    item: dict[str, Any] = {"line": 1, "sku": "milk", "qty": 2}
    await happen(
        journal,
        OrderOpened(**of, lane=None),
        GuideServed(guide="g-17", till="till-1", order="1", by="page"),
        ItemAdded(**of, **item, price_minor=500, amount_minor=1_000, price_version=1),
        OrderPaid(
            **of,
            amount_minor=500,
            total_minor=1_000,
            difference_minor=0,
            tender="cash",
            reduced_minor=100,
            reduced_lines=(LineReduced(line=1, amount_minor=100),),
            points_minor=100,
            balance_minor=300,
        ),
    )
    await count(journal)
    assert [each.amount_minor for each in await journal.query(lambda db: goods(db, DAY, DAY))] == [900]
    lines = (RefundedLine(**item, grams=None, amount_minor=900),)
    back = OrderRefunded(
        **of, refund="r", lines=lines, amount_minor=900, tender="cash", whole=True, points_minor=100, balance_minor=300
    )
    await happen(journal, back)
    await count(journal)
    assert [each.amount_minor for each in await journal.query(lambda db: goods(db, DAY, DAY))] == [0]
    day = await journal.query(lambda db: funnel(db, DAY, DAY))
    assert (day.revenue_minor, day.refunded_minor) == (500, 500)
    (guide,) = await journal.query(lambda db: guides(db, DAY, DAY))
    assert (guide.orders, guide.revenue_minor) == (1, 0)


async def test_old_counts_are_forgotten(journal: Journal) -> None:
    await sell(journal, "1", "a", "b")
    await sell(journal, "2", "a", at=AT + timedelta(days=1))
    await count(journal)
    await change(journal, lambda db: forget_old(db, "2026-03-02", "2026-03-02"))
    assert [each.orders for each in await journal.query(lambda db: hours(db, "2026-01-01", "2026-12-31"))] == [1]


async def test_a_running_box_counts_as_it_goes(journal: Journal, until: Until) -> None:
    desk = ShopDesk(journal=journal, shop=lambda: SHOP, now=lambda: AT)
    running = asyncio.create_task(Insights(journal=journal, desk=desk, look_s=0.01, pause_s=0).run(), name="insight")
    try:
        await sell(journal, "1", "a")
        orders = 0
        async with asyncio.timeout(30):
            while orders < 1:
                await journal.watch(journal.commits - 1)
                orders = (await journal.query(lambda db: funnel(db, DAY, DAY))).orders
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert orders == 1
