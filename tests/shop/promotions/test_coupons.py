"""A coupon is good for once, here and now, and every other way of showing it is refused with what to do."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from config.schema import Lane
from edge.shop.lanes.answers import charged
from edge.shop.lanes.goods import choose_goods
from edge.shop.lanes.paying import bill
from edge.shop.orders.closing_events import OrderPaid
from edge.shop.orders.refunds import Returned, refund
from edge.shop.promotions.applying import applied_reductions
from edge.shop.promotions.contested import contested_coupons, coupon_conflict
from edge.shop.promotions.coupons import is_coupon_code, withdraw_coupon
from edge.shop.promotions.events import (
    CouponPresented,
    CouponRedeemed,
    CouponReversed,
    CouponWithdrawn,
    PromotionApplied,
)
from edge.shop.promotions.held import held_coupons
from sync.commands import CloudCommand, CommandNotTaken
from tests.shop.promotions.conftest import AT, MILK, Counter, Signer, declined, named, net_of_lines, welcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.shop.conftest import Floor


def test_a_signed_coupon_is_shown_with_what_it_brings_and_spent_with_the_payment(counter: Counter) -> None:
    counter.issue(welcome())
    counter.buy(2)
    (presented,) = counter.show(counter.signer.code())
    assert presented == CouponPresented(
        till="till-1",
        order="17",
        business_day="2026-03-01",
        coupon=counter.signer.coupon(),
        coupon_class="welcome",
        brings_minor=100,
        currency="CNY",
    )
    events = counter.pay()
    applied, redeemed = events[:2]
    assert isinstance(applied, PromotionApplied)
    assert (applied.amount_minor, applied.coupon, applied.words_zh, applied.words_en) == (
        *(100, counter.signer.coupon()),
        *("新人券", "Welcome"),
    )
    assert isinstance(redeemed, CouponRedeemed)
    assert (redeemed.coupon, redeemed.value_minor) == (counter.signer.coupon(), 100)
    paid = next(event for event in events if isinstance(event, OrderPaid))
    assert (paid.amount_minor, paid.reduced_minor, paid.difference_minor) == (1_200, 100, 0)
    assert net_of_lines(counter.floor.db, "till-1", "17") == {1: 1_200}
    assert [(each.coupon, each.line, each.amount_minor) for each in applied_reductions(counter.floor.db, "till-1", "17")] == [
        (counter.signer.coupon(), 1, 100)
    ]


def test_no_code_is_in_any_event(counter: Counter) -> None:
    counter.issue(welcome(with_itself=True), codes=[("welcome", "PLAIN-CODE-XK")])
    counter.buy(2)
    signed = counter.signer.code()
    told = repr((counter.show(signed), counter.show("PLAIN-CODE-XK"), counter.pay()))
    assert signed.removeprefix("SBC1:")[:20] not in told
    assert "PLAIN" not in told


def test_a_plain_code_is_known_by_its_digest_in_any_case(counter: Counter) -> None:
    counter.issue(welcome(), codes=[("welcome", "SPRING-8839")])
    counter.buy(1)
    assert is_coupon_code(counter.floor.db, "spring-8839")
    assert is_coupon_code(counter.floor.db, counter.signer.code())
    assert not is_coupon_code(counter.floor.db, "6901234567892")
    (presented,) = counter.show(" spring-8839 ")
    assert isinstance(presented, CouponPresented)
    assert presented.coupon.startswith("welcome-")
    assert len(presented.coupon) == len("welcome-") + 24


def test_a_coupon_may_be_shown_before_the_first_goods(counter: Counter) -> None:
    counter.issue(welcome())
    counter.floor.till().open()
    (presented,) = counter.show(counter.signer.code())
    assert isinstance(presented, CouponPresented)
    assert presented.brings_minor == 0
    counter.buy(2)
    assert counter.bargain().reduced_minor == 100


def test_a_coupon_in_two_lanes_is_spent_in_one_and_the_other_is_told(counter: Counter, db: sqlite3.Connection) -> None:
    counter.issue(welcome())
    counter.buy(2)
    counter.buy(3, "till-2", "5")
    code = counter.signer.code()
    counter.show(code)
    counter.show(code, "till-2", "5")
    events = counter.pay()
    (lost,) = [event for event in events if isinstance(event, CouponWithdrawn)]
    assert (lost.till, lost.order, lost.coupon, lost.reason) == ("till-2", "5", counter.signer.coupon(), "used-elsewhere")
    assert [held.state for held in held_coupons(db, "till-2", "5")] == ["lost"]
    assert counter.bargain("till-2", "5").reductions == ()
    assert declined(lambda: counter.strike("till-2", "5")) == (
        "coupon-lost",
        (
            f"coupon {counter.signer.coupon()} was used elsewhere meanwhile: "
            "take it off order 5 of till-2, look at the new amount, pay again"
        ),
    )
    assert counter.strike("till-2", "5", taken=True) == ()
    counter.ask(withdraw_coupon("till-2", "5", counter.signer.coupon()))
    assert counter.strike("till-2", "5") == ()
    assert declined(lambda: counter.show(code, "till-2", "5")) == (
        "coupon-redeemed",
        f"coupon {counter.signer.coupon()} was used on 2026-03-01: it is good for once",
    )


def test_while_a_terminal_takes_the_money_no_other_lane_is_billed_with_the_coupon(floor: Floor) -> None:
    lane = Lane(terminal="terminal-1")
    counter = Counter(floor.with_shop(lanes={"sco-1": lane, "sco-2": lane}))
    counter.issue(welcome())
    for name in ("sco-1", "sco-2"):
        counter.ask(choose_goods(name, MILK, 2))
        counter.show(counter.signer.code(), name, "1")
    counter.ask(bill("sco-1"))
    assert declined(lambda: counter.ask(bill("sco-2"))) == (
        "coupon-being-used",
        (
            f"coupon {counter.signer.coupon()} is just being paid with elsewhere: "
            "take it off order 1 of sco-2, or try again in a minute"
        ),
    )
    events = counter.ask(charged("sco-1", "1", 1_200))
    assert next(event for event in events if isinstance(event, OrderPaid)).difference_minor == 0
    assert declined(lambda: counter.ask(bill("sco-2")))[0] == "coupon-lost"
    counter.ask(withdraw_coupon("sco-2", "1", counter.signer.coupon()))
    counter.ask(bill("sco-2"))
    events = counter.ask(charged("sco-2", "1", 1_300))
    assert next(event for event in events if isinstance(event, OrderPaid)).difference_minor == 0


def test_the_row_of_a_spent_coupon_is_there_once(counter: Counter, db: sqlite3.Connection) -> None:
    """Whatever a decision overlooks: a second row undoes the payment that wanted it."""
    counter.issue(welcome())
    counter.buy(2)
    counter.show(counter.signer.code())
    events = counter.pay()
    redeemed = next(event for event in events if isinstance(event, CouponRedeemed))
    with pytest.raises(sqlite3.IntegrityError, match=r"UNIQUE constraint failed: coupons_redeemed\.coupon"):
        redeemed.apply(db)


def test_a_payment_that_is_undone_spends_no_coupon(counter: Counter, db: sqlite3.Connection) -> None:
    """A box that is killed before the commit has not paid, and has not spent."""
    counter.issue(welcome())
    counter.buy(2)
    counter.show(counter.signer.code())
    db.execute("BEGIN")
    counter.pay()
    db.execute("ROLLBACK")
    assert counter.bargain().brought_by(counter.signer.coupon()) == 100
    assert db.execute("SELECT count(*) FROM coupons_redeemed").fetchone() == (0,)


def test_a_coupon_taken_off_can_be_used_on_another_order(counter: Counter) -> None:
    counter.issue(welcome())
    counter.buy(1)
    counter.buy(1, order="18")
    counter.show(counter.signer.code())
    counter.ask(withdraw_coupon("till-1", "17", counter.signer.coupon()))
    assert counter.bargain().reductions == ()
    assert counter.show(counter.signer.code(), order="18")
    assert declined(lambda: counter.ask(withdraw_coupon("till-1", "17", "no such"))) == (
        "coupon-not-held",
        "order 17 of till-1 holds no such coupon: look at its coupons",
    )


def forged(counter: Counter) -> str:
    other = Signer()
    coupon_of_ours = counter.signer.code()
    return coupon_of_ours[:-8] + other.code()[-8:]


REFUSED: list[tuple[dict[str, Any], Callable[[Counter], object], str, str]] = [
    (
        {},
        lambda counter: counter.show("SBC1:%%%"),
        "coupon-unreadable",
        "the coupon code cannot be read: it is no base32; scan it again",
    ),
    (
        {},
        lambda counter: counter.show("NO-SUCH-CODE"),
        "coupon-unknown",
        "this box knows no such coupon: look at the code again, or wait for headquarters",
    ),
    (
        {},
        lambda counter: counter.show(forged(counter)),
        "coupon-forged",
        "the coupon is forged or was changed: do not take it",
    ),
    (
        {},
        lambda counter: counter.show(counter.signer.code(not_before=AT + timedelta(days=1))),
        "coupon-early",
        "coupon of class welcome: it is not valid yet: use it later",
    ),
    (
        {},
        lambda counter: counter.show(counter.signer.code(expires=AT)),
        "coupon-expired",
        "coupon of class welcome: it has expired: ask for another",
    ),
    (
        {"ends": "2026-03-01T18:00:00"},
        lambda counter: counter.show(counter.signer.code()),
        "coupon-expired",
        "coupon of class welcome: it has expired: ask for another",
    ),
    (
        {"day_parts": [{"days": ["sat"]}]},
        lambda counter: counter.show(counter.signer.code()),
        "coupon-day-part",
        "coupon of class welcome: it is valid at other hours: come then",
    ),
    (
        {"stores": ["s-2"]},
        lambda counter: counter.show(counter.signer.code()),
        "coupon-store",
        "coupon of class welcome: it is for another store: use it there",
    ),
    (
        {},
        lambda counter: counter.show(counter.signer.code(store="s-2")),
        "coupon-store",
        "coupon of class welcome: it is for another store: use it there",
    ),
    (
        {"channels": ["lane"]},
        lambda counter: counter.show(counter.signer.code()),
        "coupon-channel",
        "coupon of class welcome: it is not for this way of buying: go to the other tills",
    ),
    (
        {"tiers": ["gold"]},
        lambda counter: counter.show(counter.signer.code()),
        "coupon-member",
        "coupon of class welcome: it is for members of another kind: show the member code first",
    ),
    (
        {"scope": {"skus": ["4011"]}},
        lambda counter: counter.show(counter.signer.code()),
        "coupon-goods",
        "coupon of class welcome: none of these goods is in its scope: add some",
    ),
    (
        {"minimum_minor": 2_000},
        lambda counter: counter.show(counter.signer.code()),
        "coupon-minimum",
        "coupon of class welcome: goods for another 700 are needed: add some",
    ),
    (
        {"day_cap_minor": 99},
        lambda counter: counter.show(counter.signer.code()),
        "coupon-cap",
        "coupons of class welcome are used up on this box for today: take it off, use it tomorrow or in another store",
    ),
    (
        {},
        lambda counter: counter.show(counter.signer.code(), clock="unsynced"),
        "coupon-clock",
        "this box does not know the time, and coupons of this class need it: set the clock, or ask staff",
    ),
]


@pytest.mark.parametrize(("rules", "show", "key", "text"), REFUSED, ids=[f"{case[2]}-{n}" for n, case in enumerate(REFUSED)])
def test_what_is_refused_and_why(
    counter: Counter, rules: dict[str, Any], show: Callable[[Counter], object], key: str, text: str
) -> None:
    counter.issue(welcome(**rules))
    counter.buy(2)
    assert declined(lambda: show(counter)) == (key, text)


def test_a_strange_key_and_a_key_of_another_class_are_refused(counter: Counter) -> None:
    partner = Signer()
    keys = [{"x": counter.signer.x, "classes": ["welcome"]}, {"x": partner.x, "classes": ["partner"]}]
    counter.issue(welcome(), welcome(id="partner"), keys=keys)
    counter.buy(2)
    for code in (Signer().code(), partner.code()):
        key, text = declined(lambda code=code: counter.show(code))  # type: ignore[misc]
        assert key == "coupon-key"
        assert text.startswith("no key of headquarters signs coupons of this class as ")
        assert text.endswith(": the coupon is not for this chain")
    assert counter.show(partner.code("partner"))


def test_a_revoked_coupon_is_good_for_nothing(counter: Counter) -> None:
    counter.issue(welcome(), revoked=[counter.signer.coupon()])
    counter.buy(2)
    assert declined(lambda: counter.show(counter.signer.code())) == (
        "coupon-revoked",
        f"headquarters took coupon {counter.signer.coupon()} back: it is good for nothing",
    )
    assert counter.show(counter.signer.code(number=2))


def test_a_coupon_that_is_revoked_on_the_order_is_lost(counter: Counter) -> None:
    counter.issue(welcome())
    counter.buy(2)
    counter.show(counter.signer.code())
    counter.issue(welcome(), revoked=[counter.signer.coupon()])
    assert counter.bargain().reductions == ()
    assert declined(counter.strike)[0] == "coupon-lost"


def test_a_coupon_counts_once_on_an_order(counter: Counter) -> None:
    counter.issue(welcome())
    counter.buy(2)
    counter.show(counter.signer.code())
    assert declined(lambda: counter.show(counter.signer.code())) == (
        "coupon-held",
        f"order 17 of till-1 has coupon {counter.signer.coupon()} already: it counts once",
    )


def test_of_one_class_one_coupon_holds_unless_it_stacks(counter: Counter) -> None:
    counter.issue(welcome(), welcome(id="stacking", with_itself=True))
    counter.buy(2)
    counter.show(counter.signer.code())
    assert declined(lambda: counter.show(counter.signer.code(number=2))) == (
        "coupon-not-with",
        "coupon of class welcome brings nothing with what is taken off order 17 of till-1 already: keep it for another time",
    )
    counter.show(counter.signer.code("stacking", 3))
    counter.show(counter.signer.code("stacking", 4))
    assert counter.bargain().reduced_minor == 300


def test_a_coupon_that_the_cheapest_way_does_not_need_is_kept_for_the_shopper(counter: Counter) -> None:
    counter.issue(welcome(group="one"))
    counter.buy(1)
    counter.show(counter.signer.code())
    counter.promote(
        {"id": "half", "names": named("半价", "Half"), "benefit": {"kind": "percentage", "percent": 50}, "group": "one"}
    )
    events = counter.pay()
    assert not [event for event in events if isinstance(event, CouponRedeemed)]
    assert next(event for event in events if isinstance(event, OrderPaid)).reduced_minor == 325


def test_headquarters_may_let_a_class_through_without_the_time(counter: Counter) -> None:
    counter.issue(welcome(when_unsynced="accept", ends="2020-01-01T00:00:00"))
    counter.buy(2)
    assert counter.show(counter.signer.code(expires=datetime(2020, 1, 1, tzinfo=UTC)), clock="unsynced")


def test_the_cap_of_a_day_is_counted_over_all_orders_and_again_at_the_payment(counter: Counter) -> None:
    counter.issue(welcome(day_cap_minor=150))
    for till in ("till-1", "till-2"):
        counter.buy(1, till)
    counter.show(counter.signer.code(number=1))
    counter.show(counter.signer.code(number=2), "till-2")
    counter.pay()
    assert declined(lambda: counter.strike("till-2"))[0] == "coupon-cap"
    assert len(counter.strike("till-2", taken=True)) == 2


def test_a_coupon_of_another_store_is_good_there(floor: Floor) -> None:
    counter = Counter(floor.with_shop(store="s-2"))
    counter.issue(welcome(stores=["s-2"]))
    counter.buy(2)
    assert counter.show(counter.signer.code(store="s-2"))


@pytest.mark.parametrize("again", [True, False])
def test_a_whole_refund_gives_the_coupon_back_as_its_class_allows(counter: Counter, again: bool) -> None:
    counter.issue(welcome(reusable_after_refund=again))
    counter.buy(2)
    counter.show(counter.signer.code())
    counter.pay()
    part = counter.ask(refund("till-1", "17", [Returned(line=1, qty=1)], reason="", by="staff"))
    assert not [event for event in part if isinstance(event, CouponReversed)]
    rest = counter.ask(refund("till-1", "17", None, reason="", by="staff"))
    (reversed_,) = [event for event in rest if isinstance(event, CouponReversed)]
    assert (reversed_.coupon, reversed_.value_minor, reversed_.usable_again) == (counter.signer.coupon(), 100, again)
    counter.buy(2, order="18")
    if again:
        assert counter.show(counter.signer.code(), order="18")
    else:
        assert declined(lambda: counter.show(counter.signer.code(), order="18"))[0] == "coupon-redeemed"


def command(body: bytes) -> CloudCommand:
    return CloudCommand(
        id="c-1", kind="coupon-conflict", issued_at=AT, not_before=AT, expires=AT + timedelta(hours=1), body=msgspec.Raw(body)
    )


def test_headquarters_contests_a_coupon_and_staff_see_it(counter: Counter, db: sqlite3.Connection) -> None:
    counter.issue(welcome())
    counter.buy(2)
    counter.show(counter.signer.code())
    counter.pay()
    kind = coupon_conflict()
    body = f'{{"coupon": "{counter.signer.coupon()}", "store": "s-2", "at": "2026-03-01T09:00:00Z"}}'.encode()
    for _ in range(2):  # said twice, shown once
        (event,) = kind.take(kind.parse(body), command(body), db)
        event.apply(db)
    (shown,) = contested_coupons(db)
    assert (shown.coupon, shown.till, shown.order, shown.value_minor, shown.other_store, shown.other_at) == (
        *(counter.signer.coupon(), "till-1", "17", 100),
        *("s-2", "2026-03-01T09:00:00.000Z"),
    )


def test_a_conflict_about_nothing_is_refused(db: sqlite3.Connection) -> None:
    kind = coupon_conflict()
    body = b'{"coupon": "welcome-1", "store": "s-2", "at": "2026-03-01T09:00:00Z"}'
    with pytest.raises(CommandNotTaken, match=r"^coupon welcome-1 was not redeemed on this box$"):
        kind.take(kind.parse(body), command(body), db)
    with pytest.raises(CommandNotTaken, match=r"^its body cannot be read: "):
        kind.parse(b'{"coupon": 1}')


def test_a_coupon_with_another_number_is_another_coupon(counter: Counter) -> None:
    counter.issue(welcome())
    counter.buy(2)
    counter.show(counter.signer.code(number=1))
    counter.pay()
    counter.buy(2, order="18")
    assert counter.show(counter.signer.code(number=2), order="18")


def test_signers_do_not_share_numbers(counter: Counter) -> None:
    """What a partner spends under a number is not spent of ours."""
    partner = Signer()
    keys = [{"x": each.x, "classes": ["welcome"]} for each in (counter.signer, partner)]
    counter.issue(welcome(), keys=keys)
    counter.buy(2)
    counter.show(partner.code())
    counter.pay()
    counter.buy(2, order="18")
    assert counter.show(counter.signer.code(), order="18")


def test_a_spent_coupon_is_forgotten_long_after_its_class(counter: Counter, db: sqlite3.Connection) -> None:
    spent = [("old", "gone", "2025-01-01"), ("new", "gone", "2026-02-01"), ("kept", "welcome", "2025-01-01")]
    for coupon, class_, day in spent:
        db.execute("INSERT INTO coupons_redeemed VALUES (?, ?, 'till-1', '1', ?, 100, ?, 0)", (coupon, class_, day, day))
        db.execute("INSERT INTO coupons_contested VALUES (?, 'till-1', '1', 100, 's-2', ?, ?)", (coupon, day, day))
    db.execute("UPDATE coupons_redeemed SET business_day = '2026-03-01' WHERE coupon = 'new'")
    counter.issue(welcome())
    for table in ("coupons_redeemed", "coupons_contested"):
        assert db.execute(f"SELECT coupon FROM {table} ORDER BY coupon").fetchall() == [("kept",), ("new",)]  # noqa: S608
