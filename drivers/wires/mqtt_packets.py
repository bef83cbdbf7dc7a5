"""PUBLISH, the packet that a busy shop consists of: cut from the stream of the broker, and made. All other packets are paho's.

    32 14 | 00 0b s t o r e b o x … | 00 2a | 00 | { … }
    ^ ^     ^ topic                   ^       ^    ^ payload
    | remaining length                |       properties, by length
    PUBLISH at QoS 1 (bits 1-2), not retained (bit 0), packet identifier 42

paho takes 20 µs for one, which is three times as long as everything that the box does with it until it is on the disk.
"""

from __future__ import annotations

import msgspec

PUBLISH = 0x30  # MQTT 5, 2.1.2: the upper half of the first byte
PUBACK = b"\x40\x02"  # MQTT 5, 3.4: without a reason code it means success; the packet identifier follows


class Malformed(ValueError):
    """The bytes are not MQTT as the box speaks it."""


class Delivery(msgspec.Struct, frozen=True, gc=False):
    """A message as the broker delivers it; ``packet_id`` is 0 when nobody waits for its PUBACK (QoS 0)."""

    topic: str
    payload: bytes
    packet_id: int
    retained: bool


def body_of(stream: bytes, start: int) -> tuple[int, int] | None:
    """Where the body of the packet that begins at ``start`` begins and ends; None while it is not whole. Raises Malformed."""
    length, begin = _number(stream, start + 1)
    if begin == 0 or begin + length > len(stream):
        return None
    return begin, begin + length


def delivery(stream: bytes, first: int, begin: int, end: int) -> Delivery:
    """The PUBLISH (MQTT 5, 3.3) with first byte ``first`` and body ``begin`` to ``end``. Raises Malformed, also at QoS 2."""
    if begin + 2 > end or first & 0x04:
        raise Malformed
    topic_end = begin + 2 + (stream[begin] << 8) + stream[begin + 1]
    at = topic_end + 2 if first & 0x06 else topic_end
    if at >= end:
        raise Malformed
    packet_id = (stream[at - 2] << 8) + stream[at - 1] if first & 0x06 else 0
    if stream[at]:  # of the properties none is asked for; an empty list is one zero
        length, at = _number(stream, at)
        at += length
    else:
        at += 1
    if not topic_end < at <= end:
        raise Malformed
    try:
        return Delivery(stream[begin + 2 : topic_end].decode(), stream[at:end], packet_id, first & 0x01 != 0)
    except UnicodeDecodeError as error:
        raise Malformed from error


def publish(topic: str, payload: bytes) -> bytes:
    """PUBLISH at QoS 0, not retained."""
    name = topic.encode()
    body = b"".join((len(name).to_bytes(2, "big"), name, b"\x00", payload))
    length, left = bytearray(), len(body)
    while left > 0x7F:
        length.append(left & 0x7F | 0x80)
        left >>= 7
    length.append(left)
    return bytes((PUBLISH, *length)) + body


def _number(stream: bytes, at: int) -> tuple[int, int]:
    """A variable byte integer (MQTT 5, 1.5.5) and where it ends: 0 while it is not whole. Raises Malformed."""
    value = shift = 0
    for byte in stream[at : at + 4]:
        at += 1
        value += (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    if shift == 28:
        raise Malformed
    return 0, 0
