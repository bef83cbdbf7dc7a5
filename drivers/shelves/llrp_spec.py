"""What an RFID reader is told to do, as parameters of LLRP: to look for tags until it is told to stop, and to show that it lives.

Source: EPCglobal Low Level Reader Protocol 1.0.1, chapter 16. Only triggers are used that every reader knows: some refuse those
that end an inspection after so many tags.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

ROSPEC_ID = 1
ALL = 0

ROSPEC, BOUNDARY, START_TRIGGER, STOP_TRIGGER, AISPEC, AISPEC_STOP, INVENTORY = 177, 178, 179, 182, 183, 184, 186
KEEPALIVE_SPEC, REPORT_SPEC, CONTENT, EVENT_SPEC, EVENT_STATE = 220, 237, 238, 244, 245
C1G2 = 1
PERIODIC = 1
AFTER_TAGS_OR_END = 1
TOLD_OF_A_TAG = 0x1000 | 0x0400 | 0x0080  # antenna, strongest signal, how often: 16.2.7.1.1, bits 12, 10 and 7
ROSPEC_EVENTS, ANTENNA_EVENTS = 2, 8  # 13.2.6.2


def rospec_id(number: int = ROSPEC_ID) -> bytes:
    """The body of ENABLE, START and DELETE_ROSPEC; ``ALL`` is every one."""
    return struct.pack(">I", number)


def look_for_tags(antennas: Sequence[int], report_every_tags: int) -> bytes:
    """The body of ADD_ROSPEC: begin when told, never stop. No antennas means all (16.2.4.2: antenna 0)."""
    numbers = tuple(antennas) or (0,)
    begins_and_ends = _tlv(START_TRIGGER, b"\0") + _tlv(STOP_TRIGGER, struct.pack(">BI", 0, 0))
    inspection = (
        struct.pack(f">H{len(numbers)}H", len(numbers), *numbers)
        + _tlv(AISPEC_STOP, struct.pack(">BI", 0, 0))
        + _tlv(INVENTORY, struct.pack(">HB", 1, C1G2))
    )
    report = struct.pack(">BH", AFTER_TAGS_OR_END, report_every_tags) + _tlv(CONTENT, struct.pack(">H", TOLD_OF_A_TAG))
    return _tlv(
        ROSPEC,
        struct.pack(">IBB", ROSPEC_ID, 0, 0)
        + _tlv(BOUNDARY, begins_and_ends)
        + _tlv(AISPEC, inspection)
        + _tlv(REPORT_SPEC, report),
    )


def show_life(keepalive_ms: int) -> bytes:
    """The body of SET_READER_CONFIG: a KEEPALIVE so often, and to tell when an antenna goes or the looking ends."""
    events = b"".join(_tlv(EVENT_STATE, struct.pack(">HB", kind, 0x80)) for kind in (ROSPEC_EVENTS, ANTENNA_EVENTS))
    return b"\0" + _tlv(EVENT_SPEC, events) + _tlv(KEEPALIVE_SPEC, struct.pack(">BI", PERIODIC, keepalive_ms))


def _tlv(kind: int, contents: bytes) -> bytes:
    return struct.pack(">HH", kind, 4 + len(contents)) + contents
