"""Which readings are decided, and what the journal is asked to record for them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from drivers.reading import Report
from drivers.readings import (
    AnyReading,
    ItemChosen,
    ItemRemoved,
    MemberShown,
    OrderOpened,
    OrderPaid,
    OrderVoided,
    Presence,
    ShelfLevel,
    ShelfMoved,
    Unreadable,
    Weight,
)
from edge.shop.asked_events import DeviceCommanded
from edge.shop.catalogue.cards import ProductViewed
from edge.shop.catalogue.price_events import ProductsMissing
from edge.shop.decide import entry_for, notice
from edge.shop.declined import RequestDeclined
from edge.shop.footfall.events import FootfallCounted, QueueMeasured, ShelfReached, ZoneVisited
from edge.shop.footfall.hourly_events import CameraWatched, HeatMapped, PathWalked
from edge.shop.insight.experiments import ExperimentExposed
from edge.shop.lanes.events import BagsWeighed, LaneDeclined
from edge.shop.registry import EVENTS
from edge.shop.scenes.store_events import EnvironmentSampled
from sync.events import EventClass, Registry

if TYPE_CHECKING:
    from tests.shop.conftest import Floor

REPORT = Report(id="r1", digest=b"d", device_at="2099-01-01T00:00:00Z")


def reported(stamp: dict[str, Any]) -> list[AnyReading]:
    return [
        ShelfMoved(**stamp, report=REPORT, slot="a", kind="adjust", delta_g=1, before_g=0, after_g=1),
        OrderOpened(**stamp, report=REPORT, order="17"),
        ItemChosen(**stamp, report=REPORT, order="17", code="milk", qty=1),
        ItemRemoved(**stamp, report=REPORT, order="17", line=1),
        OrderPaid(**stamp, report=REPORT, order="17", amount_minor=1, tender="cash"),
        OrderVoided(**stamp, report=REPORT, order="17", reason=""),
    ]


def shown(stamp: dict[str, Any]) -> list[AnyReading]:
    return [
        ShelfLevel(**stamp, slot="a", grams=1),
        Presence(**stamp, state="ready"),
        Unreadable(**stamp, problem="no JSON", report=REPORT),
    ]


def test_every_report_is_decided_and_keeps_its_name(floor: Floor) -> None:
    for reading in reported(floor.stamp("till-1")):
        assert notice(reading, reading)
        entry = entry_for(reading, floor.shop)
        assert entry.origin is not None
        assert (entry.origin.device, entry.origin.id, entry.origin.digest) == ("till-1", "r1", b"d")
        assert (entry.at, entry.monotonic_ms, entry.event_class) == (reading.at, reading.monotonic_ms, EventClass.ORDER)
        assert entry.said().startswith(f"{type(reading).__name__} report=r1")


def test_levels_presence_and_noise_are_only_shown(floor: Floor) -> None:
    for reading in shown(floor.stamp("till-1")):
        assert not notice(None, reading)
        with pytest.raises(TypeError) as refused:
            entry_for(reading, floor.shop)
        assert str(refused.value) == f"{type(reading).__name__} is only shown, never decided: ask notice() first"


def test_a_weight_has_no_origin_because_nobody_repeats_it(floor: Floor) -> None:
    weight = Weight(**floor.stamp("scale-1"), grams=500, state="stable")
    assert notice(Presence(**floor.stamp("scale-1"), state="ready"), weight)
    entry = entry_for(weight, floor.shop)
    assert entry.origin is None
    assert entry.said() == "Weight grams=500 state=stable"


def test_what_is_told_hides_codes_but_not_barcodes(floor: Floor) -> None:
    stamp = floor.stamp("till-1")
    chosen = ItemChosen(**stamp, report=REPORT, order="t1-00042", code="6901234567892", qty=1)
    scanned = ItemChosen(**stamp, report=REPORT, order="17", code="134567890123456789", qty=1)
    member = MemberShown(**stamp, report=REPORT, order=None, code="M-1")
    assert entry_for(chosen, floor.shop).said() == "ItemChosen report=r1 order=t1-00042 code=6901234567892 qty=1"
    assert entry_for(scanned, floor.shop).said() == "ItemChosen report=r1 order=17 code=<18 digits> qty=1"
    assert entry_for(member, floor.shop).said() == "MemberShown report=r1 code=<3 characters>"


def test_a_device_clock_in_the_future_is_kept_and_decides_nothing(floor: Floor) -> None:
    opened, *_ = floor.hear(OrderOpened(**floor.stamp("till-1"), report=REPORT, order="17", business_day="2099-01-01"))
    assert opened.day() == "2026-03-01"
    assert msgspec.to_builtins(opened)["device_at"] == "2099-01-01T00:00:00Z"


MAY_BE_DROPPED = (
    BagsWeighed,
    CameraWatched,
    DeviceCommanded,
    EnvironmentSampled,
    ExperimentExposed,
    FootfallCounted,
    HeatMapped,
    LaneDeclined,
    PathWalked,
    ProductViewed,
    ProductsMissing,
    QueueMeasured,
    RequestDeclined,
    ShelfReached,
    ZoneVisited,
)


def test_every_event_type_is_a_noun_and_what_happened_to_it() -> None:
    registry = Registry(EVENTS)
    assert len(list(registry)) == len(EVENTS)
    for event in EVENTS:
        assert re.fullmatch(r"storebox\.[a-z]+\.[a-z]+", event.type)
        assert event.__doc__
        assert event.event_class is not EventClass.TELEMETRY or event in MAY_BE_DROPPED


def test_no_event_has_room_for_a_picture_or_a_template() -> None:
    for event in EVENTS:
        for field in msgspec.structs.fields(event):
            assert "bytes" not in str(field.type), f"{event.type}.{field.name}"
