"""A slot that runs low is a task until it is filled; a product whose slots are empty is promised to nobody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from edge.shop.stock.available import available, standing
from edge.shop.stock.document import Body, Item, adopt_stock
from edge.shop.stock.levels import change_stock
from edge.shop.stock.refills import refills
from edge.shop.stock.shelf_events import ShelfPicked, ShelfPut
from edge.shop.stock.slots import ShelfLow, ShelfRefilled, StockResumed, StockStopped
from sync.events import Event

if TYPE_CHECKING:
    from tests.shop.conftest import Floor, Shelf

JUDGED = (ShelfLow, ShelfRefilled, StockStopped, StockResumed)


def judged(events: Iterable[Event]) -> list[Event]:
    return [event for event in events if isinstance(event, JUDGED)]


@pytest.fixture
def rules(floor: Floor) -> Any:
    def adopt(**rule: Any) -> None:
        adopt_stock(Body(items=(Item(sku="milk", **rule),)), 1, floor.db)

    return adopt


def test_a_slot_below_its_least_is_a_task_until_it_is_filled(floor: Floor, shelf: Shelf, rules: Any) -> None:
    rules(shelf_min=3, backroom=True)
    assert judged(shelf.moves("pick", -1_030, before_g=4_120)) == []
    assert judged(shelf.moves("pick", -1_030, before_g=3_090)) == [
        ShelfLow(shelf="shelf-1", slot="a", sku="milk", pieces=2, wanted=3, since="2026-03-01T10:00:00.000Z")
    ]
    assert judged(shelf.moves("pick", -1_030, before_g=2_060)) == [], "the task is there already"
    assert floor.db.execute("SELECT shelf, slot, sku, pieces, wanted FROM shelf_refills").fetchall() == [
        ("shelf-1", "a", "milk", 2, 3)
    ]
    (refilled,) = judged(shelf.moves("put", 5_150, before_g=1_030))
    assert refilled == ShelfRefilled(shelf="shelf-1", slot="a", sku="milk", pieces=6, wanted=3)
    assert refilled.subject() == "shelf-1/a"
    assert floor.db.execute("SELECT * FROM shelf_refills").fetchall() == []


def test_an_unexplained_change_of_weight_is_judged_too(shelf: Shelf, rules: Any) -> None:
    rules(shelf_min=2)
    (low,) = judged(shelf.moves("adjust", -4_000))
    assert isinstance(low, ShelfLow)
    (filled,) = judged(shelf.moves("put", 3_500, before_g=1_000))
    assert isinstance(filled, ShelfRefilled)


def test_an_empty_shelf_stops_the_promises_and_a_put_lets_them_go_on(floor: Floor, shelf: Shelf, rules: Any) -> None:
    rules()
    floor.ask(lambda _moment, _shop, db: (change_stock(db, "milk", 9, "delivery"),))
    assert judged(shelf.moves("pick", -1_030, before_g=1_040)) == [StockStopped(sku="milk", since="2026-03-01T10:00:00.000Z")]
    assert (available(floor.db, "milk"), standing(floor.db, "milk").stopped) == (0, True)
    (resumed,) = judged(shelf.moves("put", 1_030, before_g=10))
    assert resumed == StockResumed(sku="milk")
    assert resumed.subject() == "milk"
    assert available(floor.db, "milk") == 9


def test_goods_with_a_back_room_are_never_stopped(shelf: Shelf, rules: Any) -> None:
    rules(backroom=True)
    assert judged(shelf.moves("pick", -1_030, before_g=1_030)) == []


def test_another_slot_with_goods_keeps_them_going_one_never_heard_of_too(floor: Floor, shelf: Shelf, rules: Any) -> None:
    rules()
    slots = {**floor.shop.slots, ("shelf-1", "e"): floor.shop.slots["shelf-1", "a"]}
    floor.shop = replace(floor.shop, slots=slots)
    assert judged(shelf.moves("pick", -1_030, before_g=1_030)) == []
    shelf.moves("adjust", 0, slot="e", before_g=2_060)
    assert judged(shelf.moves("adjust", 0, slot="a", before_g=0)) == []
    assert judged(shelf.moves("pick", -2_060, slot="e", before_g=2_060)) == [
        StockStopped(sku="milk", since="2026-03-01T10:00:00.000Z")
    ]


def test_without_a_rule_of_headquarters_nothing_is_judged(shelf: Shelf) -> None:
    picked, *others = shelf.moves("pick", -1_030, before_g=1_030)
    assert isinstance(picked, ShelfPicked)
    assert judged(others) == []
    assert isinstance(shelf.moves("put", 1_030, slot="c", candidates=())[0], Event)


def test_a_rule_that_is_gone_takes_its_task_and_its_stop_along(floor: Floor, shelf: Shelf, rules: Any) -> None:
    rules(shelf_min=1)
    shelf.moves("pick", -1_030, before_g=1_030)
    assert standing(floor.db, "milk").stopped
    rules(shelf_min=0, backroom=True)
    assert floor.db.execute("SELECT * FROM shelf_refills").fetchall() == []
    assert not standing(floor.db, "milk").stopped
    put, *_ = shelf.moves("put", 1_030, before_g=0)
    assert isinstance(put, ShelfPut)


def test_a_planogram_moves_the_rules_along(floor: Floor, shelf: Shelf, rules: Any) -> None:
    rules(shelf_min=2)
    floor.db.execute("INSERT INTO planogram_slots (shelf, slot, sku, unit_grams) VALUES ('shelf-1', 'b', 'milk', 1030)")
    (low,) = judged(shelf.moves("pick", -1_030, slot="b", before_g=2_060))
    assert isinstance(low, ShelfLow)
    assert (low.sku, low.pieces) == ("milk", 1)
    assert [(each.slot, each.pieces, each.wanted) for each in refills(floor.db, floor.shop)] == [("b", 1, 2)]
    floor.db.execute("UPDATE planogram_slots SET sku = 'tea'")
    assert refills(floor.db, floor.shop) == []
