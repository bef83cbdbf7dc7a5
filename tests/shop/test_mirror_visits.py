"""What is written down of a visit at an AR mirror: which shade, how long, and nobody's face or name."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from drivers.room_readings import MirrorTouched, MirrorUsed, ShadeTried
from edge.shop import mirror_visits
from edge.shop.decide import entry_for, notice
from edge.shop.mirror_visits import FORGOTTEN_VISITS, ShadeWorn, VisitBegan, VisitEnded, is_over
from sync.events import Event, EventClass
from tests.shop.conftest import AT

if TYPE_CHECKING:
    import pytest

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


def used(floor: Floor, kind: str, session: str = "", mirror: str = "mirror-1") -> tuple[Event, ...]:
    return floor.hear(MirrorUsed(**floor.stamp(mirror), report=floor.report(), session=session, kind=kind))  # type: ignore[arg-type]


def ended(session: str, mirror: str = "mirror-1") -> VisitEnded:
    return VisitEnded(mirror=mirror, session=session)


def test_a_mirror_that_was_left_ends_the_visit_that_is_open_there_and_no_other(floor: Floor) -> None:
    used(floor, "began", "s7")
    used(floor, "began", "s8", "mirror-2")
    assert not is_over(floor.db, "mirror-1", "s7")
    assert used(floor, "left") == (ended("s7"),)
    assert is_over(floor.db, "mirror-1", "s7")
    assert not is_over(floor.db, "mirror-2", "s8")
    assert used(floor, "left") == ()


def test_a_visit_ends_once_whoever_says_so(floor: Floor) -> None:
    used(floor, "began", "s7")
    used(floor, "left")
    assert used(floor, "ended", "s7") == (), "its page came back"
    assert used(floor, "ended", "s9") == (ended("s9"),), "one whose beginning was never heard"
    assert used(floor, "ended", "s9") == ()


def test_who_begins_ends_the_visit_before(floor: Floor) -> None:
    used(floor, "began", "s7")
    assert used(floor, "began", "s8") == (ended("s7"), VisitBegan(mirror="mirror-1", session="s8"))


def test_a_visit_that_nobody_ends_is_over_after_two_hours(floor: Floor) -> None:
    used(floor, "began", "s7")
    assert floor.tick(FORGOTTEN_VISITS, AT + timedelta(hours=1, minutes=59)) == ()
    assert floor.tick(FORGOTTEN_VISITS, AT + timedelta(hours=2, minutes=1)) == (ended("s7"),)
    assert floor.tick(FORGOTTEN_VISITS, AT + timedelta(hours=9)) == ()


def test_old_visits_are_forgotten_and_open_ones_never(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mirror_visits, "KEEP_OVER", 2)
    used(floor, "began", "open", "mirror-2")
    for number in range(5):
        used(floor, "began", f"s{number}")
        used(floor, "ended", f"s{number}")
    rows = floor.db.execute("SELECT session FROM mirror_visits ORDER BY number").fetchall()
    assert [session for (session,) in rows] == ["open", "s3", "s4"]
