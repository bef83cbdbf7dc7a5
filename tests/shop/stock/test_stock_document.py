"""The rules for the stock are adopted as a whole; what they keep back is promised to nobody."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from edge.shop.registry import adopters
from edge.shop.stock.available import available, standing
from edge.shop.stock.counting import book_goods
from edge.shop.stock.document import adopt_stock, parse_stock
from edge.shop.stock.handled import Handled
from sync.adopters import DocumentRefused

if TYPE_CHECKING:
    from tests.shop.conftest import Floor

EXAMPLES = Path(__file__).parents[3] / "config" / "examples"


def adopt(floor: Floor, *items: dict[str, Any]) -> None:
    adopt_stock(parse_stock(msgspec.json.encode({"items": items, "later": 1})), 1, floor.db)


def test_safety_and_event_stock_are_kept_back(floor: Floor) -> None:
    adopt(floor, {"sku": "milk", "safety": 2, "event": 3}, {"sku": "4011", "safety_g": 100, "event_g": 50})
    floor.ask(book_goods("delivery", "D-1", (Handled(code="milk", qty=10), Handled(code="banana", qty=500, unit="g"))))
    assert (available(floor.db, "milk"), available(floor.db, "4011", "g")) == (5, 350)
    assert (standing(floor.db, "milk").safety, standing(floor.db, "milk").event) == (2, 3)
    adopt(floor)
    assert available(floor.db, "milk") == 10


def test_goods_that_nobody_ever_saw_are_not_available(floor: Floor) -> None:
    adopt(floor, {"sku": "milk", "safety": 2})
    assert available(floor.db, "milk") == -2
    assert available(floor.db, "nothing") == 0


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"[]", "the rules for the stock cannot be read: Expected `object`, got `array`"),
        (
            {"items": [{"sku": "milk", "safety": -1}]},
            "the rules for the stock cannot be read: Expected `int` >= 0 - at `$.items[0].safety`",
        ),
        ({"items": [{"sku": "a"}, {"sku": "a"}]}, "the SKU a at `$.items[1].sku` stands at `$.items[0].sku` already"),
    ],
)
def test_a_mistake_is_refused_with_its_place(body: Any, problem: str) -> None:
    with pytest.raises(DocumentRefused) as refused:
        parse_stock(body if isinstance(body, bytes) else msgspec.json.encode(body))
    assert str(refused.value) == problem


@pytest.mark.parametrize("kind", ["stock", "transfers", "pickups"])
def test_the_example_is_adopted(floor: Floor, kind: str) -> None:
    (adopter,) = [each for each in adopters(floor.shop) if each.kind == kind]
    parsed = adopter.parse((EXAMPLES / f"{kind}.json").read_bytes())
    assert tuple(adopter.adopt(parsed, 1, floor.db)) == ()
