"""The invitation to join says which store, guide and till won the member."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from edge.shop.declined import Declined
from edge.shop.members.events import JoinIntended
from edge.shop.members.join import intend_join, invitation
from edge.shop.staff.document import adopt_staff, parse_staff
from tests.shop.members.conftest import BOX, Headquarters

if TYPE_CHECKING:
    from tests.shop.conftest import Floor

QR = {"qr": "https://join.example.com/?s={store}&g={guide}&t={till}&b={box}&k={token}"}


def invited(floor: Floor, guide: str | None, order: str | None = None) -> JoinIntended:
    (intended,) = [event for event in floor.ask(intend_join("till-1", guide, order)) if isinstance(event, JoinIntended)]
    return intended


def employ(floor: Floor, *staff: str) -> None:
    """They are on the roster."""
    people = [{"id": each, "names": {"zh": "李", "en": "Li"}, "roles": ["guide"]} for each in staff]
    roster = {"salt": "c3Nzc3Nzc3Nzc3Nzc3Nzcw==", "staff": people}
    adopt_staff(parse_staff(msgspec.json.encode(roster)), 1, floor.db)


def test_nobody_is_credited_who_does_not_work_here(floor: Floor, hq: Headquarters) -> None:
    hq.publish(join=QR)
    employ(floor, "g7")
    with pytest.raises(Declined) as declined:
        floor.ask(intend_join("till-1", "g8"))
    assert declined.value.key == "not-on-roster"
    assert invited(floor, "g7").guide == "g7"


def test_the_invitation_names_store_guide_and_till(floor: Floor, hq: Headquarters) -> None:
    hq.publish(join=QR)
    employ(floor, "g7")
    intended = invited(floor, "g7", "17")
    assert (intended.till, intended.lane, intended.guide, intended.order) == ("till-1", "1", "g7", "17")
    text = invitation(intended, floor.shop, floor.db)
    assert text == f"https://join.example.com/?s=s-1&g=g7&t=till-1&b={BOX}&k={intended.token}"
    assert len(intended.token) == 16
    another = invited(floor, None)
    assert another.token != intended.token
    assert "&g=&" in invitation(another, floor.shop, floor.db)


def test_without_an_invitation_nobody_is_asked_to_join(floor: Floor, hq: Headquarters) -> None:
    hq.publish(join=QR)
    employ(floor, "g7")
    intended = invited(floor, "g7")
    hq.publish()
    assert invitation(intended, floor.shop, floor.db) == ""
    with pytest.raises(Declined) as declined:
        floor.ask(intend_join("till-1", "g7"))
    assert declined.value.key == "join-nothing-to-show"
    assert str(declined.value) == "headquarters has sent no invitation: nobody can join at this box yet"
