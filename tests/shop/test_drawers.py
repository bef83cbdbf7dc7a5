"""What is written down of a cash drawer that moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drivers.counter_readings import DrawerMoved
from drivers.readings import Presence
from edge.shop.decide import entry_for, notice
from edge.shop.drawers import DrawerOpened, DrawerShut
from sync.events import EventClass

if TYPE_CHECKING:
    from tests.shop.conftest import Floor


@pytest.mark.parametrize("asked", [True, False])
def test_an_opened_drawer_tells_whether_the_box_had_kicked_it(floor: Floor, asked: bool) -> None:
    moved = DrawerMoved(**floor.stamp("drawer-1"), open=True, asked=asked)
    assert notice(None, moved)
    assert floor.hear(moved) == (DrawerOpened(drawer="drawer-1", asked=asked),)


def test_a_shut_drawer_is_an_event_of_its_own(floor: Floor) -> None:
    opened = DrawerMoved(**floor.stamp("drawer-1"), open=True, asked=True)
    shut = DrawerMoved(**floor.stamp("drawer-1"), open=False, asked=False)
    assert notice(opened, shut)
    assert floor.hear(shut) == (DrawerShut(drawer="drawer-1"),)


def test_a_drawer_that_tells_twice_that_it_is_open_was_opened_once(floor: Floor) -> None:
    opened = DrawerMoved(**floor.stamp("drawer-1"), open=True, asked=True)
    assert not notice(opened, DrawerMoved(**floor.stamp("drawer-1"), open=True, asked=False))
    assert notice(Presence(**floor.stamp("drawer-1"), state="open"), opened)


def test_a_drawer_is_never_dropped_for_space(floor: Floor) -> None:
    entry = entry_for(DrawerMoved(**floor.stamp("drawer-1"), open=True, asked=False), floor.shop)
    assert entry.event_class is EventClass.ORDER
    assert entry.origin is None
    assert entry.said() == "DrawerMoved open=True asked=False"
    assert [event.subject() for event in entry.decide(floor.db)] == ["drawer-1"]
