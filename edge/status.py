"""What is true of the box now: the latest state of each device, the sync and the cameras, for the page, the metrics and the CLI.

Kept in memory, never journaled. The supervisor and the sync part write it, everyone else reads; ``changed`` wakes readers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from drivers.readings import AnyReading
from drivers.room_readings import PropertySeen
from edge.bell import Bell
from edge.faces.window import FacesShown
from edge.vision.window import VisionStatus

DeviceState = Literal["starting", "up", "silent", "gone", "failing", "broken"]
"""starting: not yet heard · up: speaks · silent: wire up, no answer · gone: no wire · failing: bad frames · broken: given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceStatus:
    """One device as it is now. ``problem`` says what is wrong and what to do; empty when up. Times are UTC."""

    device: str
    kind: str
    driver: str
    state: DeviceState
    since: datetime
    problem: str = ""
    reading: AnyReading | None = None
    properties: Mapping[str, PropertySeen] = field(default_factory=dict)
    """The last value of each property, of a device that has some."""

    readings_seen: int = 0
    reopened: int = 0
    unreadable: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncStatus:
    """How the upload stands. ``state``: off (no cloud set), idle, sending, waiting (backing off), stopped (needs a person)."""

    state: Literal["off", "idle", "sending", "waiting", "stopped"] = "off"
    since: datetime | None = None
    problem: str = ""
    sent: int = 0
    rejected: int = 0
    last_sent_at: datetime | None = None


@dataclass(slots=True)
class Board:
    """The latest values. One event loop owns it."""

    devices: dict[str, DeviceStatus] = field(default_factory=dict)
    sync: SyncStatus = field(default_factory=SyncStatus)
    vision: VisionStatus | None = None
    """None in a box whose cameras do not count."""

    faces: FacesShown | None = None
    """None in a box that recognises nobody."""

    alarms: dict[str, str] = field(default_factory=dict)
    _bell: Bell = field(default_factory=Bell)

    @property
    def version(self) -> int:
        """Another number whenever anything changed."""
        return self._bell.rings

    def show_device(self, status: DeviceStatus) -> None:
        """Put up a device's new state."""
        self.devices[status.device] = status
        self.touch()

    def forget_device(self, name: str) -> None:
        """Take a device down that the settings no longer name."""
        if self.devices.pop(name, None) is not None:
            self.touch()

    def show_sync(self, status: SyncStatus) -> None:
        """Put up the sync's new state."""
        self.sync = status
        self.touch()

    def show_vision(self, status: VisionStatus) -> None:
        """Put up how the cameras are looked at."""
        self.vision = status
        self.touch()

    def show_faces(self, shown: FacesShown) -> None:
        """Put up how members are recognised."""
        self.faces = shown
        self.touch()

    def raise_alarm(self, name: str, text: str) -> None:
        """Show ``text`` until ``clear_alarm(name)``; the text says what to do."""
        if self.alarms.get(name) != text:
            self.alarms[name] = text
            self.touch()

    def clear_alarm(self, name: str) -> None:
        """Take an alarm down; fine when it was not up."""
        if self.alarms.pop(name, None) is not None:
            self.touch()

    def touch(self) -> None:
        """Wake everyone who waits in ``changed`` (also after a commit, so that the journal's figures are read again)."""
        self._bell.ring()

    async def changed(self, seen: int) -> int:
        """Wait until the board is newer than version ``seen``; return its version."""
        return await self._bell.after(seen)
