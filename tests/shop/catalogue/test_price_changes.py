"""When a price changes, label, scale and till are told in one transaction, and each proves it or is seen not to have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from edge.job_kinds import read_task
from edge.shop.catalogue import price_changes
from edge.shop.catalogue.faces import PriceLabel
from edge.shop.catalogue.menus import MENU_TIMER
from edge.shop.catalogue.price_changes import PRICE_TIMER
from edge.shop.catalogue.price_events import LabelShown, PriceApplied, PriceMissed, PriceTaken, ProductsMissing
from edge.shop.job_events import JobQueued
from edge.shop.jobs import finish_job, jobs_for_people, next_job, settle_job
from edge.shop.moment import Moment
from edge.shop.shop import Shop
from sync.events import Event

if TYPE_CHECKING:
    import sqlite3

    from tests.shop.conftest import Floor

AT = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
PLANOGRAM = {
    "labels": [{"device": "labels-1", "label": "0000021ab2c3", "sku": "4011"}],
    "scales": [{"device": "scale-2", "sku": "4011"}, {"device": "scale-3", "sku": "milk"}],
    "tills": ["till-1"],
    "goods_url": "http://192.168.1.10:8080",
}
Adopts = Callable[..., tuple[Event, ...]]


def change(price_minor: Any, effective_at: str = "2026-03-01T10:00:00Z", sku: str = "4011") -> dict[str, Any]:
    return {"sku": sku, "price_minor": price_minor, "effective_at": effective_at}


def prices(*changes: dict[str, Any]) -> dict[str, Any]:
    return {"currency": "CNY", "changes": list(changes)}


def applied(events: tuple[Event, ...]) -> list[PriceApplied]:
    return [event for event in events if isinstance(event, PriceApplied)]


def finish(floor: Floor, device: str, outcome: Any, detail: str = "") -> tuple[Event, ...]:
    """The device's next job ends so."""
    job = next_job(floor.db, device)
    assert job is not None, f"{device} has no job"

    def ends(_moment: Moment, _shop: Shop, db: sqlite3.Connection) -> tuple[Event, ...]:
        return finish_job(job.id, outcome, detail, db)

    return floor.ask(ends, AT + SECOND)


@pytest.fixture
def planned(floor: Floor, adopts: Adopts) -> Floor:
    """A floor whose label, scale and till show what the catalogue says."""
    adopts("planogram", PLANOGRAM)
    floor.tick(PRICE_TIMER, AT - timedelta(hours=1))
    for device in ("labels-1", "scale-2"):
        finish(floor, device, "confirmed")
    while next_job(floor.db, "till-1") is not None:
        finish(floor, "till-1", "confirmed")
    return floor


def test_a_change_reaches_label_scale_and_till_at_its_moment(planned: Floor, adopts: Adopts) -> None:
    adopts("prices", prices(change(698)), version=7)
    assert not applied(planned.tick(PRICE_TIMER, AT - SECOND))
    told = planned.tick(PRICE_TIMER, AT)
    (changed,) = applied(told)
    assert (changed.sku, changed.before_minor, changed.price_minor, changed.prices_version) == ("4011", 798, 698, 7)
    assert (changed.effective_at, changed.applied_at) == ("2026-03-01T10:00:00.000Z", "2026-03-01T10:00:00.000Z")
    assert [(each.kind, each.device) for each in changed.places] == [
        ("label", "labels-1"),
        ("scale", "scale-2"),
        ("till", "till-1"),
    ]
    assert [(event.device, event.command) for event in told if isinstance(event, JobQueued)] == [
        ("labels-1", "draw-price"),
        ("scale-2", "set-price"),
        ("till-1", "set-property"),
    ]
    assert planned.tick(PRICE_TIMER, AT + SECOND) == (), "once"


def test_what_each_device_is_asked(planned: Floor, adopts: Adopts) -> None:
    adopts("prices", prices(change(698)), version=7)
    planned.tick(PRICE_TIMER, AT)
    label, scale, till = (next_job(planned.db, device) for device in ("labels-1", "scale-2", "till-1"))
    assert label is not None
    assert scale is not None
    assert till is not None
    assert read_task(label.content) == PriceLabel(
        label="0000021AB2C3",
        width_px=296,
        height_px=128,
        name_zh="香蕉",
        name_en="Bananas",
        price_minor=698,
        currency="CNY",
        unit="kg",
        sku="4011",
        link="http://192.168.1.10:8080/goods/4011",
    )
    assert msgspec.json.decode(scale.content)["price_minor"] == 698
    asked = msgspec.json.decode(till.content)
    assert asked["property"] == "price"
    assert msgspec.json.decode(asked["value"]) == {
        "sku": "4011",
        "price_minor": 698,
        "currency": "CNY",
        "unit": "kg",
        "version": 7,
    }


def test_every_place_proves_it_or_is_seen_not_to_have(planned: Floor, adopts: Adopts) -> None:
    adopts("prices", prices(change(698)))
    planned.tick(PRICE_TIMER, AT)
    shown = next(event for event in finish(planned, "labels-1", "confirmed") if isinstance(event, LabelShown))
    taken = next(event for event in finish(planned, "scale-2", "confirmed") if isinstance(event, PriceTaken))
    missed = next(event for event in finish(planned, "till-1", "failed", "it says nothing") if isinstance(event, PriceMissed))
    assert (shown.place, shown.sku, shown.price_minor, shown.at) == ("0000021AB2C3", "4011", 698, "2026-03-01T10:00:01.000Z")
    assert (taken.device, taken.price_minor) == ("scale-2", 698)
    assert (missed.device, missed.outcome, missed.detail) == ("till-1", "failed", "it says nothing")
    rows = planned.db.execute("SELECT device, state, detail FROM price_proofs WHERE number = ? ORDER BY 1", (shown.change,))
    assert rows.fetchall() == [
        ("labels-1", "confirmed", ""),
        ("scale-2", "confirmed", ""),
        ("till-1", "failed", "it says nothing"),
    ]


def test_a_moment_that_has_passed_counts_at_once(planned: Floor, adopts: Adopts) -> None:
    adopts("prices", prices(change(600, "2026-01-01T00:00:00Z"), change(650, "2026-02-01T00:00:00Z")))
    (changed,) = applied(planned.tick(PRICE_TIMER, AT))
    assert (changed.price_minor, changed.effective_at) == (650, "2026-02-01T00:00:00.000Z"), "only the latest of those"


def test_a_change_that_is_taken_back_is_undone_on_the_label(planned: Floor, adopts: Adopts) -> None:
    adopts("prices", prices(change(698)), version=1)
    planned.tick(PRICE_TIMER, AT)
    adopts("prices", prices(), version=2)
    (changed,) = applied(planned.tick(PRICE_TIMER, AT + SECOND))
    assert (changed.before_minor, changed.price_minor, changed.effective_at) == (698, 798, None)


def test_the_same_document_again_tells_nobody_anything(planned: Floor, adopts: Adopts) -> None:
    adopts("prices", prices(change(698)), version=1)
    planned.tick(PRICE_TIMER, AT)
    adopts("prices", prices(change(698)), version=2)
    assert planned.tick(PRICE_TIMER, AT + SECOND) == ()


def test_a_label_that_failed_is_asked_again_when_it_is_looked_at(planned: Floor, adopts: Adopts) -> None:
    adopts("prices", prices(change(698)), version=1)
    planned.tick(PRICE_TIMER, AT)
    finish(planned, "labels-1", "failed", "its battery is empty")
    adopts("prices", prices(change(698)), version=2)
    (again,) = applied(planned.tick(PRICE_TIMER, AT + SECOND))
    assert [each.kind for each in again.places] == ["label"]


def test_a_label_that_moves_to_other_goods_shows_them(planned: Floor, adopts: Adopts) -> None:
    adopts("planogram", {"labels": [{"device": "labels-1", "label": "0000021AB2C3", "sku": "milk"}]}, version=2)
    (changed,) = applied(planned.tick(PRICE_TIMER, AT))
    assert (changed.sku, changed.before_minor, changed.price_minor) == ("milk", 650, 650)


def test_a_clock_that_was_ahead_is_put_right(planned: Floor, adopts: Adopts) -> None:
    adopts("prices", prices(change(698, "2026-03-02T10:00:00Z")))
    (ahead,) = applied(planned.tick(PRICE_TIMER, AT + timedelta(days=2)))
    (back,) = applied(planned.tick(PRICE_TIMER, AT))
    assert (ahead.price_minor, back.price_minor) == (698, 798)
    (again,) = applied(planned.tick(PRICE_TIMER, AT + timedelta(days=2)))
    assert again.price_minor == 698


def test_many_changes_are_made_in_bounded_pieces(floor: Floor, adopts: Adopts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(price_changes, "PIECE", 2)
    same = {"names": {"en": "x"}, "price_minor": 100, "unit": "piece"}
    floor.adopt(2, {"currency": "CNY", "items": [{"sku": f"s{number}"} | same for number in range(5)]})
    adopts("prices", prices(*(change(90, sku=f"s{number}") for number in range(5))))
    pieces = 0
    told: list[Event] = []
    while PRICE_TIMER.is_due(floor.db, AT, floor.shop):
        told += floor.ask(PRICE_TIMER.decide, AT)
        pieces += 1
    assert [event.sku for event in applied(tuple(told))] == ["s0", "s1", "s2", "s3", "s4"]
    assert pieces >= 5


def test_prices_of_products_that_nobody_knows_are_told(floor: Floor, adopts: Adopts) -> None:
    adopts("prices", prices(change(90, sku="ghost")))
    (missing,) = floor.tick(PRICE_TIMER, AT)
    assert missing == ProductsMissing(kind="prices", count=1, skus=("ghost",))


def test_a_menu_with_prices_of_its_own_changes_the_label(planned: Floor, adopts: Adopts) -> None:
    adopts("prices", prices(change(500, "2026-01-01T00:00:00Z") | {"group": "evening"}))
    assert applied(planned.tick(PRICE_TIMER, AT)) == []
    adopts("menus", {"menus": [{"id": "evening", "from": "20:00", "to": "22:00", "skus": ["4017"], "price_group": "evening"}]})
    planned.tick(MENU_TIMER, AT + timedelta(hours=2))
    (changed,) = applied(planned.tick(PRICE_TIMER, AT + timedelta(hours=2)))
    assert (changed.sku, changed.price_minor) == ("4011", 500)


def test_a_till_hears_the_price_of_a_menu_also_of_goods_without_a_label(floor: Floor, adopts: Adopts) -> None:
    adopts("planogram", {"tills": ["till-1"]})
    adopts("prices", prices(change(500, "2026-01-01T00:00:00Z", sku="milk") | {"group": "evening"}))
    (first,) = applied(floor.tick(PRICE_TIMER, AT))
    adopts("menus", {"menus": [{"id": "evening", "from": "20:00", "to": "22:00", "skus": ["4017"], "price_group": "evening"}]})
    floor.tick(MENU_TIMER, AT + timedelta(hours=2))
    (changed,) = applied(floor.tick(PRICE_TIMER, AT + timedelta(hours=2)))
    assert [(each.price_minor, [place.device for place in each.places]) for each in (first, changed)] == [
        (650, ["till-1"]),
        (500, ["till-1"]),
    ]


def test_a_planogram_with_goods_that_nobody_knows_is_adopted_and_told(floor: Floor, adopts: Adopts) -> None:
    told = adopts("planogram", {"labels": [{"device": "labels-1", "label": "0000021AB2C3", "sku": "ghost"}]})
    assert told == (ProductsMissing(kind="planogram", count=1, skus=("ghost",)),)
    assert floor.tick(PRICE_TIMER, AT) == ()


def test_a_newer_price_overtakes_one_that_no_label_has_heard_of(planned: Floor, adopts: Adopts) -> None:
    adopts("prices", prices(change(698), change(650, "2026-03-01T10:00:01Z")))
    planned.tick(PRICE_TIMER, AT)
    told = planned.tick(PRICE_TIMER, AT + SECOND)
    missed = [event for event in told if isinstance(event, PriceMissed)]
    assert {(each.device, each.price_minor, each.detail) for each in missed} == {
        (device, 698, "a newer price came first") for device in ("labels-1", "scale-2", "till-1")
    }
    assert jobs_for_people(planned.db) == [], "nobody is asked about a price that is over"
    shown = next(event for event in finish(planned, "labels-1", "confirmed") if isinstance(event, LabelShown))
    assert shown.price_minor == 650
    assert next_job(planned.db, "labels-1") is None


def test_a_label_that_a_person_had_drawn_again_proves_the_same_price(planned: Floor, adopts: Adopts) -> None:
    adopts("prices", prices(change(698)))
    planned.tick(PRICE_TIMER, AT)
    first = next_job(planned.db, "labels-1")
    assert first is not None
    finish(planned, "labels-1", "failed", "it was in a drawer")

    def again(_moment: Moment, _shop: Shop, db: sqlite3.Connection) -> tuple[Event, ...]:
        return settle_job(first.id, "wang", replace(first, id="j-2", cause=f"again: {first.id}"), db)

    planned.ask(again, AT)
    shown = next(event for event in finish(planned, "labels-1", "confirmed") if isinstance(event, LabelShown))
    assert (shown.price_minor, shown.job) == (698, first.id)
