"""A member is recognised by code, phone, card or one-time code without the internet, or stays provisional."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from drivers.counter_readings import OrderReported, SoldLine
from edge.shop.declined import Declined
from edge.shop.members.events import MemberIdentified
from edge.shop.members.identify import pseudonym
from tests.shop.conftest import AT
from tests.shop.members.conftest import OLD_SALT, SALT, Headquarters, hashed, member, one_time

if TYPE_CHECKING:
    from sync.events import Clock
    from tests.shop.conftest import Floor

KEY = b"k" * 32


def shown(floor: Floor, code: str, order: str | None = None) -> MemberIdentified:
    identified = floor.till().show_member(code, order)[-1]
    assert isinstance(identified, MemberIdentified)
    return identified


@pytest.mark.parametrize(
    ("code", "method"),
    [
        ("77001", "code"),
        (" 77001 ", "code"),
        ("13800000001", "phone"),
        ("+86 138-0000-0001", "phone"),
        ("008613800000001", "phone"),
        ("6222020200112233441", "card"),
        ("6222 0202 0011 2233 441", "card"),
    ],
)
def test_whom_headquarters_told_of_is_verified(floor: Floor, hq: Headquarters, code: str, method: str) -> None:
    hq.publish(member(1, guide="g7"), member(2))
    identified = shown(floor, code)
    assert (identified.member_ref, identified.method, identified.verified, identified.doubt) == ("m-1", method, True, "")
    assert identified.guide == "g7"


@pytest.mark.parametrize(
    ("code", "method", "plain"),
    [
        ("99999", "code", "99999"),
        ("13899999999", "phone", "13899999999"),
        ("+8613899999999", "phone", "13899999999"),
        ("6222020200000000000", "card", "6222020200000000000"),
        ("77009.12345678", "dynamic", "77009"),
    ],
)
def test_a_stranger_is_a_pseudonym_until_headquarters_knows(
    floor: Floor, hq: Headquarters, code: str, method: str, plain: str
) -> None:
    before = shown(floor, code)
    hq.publish(member(1))
    identified = shown(floor, code)
    assert (identified.member_ref, identified.method, identified.verified) == (pseudonym(plain, KEY), method, False)
    assert identified.doubt == "unknown"
    assert before.member_ref == identified.member_ref


def test_a_number_that_only_looks_like_a_phone_may_be_a_code(floor: Floor, hq: Headquarters) -> None:
    hq.publish({"ref": "m-9", "code": hashed("code", "13800138000")})
    identified = shown(floor, "13800138000")
    assert (identified.member_ref, identified.method) == ("m-9", "code")


def test_two_salts_hold_while_one_goes_out_of_use(floor: Floor, hq: Headquarters) -> None:
    old = {"ref": "m-1", "phone": hashed("phone", "8613800000001", OLD_SALT)}
    hq.publish(old, member(2), salts=[SALT, OLD_SALT])
    assert [shown(floor, f"1380000000{number}").member_ref for number in (1, 2)] == ["m-1", "m-2"]
    hq.publish(old, member(2), salts=[SALT])
    assert [shown(floor, f"1380000000{number}").verified for number in (1, 2)] == [False, True]


@pytest.mark.parametrize("steps", [-1, 0, 1])
@pytest.mark.parametrize(("step_s", "digits"), [(30, 8), (60, 6)])
def test_a_dynamic_code_holds_one_step_either_way(floor: Floor, hq: Headquarters, steps: int, step_s: int, digits: int) -> None:
    key = {**hq.body()["keys"][0], "step_s": step_s, "digits": digits}
    hq.publish(member(1, code_key=1), keys=[key])
    identified = shown(floor, f"77001.{one_time('m-1', AT, steps=steps, step_s=step_s, digits=digits)}")
    assert (identified.member_ref, identified.method, identified.verified) == ("m-1", "dynamic", True)


@pytest.mark.parametrize("steps", [-2, 2])
def test_a_dynamic_code_that_is_too_old_or_forged_is_declined(floor: Floor, hq: Headquarters, steps: int) -> None:
    hq.publish(member(1, code_key=1), member(2, code_key=1), member(3))
    codes = (
        f"77001.{one_time('m-1', AT, steps=steps)}",
        f"77001:{one_time('m-2', AT)}",  # another member's phone
        f"77003.{one_time('m-3', AT)}",  # a member whose phone makes no codes
        "77001.000000",
    )
    for code in codes:
        with pytest.raises(Declined) as declined:
            floor.till().show_member(code)
        assert str(declined.value) == "the member code is wrong or too old: open it on the phone again and show the new one"
        assert declined.value.key == "member-code-not-valid"


def test_a_dynamic_code_is_used_once(floor: Floor, hq: Headquarters) -> None:
    hq.publish(member(1, code_key=1), member(2, code_key=1))
    code = f"77001.{one_time('m-1', AT)}"
    shown(floor, code, None)
    with pytest.raises(Declined) as declined:
        floor.till().show_member(code)
    assert str(declined.value) == "this member code was used already: wait for the next one on the phone and show that"
    assert declined.value.key == "member-code-used"
    shown(floor, f"77001.{one_time('m-1', AT, steps=1)}")
    shown(floor, f"77002.{one_time('m-2', AT)}")


def test_used_codes_are_forgotten_after_a_day(floor: Floor, hq: Headquarters, db: sqlite3.Connection) -> None:
    hq.publish(member(1, code_key=1))
    db.execute("INSERT INTO member_codes_used (step_s, member_ref) VALUES (0, 'm-1')")
    shown(floor, f"77001.{one_time('m-1', AT)}")
    assert db.execute("SELECT count(*) FROM member_codes_used").fetchone() == (1,)


def test_a_clock_that_is_off_judges_no_dynamic_code(floor: Floor, hq: Headquarters) -> None:
    def unsynced() -> Clock:
        return "unsynced"

    hq.publish(member(1, code_key=1))
    doubting = floor.with_shop(clock=unsynced)
    identified = shown(doubting, f"77001.{one_time('m-1', AT - timedelta(days=1))}")
    assert (identified.verified, identified.doubt) == (False, "clock-unsynced")
    assert identified.member_ref == pseudonym("77001", KEY), "nobody's points are at risk"
    assert shown(doubting, "77001").verified, "a static code needs no clock"


def test_a_database_of_another_box_tells_no_member(floor: Floor, hq: Headquarters) -> None:
    hq.publish(member(1))
    assert shown(floor.with_shop(member_key=b"x" * 32), "77001").doubt == "unknown"


def test_no_code_reaches_what_is_kept(floor: Floor, hq: Headquarters, db: sqlite3.Connection) -> None:
    hq.publish(member(1, code_key=1))
    otp = one_time("m-1", AT)
    codes = ("77001", "13800000001", "6222020200112233441", f"77001.{otp}", "13899999999")
    for code in codes:
        shown(floor, code)
    kept = "\n".join(db.iterdump())
    for code in (*codes, otp, "8613800000001"):
        assert code not in kept
    assert "m-1" in kept


def test_a_member_of_a_reported_order_is_recognised_too(floor: Floor, hq: Headquarters, db: sqlite3.Connection) -> None:
    hq.publish(member(1, code_key=1))
    for order, code, ref in (("1", "13800000001", "m-1"), ("2", "77001.00000000", pseudonym("77001", KEY))):
        line = SoldLine(code="milk", qty=1, grams=None, amount_minor=650)
        floor.hear(
            OrderReported(
                **floor.stamp("till-1"),
                report=floor.report(),
                order=order,
                business_day="2026-03-01",
                lines=(line,),
                amount_minor=650,
                tender="cash",
                member=code,
            )
        )
        assert db.execute("SELECT member_ref FROM orders WHERE order_id = ?", (order,)).fetchone() == (ref,)


def test_what_is_too_long_for_any_grammar_is_a_static_code(floor: Floor) -> None:
    assert shown(floor, "1" * 513).method == "code"


def test_another_country_says_its_phones_otherwise(floor: Floor, hq: Headquarters) -> None:
    grammar = floor.shop.members.model_copy(update={"phone": "0[67][0-9]{8}", "phone_country": "33"})
    french = floor.with_shop(members=grammar)
    assert shown(french, "+33 0612345678").method == "phone"
    assert replace(french.shop).members.phone_country == "33"
