"""A store with three lamps, scenes and a calendar; its clock goes where the test says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from edge.shop.registry import adopters
from edge.shop.scenes.layers import calls, held
from edge.shop.scenes.opening import store_state
from edge.shop.scenes.part import CALENDAR
from sync.events import Event

if TYPE_CHECKING:
    from tests.shop.conftest import Floor

NAMES = ("day", "evening", "night", "lively", "evacuate")
SCENES: dict[str, Any] = {
    "fallback": "night",
    "scenes": [
        {
            "name": name,
            "names": {"zh": name, "en": name.title()},
            "wants": [
                {"device": "lamp-1", "property": "light/power", "value": "false" if name == "night" else "true"},
                {"device": "lamp-2", "property": "light/brightness", "value": str(10 * place)},
            ],
        }
        for place, name in enumerate(NAMES)
    ],
    "safety": [{"device": "smoke-1", "property": "smoke", "value": "true", "scene": "evacuate"}],
}
ALL_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CALENDAR_BODY: dict[str, Any] = {
    "hours": {day: [{"from": "09:00", "to": "21:00"}] for day in ALL_DAYS},
    "opened_scene": "day",
    "closed_scene": "night",
    "rules": [{"name": "dusk", "at": "18:00", "scene": "evening"}],
}


@dataclass
class Store:
    """The floor with a clock: ``at("2026-03-02 18:00")`` is that time of the store's own zone, and gives what came of it."""

    floor: Floor
    now: datetime = datetime(2026, 3, 1, tzinfo=UTC)
    version: int = 0

    def adopt(self, kind: str, body: dict[str, Any]) -> None:
        """As the desk of documents."""
        self.version += 1
        adopter = next(each for each in adopters(self.floor.shop) if each.kind == kind)
        assert tuple(adopter.adopt(adopter.parse(msgspec.json.encode(body)), self.version, self.floor.db)) == ()

    def at(self, local: str, fold: int = 0) -> list[str]:
        """Go to ``local`` and let the clock do what is due; what happened in words."""
        zone = ZoneInfo(self.floor.shop.timezone)
        self.now = datetime.fromisoformat(local).replace(tzinfo=zone, fold=fold).astimezone(UTC)
        return [said for event in self.floor.tick(CALENDAR, self.now) if (said := say(event))]

    def ask(self, decision: Any) -> list[str]:
        """A person or the room."""
        return [said for event in self.floor.ask(decision, self.now) if (said := say(event))]

    @property
    def scene(self) -> str:
        found = held(self.floor.db)
        return "" if found is None else f"{found.scene} by {found.trigger}"

    @property
    def called(self) -> dict[str, str]:
        return {call.layer: call.scene for call in calls(self.floor.db)}

    @property
    def is_open(self) -> bool | None:
        state = store_state(self.floor.db)
        return None if state is None else state.open


def say(event: Event) -> str:
    """``scene.called evening``; jobs are left out."""
    if event.type.startswith("storebox.job"):
        return ""
    return " ".join(filter(None, (event.type.removeprefix("storebox."), event.subject())))


@pytest.fixture
def store(floor: Floor) -> Store:
    """With scenes and a calendar, in Shanghai."""
    store = Store(floor)
    store.adopt("scenes", SCENES)
    store.adopt("calendar", CALENDAR_BODY)
    return store


@pytest.fixture
def store_with(floor: Floor) -> Callable[..., Store]:
    """``store_with(timezone="Europe/Berlin", rules=[…])``: another zone, other parts of the calendar."""

    def make(timezone: str = "Asia/Shanghai", **calendar: Any) -> Store:
        store = Store(floor.with_shop(timezone=timezone))
        store.adopt("scenes", SCENES)
        store.adopt("calendar", CALENDAR_BODY | calendar)
        return store

    return make
