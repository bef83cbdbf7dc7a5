"""Orders that tills report whole: the till's own prices, goods that nobody knows, sums that do not agree, members."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from drivers.counter_readings import OrderReported, SoldLine
from edge.shop.insight.counting import SLICE_EVENTS, count_slice
from edge.shop.masking import told
from edge.shop.members.events import MemberIdentified
from edge.shop.members.identify import pseudonym
from edge.shop.orders.closing_events import OrderPaid
from edge.shop.orders.events import ItemAdded, OrderOpened, ProductUnknown
from edge.shop.orders.pricing import price_of_kilogram, price_of_piece
from edge.shop.orders.refunds import refund
from sync.entries import EntryRefused
from sync.events import Event

if TYPE_CHECKING:
    from tests.shop.conftest import Floor

MILK = SoldLine(code="6901234567892", qty=2, amount_minor=1_200)
BANANAS = SoldLine(code="banana", grams=1_234, amount_minor=985)


def report(floor: Floor, *lines: SoldLine, **changes: Any) -> tuple[Event, ...]:
    order: dict[str, Any] = {
        "report": floor.report(),
        "order": "2026-02-28-42",
        "business_day": "2026-02-28",
        "lines": lines,
        "amount_minor": sum(line.amount_minor for line in lines),
        "tender": "cash",
        **changes,
    }
    events = floor.hear(OrderReported(**floor.stamp("till-1"), **order))
    return events[: [type(event) for event in events].index(OrderPaid) + 1]  # what follows is told elsewhere


def refusal(floor: Floor, *lines: SoldLine, **changes: Any) -> str:
    with pytest.raises(EntryRefused) as refused:
        report(floor, *lines, **changes)
    return str(refused.value)


def test_an_order_is_opened_filled_and_paid_in_one(floor: Floor, db: sqlite3.Connection) -> None:
    opened, milk, bananas, paid = report(floor, MILK, BANANAS)
    assert opened == OrderOpened(
        till="till-1",
        order="2026-02-28-42",
        business_day="2026-03-01",
        lane="1",
        currency="CNY",
        till_day="2026-02-28",
        opened_at="2026-03-01T10:00:00.000Z",
    )
    assert milk == ItemAdded(
        till="till-1",
        order="2026-02-28-42",
        business_day="2026-03-01",
        line=1,
        sku="milk",
        qty=2,
        price_minor=600,
        amount_minor=1_200,
        currency="CNY",
        price_version=1,
        till_price=True,
    )
    assert isinstance(bananas, ItemAdded)
    assert (bananas.sku, bananas.grams, bananas.price_minor, bananas.amount_minor) == ("4011", 1_234, 798, 985)
    assert paid == OrderPaid(
        till="till-1",
        order="2026-02-28-42",
        business_day="2026-03-01",
        amount_minor=2_185,
        total_minor=2_185,
        difference_minor=0,
        currency="CNY",
        tender="cash",
        paid_at="2026-03-01T10:00:00.000Z",
        took_ms=0,
    )
    assert db.execute("SELECT state, total_minor, paid_minor FROM orders").fetchone() == ("paid", 2_185, 2_185)


NEW = (SoldLine(code="new-thing", qty=3, amount_minor=1_000), SoldLine(code="DISCOUNT", qty=1, amount_minor=-100))


def test_goods_that_nobody_knows_are_sold_all_the_same_and_headquarters_is_told(floor: Floor) -> None:
    _, unknown, told_of, discount, _ = report(floor, *NEW)
    assert told_of == ProductUnknown(
        till="till-1",
        order="2026-02-28-42",
        business_day="2026-03-01",
        line=1,
        code="new-thing",
        amount_minor=1_000,
        price_version=1,
    )
    assert isinstance(unknown, ItemAdded)
    assert (unknown.sku, unknown.known, unknown.till_price, unknown.price_minor) == ("new-thing", False, True, 333)
    assert isinstance(discount, ItemAdded)
    assert (discount.amount_minor, discount.price_minor) == (-100, -100)


def test_a_code_that_nobody_knows_is_no_sku(floor: Floor, db: sqlite3.Connection) -> None:
    report(floor, MILK, *NEW)
    while count_slice(db, floor.shop) == SLICE_EVENTS:
        pass
    floor.ask(refund("till-1", "2026-02-28-42", None, reason="", by="anna"))
    count_slice(db, floor.shop)
    for table in ("stock", "insight_goods", "product_sales"):
        assert db.execute(f"SELECT DISTINCT sku FROM {table}").fetchall() == [("milk",)], table  # noqa: S608
    assert db.execute("SELECT refunded FROM orders").fetchone() == (1,), "the money went back all the same"


def test_a_box_without_a_catalogue_records_what_was_sold(floor: Floor, db: sqlite3.Connection) -> None:
    db.execute("DELETE FROM catalogue")
    _, milk, told_of, _ = report(floor, MILK)
    assert isinstance(milk, ItemAdded)
    assert isinstance(told_of, ProductUnknown)
    assert (milk.sku, milk.known, milk.price_version) == ("6901234567892", False, 0)


def test_lines_that_do_not_make_the_amount_are_refused_with_what_to_do(floor: Floor, db: sqlite3.Connection) -> None:
    assert refusal(floor, MILK, amount_minor=1_100) == (
        "order 2026-02-28-42: its lines make 1200, but 1100 was paid: send every discount and rounding as a line of its own"
    )
    assert db.execute("SELECT count(*) FROM orders").fetchone() == (0,)


def test_an_order_that_was_paid_is_not_paid_again(floor: Floor) -> None:
    report(floor, MILK)
    assert refusal(floor, MILK).startswith("order 2026-02-28-42 of till-1 is paid: ")


def test_the_member_comes_with_it_and_the_code_stays_outside(floor: Floor, db: sqlite3.Connection) -> None:
    *_, identified, paid = report(floor, MILK, member="13800138000")
    assert isinstance(identified, MemberIdentified)
    assert identified.member_ref == pseudonym("13800138000", floor.shop.member_key)
    assert not identified.known
    assert db.execute("SELECT member_ref FROM orders").fetchone() == (identified.member_ref,)
    *_, again, _ = report(floor, MILK, order="43", member="13800138000")
    assert isinstance(again, MemberIdentified)
    assert again.known
    reading = OrderReported(
        **floor.stamp("till-1"),
        report=floor.report(),
        order="44",
        business_day="2026-03-01",
        lines=(MILK,),
        amount_minor=1,
        tender="cash",
        member="13800138000",
    )
    assert "13800138000" not in told(reading) + repr(reading)
    assert isinstance(paid, OrderPaid)


def test_an_order_that_a_shown_member_opened_is_filled(floor: Floor) -> None:
    floor.till().show_member("M-1", order="2026-02-28-42")
    added, paid = report(floor, MILK)
    assert isinstance(added, ItemAdded)
    assert isinstance(paid, OrderPaid)


def test_prices_are_found_back_from_amounts() -> None:
    assert price_of_kilogram(985, 1_234) == 798
    assert price_of_kilogram(1, 3) == 333
    assert price_of_piece(1_000, 3) == 333
    assert price_of_piece(5, 2) == 3
    assert price_of_piece(-5, 2) == -3
