"""The roster: who a badge belongs to, who is here, who serves whom, and what a guide is credited with."""

from __future__ import annotations

import hmac
import sqlite3
from base64 import b64encode
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from edge.shop.declined import Declined
from edge.shop.staff.document import adopt_staff, parse_staff
from edge.shop.staff.events import GuideServed, StaffArrived, StaffLeft
from edge.shop.staff.roster import badge_hash, of_badge, on_duty, scan_badge
from edge.shop.staff.serving import credit, guide_of, serve
from sync.adopters import DocumentRefused

if TYPE_CHECKING:
    from tests.shop.conftest import Floor, Till

SALT = b"s" * 16
BADGE = "BADGE-0017"
AT = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)


def badge(text: str) -> str:
    return hmac.digest(SALT, text.encode(), "sha256")[:16].hex()


def roster(**changes: Any) -> dict[str, Any]:
    guide = {"id": "g-17", "names": {"zh": "李敏", "en": "Li Min"}, "roles": ["guide", "cashier"], "badge": badge(BADGE)}
    gone = {
        "id": "g-2",
        "names": {"zh": "王芳", "en": "Fang"},
        "roles": ["guide"],
        "badge": badge("old"),
        "until": "2026-02-28",
    }
    return {"salt": b64encode(SALT).decode(), "staff": [guide, gone], **changes}


def adopt(db: sqlite3.Connection, body: dict[str, Any]) -> None:
    assert adopt_staff(parse_staff(msgspec.json.encode(body)), 1, db) == ()


@pytest.fixture
def staffed(floor: Floor) -> Floor:
    adopt(floor.db, roster())
    return floor


def test_a_badge_is_known_by_its_hash_only(staffed: Floor) -> None:
    person = of_badge(staffed.db, f" {BADGE} ", "2026-03-01")
    assert person is not None
    assert (person.staff, person.name_zh, sorted(person.roles)) == ("g-17", "李敏", ["cashier", "guide"])
    assert BADGE not in "\n".join(staffed.db.iterdump())


def test_nobody_is_found_by_another_badge_or_after_the_last_day(staffed: Floor) -> None:
    assert of_badge(staffed.db, "BADGE-0018", "2026-03-01") is None
    assert of_badge(staffed.db, "old", "2026-02-28") is not None
    assert of_badge(staffed.db, "old", "2026-03-01") is None


def test_without_a_roster_there_is_no_badge(floor: Floor) -> None:
    assert badge_hash(floor.db, BADGE) is None
    with pytest.raises(Declined, match="this badge is of nobody who works here today"):
        floor.ask(scan_badge(None, "scanner-1"))


def test_a_badge_lets_somebody_come_and_go(staffed: Floor) -> None:
    scan = scan_badge(badge_hash(staffed.db, BADGE), "scanner-1")
    assert staffed.ask(scan, AT) == (StaffArrived(staff="g-17", place="scanner-1", at="2026-03-01T10:00:00.000Z"),)
    assert on_duty(staffed.db) == [("g-17", "李敏", "Li Min", "2026-03-01T10:00:00.000Z")]
    assert staffed.ask(scan, AT) == (StaffLeft(staff="g-17", place="scanner-1"),)
    assert on_duty(staffed.db) == []


def test_who_leaves_the_roster_is_no_longer_on_duty(staffed: Floor) -> None:
    staffed.ask(scan_badge(badge_hash(staffed.db, BADGE), "scanner-1"))
    adopt(staffed.db, roster(staff=[]))
    assert on_duty(staffed.db) == []


def test_the_last_guide_before_the_payment_served_the_order(staffed: Floor, till: Till) -> None:
    other = {"id": "g-3", "names": {"zh": "陈", "en": "Chen"}, "roles": ["guide"]}
    adopt(staffed.db, roster(staff=[*roster()["staff"], other]))
    till.open()
    assert staffed.ask(serve("g-3", "till-1", "17", "page")) == (GuideServed(guide="g-3", till="till-1", order="17", by="page"),)
    staffed.ask(serve("g-17", "till-1", "17", "badge"))
    assert staffed.ask(serve("g-17", "till-1", "17", "badge")) == ()
    assert guide_of(staffed.db, "till-1", "17") == "g-17"
    (touch,) = credit(staffed.db, "cps", "till-1", "17", 650)
    assert (touch.guide, touch.model, touch.amount_minor, touch.subject()) == ("g-17", "cps", 650, "g-17")
    till.void()
    with pytest.raises(Declined, match="order 17 of till-1 is voided: who served it cannot be changed any more"):
        staffed.ask(serve("g-3", "till-1", "17", "page"))


def test_nobody_serves_who_is_not_on_the_roster(staffed: Floor, till: Till) -> None:
    till.open()
    with pytest.raises(Declined, match="nobody called 'g-2' is on the roster today"):
        staffed.ask(serve("g-2", "till-1", "17", "page"))
    assert credit(staffed.db, "cps", "till-1", "17") == ()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"salt": "c2hvcnQ="}, r"`\$\.salt` has 5 bytes, which can be tried out: at least 16 are needed"),
        ({"salt": "?"}, r"the salt at `\$\.salt` is no base64"),
        ({"staff": [{"id": "g 1"}]}, r"the roster cannot be read: .*`\$\.staff\[0\]"),
        ({"staff": [roster()["staff"][0]] * 2}, r"`\$\.staff\[1\]\.id` stands at `\$\.staff\[0\]\.id` already"),
    ],
)
def test_a_roster_with_a_mistake_is_refused_with_its_place(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(DocumentRefused, match=problem):
        parse_staff(msgspec.json.encode(roster(**changes)))
