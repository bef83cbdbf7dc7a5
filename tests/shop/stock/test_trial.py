"""Goods on trial are counted per slot and day: picked, put back, bought; every day is told when it is over."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from edge.shop.stock.document import Body, Item, adopt_stock
from edge.shop.stock.trial import TRIALS, TrialCounted

if TYPE_CHECKING:
    from tests.shop.conftest import Floor, Shelf, Till

NEXT_DAY = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)
"""Four o'clock in Shanghai."""


@pytest.fixture(autouse=True)
def on_trial(floor: Floor) -> None:
    adopt_stock(Body(items=(Item(sku="milk", trial=True, backroom=True),)), 1, floor.db)


def test_a_day_is_told_once_when_it_is_over(floor: Floor, shelf: Shelf, till: Till) -> None:
    shelf.moves("pick", -3_090)
    shelf.moves("put", 1_030)
    till.choose("milk", qty=2)
    till.pay(1_300)
    shelf.moves("put", 4_120)
    assert floor.tick(TRIALS, datetime(2026, 3, 1, 19, 59, tzinfo=UTC)) == ()
    counted = TrialCounted(business_day="2026-03-01", sku="milk", place="shelf-1/a", picked=3, put_back=1, bought=2)
    assert floor.tick(TRIALS, NEXT_DAY) == (counted,)
    assert (counted.subject(), counted.day()) == ("milk", "2026-03-01")
    assert floor.tick(TRIALS, NEXT_DAY) == ()


def test_a_filling_is_no_put_back_and_a_sale_without_a_pick_has_no_slot(floor: Floor, shelf: Shelf, till: Till) -> None:
    till.choose("milk", qty=1)
    till.pay(650)
    shelf.moves("put", 4_120)
    assert floor.tick(TRIALS, NEXT_DAY) == (
        TrialCounted(business_day="2026-03-01", sku="milk", place="", picked=0, put_back=0, bought=1),
        TrialCounted(business_day="2026-03-01", sku="milk", place="shelf-1/a", picked=0, put_back=0, bought=0),
    )


def test_goods_that_are_not_on_trial_are_not_counted(floor: Floor, shelf: Shelf) -> None:
    shelf.moves("pick", -250, slot="b")
    assert floor.tick(TRIALS, NEXT_DAY) == ()
