"""Who had the cash drawer open and why: without these events a shop could not tell a sale from a hand in the till.

A kick is written down before it is tried; that the drawer really moved is told by the drawer itself, where it has a switch.
"""

from __future__ import annotations

import sqlite3
from typing import ClassVar

from drivers.counter_readings import DrawerMoved
from drivers.readings import AnyReading
from sync.events import Event, EventClass


class DrawerKicked(Event, frozen=True, kw_only=True):
    """``by`` asked to kick the drawer open, for ``reason``; ``origin`` is the way it was asked. Nobody repeats it.

    It is on disk before the kick: a box that died in between has not kicked, and its drawer has told nothing either.
    """

    type: ClassVar[str] = "storebox.drawer.kicked"
    event_class: ClassVar[EventClass] = EventClass.ORDER
    drawer: str
    by: str
    origin: str
    reason: str

    def subject(self) -> str:
        """The drawer."""
        return self.drawer


class DrawerOpened(Event, frozen=True, kw_only=True):
    """The drawer is open. ``asked``: the box had kicked it just before; otherwise somebody used a key, or force."""

    type: ClassVar[str] = "storebox.drawer.opened"
    event_class: ClassVar[EventClass] = EventClass.ORDER
    drawer: str
    asked: bool

    def subject(self) -> str:
        """The drawer."""
        return self.drawer


class DrawerShut(Event, frozen=True, kw_only=True):
    """The drawer is shut."""

    type: ClassVar[str] = "storebox.drawer.shut"
    event_class: ClassVar[EventClass] = EventClass.ORDER
    drawer: str

    def subject(self) -> str:
        """The drawer."""
        return self.drawer


def has_turned(previous: AnyReading | None, moved: DrawerMoved) -> bool:
    """Whether ``moved`` says something new: a drawer that tells twice that it is open was opened once."""
    return not isinstance(previous, DrawerMoved) or previous.open != moved.open


def turn_drawer(moved: DrawerMoved, _db: sqlite3.Connection) -> tuple[Event, ...]:
    """Write down what the drawer told."""
    if moved.open:
        return (DrawerOpened(drawer=moved.device, asked=moved.asked),)
    return (DrawerShut(drawer=moved.device),)
