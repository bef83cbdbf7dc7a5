"""The books follow the till, the shelf follows the hand: goods that are picked and paid are counted once in each."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from edge.shop.orders.closing_events import OrderRefunded, RefundedLine
from edge.shop.promotions.events import GiftGranted
from edge.shop.stock.available import available, standing
from edge.shop.stock.levels import StockChanged
from sync.events import Event

if TYPE_CHECKING:
    from tests.shop.conftest import Floor, Scale, Shelf, Till


def changes(events: Iterable[Event]) -> list[StockChanged]:
    return [event for event in events if isinstance(event, StockChanged)]


def refund(*lines: RefundedLine) -> OrderRefunded:
    return OrderRefunded(
        till="till-1",
        order="17",
        business_day="2026-03-01",
        refund="r1",
        lines=lines,
        amount_minor=sum(line.amount_minor for line in lines),
        currency="CNY",
        tender="cash",
        whole=False,
    )


def test_paid_goods_leave_the_books_once_for_each_product(floor: Floor, till: Till) -> None:
    till.choose("milk", qty=2)
    till.choose("6901234567892", qty=1)
    assert changes(till.pay(1_950)) == [
        StockChanged(
            sku="milk",
            qty=-3,
            reason="sale",
            level=-3,
            seq=1,
            account="physical",
            cause="till-1/17",
            business_day="2026-03-01",
        )
    ]
    assert available(floor.db, "milk") == -3


def test_what_was_picked_and_paid_is_counted_once_in_each_account(floor: Floor, till: Till, shelf: Shelf) -> None:
    shelf.moves("pick", -2_060)
    till.choose("milk", qty=2)
    (sale,) = changes(till.pay(1_300))
    milk = standing(floor.db, "milk")
    assert (milk.physical, milk.shelf, milk.seq) == (-2, -2, 2)
    assert (sale.day(), sale.subject()) == ("2026-03-01", "milk")


def test_goods_by_weight_are_counted_in_grams(floor: Floor, till: Till, scale: Scale) -> None:
    till.open()
    scale.settle(0)
    till.choose("banana")
    scale.settle(1_250)
    (sale,) = changes(till.pay(998))
    assert (sale.sku, sale.qty, sale.unit) == ("4011", -1_250, "g")
    assert (available(floor.db, "4011", "g"), available(floor.db, "4011")) == (-1_250, 0)


def test_a_void_sells_nothing_and_money_after_it_does(till: Till) -> None:
    till.choose("milk", qty=1)
    assert changes(till.void()) == []
    assert [change.qty for change in changes(till.pay(650))] == [-1]


def test_a_line_that_was_taken_off_is_not_sold(till: Till) -> None:
    till.choose("milk", qty=1)
    till.choose("milk", qty=5)
    till.remove(2)
    assert [change.qty for change in changes(till.pay(650))] == [-1]


def test_what_is_refunded_returns_to_the_books(floor: Floor, db: sqlite3.Connection, till: Till) -> None:
    till.choose("milk", qty=3)
    till.pay(1_950)
    lines = (
        RefundedLine(line=1, sku="milk", qty=2, grams=None, amount_minor=1_300),
        RefundedLine(line=2, sku="4011", qty=None, grams=700, amount_minor=559),
        RefundedLine(line=3, sku="discount", qty=1, grams=None, amount_minor=-10),
    )
    told = changes(floor.ask(lambda *_: (refund(*lines),)))
    assert [(each.sku, each.qty, each.unit, each.reason, each.level) for each in told] == [
        ("milk", 2, "piece", "refund", -1),
        ("4011", 700, "g", "refund", 700),
    ]
    assert db.execute("SELECT sku FROM stock ORDER BY sku").fetchall() == [("4011",), ("milk",)]


def test_a_gift_leaves_the_books_as_goods_do_and_stays_away(floor: Floor) -> None:
    of: dict[str, Any] = {"business_day": "2026-03-01", "till": "till-1", "words_zh": "", "words_en": ""}
    paid = GiftGranted(gift="tote", on="payment", order="17", qty=2, sku="tote-bag", **of)
    entered = GiftGranted(gift="sweet", on="entry", order=None, qty=1, sku="sweet", **of)
    only_words = GiftGranted(gift="wrap", on="payment", order="17", qty=1, **of)
    told = changes(floor.ask(lambda *_: (paid, entered, only_words)))
    assert [(each.sku, each.qty, each.reason, each.account, each.cause) for each in told] == [
        ("tote-bag", -2, "gift", "physical", "till-1/17"),
        ("sweet", -1, "gift", "physical", "till-1"),
    ]
    assert available(floor.db, "tote-bag") == -2
