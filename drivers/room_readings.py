"""What the devices of the room say: tags, price labels, lights and climate, music, cameras, mirrors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from drivers.reading import Reading, Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """One RFID tag in one report of a reader; ``epc`` in capital hex, ``rssi_dbm`` the strongest."""

    epc: str
    antenna: int | None = None
    rssi_dbm: int | None = None
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TagsSeen(Reading):
    """The tags of one report; none is also an answer."""

    tags: tuple[Tag, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelSeen(Reading):
    """One price label as its access point knows it. ``pending``: the new picture is not proved to be on it."""

    label: str
    alias: str
    pending: bool
    battery_mv: int | None = None
    rssi_dbm: int | None = None
    temperature_c: int | None = None
    last_seen: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertySeen(Reading):
    """A light, a plug, a sensor or a player reports ``value`` for ``property``; ``target`` is what it accepted and goes to."""

    property: str
    value: str
    unit: str = ""
    target: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraSeen(Reading):
    """What a camera shows: ``frozen`` is the same picture for too long, ``black`` no light. Gone is neither: it is DeviceGone."""

    picture: Literal["live", "frozen", "black"]
    width_px: int
    height_px: int
    fps: float
    frames: int
    skipped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorUsed(Reading):
    """Somebody stepped in front of a mirror, or left it. ``session`` is the mirror's own name for the visit.

    ``left``: nothing is heard of the mirror any more, so whatever visit is open there is over; it has no ``session``.
    """

    report: Report
    session: str
    kind: Literal["began", "ended", "left"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadeTried(Reading):
    """A shade was worn for ``shown_ms`` at ``intensity_percent``."""

    report: Report
    session: str
    sku: str
    shown_ms: int
    intensity_percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorTouched(Reading):
    """A finger on the mirror, in thousandths of its width and height from the upper left corner; only shown, never kept."""

    session: str
    x_permille: int
    y_permille: int


RoomShown = TagsSeen | LabelSeen | PropertySeen | CameraSeen | MirrorTouched
RoomReported = MirrorUsed | ShadeTried
