"""Adopts documents of any kind on the floor, as the desk does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from edge.shop.registry import adopters
from sync.adopters import Adopter
from sync.events import Event

if TYPE_CHECKING:
    from tests.shop.conftest import Floor

Adopts = Callable[..., tuple[Event, ...]]


def adopter_of(floor: Floor, kind: str) -> Adopter:
    """The adopter of ``kind``."""
    return next(each for each in adopters(floor.shop) if each.kind == kind)


@pytest.fixture
def adopts(floor: Floor) -> Adopts:
    """``adopts("prices", {...}, version=2)``: what is told on the adoption."""

    def adopt(kind: str, body: dict[str, Any], version: int = 1) -> tuple[Event, ...]:
        adopter = adopter_of(floor, kind)
        parsed = adopter.parse(msgspec.json.encode(body))
        for step in adopter.stage(parsed, version):
            step(floor.db)
        events = tuple(adopter.adopt(parsed, version, floor.db))
        for event in events:
            event.apply(floor.db)
        while adopter.sweep(floor.db):
            pass
        return events

    return adopt
