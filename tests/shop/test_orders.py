"""What a till's words do to an order, and how each senseless one is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.shop.orders import events as order_events
from edge.shop.orders.closing_events import OrderPaid, OrderVoided
from edge.shop.orders.events import ItemAdded, ItemChosen, ItemRemoved, OrderOpened
from sync.entries import EntryRefused

if TYPE_CHECKING:
    import sqlite3

    from tests.shop.conftest import Floor, Till

MILK = "6901234567892"


def refusal(say: Callable[[], object]) -> str:
    """The text with which ``say`` is refused."""
    with pytest.raises(EntryRefused) as refused:
        say()
    return str(refused.value)


def total(db: sqlite3.Connection, order: str = "17", till: str = "till-1") -> tuple[Any, ...]:
    row: tuple[Any, ...] = db.execute(
        "SELECT state, total_minor FROM orders WHERE till = ? AND order_id = ?", (till, order)
    ).fetchone()
    return row


def test_an_order_is_opened_filled_and_paid(db: sqlite3.Connection, till: Till) -> None:
    (opened,) = till.open(business_day="2026-02-28", device_at="1999-01-01T00:00:00Z")
    assert opened == OrderOpened(
        till="till-1",
        order="17",
        business_day="2026-03-01",
        device_at="1999-01-01T00:00:00Z",
        lane="1",
        currency="CNY",
        till_day="2026-02-28",
        opened_at="2026-03-01T10:00:00.000Z",
    )
    assert (opened.subject(), opened.day()) == ("till-1/17", "2026-03-01")
    (added,) = till.choose(MILK, 3)
    assert added == ItemAdded(
        till="till-1",
        order="17",
        business_day="2026-03-01",
        line=1,
        sku="milk",
        qty=3,
        price_minor=650,
        amount_minor=1_950,
        currency="CNY",
        price_version=1,
    )
    paid, *_ = till.pay(1_950, tender="card 6222 0212 3456 7890")
    assert paid == OrderPaid(
        till="till-1",
        order="17",
        business_day="2026-03-01",
        amount_minor=1_950,
        total_minor=1_950,
        difference_minor=0,
        currency="CNY",
        tender="card <16 digits>",
        paid_at="2026-03-01T10:00:00.000Z",
        took_ms=0,
    )
    assert total(db) == ("paid", 1_950)


def test_two_tills_may_use_one_order_number(db: sqlite3.Connection, floor: Floor, till: Till) -> None:
    other = floor.till("till-2")
    till.open()
    other.open()
    other.choose(MILK, 1)
    assert total(db) == ("open", 0)
    assert total(db, till="till-2") == ("open", 650)


def test_goods_for_an_order_that_the_box_has_not_heard_of_open_it(db: sqlite3.Connection, till: Till) -> None:
    opened, added = till.choose(MILK, 1)
    assert isinstance(opened, OrderOpened)
    assert opened.implied
    assert isinstance(added, ItemAdded)
    assert total(db) == ("open", 650)


def test_the_late_opening_of_an_implied_order_changes_nothing(db: sqlite3.Connection, till: Till) -> None:
    till.choose(MILK, 1)
    assert till.open() == ()
    assert total(db) == ("open", 650)


def test_a_till_without_a_lane_sells_pieces(floor: Floor) -> None:
    opened, added = floor.till("till-9").choose(MILK, 1)
    assert isinstance(opened, OrderOpened)
    assert opened.lane is None
    assert isinstance(added, ItemAdded)


def test_an_open_order_cannot_be_opened_again(till: Till) -> None:
    till.open()
    assert refusal(till.open) == ("order 17 of till-1 is open already: go on with it, or give the new order another number")


CLOSED = "order 17 of till-1 is {}: more goods, or goods taken back, need an order with a new number"


@pytest.mark.parametrize("say", ["open", "choose", "remove", "void"])
def test_a_paid_order_stays_as_it_is(till: Till, say: str) -> None:
    till.choose(MILK, 1)
    till.pay(650)
    words: dict[str, Callable[[], object]] = {
        "open": till.open,
        "choose": lambda: till.choose(MILK, 1),
        "remove": lambda: till.remove(1),
        "void": till.void,
    }
    assert refusal(words[say]) == CLOSED.format("paid")


def test_a_voided_order_takes_no_goods(db: sqlite3.Connection, till: Till) -> None:
    till.choose(MILK, 1)
    (voided,) = till.void(reason="no money, call 138-0013-8000")
    assert voided == OrderVoided(
        till="till-1",
        order="17",
        business_day="2026-03-01",
        total_minor=650,
        currency="CNY",
        reason="no money, call <11 digits>",
    )
    assert refusal(lambda: till.choose(MILK, 1)) == CLOSED.format("voided")
    assert refusal(till.void) == CLOSED.format("voided")
    assert refusal(till.open) == CLOSED.format("voided")
    assert total(db) == ("voided", 650)


def test_an_order_is_paid_once(till: Till) -> None:
    till.choose(MILK, 1)
    till.pay(650)
    assert refusal(lambda: till.pay(650)) == (
        "order 17 of till-1 is paid already: if the money was really taken twice, give 650 back"
    )


@pytest.mark.parametrize("amount_minor", [0, 649, 651])
def test_money_taken_for_another_total_is_written_down_with_the_difference(till: Till, amount_minor: int) -> None:
    till.choose(MILK, 1)
    paid, *_ = till.pay(amount_minor)
    assert isinstance(paid, OrderPaid)
    assert (paid.amount_minor, paid.difference_minor) == (amount_minor, amount_minor - 650)


def test_money_taken_for_an_unknown_order_is_written_down(db: sqlite3.Connection, till: Till) -> None:
    opened, paid, *_ = till.pay(650)
    assert isinstance(opened, OrderOpened)
    assert opened.implied
    assert isinstance(paid, OrderPaid)
    assert paid.difference_minor == 650
    assert total(db) == ("paid", 0)


def test_money_taken_for_a_voided_order_is_written_down(db: sqlite3.Connection, till: Till) -> None:
    till.choose(MILK, 1)
    till.void()
    paid, *_ = till.pay(650)
    assert isinstance(paid, OrderPaid)
    assert paid.after_void
    assert total(db)[0] == "paid"


def test_a_line_is_taken_off_by_its_number(db: sqlite3.Connection, till: Till) -> None:
    till.choose(MILK, 1)
    till.choose(MILK, 2)
    assert till.remove(1) == (
        ItemRemoved(till="till-1", order="17", business_day="2026-03-01", line=1, amount_minor=650, reason="asked"),
    )
    assert total(db) == ("open", 1_300)
    (added,) = till.choose(MILK, 1)
    assert isinstance(added, ItemAdded)
    assert added.line == 3


def test_a_line_that_is_not_there_cannot_be_taken_off(till: Till) -> None:
    till.choose(MILK, 1)
    assert refusal(lambda: till.remove(2)) == "order 17 of till-1 has no line 2: its lines are numbered from 1 to 1"
    till.remove(1)
    assert refusal(lambda: till.remove(1)) == "line 1 of order 17 of till-1 was taken off before"


def test_an_unknown_order_has_nothing_to_take_off_and_cannot_be_voided(till: Till) -> None:
    assert refusal(lambda: till.remove(1)) == "this box has not heard of order 17 of till-1: open it first"
    assert refusal(till.void) == "this box has not heard of order 17 of till-1: open it first"


def test_a_refused_item_leaves_no_implied_order(db: sqlite3.Connection, till: Till) -> None:
    refusal(lambda: till.choose("nothing", 1))
    assert db.execute("SELECT count(*) FROM orders").fetchone() == (0,)


def test_an_unknown_product_is_refused_without_repeating_what_may_be_a_payment_code(till: Till) -> None:
    text = "no product of the catalogue has the code {}: add it at headquarters, or sell under another code"
    assert refusal(lambda: till.choose("6901234567909", 1)) == text.format("<13 digits>")
    assert refusal(lambda: till.choose("4006381333931", 1)) == text.format("4006381333931")
    assert refusal(lambda: till.choose("134567890123456789", 1)) == text.format("<18 digits>")


def test_without_a_catalogue_nothing_is_sold(db: sqlite3.Connection, till: Till) -> None:
    db.execute("DELETE FROM catalogue")
    assert refusal(lambda: till.choose(MILK, 1)) == (
        "this box has no catalogue yet: wait for headquarters, or run `storebox document adopt FILE`"
    )


def test_a_catalogue_in_another_currency_sells_nothing(floor: Floor) -> None:
    other = floor.with_shop(currency="EUR").till()
    assert refusal(lambda: other.choose(MILK, 1)) == (
        "the catalogue is in CNY but the order is in EUR: adopt a catalogue in the currency of the settings"
    )


def test_pieces_need_a_sensible_quantity(till: Till) -> None:
    assert refusal(lambda: till.choose(MILK)) == "milk is sold by the piece: send the quantity"
    for qty in (0, -1, 10_000):
        assert refusal(lambda qty=qty: till.choose(MILK, qty)) == (  # type: ignore[misc]
            f"{qty} pieces of milk cannot be sold: the quantity is from 1 to 9999"
        )


def test_goods_by_weight_take_no_quantity(till: Till) -> None:
    assert refusal(lambda: till.choose("banana", 1)) == (
        "4011 is sold by weight: send it without a quantity and put it on the scale"
    )


def test_goods_by_weight_need_a_scale(floor: Floor) -> None:
    assert refusal(lambda: floor.till("till-3").choose("banana")) == (
        "4011 is sold by weight, but no lane gives till-3 a scale: name both in [lane.<name>]"
    )


def test_the_price_is_that_of_the_moment_in_which_the_goods_were_added(floor: Floor, till: Till) -> None:
    till.choose(MILK, 1)
    floor.adopt(
        version=2,
        body={"currency": "CNY", "items": [{"sku": "milk", "names": {"en": "Milk"}, "price_minor": 700, "unit": "piece"}]},
    )
    (added,) = till.choose("milk", 1)
    assert isinstance(added, ItemAdded)
    assert (added.price_minor, added.price_version) == (700, 2)
    paid, *_ = till.pay(1_350)
    assert isinstance(paid, OrderPaid)
    assert paid.difference_minor == 0


def test_the_tables_forget_the_oldest_order(db: sqlite3.Connection, till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_events, "KEEP_ORDERS", 3)
    monkeypatch.setattr(order_events, "FORGET_EVERY", 5)
    for number in range(4):
        till.choose(MILK, 1, order=str(number))
    assert db.execute("SELECT count(*) FROM orders").fetchone() == (4,)
    till.choose(MILK, 1, order="4")
    assert db.execute("SELECT order_id FROM orders ORDER BY number").fetchall() == [("2",), ("3",), ("4",)]
    assert db.execute("SELECT count(*) FROM order_lines").fetchone() == (3,)


def test_what_hangs_on_an_order_is_forgotten_with_it(db: sqlite3.Connection, till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_events, "KEEP_ORDERS", 3)
    monkeypatch.setattr(order_events, "FORGET_EVERY", 5)
    for number in range(4):
        till.choose(MILK, 1, order=str(number))
        db.execute("INSERT INTO served (till, order_id, guide) VALUES ('till-1', ?, 'g-17')", (str(number),))
        db.execute("INSERT INTO coupons_presented (number, coupon, class, state) VALUES (?, 'c', 'k', 'held')", (number + 1,))
    till.choose(MILK, 1, order="4")
    assert db.execute("SELECT order_id FROM served ORDER BY order_id").fetchall() == [("2",), ("3",)]
    assert db.execute("SELECT number FROM coupons_presented ORDER BY number").fetchall() == [(3,), (4,)]


WORDS = st.lists(
    st.one_of(
        st.tuples(st.just("choose"), st.sampled_from([MILK, "banana", "4017"]), st.sampled_from([None, 1, 2, 7])),
        st.tuples(st.just("remove"), st.integers(1, 6), st.none()),
        st.tuples(st.just("weigh"), st.sampled_from([0, 250, 1_234]), st.none()),
        st.tuples(st.sampled_from(["open", "pay", "void"]), st.none(), st.none()),
    ),
    max_size=30,
)


@settings(max_examples=30, deadline=None)
@given(WORDS)
def test_the_total_is_always_the_sum_of_the_lines(fresh_floor: Callable[[], Floor], words: list[tuple[str, Any, Any]]) -> None:
    floor = fresh_floor()
    till, scale = floor.till(), floor.scale()
    told: list[Any] = []
    says: dict[str, Callable[[Any, Any], tuple[Any, ...]]] = {
        "choose": till.choose,
        "remove": lambda line, _: till.remove(line),
        "weigh": lambda grams, _: scale.settle(grams),
        "open": lambda *_: till.open(),
        "pay": lambda *_: till.pay(100),
        "void": lambda *_: till.void(),
    }
    for word, first, second in words:
        try:
            told += says[word](first, second)
        except EntryRefused:
            continue
    added = sum(event.amount_minor for event in told if isinstance(event, ItemAdded))
    removed = sum(event.amount_minor for event in told if isinstance(event, ItemRemoved))
    kept = floor.db.execute("SELECT coalesce(sum(amount_minor), 0) FROM order_lines WHERE state = 'sold'").fetchone()[0]
    booked = floor.db.execute("SELECT coalesce(sum(total_minor), 0) FROM orders").fetchone()[0]
    assert booked == kept == added - removed
    lines = [event.line for event in told if isinstance(event, ItemChosen) or (isinstance(event, ItemAdded) and event.qty)]
    assert lines == list(range(1, len(lines) + 1))
    for paid in (event for event in told if isinstance(event, OrderPaid)):
        assert paid.amount_minor - paid.total_minor == paid.difference_minor
