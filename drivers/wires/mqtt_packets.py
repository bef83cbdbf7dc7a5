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
MAXIMUM_PACKET_BYTES = 512 * 1024
"""The broker is told, and cuts off who sends more. A longer packet is not waited for: it would fill the memory."""


class Malformed(ValueError):
    """The bytes are not MQTT as the box speaks it; the text says what is wrong with them."""


class Delivery(msgspec.Struct, frozen=True, gc=False):
    """A message as the broker delivers it; ``packet_id`` is 0 when nobody waits for its PUBACK (QoS 0)."""

    topic: str
    payload: bytes
    packet_id: int
    retained: bool


def body_of(stream: bytes, start: int) -> tuple[int, int] | None:
    """Where the body of the packet that begins at ``start`` begins and ends; None while it is not whole. Raises Malformed."""
    length, begin = _number(stream, start + 1)
    if length > MAXIMUM_PACKET_BYTES:
        raise Malformed(f"a packet of {length} bytes, more than the {MAXIMUM_PACKET_BYTES} that the box takes")
    if begin == 0 or begin + length > len(stream):
        return None
    return begin, begin + length


def delivery(stream: bytes, first: int, begin: int, end: int) -> Delivery:
    """The PUBLISH (MQTT 5, 3.3) with first byte ``first`` and body ``begin`` to ``end``. Raises Malformed, also at QoS 2."""
    if first & 0x04:
        raise Malformed("a message at QoS 2, which the box does not subscribe to")
    if begin + 2 > end:
        raise Malformed("a message that ends before its payload")
    topic_end = begin + 2 + (stream[begin] << 8) + stream[begin + 1]
    at = topic_end + 2 if first & 0x02 else topic_end
    if at >= end:
        raise Malformed("a message that ends before its payload")
    packet_id = (stream[at - 2] << 8) + stream[at - 1] if first & 0x02 else 0
    if topic_end == begin + 2:  # MQTT 5, 3.1.2.11.5: the broker may use aliases only when it was told how many
        raise Malformed("a message without a topic")
    if first & 0x02 and not packet_id:
        raise Malformed("a message at QoS 1 without a packet identifier")
    at = _behind_properties(stream, at, end) if stream[at] else at + 1  # mostly there are none: one zero
    try:
        return Delivery(stream[begin + 2 : topic_end].decode(), stream[at:end], packet_id, first & 0x01 != 0)
    except UnicodeDecodeError as error:
        raise Malformed("a topic that is not UTF-8") from error


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


def _behind_properties(stream: bytes, at: int, end: int) -> int:
    """Where the payload begins; of the properties none is asked for. Raises Malformed."""
    length, begin = _number(stream, at)
    if begin == 0 or begin + length > end:
        raise Malformed("a message whose properties do not end within it")
    return begin + length


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
        raise Malformed("a length of more than four bytes")
    return 0, 0
