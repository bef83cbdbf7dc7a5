"""What the targets share: a frame and a message, stamped like those of a real wire."""

from __future__ import annotations

from datetime import UTC, datetime

from drivers.contract import Frame
from drivers.wires.mqtt_inbox import Message

AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def frame(data: bytes) -> Frame:
    """``data`` as it came from a wire."""
    return Frame(data=data, device="scale-1", at=AT, monotonic_ms=1)


def message(data: bytes) -> Message:
    """``data`` as one message: the name of an event, a line feed, the payload."""
    name, _, payload = data.partition(b"\n")
    text = name.decode("utf-8", "replace")
    return Message(device="till-1", branch="event", name=text, payload=payload, at=AT, monotonic_ms=1, number=1)
