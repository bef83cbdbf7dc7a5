"""How the simulated RFID reader writes and reads LLRP (EPCglobal, version 1.0.1, chapter 16)."""

from __future__ import annotations

from collections.abc import Iterator

TIME = bytes.fromhex("0080000c0004f8535baadaff")  # UTCTimestamp, in microseconds


def message(kind: int, number: int, body: bytes = b"") -> bytes:
    """Three bits of nothing, three of the version, ten of the type; the length of all; the number."""
    return ((1 << 10) + kind).to_bytes(2) + (10 + len(body)).to_bytes(4) + number.to_bytes(4) + body


def parameter(kind: int, contents: bytes) -> bytes:
    """One that says its length."""
    return kind.to_bytes(2) + (4 + len(contents)).to_bytes(2) + contents


def status(code: int, says: str = "") -> bytes:
    """LLRPStatus: the code, the length of a text, the text."""
    return parameter(0x11F, code.to_bytes(2) + len(says.encode()).to_bytes(2) + says.encode())


def event(kind: int, contents: bytes) -> bytes:
    """The body of a notification: the time and one event."""
    return parameter(0xF6, TIME + parameter(kind, contents))


def tag(epc: bytes, antenna: int, dbm: int, wanted: int) -> bytes:
    """TagReportData with what the contents selector ``wanted``; 96 bits are told shortly, other lengths with their length."""
    told = b"\x8d" + epc if len(epc) == 12 else parameter(0xF1, (8 * len(epc)).to_bytes(2) + epc)
    if wanted & 0x1000:
        told += b"\x81" + antenna.to_bytes(2)
    if wanted & 0x0400:
        told += b"\x86" + dbm.to_bytes(1, signed=True)
    if wanted & 0x0080:
        told += b"\x88" + (1).to_bytes(2)
    return parameter(0xF0, told)


def inside(contents: bytes) -> Iterator[tuple[int, bytes]]:
    """The parameters that say their length, in order."""
    while contents:
        length = int.from_bytes(contents[2:4])
        yield int.from_bytes(contents[:2]), contents[4:length]
        contents = contents[max(length, 4) :]


def find(contents: bytes, kind: int) -> bytes:
    """The contents of the parameter ``kind``; KeyError without one."""
    return dict(inside(contents))[kind]
