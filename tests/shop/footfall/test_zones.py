"""What cameras are to look at: headquarters' documents and a technician's drawing, of which the newest counts."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from edge.shop.declined import Declined
from edge.shop.footfall.document import adopt_zones, parse_zones
from edge.shop.footfall.drawing import change_floor, change_layout
from edge.shop.footfall.layouts import FloorChanged, ZonesChanged, floor_plan, layout_of, layouts, layouts_kept
from edge.vision.layout import FloorPlan, Layout, Line
from sync.adopters import DocumentRefused
from sync.events import EventClass

if TYPE_CHECKING:
    from tests.shop.conftest import Floor

AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
EXAMPLE = Path(__file__).parents[3] / "config/examples/zones.json"
LINE: dict[str, Any] = {"name": "door", "a": [0.9, 0.4], "b": [0.9, 0.9], "inside": [0.6, 0.5]}
DRAWN = Layout(lines=(Line(name="drawn", a=(0.1, 0.2), b=(0.1, 0.8), inside=(0.5, 0.5)),))


def document(db: sqlite3.Connection, version: int, *cameras: str, **more: Any) -> None:
    body = {"cameras": {camera: {"lines": [LINE]} for camera in cameras}, **more}
    adopt_zones(parse_zones(msgspec.json.encode(body)), version, db)


def test_the_example_is_kept_as_it_is(db: sqlite3.Connection) -> None:
    adopt_zones(parse_zones(EXAMPLE.read_bytes()), 1, db)
    layout = layout_of(db, "cam-door")
    assert layout is not None
    assert [each.name for each in layout.zones] == ["lipstick", "till", "behind-the-till"]
    assert layouts(db) == {"cam-door": layout}
    plan = floor_plan(db)
    assert plan is not None
    assert plan.width_mm == 12_000


def test_before_the_first_word_nothing_is_looked_at(db: sqlite3.Connection) -> None:
    assert (layout_of(db, "cam-1"), layouts(db), floor_plan(db)) == (None, {}, None)


def test_a_drawing_is_told_with_all_of_it_and_counts_at_once(floor: Floor) -> None:
    document(floor.db, 1, "cam-1")
    (event,) = floor.ask(change_layout("cam-1", DRAWN, by="technician"), AT)
    assert isinstance(event, ZonesChanged)
    assert (event.subject(), event.by, event.layout, event.event_class) == ("cam-1", "technician", DRAWN, EventClass.ORDER)
    kept = layouts_kept(floor.db)["cam-1"]
    assert (kept.layout, kept.digest, kept.version, kept.by_whom) == (DRAWN, event.digest, None, "technician")


def test_a_drawing_that_changes_nothing_is_not_told(floor: Floor) -> None:
    floor.ask(change_layout("cam-1", DRAWN, by="technician"), AT)
    assert floor.ask(change_layout("cam-1", DRAWN, by="technician"), AT) == ()


def test_the_newest_word_of_a_camera_counts(floor: Floor) -> None:
    document(floor.db, 1, "cam-1", "cam-2", "cam-3")
    floor.ask(change_layout("cam-1", DRAWN, by="technician"), AT)
    floor.ask(change_layout("cam-4", DRAWN, by="technician"), AT)
    document(floor.db, 2, "cam-1", "cam-2")
    kept = layouts_kept(floor.db)
    assert {camera: each.version for camera, each in kept.items()} == {"cam-1": 2, "cam-2": 2, "cam-4": None}
    assert kept["cam-4"].layout == DRAWN, "headquarters said nothing of it"


def test_a_floor_plan_stays_when_a_document_leaves_it_out(floor: Floor) -> None:
    document(floor.db, 1, "cam-1", floor={"width_mm": 9_000, "height_mm": 5_000})
    document(floor.db, 2, "cam-1")
    assert floor_plan(floor.db) == FloorPlan(width_mm=9_000, height_mm=5_000)
    plan = FloorPlan(width_mm=8_000, height_mm=5_000)
    assert floor.ask(change_floor(plan, by="technician"), AT) == (FloorChanged(by="technician", plan=plan),)
    assert floor.ask(change_floor(plan, by="technician"), AT) == ()
    assert floor_plan(floor.db) == plan


def test_a_drawing_with_mistakes_is_declined_with_all_of_them(floor: Floor) -> None:
    flat = Line(name="flat", a=(0.1, 0.2), b=(0.1, 0.2), inside=(0.5, 0.5))
    with pytest.raises(Declined) as declined:
        floor.ask(change_layout("cam-1", Layout(lines=(flat, flat)), by="technician"), AT)
    assert declined.value.key == "layout-wrong"
    told = str(declined.value)
    assert told.startswith("it cannot be counted by this: flat stands there twice")
    assert told.count("line flat has no length") == 2
    with pytest.raises(Declined, match="it cannot be counted by this: wall 1 leaves the floor"):
        floor.ask(change_floor(FloorPlan(width_mm=1_000, height_mm=1_000, walls=(((0, 0), (2_000, 0)),)), by="technician"), AT)
    assert layouts(floor.db) == {}


def test_a_document_with_mistakes_is_refused_with_all_of_them_and_their_places() -> None:
    body: dict[str, Any] = {
        "cameras": {"cam-1": {"lines": [LINE | {"b": LINE["a"]}, LINE]}},
        "floor": {"width_mm": 1_000, "height_mm": 1_000},
    }
    body["floor"]["walls"] = [[[0, 0], [2_000, 0]]]
    with pytest.raises(DocumentRefused) as refused:
        parse_zones(msgspec.json.encode(body))
    told = str(refused.value)
    assert "wall 1 leaves the floor at `$.floor.walls[0]`" in told
    assert (
        "door stands there twice: give every line and zone of a camera a name of its own at `$.cameras.cam-1.lines[1].name`"
        in told
    )
    assert "line door has no length: draw it from one side of the way to the other at `$.cameras.cam-1.lines[0]`" in told


@pytest.mark.parametrize(
    ("camera", "problem"),
    [
        ({"lines": [LINE | {"a": [1.1, 0.4]}]}, r"line door leaves the picture: .*`\$\.cameras\.cam-1\.lines\[0\]"),
        ({"lines": [LINE | {"name": "Door\n"}]}, r"the zones cannot be read: .*`\$\.cameras\[\.\.\.\]\.lines\[0\]\.name"),
        ({"zones": [{"name": "z", "corners": [[0, 0], [1, 1]]}]}, r"the zones cannot be read: .*length >= 3"),
    ],
)
def test_what_is_no_layout_is_refused(camera: dict[str, Any], problem: str) -> None:
    with pytest.raises(DocumentRefused, match=problem):
        parse_zones(msgspec.json.encode({"cameras": {"cam-1": camera}}))
