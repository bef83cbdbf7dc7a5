"""Events as the cloud reads them: CloudEvents 1.0 in JSON, many to a request.

    [{"specversion":"1.0","id":"0192...","source":"/stores/s-1/boxes/0192...","type":"storebox.order.paid",
      "time":"2026-03-01T09:30:00.123Z","datacontenttype":"application/json","sequence":"00000000000000000042", ...,
      "data":{...}}]

Names of extension attributes are lower-case letters and digits (CloudEvents 1.0 §3.1). Numbers that may pass 2³¹ are strings,
because a CloudEvents Integer has 32 bits (§3.2); ``sequence`` is padded so that it sorts as text, as its extension asks.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

import msgspec
import zstandard

from sync.events import Envelope, EventClass

BATCH_TYPE = "application/cloudevents-batch+json"
MAX_BATCH_EVENTS = 500
MAX_BATCH_BYTES = 1024 * 1024  # before compression
SEQUENCE_DIGITS = 20

ClassName = Literal["order", "member", "telemetry"]
Digits = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,20}$")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]

_CLASS_NAMES: dict[EventClass, ClassName] = {
    EventClass.ORDER: "order",
    EventClass.MEMBER: "member",
    EventClass.TELEMETRY: "telemetry",
}


class CloudEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event on the wire. ``monotonicms`` counts from the boot ``boot``; attributes that an event lacks are left out."""

    specversion: Literal["1.0"]
    id: Name
    source: Name
    type: Name
    time: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")]
    datacontenttype: Literal["application/json"]
    sequence: Digits
    boot: Name
    monotonicms: Digits
    clock: Literal["synced", "unsynced"]
    eventclass: ClassName
    data: msgspec.Raw
    subject: str | msgspec.UnsetType = msgspec.UNSET
    tz: str | msgspec.UnsetType = msgspec.UNSET
    businessday: str | msgspec.UnsetType = msgspec.UNSET
    tenant: str | msgspec.UnsetType = msgspec.UNSET


class Encoded(msgspec.Struct, frozen=True, kw_only=True):
    """One event ready to send: its place in the journal and its JSON."""

    id: str
    sequence: int
    json: bytes


def source(store: str, box: str) -> str:
    """Where an event comes from."""
    return f"/stores/{store}/boxes/{box}"


def encode(envelope: Envelope, store: str, tenant: str | None = None) -> Encoded:
    """``envelope`` as a CloudEvent of ``store``, which belongs to ``tenant`` in a cloud of several brands."""
    event = CloudEvent(
        specversion="1.0",
        id=envelope.id,
        source=source(store, envelope.box),
        type=envelope.type,
        time=envelope.time,
        datacontenttype="application/json",
        sequence=f"{envelope.sequence:0{SEQUENCE_DIGITS}d}",
        boot=envelope.boot,
        monotonicms=str(envelope.monotonic_ms),
        clock=envelope.clock,
        eventclass=_CLASS_NAMES[envelope.event_class],
        data=envelope.data,
        subject=_or_unset(envelope.subject),
        tz=_or_unset(envelope.tz),
        businessday=_or_unset(envelope.business_day),
        tenant=_or_unset(tenant),
    )
    return Encoded(id=envelope.id, sequence=envelope.sequence, json=msgspec.json.encode(event))


def batch(events: Iterable[Encoded]) -> bytes:
    """``events`` as one JSON array."""
    return b"[" + b",".join([event.json for event in events]) + b"]"


def zstd(body: bytes) -> bytes:
    """``body`` compressed; level 1 saves 80 % of it at next to no time."""
    return zstandard.ZstdCompressor(level=1, write_content_size=True).compress(body)


def _or_unset(text: str | None) -> str | msgspec.UnsetType:
    return msgspec.UNSET if text is None else text
