"""Reads a batch of CloudEvents from one box: each event alone is good or refused, so a bad one never takes others with it."""

from __future__ import annotations

from datetime import datetime

import msgspec

from sync.cloud.problems import Problem
from sync.cloud.sink import Received, Rejection
from sync.cloudevents import MAX_BATCH_EVENTS, CloudEvent

MAX_SEQUENCE = 2**63 - 1


class _Named(msgspec.Struct):
    id: str


def read_batch(body: bytes, source: str) -> tuple[list[Received], list[Rejection]]:
    """The valid events of ``body`` and the refused ones. Raises Problem when it is no batch or an event has no readable id."""
    received: list[Received] = []
    refused: list[Rejection] = []
    for place, raw in enumerate(_items(body)):
        try:
            received.append(_received(raw, source))
        except ValueError as error:
            refused.append(Rejection(_id_of(raw, place), str(error)))
    return received, refused


def _items(body: bytes) -> list[bytes]:
    try:
        body.decode()
        items = msgspec.json.decode(body, type=list[msgspec.Raw])
    except (ValueError, RecursionError) as error:
        raise Problem(400, "batch-unreadable", f"the body is not a JSON array of CloudEvents: {error}") from error
    if len(items) > MAX_BATCH_EVENTS:
        raise Problem(413, "batch-too-large", f"{len(items)} events in one request; send at most {MAX_BATCH_EVENTS}")
    return [bytes(item) for item in items]


def _received(raw: bytes, source: str) -> Received:
    """Raises ValueError (msgspec's ValidationError is one) with the reason."""
    event = msgspec.json.decode(raw, type=CloudEvent)
    if event.source != source:
        raise ValueError(f"source is {event.source}, but the token belongs to {source}")
    sequence = int(event.sequence)
    if not 1 <= sequence <= MAX_SEQUENCE:
        raise ValueError(f"sequence {event.sequence} is not between 1 and {MAX_SEQUENCE}")
    datetime.fromisoformat(event.time)
    if not bytes(event.data).lstrip().startswith(b"{"):
        raise ValueError("data is not a JSON object")
    return Received(
        sequence=sequence,
        id=event.id,
        type=event.type,
        subject=event.subject or None,
        time=event.time,
        event_class=event.eventclass,
        business_day=event.businessday or None,
        json=raw.decode(),
    )


def _id_of(raw: bytes, place: int) -> str:
    try:
        return msgspec.json.decode(raw, type=_Named).id
    except msgspec.MsgspecError as error:
        raise Problem(400, "event-without-id", f"event {place} of the batch has no id that could be refused: {error}") from error
