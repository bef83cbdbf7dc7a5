"""PUBLISH is cut from the stream as the standard describes it; what the standard does not describe is refused by name."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.wires.mqtt_packets import MAXIMUM_PACKET_BYTES, Delivery, Malformed, body_of, delivery
from drivers.wires.mqtt_packets import publish as told

TOPIC = "storebox/1/box-1/till-1/event/paid"
EXPIRY = b"\x02\x00\x00\x00\x3c"  # 3.3.2.3.3: a message that is good for a minute
FORMAT = b"\x01\x01"  # 3.3.2.3.2: the payload is text
TYPE = b"\x03\x00\x10application/json"  # 3.3.2.3.9
WORDS = b"\x26\x00\x01a\x00\xc8" + b"b" * 200  # 3.3.2.3.7: a user property, and so many that their length has two bytes


def number(value: int) -> bytes:
    """MQTT 5, 1.5.5."""
    if value < 0x80:
        return bytes([value])
    return bytes([value & 0x7F | 0x80]) + number(value >> 7)


def packet(first: int, body: bytes) -> bytes:
    return bytes([first]) + number(len(body)) + body


def publish(topic: str, payload: bytes, *, packet_id: int = 0, retained: bool = False, properties: bytes = b"") -> bytes:
    name = topic.encode()
    body = struct.pack(">H", len(name)) + name + (struct.pack(">H", packet_id) if packet_id else b"")
    return packet(0x30 | (packet_id > 0) << 1 | retained, body + number(len(properties)) + properties + payload)


def read(stream: bytes, start: int = 0) -> Delivery:
    body = body_of(stream, start)
    assert body is not None
    return delivery(stream, stream[start], *body)


@given(
    topic=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80),
    payload=st.binary(max_size=20_000),
    packet_id=st.integers(0, 0xFFFF),
    retained=st.booleans(),
    properties=st.lists(st.sampled_from([EXPIRY, FORMAT, TYPE, WORDS])).map(b"".join),
)
def test_every_message_is_read_as_it_was_written(
    topic: str, payload: bytes, packet_id: int, retained: bool, properties: bytes
) -> None:
    stream = b"\xd0\x00" + publish(topic, payload, packet_id=packet_id, retained=retained, properties=properties) + b"\xd0\x00"
    assert read(stream, 2) == Delivery(topic, payload, packet_id, retained)
    assert (body_of(stream, 2) or ())[1:] == (len(stream) - 2,)


def test_a_packet_is_waited_for_until_its_last_byte() -> None:
    whole = publish(TOPIC, b"x" * 300, packet_id=7)
    assert [body_of(whole[:length], 0) for length in range(1, len(whole))] == [None] * (len(whole) - 1)
    assert read(whole) == Delivery(TOPIC, b"x" * 300, 7, retained=False)


def test_a_repeated_delivery_is_read_like_the_first() -> None:
    again = bytearray(publish(TOPIC, b"{}", packet_id=7))
    again[0] |= 0x08  # 3.3.1.1: DUP
    assert read(bytes(again)) == Delivery(TOPIC, b"{}", 7, retained=False)


def test_a_length_of_five_bytes_is_not_mqtt() -> None:
    with pytest.raises(Malformed, match="a length of more than four bytes"):
        body_of(b"\x32\xff\xff\xff\xff\x01", 0)


@pytest.mark.parametrize("length", [0, 127, 128, 16_383, 16_384, MAXIMUM_PACKET_BYTES])
def test_every_length_up_to_the_longest_is_read(length: int) -> None:
    stream = packet(0x30, bytes(length))
    assert body_of(stream, 0) == (len(stream) - length, len(stream))
    assert body_of(stream[:-1], 0) is None


@pytest.mark.parametrize("length", [MAXIMUM_PACKET_BYTES + 1, 2_097_152, 268_435_455])
def test_a_packet_that_would_fill_the_memory_is_not_waited_for(length: int) -> None:
    with pytest.raises(Malformed, match=rf"a packet of {length} bytes, more than the 524288 that the box takes"):
        body_of(b"\x32" + number(length), 0)


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        (packet(0x32, b""), "ends before its payload"),
        (packet(0x32, b"\x00"), "ends before its payload"),
        (packet(0x32, b"\x00\x03a/b"), "ends before its payload"),
        (packet(0x32, b"\x00\x03a/b\x00\x01"), "ends before its payload"),
        (packet(0x30, b"\x00\x03a/b"), "ends before its payload"),
        (packet(0x32, b"\x00\xffa/b\x00\x01\x00"), "ends before its payload"),
        (packet(0x32, b"\x00\x03a/b\x00\x01\x09{}"), "properties do not end within it"),
        (packet(0x32, b"\x00\x03a/b\x00\x01\xff"), "properties do not end within it"),
        (packet(0x32, b"\x00\x02\xff\xfe\x00\x01\x00{}"), "a topic that is not UTF-8"),
        (packet(0x34, b"\x00\x03a/b\x00\x01\x00{}"), "QoS 2, which the box does not subscribe to"),
        (packet(0x36, b"\x00\x03a/b\x00\x01\x00{}"), "QoS 2, which the box does not subscribe to"),
        (packet(0x32, b"\x00\x00\x00\x01\x03\x23\x00\x01{}"), "a message without a topic"),
        (packet(0x32, b"\x00\x03a/b\x00\x00\x00{}"), "QoS 1 without a packet identifier"),
    ],
    ids=[
        "empty",
        "half a length",
        "no id",
        "no properties",
        "no properties, QoS 0",
        "topic",
        "properties",
        "half of properties",
        "UTF-8",
        "QoS 2",
        "QoS 3",
        "topic alias",
        "id of zero",
    ],
)
@pytest.mark.parametrize("behind", [b"", publish(TOPIC, b"{}", packet_id=8) * 3])
def test_what_the_box_never_asked_for_is_not_guessed_at(wrong: bytes, text: str, behind: bytes) -> None:
    with pytest.raises(Malformed, match=text):
        read(wrong + behind)


def test_the_smallest_message_is_a_message() -> None:
    assert read(packet(0x32, b"\x00\x01a\x00\x01\x00")) == Delivery("a", b"", 1, retained=False)
    assert read(packet(0x30, b"\x00\x01a\x00")) == Delivery("a", b"", 0, retained=False)


@given(topic=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80), payload=st.binary(max_size=20_000))
def test_what_the_box_tells_is_written_as_it_is_read(topic: str, payload: bytes) -> None:
    assert told(topic, payload) == publish(topic, payload)


@pytest.mark.parametrize("length", [0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152])
def test_every_length_is_written_in_as_few_bytes_as_it_needs(length: int) -> None:
    payload = bytes(length)
    assert told("a", payload) == publish("a", payload)
