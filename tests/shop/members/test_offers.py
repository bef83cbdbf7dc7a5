"""Offers of a member are told once a visit when a screen shows them, and once when their goods are bought."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from config.schema import Lane
from edge.shop.declined import Declined
from edge.shop.lanes.goods import choose_goods
from edge.shop.lanes.wishes import name_member
from edge.shop.members.forget import forget_member
from edge.shop.members.identify import conceal_code
from edge.shop.members.offers import (
    OfferAccepted,
    OfferShown,
    Onlooker,
    member_at,
    name_at_shelf,
    name_of_offer,
    offers_beside,
    tell_shown,
)
from tests.shop.conftest import AT
from tests.shop.members.conftest import Headquarters, member

if TYPE_CHECKING:
    from sync.events import Event
    from tests.shop.conftest import Floor

LATER, SOONER, ENDED = "2027-01-01T00:00:00Z", "2026-12-01T00:00:00Z", "2026-02-01T00:00:00Z"
MILK = {"zh": "牛奶 8 折", "en": "Milk 20 % off", "sku": "milk", "expires": SOONER}
FRUIT = {"zh": "水果", "en": "Fruit", "category": "fruit", "expires": LATER}
ANY = {"zh": "茶", "en": "Tea", "expires": LATER}


@pytest.fixture
def lane(floor: Floor, hq: Headquarters) -> Floor:
    """A self-checkout lane, and a member with three offers and one that has ended."""
    floor.shop = floor.with_shop(lanes={**floor.shop.lanes, "sco-1": Lane(terminal="terminal-1")}).shop
    hq.publish(member(1, offers=[MILK, FRUIT, ANY, {**MILK, "expires": ENDED}]), member(2))
    return floor


def name(floor: Floor, code: str = "77001") -> list[OfferShown]:
    shown = conceal_code(code, till="sco-1", order=None, at=AT, shop=floor.shop)
    return of(floor.ask(name_member("sco-1", shown)), OfferShown)


def of(events: tuple[Event, ...], kind: type[Any]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def stand_at_shelf(floor: Floor, code: str = "77001", shelf: str = "shelf-1") -> None:
    floor.ask(name_at_shelf(conceal_code(code, till=shelf, order=None, at=AT, shop=floor.shop)))


def test_a_lane_tells_once_a_visit_what_it_shows(lane: Floor) -> None:
    shown = name(lane)
    assert [(each.member_ref, each.place, each.visit, each.sku, each.category) for each in shown] == [
        ("m-1", "sco-1", "sco-1/1", "milk", None),
        ("m-1", "sco-1", "sco-1/1", None, "fruit"),
        ("m-1", "sco-1", "sco-1/1", None, None),
    ]
    assert shown[0].subject() == shown[0].offer
    assert shown[0].day() == "2026-03-01"
    assert name(lane) == [], "the same visit"
    assert name(lane, "77002") == [], "a member without offers"


def test_a_till_shows_nothing_so_nothing_is_told(lane: Floor) -> None:
    assert of(lane.till().show_member("77001"), OfferShown) == []


def test_what_was_shown_and_is_bought_is_told_once(lane: Floor) -> None:
    name(lane)
    till = lane.till()
    till.choose("milk", 2)
    till.show_member("77001")
    (accepted,) = of(till.pay(1_300), OfferAccepted)
    assert accepted == OfferAccepted(
        member_ref="m-1", offer=accepted.offer, place="sco-1", business_day="2026-03-01", sku="milk", till="till-1", order="17"
    )
    till.choose("milk", 1, "18")
    till.show_member("77001", "18")
    assert of(till.pay(650, "18"), OfferAccepted) == []


def test_what_was_not_shown_or_not_bought_is_not_told(lane: Floor) -> None:
    till = lane.till()
    till.choose("milk", 1)
    till.show_member("77001")
    assert of(till.pay(650), OfferAccepted) == []
    name(lane)
    till.choose("milk", 1, "18")
    assert of(till.pay(650, "18"), OfferAccepted) == [], "an order of nobody"


def test_a_category_is_taken_up_by_any_of_its_goods(lane: Floor) -> None:
    lane.adopt(2, {**lane.catalogue, "items": [*lane.catalogue["items"], PEAR]})
    name(lane)
    till = lane.till()
    till.choose("pear", 1)
    till.show_member("77001")
    (accepted,) = of(till.pay(300), OfferAccepted)
    assert accepted.category == "fruit"


PEAR = {"sku": "pear", "names": {"en": "Pear"}, "price_minor": 300, "unit": "piece", "category": "fruit"}


def test_a_shelf_knows_who_stands_there_for_two_minutes(lane: Floor) -> None:
    stand_at_shelf(lane)
    found = member_at(lane.db, "shelf-1", AT + timedelta(seconds=119))
    assert found == Onlooker(member_ref="m-1", place="shelf-1", visit="shelf-1/2026-03-01T10:00:00.000Z")
    assert member_at(lane.db, "shelf-1", AT + timedelta(seconds=120)) is None
    assert member_at(lane.db, "shelf-1", AT - timedelta(seconds=1)) is None, "a clock that was set back shows nobody's offers"
    assert member_at(lane.db, "shelf-2", AT) is None


def test_beside_goods_stand_only_offers_that_fit_and_hold(lane: Floor) -> None:
    beside = [offer.en for offer in offers_beside(lane.db, "m-1", "milk", "dairy", AT)]
    assert beside == ["Milk 20 % off", "Tea"]
    assert [offer.en for offer in offers_beside(lane.db, "m-1", "pear", "fruit", AT)] == ["Fruit", "Tea"]
    assert offers_beside(lane.db, "m-1", "milk", "", AT + timedelta(days=400)) == ()
    assert offers_beside(lane.db, "m-2", "milk", "", AT) == ()
    assert offers_beside(lane.db, "stranger", "milk", "", AT) == ()


def test_a_shelf_tells_once_for_each_naming(lane: Floor) -> None:
    offers = offers_beside(lane.db, "m-1", "milk", "", AT)

    def shown(visit: str) -> int:
        onlooker = Onlooker(member_ref="m-1", place="shelf-1", visit=visit)
        return len(lane.ask(lambda moment, shop, db: tell_shown(offers, onlooker, moment, shop, db)))

    assert [shown("shelf-1/a"), shown("shelf-1/a"), shown("shelf-1/b")] == [2, 0, 2]
    assert name_of_offer(offers[0]) != name_of_offer(offers[1])


def test_whoever_the_box_does_not_know_is_nobody_at_a_shelf(lane: Floor) -> None:
    for code in ("13899999999", "nobody"):
        with pytest.raises(Declined) as declined:
            stand_at_shelf(lane, code)
        assert declined.value.key == "member-not-known"
        assert str(declined.value) == "the box knows no member by this code: show it at a till"


def test_a_forgotten_member_was_shown_nothing(lane: Floor) -> None:
    name(lane)
    stand_at_shelf(lane)
    lane.ask(forget_member("m-1", "c-1", "headquarters"))
    assert lane.db.execute("SELECT (SELECT count(*) FROM offers_shown), (SELECT count(*) FROM members_at)").fetchone() == (0, 0)


def test_goods_at_a_lane_alone_tell_of_no_offer(lane: Floor) -> None:
    assert of(lane.ask(choose_goods("sco-1", "milk", 1)), OfferShown) == []
