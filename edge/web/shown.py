"""The parts of the page as they are shown: one structure for the first HTML and for every later change of the stream.

Words are already in the language of the reader, times are UTC, so the browser only puts text into places.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import assert_never

import msgspec

from edge.faces.window import FacesShown
from edge.status import DeviceState, DeviceStatus, SyncStatus
from edge.web.look import NOTHING, Look, Said
from edge.web.problem_words import say_problem
from edge.web.said import say_reading
from edge.web.said_room import say_properties
from edge.web.words import Words

ICONS = frozenset(
    {
        "scale",
        "shelf",
        "till",
        "printer",
        "scanner",
        "camera",
        "music",
        "mirror",
        "display",
        "terminal",
        "light",
        "labels",
        "rfid",
    }
)
"""Kinds with a drawing of their own in ``static/icons.svg``; the others share one."""


class DeviceShown(msgspec.Struct, frozen=True, kw_only=True):
    """One device's card. ``at`` is when it last spoke; ``value`` is a dash unless it speaks now."""

    id: str
    kind: str
    kind_word: str
    icon: str
    state: DeviceState
    look: Look
    word: str
    value: str
    unit: str
    where: str
    problem: str
    at: datetime | None
    since: datetime


class DevicesShown(msgspec.Struct, frozen=True, kw_only=True):
    """Which devices there are; a card of any other is to be taken away."""

    ids: tuple[str, ...]


class SyncShown(msgspec.Struct, frozen=True, kw_only=True):
    """How the upload stands."""

    state: str
    look: Look
    word: str
    problem: str
    sent: int
    rejected: int
    last_sent_at: datetime | None


class RecognitionShown(msgspec.Struct, frozen=True, kw_only=True):
    """How members are recognised by face, where they are."""

    look: Look
    word: str
    problem: str
    templates: int


class AlarmShown(msgspec.Struct, frozen=True, kw_only=True):
    """One alarm; ``text`` says what to do."""

    name: str
    text: str


class AlarmsShown(msgspec.Struct, frozen=True, kw_only=True):
    """All alarms that are up."""

    alarms: tuple[AlarmShown, ...]


class OverallShown(msgspec.Struct, frozen=True, kw_only=True):
    """The one line at the top: is everything well?"""

    look: Look
    word: str


def show_device(status: DeviceStatus, words: Words, currency: str) -> DeviceShown:
    """The card of ``status``."""
    said = _said(status, words, currency)
    return DeviceShown(
        id=status.device,
        kind=status.kind,
        kind_word=words.name("kind", status.kind),
        icon=status.kind if status.kind in ICONS else "device",
        state=status.state,
        look=said.look,
        word=said.word,
        value=said.value,
        unit=said.unit,
        where=said.where,
        problem=say_problem(status.problem, words.language),
        at=status.reading.at if status.reading else None,
        since=status.since,
    )


def _said(status: DeviceStatus, words: Words, currency: str) -> Said:
    word = words.say(f"device.{status.state}")
    match status.state:
        case "up" if status.properties:
            return say_properties(tuple(status.properties.values()), words)
        case "up" if status.reading:
            return say_reading(status.reading, words, currency)
        case "up":
            return Said(value=NOTHING, look="good", word=word)
        case "starting":
            return Said(value=NOTHING, look="calm", word=word)
        case "silent" | "failing":
            return Said(value=NOTHING, look="warn", word=word)
        case "gone" | "broken":
            return Said(value=NOTHING, look="bad", word=word)
    assert_never(status.state)


def show_sync(status: SyncStatus, words: Words) -> SyncShown:
    """The upload's card."""
    return SyncShown(
        state=status.state,
        look=_sync_look(status),
        word=words.say(f"sync.{status.state}"),
        problem=say_problem(status.problem, words.language),
        sent=status.sent,
        rejected=status.rejected,
        last_sent_at=status.last_sent_at,
    )


def show_recognition(faces: FacesShown, words: Words) -> RecognitionShown:
    """The line of recognition by face."""
    looks: dict[str, Look] = {"off": "calm", "starting": "calm", "on": "good", "down": "warn"}
    return RecognitionShown(
        look=looks[faces.state],
        word=words.say(f"recognition_state.{faces.state}"),
        problem=say_problem(faces.problem, words.language),
        templates=faces.templates,
    )


def _sync_look(status: SyncStatus) -> Look:
    match status.state:
        case "off":
            return "calm"
        case "idle":
            return "good"
        case "sending":
            return "moving"
        case "waiting":
            return "warn"
        case "stopped":
            return "bad"
    assert_never(status.state)


def show_alarms(alarms: Mapping[str, str], words: Words) -> AlarmsShown:
    """The alarms by name, in order; one cause that stops several parts, such as a full disk, is told once."""
    once = {text: name for name, text in sorted(alarms.items(), reverse=True)}
    shown = sorted((name, text) for text, name in once.items())
    return AlarmsShown(alarms=tuple(AlarmShown(name=name, text=say_problem(text, words.language)) for name, text in shown))


def show_overall(looks: Sequence[Look], words: Words) -> OverallShown:
    """The line at the top, from the looks of everything below it."""
    trouble = sum(look in {"warn", "bad"} for look in looks)
    if not trouble:
        return OverallShown(look="good", word=words.say("overall.well"))
    worst: Look = "bad" if "bad" in looks else "warn"
    return OverallShown(look=worst, word=words.say("overall.trouble" if trouble > 1 else "overall.one", count=trouble))
