"""A member who is recognised by face is written down exactly as by a code, and nobody whose consent is gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from config.schema import Faces
from edge.shop.declined import Declined
from edge.shop.faces.templates import template_count, template_names
from edge.shop.lanes.wishes import name_member
from edge.shop.members.events import MemberIdentified
from edge.shop.members.identify import conceal_code
from edge.shop.tryon.visitors import VisitNamed
from tests.shop.conftest import AT
from tests.shop.faces.conftest import FACES, audit, kinds, nobody
from tests.shop.members.conftest import Headquarters, member

if TYPE_CHECKING:
    from tests.shop.conftest import Floor
    from tests.shop.faces.conftest import Kiosks

OFFER = {"zh": "茶", "expires": "2027-01-01T00:00:00Z"}


def test_at_a_lane_it_is_the_twin_of_a_code(kiosk: Kiosks, floor: Floor) -> None:
    Headquarters(floor, version=1).publish(member(1, guide="g-7", points=5, offers=[OFFER]))
    template = kiosk.join("77001", "m-1")
    shown = conceal_code("77001", till="sco-1", order=None, at=AT, shop=floor.shop)
    floor.db.execute("SAVEPOINT before")
    by_code = floor.ask(name_member("sco-1", shown))
    floor.db.execute("ROLLBACK TO before")
    by_face = kiosk.recognise(template, "m-1", "sco-1")
    assert kinds(by_face) == ["lane.begun", "order.opened", "member.identified", "offer.shown"]
    named = next(event for event in by_code if isinstance(event, MemberIdentified))
    twin = tuple(msgspec.structs.replace(named, method="face") if event is named else event for event in by_code)
    assert by_face == twin
    assert floor.db.execute("SELECT member_ref, member_method FROM orders WHERE till = 'sco-1'").fetchone() == ("m-1", "face")
    assert list(audit(floor.db))[-1] == ("matched", template, "sco-1", "")


def test_the_order_that_was_on_the_screen_gets_its_member_and_no_other(kiosk: Kiosks, floor: Floor) -> None:
    template = kiosk.join("77001", "m-1")
    kiosk.recognise(template, "m-1", "sco-1")
    (identified,) = kiosk.recognise(template, "m-1", "sco-1", "1")
    assert isinstance(identified, MemberIdentified)
    assert (identified.order, identified.known, identified.guide) == ("1", True, "g-7")
    with pytest.raises(Declined) as refused:
        kiosk.recognise(template, "m-1", "sco-1", "2")
    assert refused.value.key == "face-order-gone"
    assert str(refused.value) == "order 2 of lane sco-1 is on its screen no more: touch again for the one that is"
    floor.db.execute("UPDATE orders SET state = 'paid'")
    with pytest.raises(Declined):
        kiosk.recognise(template, "m-1", "sco-1", "1")


def test_at_a_kiosk_the_member_stands_there(kiosk: Kiosks) -> None:
    template = kiosk.join("77001", "m-1")
    (identified,) = kiosk.recognise(template, "m-1")
    assert isinstance(identified, MemberIdentified)
    assert (identified.till, identified.order, identified.method, identified.verified) == ("kiosk-1", None, "face", True)
    kiosk.withdraw()


def test_at_a_mirror_the_visit_is_the_member_s(kiosk: Kiosks) -> None:
    template = kiosk.join("77001", "m-1")
    identified, named = kiosk.recognise(template, "m-1", "mirror-1", "s7")
    assert isinstance(identified, MemberIdentified)
    assert named == VisitNamed(mirror="mirror-1", session="s7", member_ref="m-1", method="face", verified=True)
    assert (identified.till, identified.order) == ("mirror-1", None)


@pytest.mark.parametrize(("place", "order"), [("till-1", None), ("mirror-1", None), ("nowhere", "17")])
def test_a_face_is_read_at_no_other_place(kiosk: Kiosks, place: str, order: str | None) -> None:
    template = kiosk.join("77001", "m-1")
    with pytest.raises(Declined) as refused:
        kiosk.recognise(template, "m-1", place, order)
    assert refused.value.key == "face-no-place"
    assert str(refused.value) == f"{place} is no lane, kiosk or visit at a mirror of this shop"


def test_a_pseudonym_stays_one(kiosk: Kiosks) -> None:
    ref = nobody("13912345678")
    template = kiosk.join("13912345678", ref)
    (identified,) = kiosk.recognise(template, ref)
    assert isinstance(identified, MemberIdentified)
    assert (identified.member_ref, identified.verified, identified.doubt) == (ref, False, "unknown")


def test_a_consent_that_was_taken_back_during_the_look_names_nobody(kiosk: Kiosks) -> None:
    template = kiosk.join("77001", "m-1")
    kiosk.withdraw()
    refused = _refused(kiosk, template, "m-1")
    assert refused.key == "face-consent-withdrawn"
    assert str(refused) == "the consent was taken back or is over: show the member code, or agree anew at a kiosk"
    assert list(audit(kiosk.floor.db))[-1][0] == "deleted"


def test_a_template_names_its_own_member_only(kiosk: Kiosks) -> None:
    template = kiosk.join("77001", "m-1")
    kiosk.join("77002", "m-2")
    assert _refused(kiosk, template, "m-2").key == "face-consent-withdrawn"
    assert _refused(kiosk, "t-unknown", "m-1").key == "face-consent-withdrawn"


def test_whose_time_is_over_is_recognised_no_more_though_the_clock_has_not_come_to_it(kiosk: Kiosks) -> None:
    template = kiosk.join("77001", "m-1")
    kiosk.at = AT + timedelta(days=365)
    assert _refused(kiosk, template, "m-1").key == "face-consent-withdrawn"
    assert kiosk.living() == []
    kiosk.at -= timedelta(milliseconds=1)
    kiosk.recognise(template, "m-1")


def test_another_notice_names_nobody(kiosk: Kiosks, floor: Floor) -> None:
    template = kiosk.join("77001", "m-1")
    floor.shop = replace(floor.shop, faces=FACES.model_copy(update={"notice": "2026-09"}))
    assert _refused(kiosk, template, "m-1").key == "face-consent-withdrawn"
    assert kiosk.living() == []
    floor.shop = replace(floor.shop, faces=Faces())
    assert _refused(kiosk, template, "m-1").key == "face-off"


def test_templates_are_counted_and_called_by_their_names(kiosk: Kiosks, floor: Floor) -> None:
    for number in (1, 2, 3):
        kiosk.join(f"7700{number}", f"m-{number}")
    assert template_names(floor.db) == {"t-c-1", "t-c-2", "t-c-3"}
    assert template_count(floor.db) == 3


def _refused(kiosk: Kiosks, template: str, ref: str) -> Declined:
    with pytest.raises(Declined) as refused:
        kiosk.recognise(template, ref)
    return refused.value
