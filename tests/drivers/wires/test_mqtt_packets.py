"""PUBLISH is cut from the stream as the standard describes it; what the standard does not describe is left to paho."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.wires.mqtt_packets import Delivery, Malformed, body_of, delivery
from drivers.wires.mqtt_packets import publish as told

TOPIC = "storebox/1/box-1/till-1/event/paid"
EXPIRY = b"\x02\x00\x00\x00\x3c"  # 3.3.2.3.3: a message that is good for a minute


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
    properties=st.sampled_from([b"", EXPIRY, b"\x26\x00\x01a\x00\xc8" + b"b" * 200]),
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
    with pytest.raises(Malformed):
        body_of(b"\x32\xff\xff\xff\xff\x01", 0)


@pytest.mark.parametrize(
    "wrong",
    [
        packet(0x32, b""),
        packet(0x32, b"\x00"),
        packet(0x32, b"\x00\x03a/b"),
        packet(0x32, b"\x00\x03a/b\x00\x01"),
        packet(0x30, b"\x00\x03a/b"),
        packet(0x32, b"\x00\xffa/b\x00\x01\x00"),
        packet(0x32, b"\x00\x03a/b\x00\x01\x09{}"),
        packet(0x32, b"\x00\x03a/b\x00\x01\xff"),
        packet(0x32, b"\x00\x02\xff\xfe\x00\x01\x00{}"),
        packet(0x34, b"\x00\x03a/b\x00\x01\x00{}"),
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
    ],
)
@pytest.mark.parametrize("behind", [b"", publish(TOPIC, b"{}", packet_id=8) * 3])
def test_what_the_box_never_asked_for_is_not_guessed_at(wrong: bytes, behind: bytes) -> None:
    with pytest.raises(Malformed):
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
