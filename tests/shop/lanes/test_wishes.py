"""A shopper names themselves, spends and is invited by touch: on the order of the lane, and never while it is being paid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from edge.shop.declined import Declined
from edge.shop.lanes.events import LaneBegun
from edge.shop.lanes.wishes import invite, name_member, on_order
from edge.shop.members.cache import members_adopter
from edge.shop.members.events import JoinIntended, MemberIdentified
from edge.shop.members.identify import conceal_code
from edge.shop.members.points import spend_points
from edge.shop.orders.events import OrderOpened
from edge.shop.staff.document import adopt_staff, parse_staff
from tests.shop.conftest import AT

if TYPE_CHECKING:
    from edge.shop.part import Decision
    from tests.shop.lanes.conftest import SelfCheckout


def typed(lane: SelfCheckout, code: str) -> Decision:
    shop = lane.floor.shop
    return name_member("sco-1", conceal_code(code, till="sco-1", order=None, at=AT, shop=shop))


def test_a_phone_number_opens_the_order_of_its_shopper(lane: SelfCheckout) -> None:
    events = lane.floor.ask(typed(lane, "138 0013 8000"))
    assert [type(event) for event in events] == [LaneBegun, OrderOpened, MemberIdentified]
    named = events[-1]
    assert isinstance(named, MemberIdentified)
    assert (named.till, named.lane, named.order, named.method, named.doubt) == ("sco-1", "sco-1", "1", "phone", "unknown")


def test_what_is_nobodys_and_no_phone_number_is_asked_for_again(lane: SelfCheckout) -> None:
    with pytest.raises(Declined) as refusal:
        lane.floor.ask(typed(lane, "1380013"))
    assert str(refusal.value) == "no member has this number, and no phone number looks like it: type it again"


def test_nothing_is_wished_while_the_terminal_is_asked(lane: SelfCheckout) -> None:
    lane.scan(gtin="06901234567892")
    lane.put_in_bag(1_030)
    lane.bill()
    for wish in (typed(lane, "13800138000"), on_order("sco-1", lambda order: spend_points(order.till, order.order, 100))):
        with pytest.raises(Declined) as refusal:
            lane.floor.ask(wish)
        assert refusal.value.key == "being-paid"


def test_without_an_order_nothing_can_be_spent_and_without_an_invitation_nobody_joins(lane: SelfCheckout) -> None:
    for wish, key in (
        (on_order("sco-1", lambda order: spend_points(order.till, order.order, 100)), "lane-empty"),
        (invite("sco-1"), "join-nothing-to-show"),
        (invite("till-1"), "no-lane"),
    ):
        with pytest.raises(Declined) as refusal:
            lane.floor.ask(wish)
        assert refusal.value.key == key


def test_an_invitation_credits_the_guide_of_the_order_while_that_one_works_here(lane: SelfCheckout) -> None:
    floor = lane.floor
    members = {"salts": [b"s" * 16], "join": {"qr": "https://join.example.com/?g={guide}"}, "members": []}
    adopter = members_adopter(floor.shop)
    adopter.adopt(adopter.parse(msgspec.json.encode(members)), 1, floor.db)
    lane.choose("milk")
    person = {"id": "g-7", "names": {"zh": "李", "en": "Li"}, "roles": ["guide"]}
    for version, (until, credited) in enumerate((("2026-03-31", "g-7"), ("2026-02-28", None)), start=1):
        roster = {"salt": "c3Nzc3Nzc3Nzc3Nzc3Nzcw==", "staff": [{**person, "until": until}]}
        adopt_staff(parse_staff(msgspec.json.encode(roster)), version, floor.db)
        floor.db.execute("INSERT OR IGNORE INTO served (till, order_id, guide) VALUES ('sco-1', '1', 'g-7')")
        (intended,) = [event for event in floor.ask(invite("sco-1")) if isinstance(event, JoinIntended)]
        assert intended.guide == credited
