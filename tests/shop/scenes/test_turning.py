"""Each opening, closing, rule and campaign fires once: on time, late, over clock jumps, daylight saving and restarts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from edge.shop.scenes.opening import turn_store
from edge.shop.scenes.override import choose_scene

if TYPE_CHECKING:
    from tests.shop.scenes.conftest import Store

MakesStore = Callable[..., "Store"]


def test_a_day_goes_by(store: Store) -> None:
    store.at("2026-03-02 08:59")
    assert (store.scene, store.is_open) == ("night by calendar", False)
    assert store.at("2026-03-02 09:00") == ["store.opened", "scene.called day", "scene.began day"]
    assert store.at("2026-03-02 12:00") == []
    assert store.at("2026-03-02 17:59:59") == []
    assert store.at("2026-03-02 18:00") == ["scene.called evening", "scene.began evening"]
    assert store.at("2026-03-02 21:00") == ["store.closed", "scene.called night", "scene.began night"]


def test_what_is_late_is_not_played_one_by_one(store: Store) -> None:
    store.at("2026-03-02 10:00")
    assert store.at("2026-03-04 19:30") == ["scene.called evening", "scene.began evening"], "the state that should hold now"
    assert store.at("2026-03-09 03:00") == ["store.closed", "scene.called night", "scene.began night"]


def test_what_fired_does_not_fire_again_when_the_clock_goes_back(store: Store) -> None:
    store.at("2026-03-02 10:00")
    store.at("2026-03-02 18:00")
    assert store.at("2026-03-02 17:00") == []
    assert store.at("2026-03-02 18:00") == []
    assert store.at("2026-03-02 18:30") == []
    assert store.at("2026-03-02 21:00") == ["store.closed", "scene.called night", "scene.began night"]


def test_a_clock_that_goes_back_a_day_fires_nothing_again(store: Store) -> None:
    for hour in ("09:00", "18:00", "21:00"):
        store.at(f"2026-03-02 {hour}")
    store.at("2026-03-03 09:00")
    store.at("2026-03-03 18:00")
    for moment in ("03-02 18:05", "03-02 21:00", "03-03 09:00", "03-03 18:00"):
        assert store.at(f"2026-{moment}") == []
    assert store.at("2026-03-03 21:00") == ["store.closed", "scene.called night", "scene.began night"]


def test_a_clock_that_was_a_day_ahead_for_a_moment_costs_no_opening(store: Store) -> None:
    store.at("2026-03-02 12:00")
    assert store.at("2026-03-03 12:00") == [], "open and by day: as it is"
    assert store.at("2026-03-02 12:05") == []
    assert store.at("2026-03-02 18:00") == ["scene.called evening", "scene.began evening"]
    assert store.at("2026-03-02 21:00") == ["store.closed", "scene.called night", "scene.began night"]
    assert store.at("2026-03-03 09:00") == ["store.opened", "scene.called day", "scene.began day"]


def test_a_clock_that_was_years_ahead_keeps_nothing_from_firing(store: Store) -> None:
    store.at("2026-03-02 12:00")
    store.at("2036-03-02 23:00")
    assert store.is_open is False
    store.at("2026-03-02 12:05")
    assert store.at("2026-03-02 18:00") == ["scene.called evening", "scene.began evening"]
    assert store.at("2026-03-03 09:00") == ["store.opened", "scene.called day", "scene.began day"]


def test_a_restart_fires_nothing_again(store: Store) -> None:
    store.at("2026-03-02 18:00")
    store.floor = store.floor.with_shop()
    assert store.at("2026-03-02 18:00:01") == []


def test_the_same_rules_in_a_new_document_fire_nothing_again(store: Store) -> None:
    from tests.shop.scenes.conftest import CALENDAR_BODY

    store.at("2026-03-02 18:10")
    store.adopt("calendar", CALENDAR_BODY | {"rules": [{"name": "dusk", "at": "18:05", "scene": "evening"}]})
    assert store.at("2026-03-02 18:20") == []


SPRING = ("Europe/Berlin", "2026-03-29")
AUTUMN = ("Europe/Berlin", "2026-10-25")


@pytest.mark.parametrize(
    ("zone", "rule_at", "before", "fires"),
    [
        ("Asia/Shanghai", "18:00", "2026-03-02 17:59:59", "2026-03-02 18:00:00"),
        ("Asia/Shanghai", "00:00", "2026-03-01 23:59:59", "2026-03-02 00:00:00"),
        ("Europe/Berlin", "02:00", "2026-03-29 01:59:59", "2026-03-29 03:00:00"),
        ("Europe/Berlin", "02:30", "2026-03-29 03:29:59", "2026-03-29 03:30:00"),
        ("Europe/Berlin", "03:00", "2026-03-29 01:59:59", "2026-03-29 03:00:00"),
        ("Europe/Berlin", "02:30", "2026-10-25 02:29:59", "2026-10-25 02:30:00"),
    ],
)
def test_a_rule_fires_once_at_its_local_time(store_with: MakesStore, zone: str, rule_at: str, before: str, fires: str) -> None:
    store = store_with(zone, hours={}, rules=[{"name": "one", "at": rule_at, "scene": "evening"}])
    store.at(before)
    store.ask(choose_scene("lively", minutes=1, by="staff"))  # so that the day before's evening does not hide this one
    store.floor.db.execute("UPDATE scene_layers SET scene = 'day' WHERE layer = 'calendar'")
    assert store.at(before) == []
    assert "scene.called evening" in store.at(fires)
    assert store.at(fires) == []


def test_a_time_that_comes_twice_in_autumn_fires_once(store_with: MakesStore) -> None:
    rules = [{"name": "a", "at": "02:30", "scene": "evening"}, {"name": "b", "at": "02:45", "scene": "lively"}]
    store = store_with("Europe/Berlin", hours={}, rules=rules)
    store.at("2026-10-25 02:00")
    assert "scene.called evening" in store.at("2026-10-25 02:30")
    assert "scene.called lively" in store.at("2026-10-25 02:45")
    for minute in ("02:00", "02:30", "02:45", "02:59"):
        assert store.at(f"2026-10-25 {minute}", fold=1) == []


def test_a_store_that_never_closes_turns_no_key_at_midnight(store_with: MakesStore) -> None:
    store = store_with(
        hours={day: [{"from": "00:00", "to": "24:00"}] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    )
    assert "store.opened" in store.at("2026-03-02 12:00")
    assert [said for day in range(3, 8) for said in store.at(f"2026-03-0{day} 00:00") if said.startswith("store")] == []


def test_hours_may_go_over_midnight(store_with: MakesStore) -> None:
    store = store_with(hours={"fri": [{"from": "18:00", "to": "02:00"}]}, rules=[])
    store.at("2026-03-06 17:00")
    assert store.at("2026-03-06 18:00")[0] == "store.opened"
    assert store.at("2026-03-07 01:59") == []
    assert store.at("2026-03-07 02:00")[0] == "store.closed"


def test_hours_in_an_hour_that_the_clock_skips_are_none(store_with: MakesStore) -> None:
    store = store_with("Europe/Berlin", hours={"sun": [{"from": "02:15", "to": "03:00"}]}, rules=[])
    store.at("2026-03-29 01:00")
    assert [store.at(f"2026-03-29 {at}") for at in ("01:59", "03:00", "03:15", "03:30")] == [[], [], [], []]


def test_a_store_whose_hours_are_taken_away_closes(store: Store) -> None:
    from tests.shop.scenes.conftest import CALENDAR_BODY

    store.at("2026-03-02 12:00")
    store.adopt("calendar", CALENDAR_BODY | {"hours": {}})
    assert store.at("2026-03-02 12:01")[0] == "store.closed"


def test_a_rule_can_go_before_the_opening(store_with: MakesStore) -> None:
    rules = [{"name": "warm-up", "at": "opening", "minutes": -30, "scene": "lively"}]
    store = store_with(rules=rules)
    store.at("2026-03-02 08:00")
    assert store.at("2026-03-02 08:30") == ["scene.called lively", "scene.began lively"]
    assert store.at("2026-03-02 09:00")[0] == "store.opened"


CAMPAIGN: dict[str, Any] = {"name": "weekend", "scene": "lively", "from": "2026-03-07T10:00", "to": "2026-03-08T20:00"}


def test_a_campaign_holds_over_the_calendar_until_it_ends(store_with: MakesStore) -> None:
    store = store_with(campaigns=[CAMPAIGN])
    store.at("2026-03-07 09:30")
    assert store.at("2026-03-07 10:00") == ["scene.called lively", "scene.began lively"]
    assert store.at("2026-03-07 18:00") == ["scene.called evening"], "the calendar says so below the campaign"
    assert store.scene == "lively by campaign"
    store.at("2026-03-08 18:00")
    assert store.at("2026-03-08 20:00") == ["scene.released lively", "scene.began evening"]
    assert store.at("2026-03-08 19:00") == [], "what is over does not come back with the clock"


def test_a_campaign_of_some_hours_a_day(store_with: MakesStore) -> None:
    store = store_with(campaigns=[CAMPAIGN | {"daily": {"from": "14:00", "to": "16:00"}, "on": ["sun"]}], rules=[])
    assert "scene.called lively" not in store.at("2026-03-07 15:00")
    store.at("2026-03-08 13:59")
    assert "scene.called lively" in store.at("2026-03-08 14:00")
    assert "scene.released lively" in store.at("2026-03-08 16:00")


def test_of_two_campaigns_the_one_that_began_last_holds_and_the_other_comes_back(store_with: MakesStore) -> None:
    flash = {"name": "flash", "scene": "evening", "from": "2026-03-07T12:00", "to": "2026-03-07T13:00"}
    store = store_with(campaigns=[CAMPAIGN, flash], rules=[])
    store.at("2026-03-07 10:00")
    store.at("2026-03-07 12:00")
    assert store.scene == "evening by campaign"
    store.at("2026-03-07 13:00")
    assert store.scene == "lively by campaign"


def test_a_campaign_outlives_a_clock_that_is_set_back_a_little(store_with: MakesStore) -> None:
    store = store_with(campaigns=[CAMPAIGN])
    store.at("2026-03-07 10:00")
    assert store.at("2026-03-07 09:50") == []
    assert store.at("2026-03-07 10:00") == []


@pytest.mark.parametrize(("day", "opens"), [("2026-10-08", "09:00"), ("2026-10-01", "10:00"), ("2026-10-10", "08:00")])
def test_holidays_and_makeup_workdays_have_their_hours(store_with: MakesStore, day: str, opens: str) -> None:
    weekly = {name: [{"from": "09:00", "to": "21:00"}] for name in ("mon", "tue", "wed", "thu", "fri")}
    hours = weekly | {"holidays": [{"from": "10:00", "to": "22:00"}], "makeup_workdays": [{"from": "08:00", "to": "20:00"}]}
    holidays = [{"names": {"zh": "国庆节"}, "first": "2026-10-01", "last": "2026-10-07"}]
    store = store_with(hours=hours, holidays=holidays, makeup_workdays=["2026-10-10"], rules=[])
    store.at(f"{day} 07:00")
    hour = int(opens[:2])
    assert store.at(f"{day} {hour - 1:02}:59") == []
    assert store.at(f"{day} {opens}")[0] == "store.opened"


def test_rules_know_workdays_from_holidays(store_with: MakesStore) -> None:
    rules = [
        {"name": "work", "at": "08:00", "on": ["workdays"], "scene": "day"},
        {"name": "free", "at": "08:00", "on": ["holidays"], "scene": "lively"},
        {"name": "rest", "at": "08:00", "on": ["weekends"], "scene": "evening"},
    ]
    holidays = [{"names": {"zh": "国庆节"}, "first": "2026-10-01", "last": "2026-10-07"}]
    store = store_with(hours={}, rules=rules, holidays=holidays, makeup_workdays=["2026-10-10"])
    found = [
        (store.at(f"2026-{day} 08:00"), store.called["calendar"])[1] for day in ("09-30", "10-01", "10-08", "10-10", "10-11")
    ]
    assert found == ["day", "lively", "day", "day", "evening"]


def test_an_exceptional_day_goes_before_the_weekday_and_the_holiday(store_with: MakesStore) -> None:
    store = store_with(exceptions=[{"day": "2026-03-02", "names": {"zh": "盘点"}, "hours": []}], rules=[])
    store.at("2026-03-01 22:00")
    assert store.at("2026-03-02 12:00") == []
    assert store.at("2026-03-03 09:00")[0] == "store.opened"


def test_a_scene_that_the_document_does_not_have_is_replaced_and_told(store_with: MakesStore) -> None:
    store = store_with(rules=[{"name": "dusk", "at": "18:00", "scene": "disco"}])
    store.at("2026-03-02 12:00")
    assert store.at("2026-03-02 18:00") == ["scene.called disco", "scene.began night"]
    (problem,) = store.floor.db.execute("SELECT problem FROM scene_now").fetchone()
    assert problem == "calendar calls for disco, which is no scene of the document: night holds instead"


def test_without_documents_nothing_is_due(floor: Any) -> None:
    from edge.shop.scenes.part import CALENDAR
    from tests.shop.conftest import AT

    assert not CALENDAR.is_due(floor.db, AT, floor.shop)


def test_a_store_that_is_kept_open_closes_when_that_is_over(store: Store) -> None:
    store.at("2026-03-02 20:30")
    store.ask(turn_store(opens=True, minutes=60, by="staff"))
    assert store.at("2026-03-02 21:00") == []
    assert store.at("2026-03-02 21:30") == ["store.closed", "scene.called night", "scene.began night"]
