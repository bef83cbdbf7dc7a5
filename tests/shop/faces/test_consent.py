"""Who stands at a kiosk agrees to the notice that is shown there now; nobody else, and for a child its guardian."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from config.schema import Faces
from edge.shop.declined import Declined
from edge.shop.faces.consent import withdraw_consent
from edge.shop.faces.events import FaceConsented, FaceDeleted, FaceEnrolled, FaceWithdrawn
from edge.shop.faces.here import leave
from tests.shop.conftest import AT
from tests.shop.faces.conftest import FACES, SEALED, audit, kinds, nobody, whole

GONE = "nobody has said here who they are, or too long ago: show your code or number again"

if TYPE_CHECKING:
    from tests.shop.conftest import Floor
    from tests.shop.faces.conftest import Kiosks


def test_a_member_agrees_is_enrolled_and_stands_in_the_table_until_the_day_that_was_told(kiosk: Kiosks) -> None:
    kiosk.name("77001")
    consent = kiosk.agree("m-1")
    (enrolled,) = kiosk.enrol(consent)
    assert enrolled == FaceEnrolled(
        member_ref="m-1",
        consent="c-1",
        place="kiosk-1",
        model="m@1",
        expires_at="2027-03-01T10:00:00.000Z",
    )
    assert enrolled.subject() == "m-1"
    assert kiosk.living() == ["m-1"]
    assert list(audit(kiosk.floor.db)) == [("consented", "", "kiosk-1", "member"), ("enrolled", "t-c-1", "kiosk-1", "member")]


def test_the_consent_says_to_which_notice_in_which_language_and_how_the_member_was_named(kiosk: Kiosks) -> None:
    kiosk.name("13800000001")
    kiosk.agree("m-1", language="en")
    (event,) = [each for each in _journal(kiosk.floor.db) if each[0] == FaceConsented.type]
    assert event[1] == (
        '{"member_ref":"m-1","consent":"c-1","notice":"2026-03","language":"en","age":"adult","place":"kiosk-1",'
        '"named_by":"phone","staff":""}'
    )


def test_no_event_and_no_other_table_has_the_sealed_bytes(kiosk: Kiosks) -> None:
    template = kiosk.join("77001", "m-1")
    kiosk.recognise(template, "m-1")
    assert whole(kiosk.floor.db).count(SEALED.hex().upper()) == 1


def test_a_pseudonym_may_agree_too(kiosk: Kiosks) -> None:
    ref = nobody("13912345678")
    kiosk.join("13912345678", ref)
    assert kiosk.living() == [ref]


def test_said_again_a_consent_and_an_enrolment_count_once(kiosk: Kiosks) -> None:
    kiosk.name("77001")
    kiosk.agree("m-1", consent="c-9")
    kiosk.agree("m-1", consent="c-9")
    assert kinds(kiosk.enrol("c-9")) == ["face.enrolled"]
    assert kiosk.enrol("c-9") == ()
    assert kiosk.enrol("c-9", template="t-other") == (), "another face needs another yes"
    assert [what for what, *_ in audit(kiosk.floor.db)] == ["consented", "enrolled"]


def test_who_agrees_anew_is_enrolled_anew_and_the_old_template_is_gone(kiosk: Kiosks) -> None:
    kiosk.join("77001", "m-1")
    consent = kiosk.agree("m-1")
    assert kiosk.living() == []
    assert _told(kiosk, FaceDeleted) == ['{"member_ref":"m-1","consent":"c-1","reason":"replaced"}']
    kiosk.enrol(consent)
    assert kiosk.living() == ["m-1"]


@pytest.mark.parametrize(
    ("told", "key", "said"),
    [
        ({"member_ref": "m-2"}, "member-not-here", GONE),
        ({"place": "kiosk-2"}, "member-not-here", GONE),
        ({"place": "door"}, "face-no-kiosk", "no kiosk is called door: add [kiosk.door] to the settings"),
        ({"notice": "2025-01"}, "face-notice-changed", "the notice has changed since it was agreed to: read it and agree anew"),
    ],
)  # fmt: skip
def test_only_who_is_there_agrees_to_what_is_shown_there(kiosk: Kiosks, told: dict[str, Any], key: str, said: str) -> None:
    kiosk.name("77001")
    refused = _refused(kiosk, **{"member_ref": "m-1"} | told)
    assert (refused.key, str(refused)) == (key, said)
    assert kiosk.floor.db.execute("SELECT count(*) FROM face_consents").fetchone() == (0,)


def test_who_has_gone_or_has_stood_there_for_long_agrees_to_nothing(kiosk: Kiosks) -> None:
    kiosk.name("77001")
    kiosk.at = AT + timedelta(minutes=5)
    assert _refused(kiosk, member_ref="m-1").key == "member-not-here"
    kiosk.name("77001")
    assert kiosk.floor.ask(leave("kiosk-1"), kiosk.at) == ()
    assert _refused(kiosk, member_ref="m-1").key == "member-not-here"
    kiosk.name("77001")
    kiosk.at -= timedelta(minutes=1)
    assert _refused(kiosk, member_ref="m-1").key == "member-not-here", "a clock that jumped back tells nobody how long ago it was"


def test_with_faces_off_nobody_agrees(kiosk: Kiosks, floor: Floor) -> None:
    kiosk.name("77001")
    floor.shop = replace(floor.shop, faces=Faces())
    refused = _refused(kiosk, member_ref="m-1")
    assert refused.key == "face-off"
    assert str(refused) == "this shop recognises nobody by face: use the member code or the phone number"


def test_a_child_is_enrolled_when_its_guardian_is_named_after_it_with_staff_beside(kiosk: Kiosks) -> None:
    kiosk.name("77002")
    kiosk.name("77001")
    consent = kiosk.agree("m-2", "guardian", guardian_ref="m-1", staff="g-7")
    kiosk.enrol(consent)
    assert kiosk.living() == ["m-2"]
    (told,) = _told(kiosk, FaceConsented)
    assert '"age":"guardian"' in told
    assert '"staff":"g-7"' in told
    assert "m-1" not in told, "nothing of a guardian who is forgotten may be left in the child's event"


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"guardian_ref": "m-1"},
        {"staff": "g-7"},
        {"guardian_ref": "", "staff": "g-7"},
        {"guardian_ref": "m-2", "staff": "g-7"},
    ],
)
def test_under_14_nobody_agrees_alone(kiosk: Kiosks, told: dict[str, Any]) -> None:
    kiosk.name("77001")
    kiosk.name("77002")
    refused = _refused(kiosk, member_ref="m-2", age="guardian", **told)
    assert refused.key == "face-guardian-needed"
    assert str(refused) == "under 14 a guardian agrees, who is a member too, with somebody of the store beside: ask the staff"


def test_a_guardian_must_be_there_and_the_child_too(kiosk: Kiosks) -> None:
    told = {"member_ref": "m-2", "age": "guardian", "guardian_ref": "m-1", "staff": "g-7"}
    kiosk.name("77002")
    assert _refused(kiosk, **told).key == "member-not-here"
    kiosk.name("77003")
    assert _refused(kiosk, **told).key == "member-not-here"
    kiosk.name("77001")
    assert _refused(kiosk, **told).key == "member-not-here", "the child has been gone since another was there"


def test_a_withdrawal_takes_the_template_away_at_once(kiosk: Kiosks) -> None:
    kiosk.join("77001", "m-1")
    withdrawn, *_slip = kiosk.withdraw()
    assert withdrawn == FaceWithdrawn(member_ref="m-1", consent="c-1", place="kiosk-1", by="member")
    assert kiosk.floor.db.execute(
        "SELECT (SELECT count(*) FROM face_consents), (SELECT count(*) FROM face_templates)"
    ).fetchone() == (0, 0)
    assert list(audit(kiosk.floor.db))[2:] == [
        ("withdrawn", "t-c-1", "kiosk-1", "member"),
        ("deleted", "t-c-1", "kiosk-1", "member"),
    ]


def test_a_guardian_takes_back_what_was_agreed_to_for_a_child(kiosk: Kiosks) -> None:
    kiosk.name("77002")
    kiosk.name("77001")
    kiosk.enrol(kiosk.agree("m-2", "guardian", guardian_ref="m-1", staff="g-7"))
    kiosk.enrol(kiosk.agree("m-1"))
    assert sorted(kiosk.living()) == ["m-1", "m-2"]
    assert kinds(kiosk.withdraw()) == ["face.withdrawn", "job.queued", "face.withdrawn"], "one slip is enough"
    assert kiosk.living() == []


def test_a_phone_number_is_enough_to_take_it_back(kiosk: Kiosks) -> None:
    kiosk.join("77001", "m-1")
    kiosk.name("13800000001")
    kiosk.withdraw()
    assert kiosk.living() == []


def test_staff_take_it_back_for_whoever_asks_them(kiosk: Kiosks) -> None:
    kiosk.join("77001", "m-1")
    (withdrawn,) = kiosk.floor.ask(withdraw_consent("m-1", "", "anna"))
    assert withdrawn == FaceWithdrawn(member_ref="m-1", consent="c-1", place="", by="anna")
    with pytest.raises(Declined) as refused:
        kiosk.floor.ask(withdraw_consent("m-1", "", "anna"))
    assert refused.value.key == "face-nothing-kept"
    assert str(refused.value) == "nothing is kept of this member's face"


def test_an_enrolment_whose_consent_went_meanwhile_brings_nothing_back(kiosk: Kiosks) -> None:
    kiosk.name("77001")
    consent = kiosk.agree("m-1")
    kiosk.withdraw()
    with pytest.raises(Declined) as refused:
        kiosk.enrol(consent)
    assert refused.value.key == "face-consent-withdrawn"
    assert str(refused.value) == "the consent was taken back meanwhile: nothing of the face is kept"
    assert SEALED.hex().upper() not in whole(kiosk.floor.db)


def test_an_enrolment_to_a_notice_that_changed_meanwhile_is_not_kept(kiosk: Kiosks, floor: Floor) -> None:
    kiosk.name("77001")
    consent = kiosk.agree("m-1")
    floor.shop = replace(floor.shop, faces=FACES.model_copy(update={"notice": "2026-09"}))
    with pytest.raises(Declined) as refused:
        kiosk.enrol(consent)
    assert refused.value.key == "face-notice-changed"


def test_who_said_a_phone_number_takes_no_face_away_of_one_who_showed_more(kiosk: Kiosks) -> None:
    kiosk.join("77001", "m-1")
    kiosk.name("13800000001")
    refused = _refused(kiosk, member_ref="m-1")
    assert refused.key == "forget-show-code"
    assert str(refused) == "a phone number alone does not prove who you are: show your member code or card"
    kiosk.name("77001")
    kiosk.agree("m-1")


def test_no_template_without_its_consent_says_the_table_itself(kiosk: Kiosks) -> None:
    db = kiosk.floor.db
    row = "INSERT INTO face_templates VALUES ('t', 'c-1', ?, x'00', 'm', 'synced', '', '9')"
    with pytest.raises(sqlite3.IntegrityError):
        db.execute(row, ("m-1",))
    kiosk.name("77001")
    kiosk.agree("m-1")
    with pytest.raises(sqlite3.IntegrityError):
        db.execute(row, ("m-2",))
    db.execute(row, ("m-1",))
    db.execute("DELETE FROM face_consents")
    assert db.execute("SELECT count(*) FROM face_templates").fetchone() == (0,)


def _refused(kiosk: Kiosks, member_ref: str, **told: Any) -> Declined:
    with pytest.raises(Declined) as refused:
        kiosk.agree(member_ref, **told)
    return refused.value


def _journal(db: sqlite3.Connection) -> list[tuple[str, str]]:
    return db.execute("SELECT type, data FROM events ORDER BY sequence").fetchall()


def _told(kiosk: Kiosks, kind: type[FaceConsented] | type[FaceDeleted]) -> list[str]:
    return [data for type_, data in _journal(kiosk.floor.db) if type_ == kind.type]
