"""What is written down of a visit at an AR mirror: which shade, how long, and nobody's face or name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.room_readings import MirrorTouched, MirrorUsed, ShadeTried
from edge.shop.decide import entry_for, notice
from edge.shop.mirror_visits import ShadeWorn, VisitBegan, VisitEnded
from sync.events import EventClass

if TYPE_CHECKING:
    from tests.shop.conftest import Floor


def test_a_visit_begins_and_ends(floor: Floor) -> None:
    at = "2026-03-01T10:00:00Z"
    began = MirrorUsed(**floor.stamp("mirror-1"), report=floor.report(at), session="s7", kind="began")
    ended = MirrorUsed(**floor.stamp("mirror-1"), report=floor.report(), session="s7", kind="ended")
    assert notice(None, began)
    assert notice(began, ended)
    assert floor.hear(began) == (VisitBegan(mirror="mirror-1", session="s7", device_at=at),)
    assert floor.hear(ended) == (VisitEnded(mirror="mirror-1", session="s7"),)


def test_a_shade_that_was_worn_is_told_with_its_time_and_strength(floor: Floor) -> None:
    tried = ShadeTried(
        **floor.stamp("mirror-1"), report=floor.report(), session="s7", sku="lip-04", shown_ms=8_400, intensity_percent=70
    )
    (worn,) = floor.hear(tried)
    assert worn == ShadeWorn(mirror="mirror-1", session="s7", sku="lip-04", shown_ms=8_400, intensity_percent=70)
    assert worn.subject() == "mirror-1/s7"


def test_the_mirror_repeats_until_it_is_told_and_its_events_are_the_members(floor: Floor) -> None:
    report = floor.report()
    entry = entry_for(MirrorUsed(**floor.stamp("mirror-1"), report=report, session="s7", kind="began"), floor.shop)
    assert entry.event_class is EventClass.MEMBER
    assert entry.origin is not None
    assert (entry.origin.device, entry.origin.id, entry.origin.digest) == ("mirror-1", report.id, report.digest)


def test_a_finger_on_the_mirror_is_only_shown(floor: Floor) -> None:
    assert not notice(None, MirrorTouched(**floor.stamp("mirror-1"), session="s7", x_permille=500, y_permille=500))
