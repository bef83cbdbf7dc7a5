"""The clock switches menus: by the hour, by the weekday, on holidays, over midnight and when clocks change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.shop.catalogue.menus import MENU_TIMER, CatalogueActivated, Hours, active_menus, next_switch, parse_menus
from edge.shop.catalogue.products import find_product
from edge.shop.declined import Declined
from sync.adopters import DocumentRefused

if TYPE_CHECKING:
    from tests.shop.conftest import Floor

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
EVERY_DAY = 0b1111111
Adopts = Callable[..., Any]


def hours(menu: str = "m", begins: int = 0, ends: int = 1440, **more: Any) -> Hours:
    named: dict[str, Any] = {"days": EVERY_DAY, "first_day": "0001-01-01", "last_day": "9999-12-31", "holiday": False} | more
    return Hours(menu=menu, from_minute=begins, to_minute=ends, **named)


def local(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def menus(floor: Floor, at: str) -> tuple[str, ...]:
    told = floor.tick(MENU_TIMER, local(at))
    assert len(told) == 1
    assert isinstance(told[0], CatalogueActivated)
    return told[0].menus


def is_sold(floor: Floor, code: str) -> bool:
    try:
        find_product(floor.db, code, "CNY", datetime(2026, 3, 1, tzinfo=UTC))
    except Declined:
        return False
    return True


def test_a_breakfast_is_sold_in_the_morning_only(floor: Floor, adopts: Adopts) -> None:
    adopts("menus", {"menus": [{"id": "breakfast", "from": "06:30", "to": "10:00", "skus": ["milk"]}]})
    assert menus(floor, "2026-03-02T06:29:59") == ()
    assert is_sold(floor, "4011")
    with pytest.raises(Declined) as refused:
        find_product(floor.db, "milk", "CNY", datetime(2026, 3, 1, tzinfo=UTC))
    assert refused.value.key == "not-on-sale-now"
    assert str(refused.value) == "milk is on no menu of this hour: look at the menus, or sell it when its menu begins"
    assert menus(floor, "2026-03-02T06:30:00") == ("breakfast",)
    assert is_sold(floor, "milk")
    assert floor.tick(MENU_TIMER, local("2026-03-02T09:59:59")) == (), "nothing is said while nothing switches"
    assert menus(floor, "2026-03-02T10:00:00") == ()


def test_a_category_stands_on_a_menu(floor: Floor, adopts: Adopts) -> None:
    item = {"sku": "bun", "names": {"zh": "包子"}, "price_minor": 200, "unit": "piece", "category": "breakfast"}
    floor.adopt(2, {"currency": "CNY", "items": [item]})
    adopts("menus", {"menus": [{"id": "b", "days": ["mon"], "categories": ["breakfast"]}]})
    menus(floor, "2026-03-01T12:00:00")
    assert not is_sold(floor, "bun")
    menus(floor, "2026-03-02T00:00:00")
    assert is_sold(floor, "bun")


def test_a_holiday_puts_all_other_menus_aside(floor: Floor, adopts: Adopts) -> None:
    daily = {"id": "daily", "skus": ["milk"]}
    feast = {"id": "feast", "first_day": "2026-10-01", "last_day": "2026-10-07", "holiday": True, "skus": ["4011"]}
    adopts("menus", {"menus": [daily, feast]})
    seen = [menus(floor, f"2026-{day}") for day in ("09-30T23:59:59", "10-01T00:00:00", "10-07T23:59:59", "10-08T00:00:00")]
    assert seen == [("daily",), ("feast",), ("feast",), ("daily",)]
    assert is_sold(floor, "milk")
    assert not is_sold(floor, "4011")


def test_a_menu_over_midnight_belongs_to_the_day_on_which_it_began() -> None:
    friday = hours(begins=20 * 60, ends=2 * 60, days=0b0010000)
    assert active_menus([friday], local("2026-03-06T20:00:00"), SHANGHAI) == ("m",)
    assert active_menus([friday], local("2026-03-07T01:59:59"), SHANGHAI) == ("m",)
    assert active_menus([friday], local("2026-03-07T02:00:00"), SHANGHAI) == ()
    assert active_menus([friday], local("2026-03-06T01:00:00"), SHANGHAI) == ()


def test_an_hour_that_the_clock_skips_or_repeats_switches_once() -> None:
    night = hours(begins=2 * 60 + 30, ends=4 * 60)
    spring = local("2026-03-29T01:59:00", BERLIN)
    assert next_switch([night], spring, BERLIN) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC), "02:30 is not there: it is 03:30"
    autumn = datetime(2026, 10, 25, 0, 29, tzinfo=UTC)
    assert next_switch([night], autumn, BERLIN) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "the first of two 02:30"
    assert next_switch([night], datetime(2026, 10, 25, 0, 30, tzinfo=UTC), BERLIN) == datetime(2026, 10, 25, 3, 0, tzinfo=UTC)


def test_a_clock_that_is_set_back_switches_back(floor: Floor, adopts: Adopts) -> None:
    adopts("menus", {"menus": [{"id": "evening", "from": "20:00", "to": "22:00", "skus": ["milk"]}]})
    assert menus(floor, "2026-03-02T21:00:00") == ("evening",)
    assert menus(floor, "2026-03-02T12:00:00") == ()


def test_new_menus_count_at_once(floor: Floor, adopts: Adopts) -> None:
    adopts("menus", {"menus": [{"id": "old", "skus": ["milk"]}]}, version=1)
    assert menus(floor, "2026-03-02T12:00:00") == ("old",)
    adopts("menus", {"menus": []}, version=2)
    assert menus(floor, "2026-03-02T12:00:00") == ()
    assert is_sold(floor, "milk")


@given(
    st.lists(
        st.builds(
            hours,
            st.sampled_from(["a", "b", "c"]),
            st.integers(0, 1439),
            st.integers(1, 1440),
            days=st.integers(1, EVERY_DAY),
            holiday=st.booleans(),
        ),
        max_size=4,
        unique_by=lambda each: each.menu,
    ),
    st.integers(0, 60 * 24 * 500),
)
def test_nothing_switches_before_the_next_switch(all_hours: list[Hours], minutes: int) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    until = next_switch(all_hours, at, BERLIN)
    now = active_menus(all_hours, at, BERLIN)
    assert at < until <= at + timedelta(days=2, hours=26)
    for part in range(20):
        assert active_menus(all_hours, at + (until - at) * part / 20, BERLIN) == now


@pytest.mark.parametrize(
    ("menu", "said"),
    [
        ({"id": "m"}, "the menu m at `$.menus[0]` has no goods: name skus or categories"),
        ({"id": "m", "from": "25:00", "skus": ["a"]}, "`$.menus[0].from`"),
        ({"id": "m", "first_day": "2026-02-30", "skus": ["a"]}, "2026-02-30 at `$.menus[0].first_day` is no day of the calendar"),
        ({"id": "m", "days": ["someday"], "skus": ["a"]}, "the menus cannot be read: Invalid enum value 'someday'"),
    ],
)
def test_a_menu_that_cannot_be_is_refused(menu: dict[str, Any], said: str) -> None:
    with pytest.raises(DocumentRefused) as refused:
        parse_menus(msgspec.json.encode({"menus": [menu]}))
    assert said in str(refused.value)


def test_two_menus_of_one_name_are_refused() -> None:
    menu = {"id": "m", "skus": ["a"]}
    with pytest.raises(DocumentRefused, match=r"2 menus are called m at `\$.menus`: each needs a name of its own"):
        parse_menus(msgspec.json.encode({"menus": [menu, menu]}))
