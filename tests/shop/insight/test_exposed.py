"""Whatever happens where an experiment runs is told of its arm: taken, put back, tried, bought, a visit begun."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from config.schema import Lane
from drivers.reading import Report
from drivers.room_readings import MirrorUsed, ShadeTried
from edge.shop.insight.experiments import ExperimentExposed, adopt_experiments, parse_experiments
from edge.shop.lanes.goods import choose_goods
from tests.shop.conftest import AT

if TYPE_CHECKING:
    from sync.events import Event
    from tests.shop.conftest import Floor, Shelf, Till


def run(floor: Floor, **arms: list[str]) -> None:
    """An experiment with these arms runs now."""
    window = {"begins": (AT - timedelta(days=1)).isoformat(), "ends": (AT + timedelta(days=1)).isoformat()}
    experiment = {"id": "e", **window, "arms": [{"arm": arm, "zones": zones} for arm, zones in arms.items()]}
    adopt_experiments(parse_experiments(msgspec.json.encode({"experiments": [experiment]})), 1, floor.db)


def told(events: tuple[Event, ...]) -> list[tuple[str, str, str | None, int]]:
    """Arm, what, SKU and pieces."""
    return [(each.arm, each.what, each.sku, each.qty) for each in events if isinstance(each, ExperimentExposed)]


def stamp(floor: Floor) -> dict[str, Any]:
    report: Report = floor.report()
    return {**floor.stamp("mirror-1"), "report": report, "session": "v-1"}


def test_what_is_taken_and_put_back_is_told_of_its_slot(floor: Floor, shelf: Shelf) -> None:
    run(floor, a=["shelf-1/a"], b=["shelf-1/b"])
    assert told(shelf.moves("pick", -1_030)) == [("a", "pick", "milk", 1)]
    assert told(shelf.moves("put", 1_030)) == [("a", "put", "milk", 1)]
    assert told(shelf.moves("pick", -250, slot="b")) == [("b", "pick", "tea", 1)]


def test_visits_and_tries_are_told_of_their_mirror(floor: Floor) -> None:
    run(floor, a=["mirror-1"], b=["mirror-2"])
    assert told(floor.hear(MirrorUsed(**stamp(floor), kind="began"))) == [("a", "visit", None, 1)]
    tried = ShadeTried(**stamp(floor), sku="rouge-01", shown_ms=5_200, intensity_percent=60)
    assert told(floor.hear(tried)) == [("a", "try", "rouge-01", 1)]
    assert told(floor.hear(MirrorUsed(**stamp(floor), kind="ended"))) == []


def test_an_order_is_told_of_its_lane_line_by_line(floor: Floor, till: Till) -> None:
    run(floor, a=["1"], b=["till-2"])
    till.choose("milk", 2)
    assert told(till.pay(1_300)) == [("a", "buy", "milk", 2)]
    other = floor.till("till-2")
    other.choose("milk", 1)
    assert told(other.pay(650)) == [("b", "buy", "milk", 1)]


def test_goods_are_told_of_the_slot_where_they_lie_if_there_is_one_arm_only(floor: Floor, till: Till) -> None:
    run(floor, a=["shelf-1/a", "shelf-1/b"], b=["shelf-1/d"])
    floor.adopt(2, {**floor.catalogue, "items": [*floor.catalogue["items"], TEA]})
    till.choose("milk", 1)
    till.choose("tea", 3)
    assert told(till.pay(650 + 3 * 500)) == [("a", "buy", "milk", 1)], "of tea nobody can tell"


TEA = {"sku": "tea", "names": {"en": "Tea"}, "price_minor": 500, "unit": "piece"}


def test_a_shopper_who_begins_at_a_lane_is_a_visit(floor: Floor) -> None:
    floor = floor.with_shop(lanes={"sco-1": Lane(terminal="terminal-1")})
    run(floor, a=["sco-1"], b=["sco-2"])
    assert told(floor.ask(choose_goods("sco-1", "milk", 1))) == [("a", "visit", None, 1)]
    assert told(floor.ask(choose_goods("sco-1", "milk", 1))) == []


@pytest.mark.parametrize("days", [-2, 2])
def test_before_and_after_its_window_nothing_is_told(floor: Floor, days: int) -> None:
    floor = floor.with_shop(lanes={"sco-1": Lane(terminal="terminal-1")})
    run(floor, a=["sco-1"], b=["sco-2"])
    assert told(floor.ask(choose_goods("sco-1", "milk", 1), AT + timedelta(days=days))) == []
