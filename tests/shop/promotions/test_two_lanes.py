"""One coupon, many lanes that are paid at the same moment: on a real journal, it is spent once and no fen is lost."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import msgspec

from drivers.reading import Report
from drivers.readings import OrderPaid
from edge.shop.decide import entry_for
from edge.shop.moment import Moment
from edge.shop.orders.events import ItemAdded, OrderOpened
from edge.shop.promotions.applying import apply_bargain
from edge.shop.promotions.bargain import bargain_for
from edge.shop.promotions.coupon_document import adopt_coupons, parse_coupons
from edge.shop.promotions.coupons import present_coupon
from edge.shop.promotions.held import held_coupons
from edge.shop.registry import EVENTS
from edge.shop.shop import Shop
from edge.shop_desk import ShopDesk
from sync.entries import Entry, Happened, Limits, Recorded, Stamp
from sync.events import Event, EventClass, Registry
from sync.journal import Journal
from tests.shop.promotions.conftest import Signer, welcome
from tests.tables import SHOP_TABLES, tables_in

AT = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
SHOP = Shop(timezone="Asia/Shanghai", day_starts_at=time(4), currency="CNY", member_key=b"k" * 32)
LANES = 6
MIB = 1024 * 1024


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[Journal]:
    """The journal of one start of the box."""
    async with Journal(
        tables_in(path / "journal.db"),
        limits=Limits(quota_bytes=64 * MIB, ballast_bytes=MIB, keep_sent=timedelta(1), keep_receipts=timedelta(36_500)),
        registry=Registry(EVENTS),
        migrations=SHOP_TABLES,
        stamp=Stamp(box="b" * 32, boot="boot-1", tz="Asia/Shanghai", clock=lambda: "synced"),
    ) as journal:
        yield journal


async def happen(journal: Journal, *events: Event) -> None:
    entry = Entry(decide=Happened(events), event_class=EventClass.ORDER, at=AT, monotonic_ms=0)
    assert isinstance(await journal.record(entry), Recorded)


async def fill(journal: Journal, till: str) -> None:
    """An order of 13.00 on ``till``."""
    of: dict[str, Any] = {"till": till, "order": "1", "business_day": "2026-03-01"}
    await happen(
        journal,
        OrderOpened(**of, lane=None, currency="CNY"),
        ItemAdded(**of, line=1, sku="milk", qty=2, price_minor=650, amount_minor=1_300, currency="CNY", price_version=1),
    )


async def issue(journal: Journal, signer: Signer) -> None:
    body = {"currency": "CNY", "keys": [{"x": signer.x, "classes": ["welcome"]}], "classes": [welcome()]}
    parsed = parse_coupons(msgspec.json.encode(body), "CNY")

    def adopt(db: sqlite3.Connection) -> tuple[()]:
        return adopt_coupons(parsed, 1, db)

    await journal.record(Entry(decide=adopt, event_class=EventClass.ORDER, at=AT, monotonic_ms=0))


async def pay(journal: Journal, till: str, amount_minor: int) -> None:
    """The till reports what it took."""
    reading = OrderPaid(
        device=till,
        at=AT,
        monotonic_ms=0,
        report=Report(id=f"{till}-paid", digest=b"d", device_at=None),
        order="1",
        amount_minor=amount_minor,
        tender="cash",
    )
    assert isinstance(await journal.record(entry_for(reading, SHOP)), Recorded)


async def test_a_coupon_in_many_lanes_at_once_is_spent_in_one(tmp_path: Path) -> None:
    signer, tills = Signer(), [f"till-{number}" for number in range(LANES)]
    async with opened(tmp_path) as journal:
        await issue(journal, signer)
        desk = ShopDesk(journal=journal, shop=lambda: SHOP, now=lambda: AT)
        for till in tills:
            await fill(journal, till)
            await desk.decide(present_coupon(till, "1", signer.code()), place=till, asked="coupon")
        await asyncio.gather(*(pay(journal, till, 1_200) for till in tills))
    async with opened(tmp_path) as journal:  # and all of it is on the disk
        spent = await journal.query(lambda db: db.execute("SELECT coupon, value_minor FROM coupons_redeemed").fetchall())
        paid = await journal.query(lambda db: db.execute("SELECT reduced_minor, paid_minor, state FROM orders").fetchall())
    assert spent == [(signer.coupon(), 100)]
    assert sorted(paid) == [(0, 1_200, "paid")] * (LANES - 1) + [(100, 1_200, "paid")]


async def test_a_coupon_is_back_on_its_order_after_a_payment_that_was_not_committed(tmp_path: Path) -> None:
    """The decision dies in its last step, as with a box that is killed: nothing of it happened."""
    signer = Signer()
    async with opened(tmp_path) as journal:
        await issue(journal, signer)
        await fill(journal, "till-1")
        desk = ShopDesk(journal=journal, shop=lambda: SHOP, now=lambda: AT)
        await desk.decide(present_coupon("till-1", "1", signer.code()), place="till-1", asked="coupon")

        def killed(db: sqlite3.Connection) -> tuple[Event, ...]:
            for event in apply_bargain(db, "till-1", "1", Moment(at=AT, monotonic_ms=0), SHOP):
                event.apply(db)
            raise RuntimeError("killed")

        await journal.record(Entry(decide=killed, event_class=EventClass.ORDER, at=AT, monotonic_ms=0))
    async with opened(tmp_path) as journal:
        moment = Moment(at=AT, monotonic_ms=0)
        bargain = await journal.query(lambda db: bargain_for(db, "till-1", "1", moment, SHOP))
        (held,) = await journal.query(lambda db: held_coupons(db, "till-1", "1"))
    assert (bargain.brought_by(signer.coupon()), held.state) == (100, "held")
