"""A badge at a scanner: at a lane its guide serves the shopper, at any other scanner somebody comes or goes."""

from __future__ import annotations

import hmac
from base64 import b64encode
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import pytest

from config.schema import Kiosk
from drivers.counter_readings import Scanned
from edge.shop.lanes.events import LaneDeclined
from edge.shop.members.events import MemberIdentified
from edge.shop.staff.document import adopt_staff, parse_staff
from edge.shop.staff.events import GuideServed, StaffArrived, StaffLeft

if TYPE_CHECKING:
    from sync.events import Event
    from tests.shop.lanes.conftest import SelfCheckout

MILK = "06901234567892"
BADGE = "BADGE-0017"
SALT = b"s" * 16


@pytest.fixture
def staffed(lane: SelfCheckout) -> SelfCheckout:
    badge = hmac.digest(SALT, BADGE.encode(), "sha256")[:16].hex()
    guide = {"id": "g-17", "names": {"zh": "李敏", "en": "Li Min"}, "roles": ["guide"], "badge": badge}
    roster = {"salt": b64encode(SALT).decode(), "staff": [guide]}
    assert adopt_staff(parse_staff(msgspec.json.encode(roster)), 1, lane.floor.db) == ()
    return lane


def scan_elsewhere(lane: SelfCheckout, code: str) -> tuple[Event, ...]:
    return lane.floor.hear(Scanned(**lane.floor.stamp("scanner-of-the-staff-room"), code=code))


def test_the_guide_whose_badge_is_scanned_serves_the_shopper(staffed: SelfCheckout) -> None:
    staffed.scan(gtin=MILK)
    assert staffed.scan(BADGE) == (GuideServed(guide="g-17", till="sco-1", order="1", by="badge"),)
    assert staffed.scan(BADGE) == ()


def test_a_badge_opens_no_order_and_is_nobodys_member_code(staffed: SelfCheckout) -> None:
    (declined,) = staffed.scan(BADGE)
    assert isinstance(declined, LaneDeclined)
    assert declined.key == "lane-empty"
    staffed.scan(gtin=MILK)
    assert not [event for event in staffed.scan("BADGE-0018") if isinstance(event, GuideServed | MemberIdentified)]


def test_at_a_scanner_of_no_lane_somebody_comes_and_goes(staffed: SelfCheckout) -> None:
    place = "scanner-of-the-staff-room"
    assert scan_elsewhere(staffed, BADGE) == (StaffArrived(staff="g-17", place=place, at="2026-03-01T10:00:00.000Z"),)
    assert scan_elsewhere(staffed, BADGE) == (StaffLeft(staff="g-17", place=place),)
    assert scan_elsewhere(staffed, "BADGE-0018") == ()


def test_at_a_kiosk_the_screen_says_what_a_badge_is_for(staffed: SelfCheckout) -> None:
    staffed.floor.shop = replace(staffed.floor.shop, kiosks={"kiosk-1": Kiosk(scanner="scanner-of-the-staff-room")})
    assert scan_elsewhere(staffed, BADGE) == ()
