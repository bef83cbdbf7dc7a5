"""What is kept of faces ends: by the clock, with another notice, unused, and with the member; a wrong clock ends nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from config.schema import Faces
from edge.shop.declined import Declined
from edge.shop.faces import audit as audits
from edge.shop.faces import purging
from edge.shop.faces.audit import AUDIT_ENDS
from edge.shop.faces.events import FaceDeleted
from edge.shop.faces.forget_here import forget_here
from edge.shop.faces.purging import FACE_ENDS
from edge.shop.faces.remains import face_remains, faces_wiped
from edge.shop.faces.templates import template_count, template_names
from edge.shop.members.forget import MemberForgotten, forget_member
from edge.shop.members.points import spend_points
from edge.shop.members.search import FORGETTING
from tests.shop.conftest import AT
from tests.shop.faces.conftest import FACES, SEALED, audit, kinds, nobody, whole
from tests.shop.members.conftest import Headquarters, member

if TYPE_CHECKING:
    from tests.shop.conftest import Floor
    from tests.shop.faces.conftest import Kiosks

DAY = timedelta(days=1)
YEAR = timedelta(days=365)


def test_the_clock_ends_what_is_over_and_tells_each(kiosk: Kiosks, floor: Floor) -> None:
    kiosk.join("77001", "m-1")
    kiosk.at = AT + DAY
    kiosk.join("77002", "m-2")
    assert floor.tick(FACE_ENDS, AT + YEAR - timedelta(milliseconds=1)) == ()
    assert floor.tick(FACE_ENDS, AT + YEAR) == (FaceDeleted(member_ref="m-1", consent="c-1", reason="expired"),)
    assert kiosk.living() == ["m-2"]
    assert list(audit(floor.db))[-1] == ("deleted", "t-c-1", "", "expired")
    assert floor.tick(FACE_ENDS, AT + YEAR) == ()


def test_another_notice_ends_all_that_agreed_to_the_one_before_some_at_a_time(
    kiosk: Kiosks, floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purging, "AT_ONCE", 2)
    for number in (1, 2, 3):
        kiosk.join(f"7700{number}", f"m-{number}")
    floor.shop = replace(floor.shop, faces=FACES.model_copy(update={"notice": "2026-09"}))
    assert len(floor.ask(FACE_ENDS.decide, AT)) == 2
    ended = floor.tick(FACE_ENDS, AT)
    assert [event.reason for event in ended if isinstance(event, FaceDeleted)] == ["notice"]
    assert floor.db.execute("SELECT count(*) FROM face_consents").fetchone() == (0,)


def test_a_template_that_somebody_left_without_its_consent_goes_too(kiosk: Kiosks, floor: Floor) -> None:
    kiosk.join("77001", "m-1")
    floor.db.execute("PRAGMA foreign_keys = OFF")
    floor.db.execute("DELETE FROM face_consents")
    assert kiosk.living() == []
    assert template_names(floor.db) == frozenset()
    assert floor.tick(FACE_ENDS, AT + YEAR) == ()
    assert template_count(floor.db) == 0


def test_a_consent_that_nobody_used_ends_after_a_day(kiosk: Kiosks, floor: Floor) -> None:
    kiosk.join("77001", "m-1")
    kiosk.name("77002")
    kiosk.agree("m-2")
    assert floor.tick(FACE_ENDS, AT + DAY - timedelta(milliseconds=1)) == ()
    assert floor.tick(FACE_ENDS, AT + DAY) == (FaceDeleted(member_ref="m-2", consent="c-2", reason="unused"),)
    assert kiosk.living() == ["m-1"]
    assert face_remains(floor.db) is None, "there was no template"


def test_with_faces_off_nothing_is_another_notice_but_all_ends_in_its_time(kiosk: Kiosks, floor: Floor) -> None:
    kiosk.join("77001", "m-1")
    floor.shop = replace(floor.shop, faces=Faces())
    assert floor.tick(FACE_ENDS, AT + 2 * DAY) == ()
    assert kinds(floor.tick(FACE_ENDS, AT + YEAR)) == ["face.deleted"]


def test_a_clock_that_is_not_synced_ends_nothing(kiosk: Kiosks, floor: Floor) -> None:
    kiosk.join("77001", "m-1")
    late = AT + 50 * YEAR
    floor.shop = replace(floor.shop, clock=lambda: "unsynced", faces=FACES.model_copy(update={"notice": "2026-09"}))
    assert not FACE_ENDS.is_due(floor.db, late, floor.shop)
    assert not AUDIT_ENDS.is_due(floor.db, late, floor.shop)


@pytest.mark.parametrize("made_at", [datetime.fromisoformat("1970-01-01T00:00:00Z"), AT + 20 * YEAR])
def test_what_was_made_by_a_wrong_clock_begins_its_time_when_the_clock_is_right(
    kiosk: Kiosks, floor: Floor, made_at: datetime
) -> None:
    kiosk.at = made_at
    kiosk.name("77001")
    kiosk.enrol(kiosk.agree("m-1"), clock="unsynced")
    assert floor.tick(FACE_ENDS, AT) == ()
    kiosk.at = AT
    assert kiosk.living() == ["m-1"]
    assert kinds(floor.tick(FACE_ENDS, AT + YEAR)) == ["face.deleted"]


def test_nothing_is_kept_longer_than_the_settings_say_now(kiosk: Kiosks, floor: Floor) -> None:
    kiosk.join("77001", "m-1")
    floor.shop = replace(floor.shop, faces=FACES.model_copy(update={"keep_days": 30}))
    assert floor.tick(FACE_ENDS, AT + DAY) == ()
    assert kinds(floor.tick(FACE_ENDS, AT + 31 * DAY)) == ["face.deleted"]


def test_the_audit_ends_after_three_years_and_holds_so_much_at_most(
    kiosk: Kiosks, floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = kiosk.join("77001", "m-1")
    assert floor.tick(AUDIT_ENDS, AT + timedelta(days=1_096)) == ()
    floor.tick(AUDIT_ENDS, AT + timedelta(days=1_097))
    assert list(audit(floor.db)) == []
    monkeypatch.setattr(audits, "MOST_ROWS", 3)
    for _ in range(5):
        kiosk.recognise(template, "m-1")
    assert [what for what, *_ in audit(floor.db)] == ["matched"] * 3


def test_the_audit_names_nobody_and_holds_nothing_sealed(kiosk: Kiosks, floor: Floor) -> None:
    template = kiosk.join("77001", "m-1")
    kiosk.recognise(template, "m-1")
    assert template not in repr(floor.db.execute("SELECT data FROM events").fetchall()), "beside a member it would name them"
    kiosk.withdraw()
    told = repr(floor.db.execute("SELECT * FROM face_audit").fetchall())
    assert "m-1" not in told
    assert SEALED.hex() not in told
    assert [what for what, *_ in audit(floor.db)] == ["consented", "enrolled", "matched", "withdrawn", "deleted"]


def test_what_was_deleted_waits_for_the_files_to_be_wiped(kiosk: Kiosks, floor: Floor) -> None:
    kiosk.join("77001", "m-1")
    kiosk.withdraw()
    before = face_remains(floor.db)
    assert before is not None
    assert before.since == AT
    kiosk.at += DAY
    kiosk.join("77002", "m-2")
    floor.ask(forget_member("m-2", "c-8", "headquarters"), kiosk.at)
    assert floor.ask(faces_wiped(before)) == ()
    left = face_remains(floor.db)
    assert left is not None
    assert left.since == kiosk.at, "what was deleted while the files were wiped waits for the next time"
    floor.ask(faces_wiped(left))
    assert face_remains(floor.db) is None


def test_a_forgotten_member_s_face_goes_with_the_same_event(kiosk: Kiosks, floor: Floor) -> None:
    kiosk.join("77001", "m-1")
    kiosk.join("77002", "m-2")
    assert kinds(floor.ask(forget_member("m-1", "c-7", "headquarters"))) == ["member.forgotten"]
    assert kiosk.living() == ["m-2"]
    assert list(audit(floor.db))[-1] == ("deleted", "t-c-1", "", "forgotten")
    floor.tick(FORGETTING, AT)
    assert "m-1" not in whole(floor.db).replace("m-1001", "")


def test_with_a_guardian_goes_what_it_agreed_to_for_a_child(kiosk: Kiosks, floor: Floor) -> None:
    kiosk.name("77002")
    kiosk.name("77001")
    kiosk.enrol(kiosk.agree("m-2", "guardian", guardian_ref="m-1", staff="g-7"))
    _forgotten, told = floor.ask(forget_member("m-1", "c-7", "headquarters"))
    assert told == FaceDeleted(member_ref="m-2", consent="c-1", reason="guardian")
    floor.tick(FORGETTING, AT)
    assert kiosk.living() == []
    assert "m-1" not in whole(floor.db)


def test_neither_a_stale_document_nor_an_enrolment_on_its_way_brings_a_forgotten_member_back(kiosk: Kiosks, floor: Floor) -> None:
    kiosk.name("77001")
    consent = kiosk.agree("m-1")
    floor.ask(forget_member("m-1", "c-7", "headquarters"))
    Headquarters(floor, version=1).publish(member(1))
    with pytest.raises(Declined):
        kiosk.enrol(consent)
    with pytest.raises(Declined):
        kiosk.agree("m-1")
    assert floor.db.execute("SELECT (SELECT count(*) FROM face_consents), (SELECT count(*) FROM face_templates)").fetchone() == (
        *(0, 0),
    )


def test_who_stands_at_a_kiosk_or_a_lane_is_forgotten_there(kiosk: Kiosks, floor: Floor) -> None:
    template = kiosk.join("77001", "m-1")
    forgotten, *_slip = floor.ask(forget_here("kiosk-1", "w-1"))
    assert forgotten == MemberForgotten(request="w-1", by="store", member_ref="m-1", place="kiosk-1")
    assert floor.ask(forget_here("kiosk-1", "w-1")) == (), "the wish counts once"
    template = kiosk.join("77002", "m-2")
    kiosk.recognise(template, "m-2", "sco-1")
    floor.ask(forget_here("sco-1", "w-2"))
    assert kiosk.living() == []
    assert floor.db.execute("SELECT member_ref FROM orders").fetchall() == [(None,)], "the order stays, and is nobody's"


def test_who_is_not_there_is_not_forgotten_there(kiosk: Kiosks, floor: Floor) -> None:
    refusals = {}
    for place in ("kiosk-1", "sco-1"):
        with pytest.raises(Declined) as refused:
            floor.ask(forget_here(place, "w-1"))
        refusals[place] = refused.value.key
    assert refusals == {"kiosk-1": "member-not-here", "sco-1": "lane-empty"}
    with pytest.raises(Declined) as refused:
        kiosk.withdraw()
    assert refused.value.key == "member-not-here"
    assert str(refused.value) == "nobody has said here who they are, or too long ago: show your code or number again"


def test_a_phone_number_alone_has_no_member_forgotten_but_a_pseudonym(kiosk: Kiosks, floor: Floor) -> None:
    kiosk.name("13800000001")
    with pytest.raises(Declined) as refused:
        floor.ask(forget_here("kiosk-1", "w-1"))
    assert refused.value.key == "forget-show-code"
    assert str(refused.value) == "a phone number alone does not prove who you are: show your member code or card"
    kiosk.name("13912345678")
    (forgotten, *_slip) = floor.ask(forget_here("kiosk-1", "w-2"))
    assert isinstance(forgotten, MemberForgotten)
    assert forgotten.member_ref == nobody("13912345678")


def test_a_face_is_worth_what_was_shown_when_it_was_agreed_to(kiosk: Kiosks, floor: Floor) -> None:
    rules = {"points": {"rate": {"points": 1, "per_minor": 100}, "offline_cap": {"per_order": 500, "per_day": 700}}}
    headquarters = Headquarters(floor, rules=rules, version=1)
    headquarters.publish(*(member(number, points=900) for number in (1, 2)), spend_by=["code", "face"])
    by_phone = kiosk.join("13800000001", "m-1")
    by_code = kiosk.join("77002", "m-2")
    till = floor.till("sco-1")
    for order, (template, ref) in enumerate(((by_phone, "m-1"), (by_code, "m-2")), start=1):
        kiosk.recognise(template, ref, "sco-1")
        till.choose("milk", 1, str(order))
        if ref == "m-1":
            with pytest.raises(Declined) as refused:
                floor.ask(spend_points("sco-1", str(order), 100))
            assert refused.value.key == "member-show-code"
            kiosk.recognise(template, ref)
            with pytest.raises(Declined) as refused:
                floor.ask(forget_here("kiosk-1", "w-1"))
            assert refused.value.key == "forget-show-code"
        else:
            assert floor.ask(spend_points("sco-1", str(order), 100))
        till.void(str(order))
    headquarters.publish(*(member(number, points=900) for number in (1, 2)))
    kiosk.recognise(by_code, "m-2", "sco-1")
    till.choose("milk", 1, "3")
    with pytest.raises(Declined):
        floor.ask(spend_points("sco-1", "3", 100))
