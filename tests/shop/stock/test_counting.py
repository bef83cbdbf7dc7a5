"""A stocktake makes the books right and says by how much they were wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge.shop.declined import Declined
from edge.shop.stock.available import physical, standings
from edge.shop.stock.counting import StockCounted, book_goods, count_stock
from edge.shop.stock.handled import Handled
from edge.shop.stock.levels import StockChanged

if TYPE_CHECKING:
    from tests.shop.conftest import Floor


def scans(*codes: str) -> tuple[Handled, ...]:
    return tuple(Handled(code=code, qty=1) for code in codes)


def test_a_count_books_the_difference(floor: Floor) -> None:
    floor.ask(book_goods("delivery", "D-1", (Handled(code="milk", qty=10),)))
    counted, changed = floor.ask(count_stock("C-1", (Handled(code="milk", qty=7),), "wang"))
    assert counted == StockCounted(count="C-1", sku="milk", unit="piece", counted=7, expected=10, difference=-3, by="wang")
    assert counted.subject() == "milk"
    assert isinstance(changed, StockChanged)
    assert (changed.qty, changed.reason, changed.level, changed.seq, changed.cause) == (-3, "count", 7, 2, "C-1")


def test_each_scan_is_one_piece_and_a_right_book_is_told_too(floor: Floor) -> None:
    floor.ask(count_stock("C-1", scans("milk", "6901234567892", "06901234567892"), "wang"))
    assert physical(floor.db, "milk") == 3
    (counted,) = floor.ask(count_stock("C-2", (Handled(code="milk", qty=3),), "wang"))
    assert isinstance(counted, StockCounted)
    assert (counted.expected, counted.difference) == (3, 0)


def test_a_count_of_none_is_a_count(floor: Floor) -> None:
    floor.ask(book_goods("delivery", "D-1", (Handled(code="banana", qty=5_000, unit="g"),)))
    floor.ask(count_stock("C-1", (Handled(code="banana", qty=0, unit="g"),), "wang"))
    assert physical(floor.db, "4011", "g") == 0


def test_damage_leaves_the_books(floor: Floor) -> None:
    floor.ask(book_goods("delivery", "D-1", (Handled(code="milk", qty=10), Handled(code="banana", qty=900, unit="g"))))
    (broken,) = floor.ask(book_goods("damage", "B-1", (Handled(code="milk", qty=2),)))
    assert isinstance(broken, StockChanged)
    assert (broken.qty, broken.reason, broken.level) == (-2, "damage", 8)
    assert [(each.sku, each.unit, each.physical) for each in standings(floor.db, "", 10)] == [
        ("4011", "g", 900),
        ("milk", "piece", 8),
    ]
    assert standings(floor.db, "milk", 10) == []


@pytest.mark.parametrize(
    ("lines", "key", "text"),
    [
        ((), "no-lines", "there is no line: name at least one product with its quantity"),
        (scans("nonsense"), "unknown-goods", "no product of the catalogue has the code nonsense: add it at headquarters"),
        ((Handled(code="milk", qty=-1),), "bad-quantity", "-1 of milk: write from 0 to 10000000"),
    ],
)
def test_a_count_that_cannot_be_is_declined_as_a_whole(floor: Floor, lines: tuple[Handled, ...], key: str, text: str) -> None:
    with pytest.raises(Declined) as declined:
        floor.ask(count_stock("C-1", (*scans("milk"), *lines) if lines else (), "wang"))
    assert (declined.value.key, str(declined.value)) == (key, text)
    assert physical(floor.db, "milk") == 0


def test_a_delivery_of_nothing_is_none(floor: Floor) -> None:
    with pytest.raises(Declined) as declined:
        floor.ask(book_goods("delivery", "D-1", (Handled(code="milk", qty=0),)))
    assert str(declined.value) == "0 of milk is no delivery: leave the line out"
