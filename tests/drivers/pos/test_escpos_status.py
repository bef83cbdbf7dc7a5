"""What a printer answers, told apart: status, proof, unasked status and noise, whole or byte by byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.pos.escpos_status import (
    Answer,
    Automatic,
    Noise,
    PrinterStatus,
    Processed,
    ProcessId,
    RealTime,
    cut,
    decode,
    process_id,
    real_time,
)

CUTTER = "its cutter is jammed: switch it off, take the paper out, and switch it on"


@pytest.mark.parametrize(
    ("heard", "answers", "rest"),
    [
        ("12", [RealTime(bits=0x12)], ""),
        ("72 16 1e", [RealTime(bits=0x72), RealTime(bits=0x16), RealTime(bits=0x1E)], ""),
        ("00", [Processed(bits=0)], ""),
        ("0f", [Processed(bits=0x0F)], ""),
        ("37 22 30 30 30 31 00", [ProcessId(id=b"0001")], ""),
        ("37 22 30 30", [], "37223030"),
        ("10 00 00 0f", [Automatic(data=b"\x10\x00\x00\x0f")], ""),
        ("14 00 00", [], "140000"),
        ("10 00 00 0f 12", [Automatic(data=b"\x10\x00\x00\x0f"), RealTime(bits=0x12)], ""),
        ("11 12 13", [RealTime(bits=0x12)], ""),  # XON and XOFF say nothing
        ("10 12", [Noise(byte=0x10), RealTime(bits=0x12)], ""),  # half an unasked status
        ("37 12", [Noise(byte=0x37), RealTime(bits=0x12)], ""),
        ("37 22 30 1f 30", [Noise(byte=0x37), Processed(bits=0x22), Noise(byte=0x30), Noise(byte=0x1F)], "30"),
        ("ff 92 12", [Noise(byte=0xFF), Noise(byte=0x92), RealTime(bits=0x12)], ""),
    ],
)
def test_each_answer_is_told_from_the_others(heard: str, answers: list[Answer], rest: str) -> None:
    assert cut(bytes.fromhex(heard)) == (answers, bytes.fromhex(rest))


@given(data=st.binary(max_size=64))
def test_byte_by_byte_is_the_same(data: bytes) -> None:
    whole, rest = cut(data)
    pieces: list[Answer] = []
    left = b""
    for byte in data:
        answers, left = cut(left + bytes([byte]))
        pieces += answers
    assert (pieces, left) == (whole, rest)
    assert len(rest) < 7


def status(**changes: object) -> PrinterStatus:
    well: dict[str, object] = {"paper": "ok", "cover_open": False, "offline": False, "failure": "", "pin_3_high": False}
    return PrinterStatus(**(well | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("answers", "expected", "trouble"),
    [
        ((0x12, 0x12, 0x12), status(), ""),
        ((0x16, 0x12, 0x12), status(pin_3_high=True), ""),
        ((0x12, 0x12, 0x1E), status(paper="near-end"), ""),
        ((0x1A, 0x32, 0x72), status(paper="out", offline=True), "it has no paper: put a new roll in"),
        ((0x1A, 0x32, 0x12), status(paper="out", offline=True), "it has no paper: put a new roll in"),
        ((0x1A, 0x12, 0x7E), status(paper="out", offline=True), "it has no paper: put a new roll in"),
        ((0x1A, 0x16, 0x12), status(cover_open=True, offline=True), "its cover is open: close it"),
        ((0x1A, 0x12, 0x12), status(offline=True), "it is offline: is its feed button held, or is it waiting for a key?"),
        ((0x1A, 0x52, 0x12, 0x1A), status(offline=True, failure=CUTTER), CUTTER),
    ],
)
def test_what_the_bits_mean(answers: tuple[int, ...], expected: PrinterStatus, trouble: str) -> None:
    decoded = decode(*answers)
    assert (decoded, decoded.trouble) == (expected, trouble)


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (0x32, "it reports a fault that does not pass: switch it off and on, or have it repaired"),
        (0x52, "its head is too hot or its voltage is wrong: it goes on by itself"),
        (None, "it reports an error: look at its lamps"),
    ],
)
def test_each_error_says_what_to_do(error: int | None, failure: str) -> None:
    assert decode(0x1A, 0x52, 0x12, error).failure == failure


def test_who_must_act() -> None:
    assert decode(0x1A, 0x16, 0x12).needs_a_person
    assert decode(0x1A, 0x32, 0x72).needs_a_person
    assert not decode(0x1A, 0x52, 0x12, 0x52).needs_a_person


def test_the_questions() -> None:
    assert real_time(4) == bytes.fromhex("100404")
    assert process_id(b"0042") == bytes.fromhex("1d28480600303030303432")
