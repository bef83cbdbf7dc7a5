"""What a code is taken for at a self-checkout lane: goods, a coupon, a member, and what it then changes."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from drivers.commands import Line, Print
from edge.command_json import read_command
from edge.shop.jobs import find_job
from edge.shop.lanes.events import LaneBegun, LaneDeclined
from edge.shop.lanes.payment_events import LaneBilled
from edge.shop.members.events import MemberIdentified
from edge.shop.moment import Moment
from edge.shop.orders.closing_events import LineReduced, OrderPaid
from edge.shop.orders.due import Reduced, due_of
from edge.shop.orders.events import OrderOpened
from edge.shop.orders.order import known_order, sold_lines
from edge.shop.orders.refunds import refund
from edge.shop.promotions.coupon_document import coupon_adopter
from edge.shop.promotions.document import promotion_adopter
from edge.shop.promotions.events import CouponPresented, CouponRedeemed, PromotionApplied
from tests.shop.lanes.conftest import AT, SelfCheckout
from tests.shop.promotions.conftest import Signer

MILK = "06901234567892"
PROMOTIONS: dict[str, Any] = {
    "currency": "CNY",
    "promotions": [
        {
            "id": "milk-10",
            "names": {"zh": "牛奶九折", "en": "Milk 10 % off"},
            "benefit": {"kind": "percentage", "percent": 10},
            "scope": {"skus": ["milk"]},
        }
    ],
    "campaigns": [{"id": "join", "texts": {"zh": "扫码入会", "en": "Scan to join"}, "qr": "https://example.com/j?r={token}"}],
}


def adopt(lane: SelfCheckout, make: Any, body: dict[str, Any]) -> None:
    """As the desk does."""
    adopter = make(lane.floor.shop)
    parsed = adopter.parse(msgspec.json.encode(body))
    for step in adopter.stage(parsed, 1):
        step(lane.floor.db)
    tuple(adopter.adopt(parsed, 1, lane.floor.db))


def told(lane: SelfCheckout) -> list[str]:
    """The lines of the receipt."""
    job = find_job(lane.floor.db, "receipt-sco-1-1")
    assert job is not None
    printed = read_command(msgspec.json.decode(job.content))
    assert isinstance(printed, Print)
    return [block.text for block in printed.blocks if isinstance(block, Line)]


def test_a_telephone_number_names_the_member_and_opens_the_order(lane: SelfCheckout) -> None:
    begun, opened, identified, *_ = lane.scan("13800138000")
    assert isinstance(begun, LaneBegun)
    assert isinstance(opened, OrderOpened)
    assert isinstance(identified, MemberIdentified)
    assert (identified.method, identified.verified, identified.till, identified.order) == ("phone", False, "sco-1", "1")
    assert known_order(lane.floor.db, "sco-1", "1").member_ref == identified.member_ref
    lane.scan(gtin=MILK)
    lane.put_in_bag(1_030)
    lane.bill()
    lane.charged(650)
    assert f"会员 ****{identified.member_ref[-4:]}" in told(lane)


@pytest.mark.parametrize("code", ["JUNK-1", "https://example.com/x"])
def test_a_code_of_nobody_is_just_unknown(lane: SelfCheckout, code: str) -> None:
    (declined,) = lane.scan(code)
    assert isinstance(declined, LaneDeclined)
    assert declined.key == "unknown-barcode"


def test_a_dynamic_code_that_nobody_can_check_is_provisional(lane: SelfCheckout) -> None:
    *_, identified = lane.scan("m000123.123456")
    assert isinstance(identified, MemberIdentified)
    assert (identified.method, identified.verified, identified.doubt) == ("dynamic", False, "unknown")


def test_a_coupon_that_cannot_be_read_is_refused_on_the_screen(lane: SelfCheckout) -> None:
    (declined,) = lane.scan("SBC1:NONSENSE")
    assert isinstance(declined, LaneDeclined)
    assert declined.key == "lane-empty"
    lane.scan(gtin=MILK)
    (declined,) = lane.scan("SBC1:NONSENSE")
    assert isinstance(declined, LaneDeclined)
    assert declined.key == "coupon-unreadable"


def test_a_coupon_is_scanned_and_redeemed_with_the_payment(lane: SelfCheckout) -> None:
    signer = Signer()
    welcome = {
        "id": "welcome",
        "names": {"zh": "新人券", "en": "Welcome"},
        "benefit": {"kind": "full-reduction", "tiers": [{"spend_minor": 0, "off_minor": 100}]},
    }
    adopt(lane, coupon_adopter, {"currency": "CNY", "keys": [{"x": signer.x, "classes": ["welcome"]}], "classes": [welcome]})
    lane.scan(gtin=MILK)
    (presented,) = lane.scan(signer.code())
    assert isinstance(presented, CouponPresented)
    lane.put_in_bag(1_030)
    (billed,) = lane.bill()
    assert isinstance(billed, LaneBilled)
    assert billed.amount_minor == 550
    events = lane.charged(550)
    assert any(isinstance(event, CouponRedeemed) for event in events)
    (paid,) = [event for event in events if isinstance(event, OrderPaid)]
    assert (paid.total_minor, paid.reduced_minor, paid.amount_minor, paid.difference_minor) == (650, 100, 550, 0)


def test_a_promotion_is_shown_paid_printed_and_given_back(lane: SelfCheckout) -> None:
    adopt(lane, promotion_adopter, PROMOTIONS)
    lane.scan(gtin=MILK)
    lane.scan(gtin=MILK)
    lane.put_in_bag(2_060)
    order = known_order(lane.floor.db, "sco-1", "1")
    due = due_of(lane.floor.db, order, Moment(at=AT, monotonic_ms=1), lane.floor.shop)
    assert (due.total_minor, due.reduced_minor, due.due_minor) == (1_300, 130, 1_170)
    assert due.reductions == (Reduced(words_zh="牛奶九折", words_en="Milk 10 % off", amount_minor=130),)
    lane.bill()
    events = lane.charged(1_170)
    assert any(isinstance(event, PromotionApplied) for event in events)
    (paid,) = [event for event in events if isinstance(event, OrderPaid)]
    assert paid.reduced_lines == (LineReduced(line=1, amount_minor=65), LineReduced(line=2, amount_minor=65))
    assert [line.reduced_minor for line in sold_lines(lane.floor.db, "sco-1", "1")] == [65, 65]
    assert "牛奶九折    -1.30" in told(lane)
    assert "扫码入会" in told(lane)
    refunded, *_ = lane.floor.ask(refund("sco-1", "1", None, reason="sour", by="ann"))
    assert msgspec.to_builtins(refunded)["amount_minor"] == 1_170
