"""The JSON that the API answers: one structure for each noun, so that its fields are named in one place."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Any

import msgspec

from drivers.commands import Command, command_name
from drivers.readings import AnyReading
from edge.faces.window import FacesShown
from edge.shop.insight.today import Takings
from edge.shop.jobs import Job
from edge.status import DeviceStatus
from edge.vision.window import VisionStatus
from sync.figures import Figures
from sync.letters import KeptLetter
from sync.outbox import Kept

NOT_SHOWN = frozenset({"device", "at", "monotonic_ms", "report"})


class DeviceRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A device as it is now. ``reading`` names its type and the fields of that type; ``commands`` is what it can be asked.

    ``properties``: the last value of each, of a light, a sensor or a player.
    """

    id: str
    kind: str
    driver: str
    state: str
    since: datetime
    problem: str
    reading: dict[str, Any] | None
    read_at: datetime | None
    properties: dict[str, str]
    readings_seen: int
    reopened: int
    unreadable: int
    commands: tuple[str, ...]


class JournalRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The journal's figures; counts are by class (order, member, telemetry)."""

    state: str
    problem: str
    queued: dict[str, int]
    done: dict[str, int]
    rejected: dict[str, int]
    oldest_queued_time: datetime | None
    last_sequence: int
    dead_letters: int
    dropped_telemetry: int
    bytes_on_disk: int
    quota_bytes: int


class SyncRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The upload."""

    state: str
    since: datetime | None
    problem: str
    sent: int
    rejected: int
    last_sent_at: datetime | None


class StatusRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Everything at once. ``journal`` and ``takings`` are null while it cannot be read, ``vision`` where no camera counts,
    ``faces`` where nobody is recognised."""

    box: str
    store: str
    version: str
    ready: bool
    devices: list[DeviceRecord]
    journal: JournalRecord | None
    takings: Takings | None
    sync: SyncRecord
    vision: VisionStatus | None
    faces: FacesShown | None
    alarms: dict[str, str]


class EventRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An event of the journal and where it stands."""

    sequence: int
    id: str
    type: str
    event_class: str
    time: str
    clock: str
    subject: str | None
    business_day: str | None
    state: str
    problem: str
    data: msgspec.Raw


class LetterRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An input that could not become an event."""

    id: int
    kind: str
    device: str
    reason: str
    told: str
    first_at: datetime
    last_at: datetime
    times: int


class PairingRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A paired screen or till."""

    id: str
    name: str
    role: str
    paired_at: datetime


class DocumentRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An adopted document; ``digest`` is the SHA-256 of its body, in hex."""

    kind: str
    version: int
    digest: str
    adopted_at: str


class JobRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A job, without what it is to print or to draw."""

    id: str
    device: str
    command: str
    state: str
    tries: int
    by: str
    origin: str
    cause: str
    asked_at: datetime
    expires_at: datetime | None
    detail: str


def device_record(status: DeviceStatus, commands: tuple[type[Command], ...]) -> DeviceRecord:
    """``status`` and the names of ``commands``."""
    return DeviceRecord(
        id=status.device,
        kind=status.kind,
        driver=status.driver,
        state=status.state,
        since=status.since,
        problem=status.problem,
        reading=_reading(status.reading) if status.reading else None,
        read_at=status.reading.at if status.reading else None,
        properties={name: each.value for name, each in status.properties.items()},
        readings_seen=status.readings_seen,
        reopened=status.reopened,
        unreadable=status.unreadable,
        commands=tuple(command_name(command) for command in commands),
    )


def _reading(reading: AnyReading) -> dict[str, Any]:
    # a field that is kept out of repr() is private: it is kept out of the API too
    shown = {field.name: getattr(reading, field.name) for field in dataclasses.fields(reading) if field.repr}
    absent = {field.name for field in dataclasses.fields(reading) if field.default is None and shown.get(field.name) is None}
    told = {name: value for name, value in shown.items() if name not in NOT_SHOWN | absent}
    return {"type": dashed(type(reading).__name__)} | told


def journal_record(figures: Figures) -> JournalRecord:
    """``figures`` with the classes by name."""
    return JournalRecord(
        state=figures.state,
        problem=figures.problem,
        queued={each.name.lower(): rows for each, rows in figures.queued.items()},
        done={each.name.lower(): rows for each, rows in figures.done.items()},
        rejected={each.name.lower(): rows for each, rows in figures.rejected.items()},
        oldest_queued_time=figures.oldest_queued_time,
        last_sequence=figures.last_sequence,
        dead_letters=figures.dead_letters,
        dropped_telemetry=figures.dropped_telemetry,
        bytes_on_disk=figures.bytes_on_disk,
        quota_bytes=figures.quota_bytes,
    )


def event_record(kept: Kept) -> EventRecord:
    """``kept`` flat."""
    envelope = kept.envelope
    return EventRecord(
        sequence=envelope.sequence,
        id=envelope.id,
        type=envelope.type,
        event_class=envelope.event_class.name.lower(),
        time=envelope.time,
        clock=envelope.clock,
        subject=envelope.subject,
        business_day=envelope.business_day,
        state=kept.state,
        problem=kept.problem,
        data=envelope.data,
    )


def letter_record(kept: KeptLetter) -> LetterRecord:
    """``kept`` flat."""
    letter = kept.letter
    return LetterRecord(
        id=kept.id,
        kind=letter.kind,
        device=letter.device,
        reason=letter.reason,
        told=letter.told,
        first_at=kept.first_at,
        last_at=letter.at,
        times=kept.times,
    )


def job_record(job: Job) -> JobRecord:
    """``job`` without its content."""
    return JobRecord(
        id=job.id,
        device=job.device,
        command=job.command,
        state=job.state,
        tries=job.tries,
        by=job.by,
        origin=job.origin,
        cause=job.cause,
        asked_at=job.asked_at,
        expires_at=job.expires_at,
        detail=job.detail,
    )


def dashed(name: str) -> str:
    """``ClearTare`` as ``clear-tare``."""
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("-")
