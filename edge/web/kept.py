"""What the journal holds, as the page shows it: how much waits, since when, on which disk, and the last events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never
from zoneinfo import ZoneInfo

import msgspec

from edge.shop.declined import RequestDeclined
from edge.web.look import Look
from edge.web.problem_words import say_problem
from edge.web.quantities import clock_time, kilograms, money, size
from edge.web.words import Words
from sync.document_events import DocumentNotAdopted
from sync.events import Envelope, EventClass
from sync.figures import Figures
from sync.outbox import Kept, RowState


class JournalShown(msgspec.Struct, frozen=True, kw_only=True):
    """The journal's card: ``queued`` events wait for the cloud, the oldest since ``oldest_at``; the quota is so full."""

    look: Look
    word: str
    problem: str
    queued: int
    oldest_at: datetime | None
    recorded: int
    letters: int
    disk: str
    full_permille: int


class EventShown(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the last events. ``clock`` is the time on the shop's wall."""

    sequence: int
    clock: str
    title: str
    detail: str
    look: Look
    word: str
    problem: str


class EventsShown(msgspec.Struct, frozen=True, kw_only=True):
    """The last events, newest first."""

    events: tuple[EventShown, ...]


class About(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of any event that are worth a place in its line."""

    sku: str | None = None
    qty: int | None = None
    grams: int | None = None
    amount_minor: int | None = None
    currency: str | None = None
    device: str | None = None
    command: str | None = None
    reason: str | None = None


TELLS_WHY = (RequestDeclined.type, DocumentNotAdopted.type)
"""The events whose reason is the box's own words, with what to do."""


def show_journal(figures: Figures, words: Words) -> JournalShown:
    """The card of ``figures``."""
    return JournalShown(
        look="good" if figures.state == "ok" else "bad",
        word=words.say(f"journal.{figures.state}"),
        problem=say_problem(figures.problem, words.language),
        queued=sum(figures.queued.values()),
        oldest_at=figures.oldest_queued_time,
        recorded=figures.last_sequence,
        letters=figures.dead_letters,
        disk=words.say("journal.disk_of", used=size(figures.bytes_on_disk), quota=size(figures.quota_bytes)),
        full_permille=min(1000, figures.bytes_on_disk * 1000 // max(1, figures.quota_bytes)),
    )


def show_unread(words: Words) -> JournalShown:
    """The card while the journal cannot be read."""
    return JournalShown(
        look="warn",
        word=words.say("journal.unread"),
        problem=words.say("journal.unread_problem"),
        queued=0,
        oldest_at=None,
        recorded=0,
        letters=0,
        disk="",
        full_permille=0,
    )


def show_events(kept: Sequence[Kept], words: Words, currency: str, zone: ZoneInfo) -> EventsShown:
    """The lines of ``kept``."""
    return EventsShown(events=tuple(_event(each, words, currency, zone) for each in kept))


def _event(kept: Kept, words: Words, currency: str, zone: ZoneInfo) -> EventShown:
    envelope = kept.envelope
    return EventShown(
        sequence=envelope.sequence,
        clock=clock_time(datetime.fromisoformat(envelope.time), zone),
        title=words.name("event", envelope.type),
        detail=_detail(envelope, words, currency),
        look=_look(kept.state),
        word=words.say(f"state.{kept.state}"),
        problem=kept.problem,
    )


def _detail(envelope: Envelope, words: Words, currency: str) -> str:
    """What it is about: ``till-1/1042 · 2 × cola · 0.350 kg · ¥4.20``; of a member nothing, not even the pseudonym."""
    if envelope.event_class is EventClass.MEMBER:
        return ""
    about = msgspec.json.decode(envelope.data, type=About)
    subject = about.device or envelope.subject  # of a job its device: the id says nothing to people
    said = [subject] if subject else []
    if about.command:
        said.append(words.name("command", about.command))
    if about.sku:
        said.append(f"{about.qty} × {about.sku}" if about.qty else about.sku)
    if about.grams is not None:
        said.append(f"{kilograms(about.grams)} kg")
    if about.amount_minor is not None:
        said.append(money(about.amount_minor, about.currency or currency))
    if about.reason and envelope.type in TELLS_WHY:
        said.append(say_problem(about.reason, words.language))
    return " · ".join(said)


def _look(state: RowState) -> Look:
    match state:
        case "queued":
            return "calm"
        case "done":
            return "good"
        case "rejected":
            return "bad"
    assert_never(state)
