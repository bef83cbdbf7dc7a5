"""Who agreed before headquarters told of them is forgotten, and looked for, by the name that headquarters has for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge.shop.faces.consent import withdraw_consent
from edge.shop.faces.events import FaceDeleted, FaceWithdrawn
from edge.shop.faces.forget_here import forget_here
from edge.shop.faces.kept import export_face, kept_of
from edge.shop.faces.pseudonyms import WHO_AGREED, pseudonyms_of
from edge.shop.lanes.wishes import name_member
from edge.shop.members.forget import MemberForgotten, forget_member
from edge.shop.members.hashes import concealed
from edge.shop.members.identify import conceal_code
from tests.shop.faces.conftest import audit, nobody
from tests.shop.faces.test_known_now import PHONE, known
from tests.shop.members.conftest import OLD_SALT, SALT, Headquarters, hashed, member

if TYPE_CHECKING:
    from sync.events import Event
    from tests.shop.conftest import Floor
    from tests.shop.faces.conftest import Kiosks

CARD = "6222020200112233449"


@pytest.fixture
def agreed(kiosk: Kiosks) -> Kiosks:
    """Somebody with ``PHONE`` whom headquarters did not know is enrolled."""
    kiosk.join(PHONE, nobody(PHONE))
    return kiosk


def looks(kiosk: Kiosks) -> None:
    """The clock ticks until there is nothing left to look for."""
    while WHO_AGREED.is_due(kiosk.floor.db, kiosk.at, kiosk.floor.shop):
        assert kiosk.floor.tick(WHO_AGREED, kiosk.at) == ()


def at_the_lane(kiosk: Kiosks, code: str) -> None:
    shown = conceal_code(code, till="sco-1", order=None, at=kiosk.at, shop=kiosk.floor.shop)
    kiosk.floor.ask(name_member("sco-1", shown), kiosk.at)


def forgotten(events: tuple[Event, ...]) -> list[str | None]:
    return [each.member_ref for each in events if isinstance(each, MemberForgotten)]


def nothing_is_left(floor: Floor) -> bool:
    tables = ("face_consents", "face_templates", "face_pseudonyms")
    return all(floor.db.execute(f"SELECT 1 FROM {table}").fetchone() is None for table in tables)  # noqa: S608 - our own names


def test_headquarters_forgets_the_face_of_whom_it_told_of_since(agreed: Kiosks, floor: Floor) -> None:
    looks(agreed)
    assert pseudonyms_of(floor.db, "m-9") == ()
    known(floor)
    looks(agreed)
    assert pseudonyms_of(floor.db, "m-9") == (nobody(PHONE),)
    events = floor.ask(forget_member("m-9", "c-1", "headquarters"), agreed.at)
    assert forgotten(events) == [None, nobody(PHONE)], "of the pseudonym headquarters learns here"
    assert agreed.living() == []
    assert nothing_is_left(floor)
    assert list(audit(floor.db))[-1] == ("deleted", "t-c-1", "", "forgotten")
    assert floor.ask(forget_member("m-9", "c-1", "headquarters"), agreed.at) == ()


def test_a_salt_that_is_replaced_hides_nobody(agreed: Kiosks, floor: Floor) -> None:
    headquarters = Headquarters(floor, version=1)
    headquarters.publish(member(1), salts=[OLD_SALT])
    looks(agreed)
    assert pseudonyms_of(floor.db, "m-9") == ()
    headquarters.publish(member(9, phone=hashed("phone", f"86{PHONE}", OLD_SALT)), salts=[SALT, OLD_SALT])
    looks(agreed)
    assert pseudonyms_of(floor.db, "m-9") == (nobody(PHONE),)


def test_whoever_is_named_at_a_lane_is_forgotten_there_with_the_face(agreed: Kiosks, floor: Floor) -> None:
    known(floor)
    at_the_lane(agreed, PHONE)
    assert pseudonyms_of(floor.db, "m-9") == (nobody(PHONE),), "at once, before the clock has looked"
    assert agreed.living() == [nobody(PHONE)], "recognised as before, until they are asked anew at a kiosk"
    at_the_lane(agreed, CARD)
    assert forgotten(floor.ask(forget_here("sco-1", "w-1"), agreed.at)) == ["m-9", nobody(PHONE)]
    assert nothing_is_left(floor)


def test_who_is_recognised_as_the_pseudonym_is_forgotten_as_the_member(kiosk: Kiosks, floor: Floor) -> None:
    template = kiosk.join(CARD, nobody(CARD))
    known(floor)
    looks(kiosk)
    kiosk.recognise(template, nobody(CARD))
    assert forgotten(floor.ask(forget_here("kiosk-1", "w-1"), kiosk.at)) == ["m-9", nobody(CARD)]
    assert nothing_is_left(floor)


def test_every_pseudonym_of_a_member_is_forgotten(agreed: Kiosks, floor: Floor) -> None:
    agreed.join(CARD, nobody(CARD))
    known(floor)
    looks(agreed)
    assert set(forgotten(floor.ask(forget_member("m-9", "c-1", "headquarters"), agreed.at))) == {
        None,
        nobody(PHONE),
        nobody(CARD),
    }
    assert nothing_is_left(floor)


def test_a_guardian_s_pseudonym_is_forgotten_with_the_child_s_face(kiosk: Kiosks, floor: Floor) -> None:
    kiosk.name("77001")
    kiosk.name(PHONE)
    kiosk.enrol(kiosk.agree("m-1", "guardian", guardian_ref=nobody(PHONE), staff="g-7"))
    known(floor)
    looks(kiosk)
    events = floor.ask(forget_member("m-9", "c-1", "headquarters"), kiosk.at)
    assert FaceDeleted(member_ref="m-1", consent="c-1", reason="guardian") in events
    assert nothing_is_left(floor)


def test_what_a_pseudonym_agreed_to_is_shown_to_the_member_and_taken_back(agreed: Kiosks, floor: Floor) -> None:
    known(floor)
    looks(agreed)
    assert [kept.named_by for kept in kept_of(floor.db, "m-9")] == ["phone"]
    floor.ask(export_face("m-9", "technician"), agreed.at)
    (withdrawn, *_) = floor.ask(withdraw_consent("m-9", "", "technician"), agreed.at)
    assert isinstance(withdrawn, FaceWithdrawn)
    assert withdrawn.member_ref == nobody(PHONE)
    assert nothing_is_left(floor)


def test_named_at_a_kiosk_by_something_else_the_pseudonym_ends_too(agreed: Kiosks, floor: Floor) -> None:
    known(floor)
    looks(agreed)
    assert FaceDeleted(member_ref=nobody(PHONE), consent="c-1", reason="known") in agreed.name(CARD)
    assert nothing_is_left(floor)


def test_of_who_agrees_to_nothing_nothing_is_kept_beyond_the_visit(kiosk: Kiosks, floor: Floor) -> None:
    kiosk.name(PHONE)
    kiosk.name("77001")
    kiosk.name("77002")
    assert nothing_is_left(floor)
    assert floor.db.execute("SELECT 1 FROM members_at WHERE hidden IS NOT NULL").fetchone() is None


def test_what_was_shown_is_sealed(agreed: Kiosks, floor: Floor) -> None:
    (sealed,) = floor.db.execute("SELECT hidden FROM face_pseudonyms").fetchone()
    assert concealed("phone", f"86{PHONE}") not in sealed


def test_a_box_that_cannot_open_it_looks_once_and_finds_nobody(agreed: Kiosks, floor: Floor) -> None:
    known(floor)
    floor.db.execute("UPDATE face_pseudonyms SET hidden = zeroblob(60)")
    looks(agreed)
    assert pseudonyms_of(floor.db, "m-9") == ()
