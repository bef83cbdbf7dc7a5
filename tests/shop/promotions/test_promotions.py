"""What promotions take off an order of this shop: when, for whom, how much of it, and what is said and given with it."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from config.schema import Lane
from edge.shop.jobs import find_job
from edge.shop.lanes.answers import charged
from edge.shop.lanes.goods import choose_goods
from edge.shop.lanes.paying import bill
from edge.shop.moment import Moment
from edge.shop.orders.closing_events import OrderPaid
from edge.shop.orders.order import known_order
from edge.shop.promotions.campaigns import after_pay_texts, campaigns_shown
from edge.shop.promotions.conditions import DAYS
from edge.shop.promotions.events import CampaignShown, GiftGranted, PromotionApplied
from tests.shop.promotions.conftest import AT, MILK, Counter, named, net_of_lines, welcome

if TYPE_CHECKING:
    from tests.shop.conftest import Floor, Scale


def half_second(**more: Any) -> dict[str, Any]:
    return {
        "id": "second",
        "names": named("第二件半价", "Second at half price"),
        "benefit": {"kind": "nth-item", "every": 2, "percent": 50},
    } | more


def percent(id_: str = "tenth", off: int = 10, **more: Any) -> dict[str, Any]:
    return {"id": id_, "names": named("九折", "10 % off"), "benefit": {"kind": "percentage", "percent": off}} | more


def test_the_till_is_paid_what_is_left_and_the_books_agree(counter: Counter, db: sqlite3.Connection) -> None:
    counter.promote(half_second())
    counter.buy(5)
    events = counter.pay()
    (applied,) = [event for event in events if isinstance(event, PromotionApplied)]
    assert (applied.promotion, applied.kind, applied.amount_minor, applied.words_zh, applied.words_en) == (
        *("second", "nth-item", 650),
        *("第二件半价 ×2", "Second at half price ×2"),
    )
    assert (applied.subject(), applied.day()) == ("till-1/17", "2026-03-01")
    paid = next(event for event in events if isinstance(event, OrderPaid))
    assert (paid.total_minor, paid.reduced_minor, paid.amount_minor, paid.difference_minor) == (3_250, 650, 2_600, 0)
    assert net_of_lines(db, "till-1", "17") == {1: 2_600}


def test_a_till_that_took_the_full_price_used_no_promotion(counter: Counter, db: sqlite3.Connection) -> None:
    counter.promote(half_second())
    counter.buy(2)
    events = counter.floor.till().pay(1_300)
    assert not [event for event in events if isinstance(event, PromotionApplied)]
    assert net_of_lines(db, "till-1", "17") == {1: 1_300}


def test_goods_by_weight_are_one_piece_of_a_percentage_and_of_no_set(counter: Counter, scale: Scale) -> None:
    counter.promote(half_second(), percent())
    scale.settle(0)
    counter.floor.till().choose("banana")
    scale.settle(1_000)
    assert [(each.promotion, each.amount_minor) for each in counter.bargain().reductions] == [("tenth", 80)]


def test_a_flash_sale_ends_with_its_quota_on_this_box(counter: Counter) -> None:
    flash = {
        "id": "flash",
        "names": named("秒杀", "Flash sale"),
        "benefit": {"kind": "price", "price_minor": 500},
        "quota": 5,
        "most_pieces": 3,
    }
    counter.promote(flash)
    gone = []
    for order, wanted in (("1", 4), ("2", 4), ("3", 1)):
        counter.buy(wanted, order=order)
        events = counter.pay(order=order)
        gone.append(sum(event.quota_pieces for event in events if isinstance(event, PromotionApplied)))
        assert all(event.kind == "flash-sale" for event in events if isinstance(event, PromotionApplied))
    assert gone == [3, 2, 0]
    counter.promote(flash)  # published again: what is gone stays gone
    counter.buy(1, order="4")
    assert counter.bargain(order="4").reductions == ()
    counter.promote(flash | {"id": "flash-2"})
    assert counter.bargain(order="4").reduced_minor == 150


def test_a_payment_that_is_undone_takes_nothing_from_the_quota(counter: Counter, db: sqlite3.Connection) -> None:
    counter.promote(percent(quota=2, off=50))
    counter.buy(2)
    db.execute("BEGIN")
    counter.pay()
    db.execute("ROLLBACK")
    assert counter.bargain().reductions[0].quota_pieces == 2


@pytest.mark.parametrize(
    ("conditions", "holds"),
    [
        ({"begins": "2026-03-01T18:00:00"}, True),
        ({"begins": "2026-03-01T18:00:01"}, False),
        ({"begins": "2026-03-01T10:00:01Z"}, False),
        ({"ends": "2026-03-01T18:00:00"}, False),
        ({"ends": "2026-03-01T10:00:01Z"}, True),
        ({"day_parts": [{"from": "17:00:00", "until": "18:00:00"}]}, False),
        ({"day_parts": [{"from": "18:00:00", "until": "18:30:00", "days": ["sun"]}]}, True),
        ({"day_parts": [{"from": "18:00:00", "until": "18:30:00", "days": ["mon"]}]}, False),
        ({"day_parts": [{"from": "22:00:00", "until": "19:00:00", "days": ["sat"]}]}, True),
        ({"day_parts": [{"from": "22:00:00", "until": "19:00:00", "days": ["sun"]}]}, False),
        ({"day_parts": [{"days": ["sun"]}]}, True),
        ({"channels": ["till"]}, True),
        ({"channels": ["lane", "table"]}, False),
        ({"stores": ["s-9"]}, False),
        ({"members_only": True}, False),
        ({"tags": ["tea"]}, False),
    ],
)
def test_a_promotion_holds_under_its_conditions(counter: Counter, conditions: dict[str, Any], holds: bool) -> None:
    counter.promote(percent(**conditions))
    counter.buy(1)
    assert bool(counter.bargain().reductions) is holds


def test_a_self_checkout_lane_has_promotions_of_its_own(floor: Floor) -> None:
    counter = Counter(floor.with_shop(lanes={"sco-1": Lane(), "1": Lane(till="till-1")}))
    counter.promote(percent(channels=["lane"]))
    counter.buy(1, "sco-1")
    counter.buy(1, "till-1")
    assert counter.bargain("sco-1").reduced_minor == 65
    assert counter.bargain("till-1").reduced_minor == 0


def test_days_are_those_of_the_calendar() -> None:
    assert [DAYS[(datetime(2026, 3, 2, tzinfo=UTC) + timedelta(days=day)).weekday()] for day in range(7)] == list(DAYS)


@dataclass
class Known:
    """A member as headquarters told of one."""

    ref: str = "m-1"
    tier: str | None = "gold"
    tags: frozenset[str] = frozenset({"tea"})


@pytest.fixture
def member(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> Known:
    """Whoever shows a code is this member of headquarters."""
    known = Known()
    for module in ("bargain", "campaigns"):
        monkeypatch.setattr(f"edge.shop.promotions.{module}.find_member", lambda _db, _ref: known)
    counter.floor.till().open()
    return known


@pytest.mark.parametrize(
    ("conditions", "holds"),
    [
        ({"members_only": True}, True),
        ({"tiers": ["gold", "black"]}, True),
        ({"tiers": ["silver"]}, False),
        ({"tags": ["tea", "coffee"]}, True),
        ({"tags": ["coffee"]}, False),
        ({"tiers": ["gold"], "tags": ["coffee"]}, False),
    ],
)
def test_tiers_and_tags_are_those_of_the_member(counter: Counter, member: Known, conditions: dict[str, Any], holds: bool) -> None:
    counter.promote(percent(**conditions))
    counter.buy(1)
    assert counter.bargain().reductions == ()
    counter.floor.till().show_member("88001234")
    assert bool(counter.bargain().reductions) is holds


def gift(**more: Any) -> dict[str, Any]:
    return {"id": "tote", "names": named("帆布袋", "Tote bag"), "on": "payment", "sku": "tote-bag", "spend_minor": 1_200} | more


def test_a_gift_comes_with_the_payment_when_the_reduced_goods_are_worth_it(counter: Counter) -> None:
    counter.promote(percent(), gifts=[gift()])
    counter.buy(2)
    assert counter.bargain().gifts == ()  # 13.00 less 1.30
    counter.buy(1)
    events = counter.pay()
    (granted,) = [event for event in events if isinstance(event, GiftGranted)]
    assert (granted.gift, granted.sku, granted.qty, granted.on, granted.words_zh, granted.words_en) == (
        *("tote", "tote-bag", 1, "payment"),
        *("帆布袋", "Tote bag"),
    )
    assert (granted.subject(), granted.day()) == ("tote", "2026-03-01")


def test_a_member_who_comes_is_given_it_once_a_day(counter: Counter, member: Known) -> None:
    counter.promote(gifts=[gift(on="entry", spend_minor=0, tiers=["gold"]), gift(id="silver", on="entry", tiers=["silver"])])
    first = counter.floor.till().show_member("88001234")
    (granted,) = [event for event in first if isinstance(event, GiftGranted)]
    assert (granted.gift, granted.on, granted.member_ref, granted.till, granted.order) == ("tote", "entry", "m-1", "till-1", "17")
    again = counter.floor.till().show_member("88001234")
    assert not [event for event in again if isinstance(event, GiftGranted)]
    assert counter.floor.db.execute("SELECT count(*) FROM gifts_granted WHERE receiver = 'm-1'").fetchone() == (0,)


def test_a_stranger_is_given_nothing(counter: Counter) -> None:
    counter.promote(gifts=[gift(on="entry")])
    counter.floor.till().open()
    assert not [event for event in counter.floor.till().show_member("88001234") if isinstance(event, GiftGranted)]


def test_what_is_said_under_a_receipt_is_what_holds_then(counter: Counter, db: sqlite3.Connection) -> None:
    campaign = {
        "id": "join",
        "texts": named("扫码入会", "Scan to join"),
        "qr": "https://example.com/j?r={token}",
        "spend_minor": 500,
        "ends": "2026-03-02T00:00:00",
    }
    counter.promote(campaigns=[campaign])
    counter.floor.till().open()
    order = known_order(db, "till-1", "17")
    shop = counter.floor.shop
    (text,) = after_pay_texts(db, order, 500, Moment(at=AT, monotonic_ms=0), shop, token="abc")
    assert (text.campaign, text.zh, text.en, text.qr) == ("join", "扫码入会", "Scan to join", "https://example.com/j?r=abc")
    (shown,) = campaigns_shown(order, (text,))
    assert isinstance(shown, CampaignShown)
    assert shown.campaigns == ("join",)
    assert after_pay_texts(db, order, 499, Moment(at=AT, monotonic_ms=0), shop) == ()
    assert after_pay_texts(db, order, 500, Moment(at=AT + timedelta(hours=6), monotonic_ms=0), shop) == ()
    assert list(campaigns_shown(order, ())) == []


def test_the_receipt_tells_what_was_taken_off_given_and_offered(floor: Floor) -> None:
    lane = Lane(terminal="terminal-1", printer="printer-1")
    counter = Counter(floor.with_shop(lanes={"sco-1": lane}, language="zh"))
    campaign = {"id": "join", "texts": named("扫码入会", "Scan to join"), "qr": "https://example.com/j?r={token}"}
    counter.promote(half_second(), gifts=[gift(spend_minor=0, qty=2)], campaigns=[campaign])
    counter.ask(choose_goods("sco-1", MILK, 2))
    counter.ask(bill("sco-1"))
    events = counter.ask(charged("sco-1", "1", 975))
    paid = next(event for event in events if isinstance(event, OrderPaid))
    assert (paid.reduced_minor, paid.difference_minor) == (325, 0)
    assert [event.campaigns for event in events if isinstance(event, CampaignShown)] == [("join",)]
    job = find_job(counter.floor.db, "receipt-sco-1-1")
    assert job is not None
    for text in ("第二件半价    -3.25", "赠品    帆布袋 ×2", "扫码入会"):
        assert text in job.content


def test_a_rule_of_another_version_of_the_program_holds_up_no_payment(counter: Counter, db: sqlite3.Connection) -> None:
    counter.promote(percent(), gifts=[gift()])
    counter.issue(welcome())
    counter.buy(2)
    counter.show(counter.signer.code())
    db.execute("UPDATE coupon_classes SET rule = '{}'")
    for list_ in ("promotion", "gift", "campaign"):
        db.execute("INSERT INTO promotion_rules (list, id, rule) VALUES (?, 'strange', '{}')", (list_,))
    assert [each.promotion for each in counter.bargain().reductions] == ["tenth"]
    assert next(event for event in counter.pay() if isinstance(event, OrderPaid)).difference_minor == 0
    order = known_order(db, "till-1", "17")
    assert after_pay_texts(db, order, 500, Moment(at=AT, monotonic_ms=0), counter.floor.shop) == ()
