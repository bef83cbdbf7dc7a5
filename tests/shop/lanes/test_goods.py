"""What goes on the order of a self-checkout lane, and how each senseless code is refused on its screen."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from edge.shop.declined import Declined
from edge.shop.lanes.events import LaneBegun, LaneCalled, LaneDeclined
from edge.shop.orders.closing_events import OrderVoided
from edge.shop.orders.events import ItemAdded, ItemChosen, ItemRemoved, OrderOpened
from edge.shop.orders.order import sold_lines

if TYPE_CHECKING:
    from tests.shop.lanes.conftest import SelfCheckout

Refusal = Callable[[Callable[[], object]], tuple[str, str]]
MILK = "06901234567892"


def notice(lane: SelfCheckout) -> tuple[int, str, dict[str, str]]:
    number, key, facts = lane.floor.db.execute("SELECT number, key, facts FROM lane_notices WHERE lane = 'sco-1'").fetchone()
    return number, key, json.loads(facts)


def test_the_first_scan_opens_the_order_of_the_lane(lane: SelfCheckout) -> None:
    begun, opened, added = lane.scan(gtin=MILK)
    assert begun == LaneBegun(lane="sco-1", order="1", bag_grams=0)
    assert isinstance(opened, OrderOpened)
    assert (opened.till, opened.lane, opened.order, opened.implied) == ("sco-1", "sco-1", "1", False)
    assert isinstance(added, ItemAdded)
    assert (added.sku, added.qty, added.amount_minor, added.line) == ("milk", 1, 650, 1)
    (again,) = lane.scan(gtin=MILK)
    assert isinstance(again, ItemAdded)
    assert again.line == 2


def test_each_shopper_gets_the_next_number(lane: SelfCheckout) -> None:
    lane.scan(gtin=MILK)
    (voided,) = lane.give_up()
    assert isinstance(voided, OrderVoided)
    begun, *_ = lane.scan(gtin=MILK)
    assert isinstance(begun, LaneBegun)
    assert begun.order == "2"


def test_a_scanner_of_no_lane_sells_nothing(lane: SelfCheckout) -> None:
    other = lane.floor.with_shop(lanes={})
    assert other.hear(_scanned(lane, gtin=MILK)) == ()
    assert lane.floor.db.execute("SELECT count(*) FROM lanes").fetchone() == (0,)


def _scanned(lane: SelfCheckout, **read: Any) -> Any:
    from drivers.counter_readings import Scanned

    return Scanned(**lane.floor.stamp("scanner-7"), code="", **read)


@pytest.mark.parametrize(
    ("read", "sold"),
    [
        ({"item": "2100001000004", "grams": 750}, ("4011", None, 750, 599)),
        ({"item": "2100001000004", "amount_minor": 798}, ("4011", None, 1_000, 798)),
        ({"item": "2100001000004", "grams": 500, "amount_minor": 333}, ("4011", None, 500, 333)),
        ({"item": "2200003000000", "amount_minor": 777}, ("bread", 1, None, 777)),
        ({"item": "2200003000000", "count": 3}, ("bread", 3, None, 2_700)),
    ],
)
def test_the_label_of_a_scale_is_believed(lane: SelfCheckout, read: dict[str, Any], sold: tuple[Any, ...]) -> None:
    *_, added = lane.scan("2100001007507", **read)
    assert isinstance(added, ItemAdded)
    assert (added.sku, added.qty, added.grams, added.amount_minor) == sold


@pytest.mark.parametrize(
    ("read", "key", "reason"),
    [
        ({"problem": "its check digit is false"}, "code-unsound", "the code cannot be sold by: its check digit is false"),
        (
            {"gtin": MILK, "expires": "2026-02-28"},
            "goods-expired",
            "the goods were to be used by 2026-02-28: take others, and give these to staff",
        ),
        (
            {"gtin": "06901234567885"},
            "unknown-barcode",
            "no product of the catalogue has the code 6901234567885: add it at headquarters, or sell under another code",
        ),
        ({"item": "2200003000000", "grams": 400}, "label-does-not-fit", "bread is sold by the piece, the label says a weight"),
        ({"item": "2100001000004", "grams": 0}, "label-does-not-fit", "the label of 4011 says 0 g: weigh it anew"),
        ({"item": "2100001000004", "grams": -5}, "label-does-not-fit", "the label of 4011 says -5 g: weigh it anew"),
        ({"item": "2100001000004", "count": 2}, "label-does-not-fit", "4011 is not sold by 2 pieces"),
    ],
)
def test_what_cannot_be_sold_is_refused_on_the_screen(lane: SelfCheckout, read: dict[str, Any], key: str, reason: str) -> None:
    (declined,) = lane.scan("x", **read)
    assert isinstance(declined, LaneDeclined)
    assert (declined.key, declined.reason, declined.order) == (key, reason, "")
    number, shown, facts = notice(lane)
    assert (number, shown) == (1, key)
    assert facts == declined.facts
    lane.scan("x", **read)
    assert notice(lane)[0] == 2


def test_a_payment_code_is_refused_with_the_way_out_and_never_looked_at(lane: SelfCheckout) -> None:
    (declined,) = lane.show_payment_code()
    assert isinstance(declined, LaneDeclined)
    assert (declined.key, declined.reason) == (
        "code-not-taken",
        "this lane takes no payment codes: pay by card here, or by code at the till",
    )
    assert "134567890123456789" not in str(lane.floor.db.execute("SELECT * FROM lane_notices").fetchall())


def test_goods_by_weight_are_chosen_on_the_screen_and_sold_by_the_scale(lane: SelfCheckout) -> None:
    scale = lane.floor.scale("scale-7")
    scale.settle(0)
    *_, chosen = lane.choose("4011")
    assert isinstance(chosen, ItemChosen)
    (added,) = scale.settle(500)
    assert isinstance(added, ItemAdded)
    assert (added.till, added.grams, added.amount_minor) == ("sco-1", 500, 399)


def test_goods_without_a_barcode_are_chosen_on_the_screen(lane: SelfCheckout) -> None:
    *_, added = lane.choose("bread", 3)
    assert isinstance(added, ItemAdded)
    assert (added.qty, added.amount_minor) == (3, 2_700)


def test_a_line_is_taken_off_once(lane: SelfCheckout, refusal: Refusal) -> None:
    lane.scan(gtin=MILK)
    (removed,) = lane.remove(1)
    assert isinstance(removed, ItemRemoved)
    assert sold_lines(lane.floor.db, "sco-1", "1") == []
    assert refusal(lambda: lane.remove(1)) == ("line-taken-off", "line 1 of order 1 of sco-1 was taken off before")
    assert refusal(lambda: lane.remove(7)) == (
        "no-such-line",
        "order 1 of sco-1 has no line 7: its lines are numbered from 1 to 1",
    )


def test_without_a_shopper_there_is_nothing_to_take_off(lane: SelfCheckout, refusal: Refusal) -> None:
    assert refusal(lane.give_up) == ("lane-empty", "nothing has been scanned at lane sco-1 yet: scan something first")


def test_goods_for_adults_call_the_attendant_once(lane: SelfCheckout) -> None:
    *_, called = lane.choose("wine")
    assert called == LaneCalled(lane="sco-1", order="1", reason="age")
    (added,) = lane.choose("wine")
    assert isinstance(added, ItemAdded)


def test_a_lane_with_a_till_is_not_the_box_s(lane: SelfCheckout) -> None:
    lane.name = "1"
    with pytest.raises(Declined) as declined:
        lane.choose("milk")
    assert str(declined.value) == "no lane called 1 is without a till in the settings: add [lane.1] without till"
