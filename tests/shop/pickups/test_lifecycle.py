"""A pickup order from headquarters' list to the customer's hands, and every way aside."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import pytest

from edge.shop.declined import Declined
from edge.shop.pickups.codes import code_hash
from edge.shop.pickups.events import (
    Missing,
    PickupAnnounced,
    PickupCancelled,
    PickupChanged,
    PickupHandedOver,
    PickupMiskeyed,
    PickupReady,
    PickupRefused,
    PickupReturned,
    Wanted,
)
from edge.shop.pickups.pickup import open_pickups, settled_pickups
from edge.shop.pickups.steps import accept, hand_over, picked, ready, refuse, return_goods, unlock
from edge.shop.stock.available import available, standing
from sync.events import Event

if TYPE_CHECKING:
    from tests.shop.pickups.conftest import Counter

Kinds = Callable[[Iterable[Event]], list[str]]


def declined(counter: Counter, decision: Any) -> tuple[str, str]:
    with pytest.raises(Declined) as refused:
        counter.ask(decision)
    return refused.value.key, str(refused.value)


def milk(counter: Counter) -> tuple[int, int]:
    """What the books say and what is promised."""
    level = standing(counter.floor.db, "milk")
    return level.physical, level.reserved


def make_ready(counter: Counter, order: str = "P-1", **more: Any) -> None:
    counter.want(order, **more)
    counter.tell()
    counter.ask(ready(order, "wang"))


def test_from_the_list_to_the_hand(counter: Counter, kinds: Kinds) -> None:
    counter.want(items=[{"sku": "milk", "qty": 3}], customer="m-7f3a")
    announced, *rest = counter.tell()
    assert isinstance(announced, PickupAnnounced)
    assert announced.items == (Wanted(sku="milk", unit="piece", qty=3),)
    assert counter.floor.db.execute("SELECT 1 FROM pickup_orders WHERE body LIKE '%m-7f3a%'").fetchone() is None
    assert announced.late_at == "2026-03-01T10:30:00.000Z"
    assert kinds(rest) == ["pickup.accepted", "stock.changed"]
    assert (milk(counter), available(counter.floor.db, "milk")) == ((10, 3), 7)
    counter.pass_(minutes=5)
    assert kinds(counter.ask(picked("P-1", "wang"))) == ["pickup.picked"]
    counter.pass_(minutes=2)
    assert counter.ask(ready("P-1", "wang")) == (PickupReady(order="P-1", by="wang", after_ms=420_000),)
    counter.pass_(minutes=3)
    handed, *changes = counter.ask(hand_over("P-1", "wang", code_hash("P-1", "1234")))
    assert handed == PickupHandedOver(order="P-1", by="wang", to="customer", after_ms=600_000)
    assert kinds(changes) == ["stock.changed", "stock.changed"]
    assert (milk(counter), available(counter.floor.db, "milk")) == ((7, 0), 7)
    assert open_pickups(counter.floor.db) == []
    assert [each.order for each in settled_pickups(counter.floor.db, 5)] == ["P-1"]


def test_the_last_piece_is_promised_once(counter: Counter, kinds: Kinds) -> None:
    counter.want("P-1", items=[{"sku": "milk", "qty": 10}], priority=1)
    counter.want("P-2", items=[{"sku": "milk", "qty": 1}, {"sku": "4011", "grams": 500}])
    told = counter.tell()
    refused = next(event for event in told if isinstance(event, PickupRefused))
    assert refused == PickupRefused(
        order="P-2",
        by="box",
        reason="missing",
        missing=(
            Missing(sku="4011", unit="g", wanted=500, available=0),
            Missing(sku="milk", unit="piece", wanted=1, available=0),
        ),
    )
    assert milk(counter) == (10, 10)
    counter.deliver("milk", 1)
    counter.deliver("4011", 500, "g")
    assert kinds(counter.ask(accept("P-2", "wang"))) == ["pickup.accepted", "stock.changed", "stock.changed"]
    assert milk(counter) == (11, 11)


def test_two_orders_race_for_the_last_piece_and_staff_accept(counter: Counter, kinds: Kinds) -> None:
    counter.set_up(accept="staff")
    for order in ("P-1", "P-2"):
        counter.want(order, items=[{"sku": "milk", "qty": 6}])
    assert kinds(counter.tell()) == ["pickup.announced", "pickup.announced"]
    assert kinds(counter.ask(accept("P-2", "wang"))) == ["pickup.accepted", "stock.changed"]
    assert kinds(counter.ask(accept("P-1", "li"))) == ["pickup.refused"]
    assert milk(counter) == (10, 6)


def test_a_wrong_code_is_counted_and_locks_until_somebody_looked(counter: Counter) -> None:
    make_ready(counter)
    for tries in range(1, 6):
        told = counter.ask(hand_over("P-1", "wang", code_hash("P-1", "9999")))
        assert told == (PickupMiskeyed(order="P-1", tries=tries, by="wang"),)
    assert declined(counter, hand_over("P-1", "wang", code_hash("P-1", "1234"))) == (
        "pickup-locked",
        "the code of P-1 was wrong 5 times: look who stands there, then have it unlocked",
    )
    counter.ask(unlock("P-1", "technician"))
    assert isinstance(counter.ask(hand_over("P-1", "wang", code_hash("P-1", " 12 34 ")))[0], PickupHandedOver)


def test_a_code_is_good_for_its_own_order_only(counter: Counter) -> None:
    make_ready(counter)
    assert isinstance(counter.ask(hand_over("P-1", "wang", code_hash("P-2", "1234")))[0], PickupMiskeyed)


def test_a_delivery_is_handed_to_a_named_courier(counter: Counter) -> None:
    make_ready(counter, delivery=True)
    right = code_hash("P-1", "1234")
    assert declined(counter, hand_over("P-1", "wang", right)) == (
        "pickup-needs-courier",
        "P-1 is a delivery: name the courier who takes it",
    )
    for telephone in ("13812345678", "008613812345678", "138-1234-5678", "c13812345678", "13812345678-2"):
        assert declined(counter, hand_over("P-1", "wang", right, courier=telephone)) == (
            "courier-telephone",
            "that is a telephone number, which is not kept here: type the courier's own number",
        )
    handed, *_ = counter.ask(hand_over("P-1", "wang", right, courier="c-77"))
    assert isinstance(handed, PickupHandedOver)
    assert (handed.to, handed.courier) == ("courier", "c-77")


def test_what_is_not_fetched_goes_back_and_is_free_again(counter: Counter) -> None:
    make_ready(counter)
    returned, _ = counter.ask(return_goods("P-1", "wang"))
    assert returned == PickupReturned(order="P-1", by="wang", collected=False)
    assert milk(counter) == (10, 0)


def test_what_is_brought_back_is_in_the_books_again(counter: Counter) -> None:
    make_ready(counter)
    counter.ask(hand_over("P-1", "wang", code_hash("P-1", "1234")))
    returned, _ = counter.ask(return_goods("P-1", "wang"))
    assert isinstance(returned, PickupReturned)
    assert returned.collected
    assert milk(counter) == (10, 0)


def test_staff_may_refuse_and_the_promise_is_off(counter: Counter, kinds: Kinds) -> None:
    counter.want()
    counter.tell()
    assert kinds(counter.ask(refuse("P-1", "wang"))) == ["pickup.refused", "stock.changed"]
    assert milk(counter) == (10, 0)


def test_each_step_has_its_time(counter: Counter) -> None:
    assert declined(counter, picked("P-9", "wang")) == (
        "unknown-pickup",
        "no pickup order is called P-9: look for it at headquarters",
    )
    make_ready(counter)
    assert declined(counter, picked("P-1", "wang")) == ("pickup-is-ready", "P-1 is ready, this is for accepted orders")
    assert declined(counter, accept("P-1", "wang"))[1] == "P-1 is ready, this is for announced or refused orders"
    counter.ask(hand_over("P-1", "wang", code_hash("P-1", "1234")))
    assert declined(counter, hand_over("P-1", "li", code_hash("P-1", "1234")))[0] == "pickup-is-handed-over"


def test_the_same_list_again_changes_nothing(counter: Counter) -> None:
    counter.want()
    counter.tell()
    assert counter.tell() == ()


def test_a_missing_order_is_cancelled_unless_it_was_handed_over(counter: Counter, kinds: Kinds) -> None:
    make_ready(counter, "P-1")
    make_ready(counter, "P-2")
    counter.ask(hand_over("P-2", "wang", code_hash("P-2", "1234")))
    counter.wanted.clear()
    cancelled, released = counter.tell()
    assert cancelled == PickupCancelled(order="P-1", by="box", reason="withdrawn")
    assert kinds([released]) == ["stock.changed"]
    assert (counter.order("P-1").state, counter.order("P-2").state) == ("cancelled", "handed-over")
    assert milk(counter) == (9, 0)
    counter.want("P-1")
    counter.want("P-2")
    assert kinds(counter.tell()) == ["pickup.announced", "pickup.accepted", "stock.changed"]


def test_other_goods_are_promised_anew_and_another_time_is_only_noted(counter: Counter, kinds: Kinds) -> None:
    make_ready(counter)
    counter.want(code="5678", priority=9, due_at="2026-03-01T12:00:00+00:00")
    (changed,) = counter.tell()
    assert isinstance(changed, PickupChanged)
    order = counter.order()
    assert (order.state, order.priority, order.late_at.hour, order.code_hash) == ("ready", 9, 12, code_hash("P-1", "5678"))
    counter.want(items=[{"sku": "milk", "qty": 4}])
    assert kinds(counter.tell()) == [
        "pickup.cancelled",
        "stock.changed",
        "pickup.announced",
        "pickup.accepted",
        "stock.changed",
    ]
    assert milk(counter) == (10, 4)


def test_an_order_that_is_named_again_before_it_was_cancelled_goes_on(counter: Counter) -> None:
    from edge.shop.pickups.document import adopt_pickups, parse_pickups

    make_ready(counter)
    adopt_pickups(parse_pickups(b'{"orders": []}'), 2, counter.floor.db)
    assert counter.tell() == ()
    assert counter.order().state == "ready"


def test_the_stock_that_is_kept_back_is_not_promised(counter: Counter, kinds: Kinds) -> None:
    from edge.shop.stock.document import Body, Item, adopt_stock

    adopt_stock(Body(items=(Item(sku="milk", safety=10),)), 1, counter.floor.db)
    counter.want()
    assert kinds(counter.tell()) == ["pickup.announced", "pickup.refused"]
