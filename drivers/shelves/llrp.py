"""Messages of RFID readers (LLRP) as bytes: a head of ten, then parameters that hold parameters.

    04 3D 0000002C 4095892F              version 1, type 61 RO_ACCESS_REPORT, 44 bytes, number of the message
      00F0 0022                          TagReportData (240), 34 bytes: a parameter that says its length
        8D 3005FB63AC1F3841EC880467      EPC-96 (13): a parameter whose length is known by its type
        81 0001 86 CE 88 0001            antenna 1, -50 dBm, seen once

Source: EPCglobal Low Level Reader Protocol 1.0.1 (13 August 2007), chapter 16. Version 1.1 adds to it and changes none of this.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from drivers.contract import BadFrame
from drivers.room_readings import Tag

SET_READER_CONFIG, CLOSE_CONNECTION = 3, 14
ADD_ROSPEC, DELETE_ROSPEC, START_ROSPEC, ENABLE_ROSPEC = 20, 21, 22, 24
RO_ACCESS_REPORT, KEEPALIVE, READER_EVENT_NOTIFICATION, KEEPALIVE_ACK, ERROR_MESSAGE = 61, 62, 63, 72, 100
ANSWERS = {SET_READER_CONFIG: 13, CLOSE_CONNECTION: 4, ADD_ROSPEC: 30, DELETE_ROSPEC: 31, START_ROSPEC: 32, ENABLE_ROSPEC: 34}

VERSION = 1
HEAD = struct.Struct(">HII")
TLV = struct.Struct(">HH")
LONGEST = 256 * 1024
LONGEST_EPC = 62  # C1G2: the length in words is a number of five bits

ANTENNA, PEAK_RSSI, TIMES, EPC_96, TAG_REPORT, EPC_DATA, STATUS = 1, 6, 8, 13, 240, 241, 287
TV_BYTES = {1: 2, 2: 8, 3: 8, 4: 8, 5: 8, 6: 1, 7: 2, 8: 2, 9: 4, 10: 2, 11: 2, 12: 2, 13: 12, 14: 2, 15: 2, 16: 4, 17: 2, 18: 4}
TV_BYTES |= {19: 2, 20: 2}  # of version 1.1
"""How long the parameters are that do not say it, without their type (16.2: types 1 to 127)."""

EVENTS, ROSPEC_EVENT, ANTENNA_EVENT, CONNECTION_ATTEMPT, CONNECTION_CLOSE = 246, 249, 255, 256, 257


@dataclass(frozen=True, slots=True, kw_only=True)
class LlrpMessage:
    """One message; ``body`` is what follows the head."""

    kind: int
    number: int = 0
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """What a READER_EVENT_NOTIFICATION tells of what concerns us. ``attempt``: 0 connected, 1, 2 and 4 somebody else is."""

    attempt: int | None = None
    closing: bool = False
    stopped: bool = False
    antennas: tuple[tuple[int, bool], ...] = ()


def encode(message: LlrpMessage) -> bytes:
    """The message as it stands on the wire."""
    return HEAD.pack(VERSION << 10 | message.kind, HEAD.size + len(message.body), message.number) + message.body


def cut(heard: bytes) -> tuple[list[LlrpMessage], bytes]:
    """The whole messages in ``heard``, and the rest. Raises BadFrame for what no reader says."""
    messages, at = [], 0
    while len(heard) - at >= HEAD.size:
        first, length, number = HEAD.unpack_from(heard, at)
        if first >> 13 or not 1 <= first >> 10 <= 2 or not HEAD.size <= length <= LONGEST:
            said = heard[at : at + 100]
            raise BadFrame(f"{said[:16]!r} is no message of an RFID reader (LLRP); is it the right port?", said)
        if len(heard) - at < length:
            break
        messages.append(LlrpMessage(kind=first & 0x3FF, number=number, body=heard[at + HEAD.size : at + length]))
        at += length
    return messages, heard[at:]


def parameters(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The type and contents of each parameter, not going into them. Raises BadFrame."""
    at = 0
    while at < len(data):
        kind, head, length = data[at] & 0x7F, 1, 0
        if data[at] & 0x80:
            length = 1 + TV_BYTES.get(kind, len(data))
        elif at + TLV.size <= len(data):
            kind, length = TLV.unpack_from(data, at)
            kind, head = kind & 0x3FF, TLV.size
        if not head <= length <= len(data) - at:
            raise BadFrame(f"a parameter of type {kind} does not end in its message: {data[at : at + 16]!r}", data[:100])
        yield kind, data[at + head : at + length]
        at += length


def decode_report(body: bytes) -> tuple[Tag, ...]:
    """The tags of an RO_ACCESS_REPORT (14.2.3), one for each time that the reader tells it; none is also an answer.

    Raises BadFrame.
    """
    return tuple(_tag(contents) for kind, contents in parameters(body) if kind == TAG_REPORT)


def _tag(report: bytes) -> Tag:
    epc, antenna, rssi_dbm, times = b"", None, None, 1
    for kind, contents in parameters(report):
        match kind:
            case _ if kind == EPC_96:
                epc = contents
            case _ if kind == EPC_DATA:
                epc = _epc(contents)
            case _ if kind == ANTENNA:
                antenna = _number(contents)
            case _ if kind == PEAK_RSSI:
                rssi_dbm = int.from_bytes(contents, signed=True)
            case _ if kind == TIMES:
                times = _number(contents)
    if not epc:
        raise BadFrame(f"a tag without a number: {report[:32]!r}", report[:100])
    return Tag(epc=epc.hex().upper(), antenna=antenna, rssi_dbm=rssi_dbm, times=max(times, 1))


def _epc(contents: bytes) -> bytes:
    """EPCData (16.2.7.3.1): its length in bits, then the bits, filled up to whole bytes."""
    size = (_number(contents[:2]) + 7) // 8
    if not 0 < size <= min(LONGEST_EPC, len(contents) - 2):
        raise BadFrame(f"the number of a tag has a wrong length: {contents[:32]!r}", contents[:100])
    return contents[2 : 2 + size]


def decode_events(body: bytes) -> Events:
    """A READER_EVENT_NOTIFICATION (14.2.6). Raises BadFrame."""
    told = [event for kind, data in parameters(body) if kind == EVENTS for event in parameters(data)]
    return Events(
        attempt=next((_number(event[:2]) for kind, event in told if kind == CONNECTION_ATTEMPT), None),
        closing=any(kind == CONNECTION_CLOSE for kind, _ in told),
        stopped=any(kind == ROSPEC_EVENT and event[:1] in {b"\1", b"\2"} for kind, event in told),
        antennas=tuple((_number(event[1:3]), event[:1] == b"\1") for kind, event in told if kind == ANTENNA_EVENT),
    )


def decode_status(body: bytes) -> tuple[int, str]:
    """The status of an answer and what the reader says about it; 0 is success. Raises BadFrame."""
    for kind, contents in parameters(body):
        if kind == STATUS:
            return _number(contents[:2]), contents[4 : 4 + _number(contents[2:4])].decode("utf-8", "replace")
    raise BadFrame(f"an answer without a status: {body[:32]!r}", body[:100])


def _number(contents: bytes) -> int:
    return int.from_bytes(contents)
