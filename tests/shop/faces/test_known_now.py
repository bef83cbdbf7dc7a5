"""Whoever agreed as a pseudonym and is a member by now: nothing of the face is left where nobody would look for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge.shop.declined import Declined
from edge.shop.faces.events import FaceDeleted, FaceWithdrawn
from edge.shop.faces.withdraw_shown import withdraw_shown
from edge.shop.members.forget import MemberForgotten
from edge.shop.members.forget_shown import forget_shown
from edge.shop.members.identify import conceal_code
from tests.shop.faces.conftest import audit, nobody
from tests.shop.members.conftest import Headquarters, member

if TYPE_CHECKING:
    from tests.shop.conftest import Floor
    from tests.shop.faces.conftest import Kiosks

PHONE = "13800000009"


def known(floor: Floor) -> None:
    """Headquarters tells of the member with ``PHONE``."""
    Headquarters(floor, version=1).publish(*(member(number) for number in (1, 2, 3, 9)))


def test_named_as_a_member_whoever_agreed_as_a_pseudonym_has_nothing_kept_under_it(kiosk: Kiosks, floor: Floor) -> None:
    template = kiosk.join(PHONE, nobody(PHONE))
    kiosk.name(PHONE)
    assert kiosk.living() == [nobody(PHONE)], "headquarters does not know them yet"
    known(floor)
    events = kiosk.name(PHONE)
    assert FaceDeleted(member_ref=nobody(PHONE), consent="c-1", reason="known") in events
    assert kiosk.living() == []
    assert list(audit(floor.db))[-1] == ("deleted", template, "kiosk-1", "known")
    kiosk.enrol(kiosk.agree("m-9"))
    kiosk.name(PHONE)
    assert kiosk.living() == ["m-9"]


def test_what_a_pseudonym_agreed_to_for_a_child_is_the_members(kiosk: Kiosks, floor: Floor) -> None:
    kiosk.name("77001")
    kiosk.name(PHONE)
    kiosk.enrol(kiosk.agree("m-1", "guardian", guardian_ref=nobody(PHONE), staff="g-7"))
    known(floor)
    kiosk.name(PHONE)
    assert kiosk.living() == ["m-1"]
    kiosk.withdraw()
    assert kiosk.living() == [], "the guardian takes it back as a member"


def test_staff_take_it_back_from_the_pseudonym_of_the_same_code_too(kiosk: Kiosks, floor: Floor) -> None:
    kiosk.join(PHONE, nobody(PHONE))
    known(floor)
    shown = conceal_code(PHONE, till="kiosk-1", order=None, at=kiosk.at, shop=floor.shop)
    told = floor.ask(withdraw_shown(shown, "kiosk-1", "g-7"), kiosk.at)
    assert [each.member_ref for each in told if isinstance(each, FaceWithdrawn)] == [nobody(PHONE)]
    assert kiosk.living() == []
    with pytest.raises(Declined, match="nothing is kept of this member's face"):
        floor.ask(withdraw_shown(shown, "kiosk-1", "g-7"), kiosk.at)


def test_staff_forget_the_pseudonym_of_the_same_code_too(kiosk: Kiosks, floor: Floor) -> None:
    kiosk.join(PHONE, nobody(PHONE))
    known(floor)
    shown = conceal_code(PHONE, till="kiosk-1", order=None, at=kiosk.at, shop=floor.shop)
    told = floor.ask(forget_shown(shown, "staff-1", "kiosk-1"), kiosk.at)
    assert [each.member_ref for each in told if isinstance(each, MemberForgotten)] == ["m-9", nobody(PHONE)]
    assert kiosk.living() == []
    assert floor.ask(forget_shown(shown, "staff-1", "kiosk-1"), kiosk.at) == ()
    shown = conceal_code("77002", till="kiosk-1", order=None, at=kiosk.at, shop=floor.shop)
    told = floor.ask(forget_shown(shown, "staff-2", "kiosk-1"), kiosk.at)
    assert [each.member_ref for each in told if isinstance(each, MemberForgotten)] == ["m-2"]
