"""What happens to scenes and to the store's door: somebody calls for a scene, it begins, the devices have reached it or not."""

from __future__ import annotations

import sqlite3
from typing import ClassVar, Literal

import msgspec

from edge.shop.scenes.plans import look_at_once
from sync.events import Event, EventClass

Layer = Literal["safety", "manual", "campaign", "calendar"]
LAYERS: tuple[Layer, ...] = ("safety", "manual", "campaign", "calendar")
"""The first of them that wants a scene has it."""

Trigger = Layer | Literal["default"]
WantState = Literal["commanded", "accepted", "reached", "waiting", "failed"]
KEEP_OCCURRENCES = 2_000


class SceneCalled(Event, frozen=True, kw_only=True):
    """``trigger`` wants ``scene`` from now on: a rule of the calendar, a campaign, a person, an alarm; ``cause`` says which.

    ``occurrence`` is the coming of a rule or campaign that fired, for the first and only time, planned for ``planned_at``.
    """

    type: ClassVar[str] = "storebox.scene.called"
    event_class: ClassVar[EventClass] = EventClass.ORDER
    trigger: Layer
    source: str = ""
    scene: str
    cause: str
    since: str
    until: str | None = None
    occurrence: str | None = None
    planned_at: str | None = None

    def subject(self) -> str:
        """The scene."""
        return self.scene

    def apply(self, db: sqlite3.Connection) -> None:
        """It is what this trigger wants, in place of what it wanted before."""
        db.execute(
            "INSERT OR REPLACE INTO scene_layers (layer, source, scene, cause, since, until) VALUES (?, ?, ?, ?, ?, ?)",
            (self.trigger, self.source, self.scene, self.cause, self.since, self.until),
        )
        if self.occurrence is not None and self.planned_at is not None:
            target = "campaign" if self.trigger == "campaign" else "calendar"
            note_occurrence(db, target, self.occurrence, self.planned_at)
        look_at_once(db)


class SceneReleased(Event, frozen=True, kw_only=True):
    """``trigger`` wants nothing any more: its time is over, somebody cancelled it, the alarm has ended."""

    type: ClassVar[str] = "storebox.scene.released"
    event_class: ClassVar[EventClass] = EventClass.ORDER
    trigger: Layer
    source: str = ""
    scene: str
    cause: str

    def subject(self) -> str:
        """The scene."""
        return self.scene

    def apply(self, db: sqlite3.Connection) -> None:
        """Whoever comes after it has the word."""
        db.execute("DELETE FROM scene_layers WHERE layer = ? AND source = ?", (self.trigger, self.source))
        look_at_once(db)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a scene asks of a device, by its job."""

    device: str
    property: str
    value: str
    job: str


class SceneBegan(Event, frozen=True, kw_only=True):
    """From now on ``scene`` holds and the devices are asked for what it wants. ``problem`` says why it is another than called."""

    type: ClassVar[str] = "storebox.scene.began"
    event_class: ClassVar[EventClass] = EventClass.ORDER
    scene: str
    trigger: Trigger
    application: int
    version: int
    began_at: str
    wants: tuple[Wanted, ...]
    problem: str = ""

    def subject(self) -> str:
        """The scene."""
        return self.scene

    def apply(self, db: sqlite3.Connection) -> None:
        """Nothing of the scene before is awaited any more."""
        db.execute(
            "INSERT OR REPLACE INTO scene_now (only, application, scene, layer, problem, began_at, plan_version) "
            "VALUES (1, ?, ?, ?, ?, ?, ?)",
            (self.application, self.scene, self.trigger, self.problem, self.began_at, self.version),
        )
        db.execute("DELETE FROM scene_wants")
        db.executemany(
            "INSERT INTO scene_wants (place, device, property, value, state, job) VALUES (?, ?, ?, ?, 'commanded', ?)",
            [(place, want.device, want.property, want.value, want.job) for place, want in enumerate(self.wants)],
        )


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one thing that the scene wants."""

    device: str
    property: str
    value: str
    state: WantState
    detail: str = ""


class SceneApplied(Event, frozen=True, kw_only=True):
    """What the devices made of it: ``reached`` all of it, or ``partial``; told again when the rest is reached after all."""

    type: ClassVar[str] = "storebox.scene.applied"
    event_class: ClassVar[EventClass] = EventClass.ORDER
    scene: str
    trigger: Trigger
    application: int
    outcome: Literal["reached", "partial"]
    result: tuple[Result, ...]

    def subject(self) -> str:
        """The scene."""
        return self.scene

    def apply(self, db: sqlite3.Connection) -> None:
        """It has been told."""
        db.execute("UPDATE scene_now SET told = ? WHERE application = ?", (self.outcome, self.application))


def note_occurrence(db: sqlite3.Connection, target: str, key: str, at: str) -> None:
    """It has fired; the oldest of many are forgotten, by the order in which they fired, for the clock may have been wrong."""
    number = db.execute("INSERT OR IGNORE INTO scene_occurrences (target, key, at) VALUES (?, ?, ?)", (target, key, at)).lastrowid
    db.execute("DELETE FROM scene_occurrences WHERE number <= ?", ((number or 0) - KEEP_OCCURRENCES,))
