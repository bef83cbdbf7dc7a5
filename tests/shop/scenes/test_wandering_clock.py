"""Wherever the clock wanders, nothing fires twice; and once it goes straight again, the right scene is found."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.shop.scenes.events import SceneCalled
from edge.shop.scenes.layers import calls
from edge.shop.scenes.opening import store_state
from edge.shop.scenes.part import CALENDAR
from edge.shop.scenes.store_events import StoreClosed, StoreOpened
from tests.shop.scenes.conftest import CALENDAR_BODY, SCENES, Store

if TYPE_CHECKING:
    from tests.shop.conftest import Floor

ZONES = {"Asia/Shanghai": datetime(2026, 3, 2, 4, 0, tzinfo=UTC), "Europe/Berlin": datetime(2026, 3, 28, 11, 0, tzinfo=UTC)}
STEPS = st.lists(
    st.one_of(
        st.integers(1, 300),  # an hour or so goes by
        st.sampled_from([1_440, -1_440, 60, -60, 2_880, -30]),  # somebody sets the clock
    ),
    max_size=25,
)


@pytest.fixture(scope="module")
def stores(fresh_floor: Callable[[], Floor]) -> dict[str, Store]:
    """One a zone, with its documents; each example is rolled back."""
    made = {}
    for zone in ZONES:
        made[zone] = Store(fresh_floor().with_shop(timezone=zone))
        made[zone].adopt("scenes", SCENES)
        made[zone].adopt("calendar", CALENDAR_BODY)
    return made


@pytest.mark.parametrize("zone", ZONES)
@settings(max_examples=15)
@given(steps=STEPS)
def test_nothing_fires_twice(zone: str, stores: dict[str, Store], steps: list[int]) -> None:
    store, at = stores[zone], ZONES[zone]
    store.floor.db.execute("SAVEPOINT example")
    try:
        fired, farthest = list(occurrences(store, at)), at
        for minutes in steps:
            at += timedelta(minutes=minutes)
            farthest = max(farthest, at)
            fired += occurrences(store, at)
        assert len(fired) == len(set(fired))
        for hour in range(24, 49):
            list(occurrences(store, at := farthest + timedelta(hours=hour)))
            if hour > 28:
                assert state(store) == expected(at, zone)
    finally:
        store.floor.db.execute("ROLLBACK TO example")
        store.floor.db.execute("RELEASE example")


def occurrences(store: Store, at: datetime) -> list[str]:
    """What fires when the clock shows ``at``."""
    events = store.floor.tick(CALENDAR, at)
    named: list[str | None] = [event.occurrence for event in events if isinstance(event, SceneCalled | StoreOpened | StoreClosed)]
    return [name for name in named if name is not None]


def state(store: Store) -> tuple[bool, str]:
    """Whether the store is open, and the scene of the calendar."""
    found = store_state(store.floor.db)
    assert found is not None
    return found.open, calls(store.floor.db)[0].scene


def expected(at: datetime, zone: str) -> tuple[bool, str]:
    """By the clock on the wall alone: open from nine to twenty-one, evening from eighteen on."""
    hour = at.astimezone(ZoneInfo(zone)).hour
    return 9 <= hour < 21, "day" if 9 <= hour < 18 else "evening" if 18 <= hour < 21 else "night"
