"""A UART at another rate or parity, reckoned bit by bit: simulators use it, because a pty has neither."""

from __future__ import annotations

import asyncio
from io import FileIO

import pytest
import serial
from hypothesis import given
from hypothesis import strategies as st

from drivers.sim.toledo_8217 import Toledo8217Sim
from drivers.sim.uart import at_rate, with_parity, without_parity
from drivers.wires import parity


@given(st.binary(max_size=40), st.sampled_from([1200, 9600]))
def test_the_same_rate_changes_nothing(data: bytes, rate: int) -> None:
    assert at_rate(data, rate, rate) == data
    assert at_rate(data, rate, rate * 1_000 // 999) == data  # crystals differ by a few per mille


@pytest.mark.parametrize(
    ("data", "sent", "heard", "received"),
    [
        (b"\xf0", 9600, 4800, b"\xfe"),  # 0 0000 1111 1: every second level is looked at
        (b"\x00", 4800, 9600, b"\x00"),
        (b"\xff", 4800, 9600, b"\xfe"),  # the start bit lasts for two bits: start and the lowest data bit
        (b"", 9600, 1200, b""),
    ],
)
def test_bytes_at_another_rate_are_other_bytes(data: bytes, sent: int, heard: int, received: bytes) -> None:
    assert at_rate(data, sent, heard)[:1] == received


def test_a_moment_earlier_the_level_before_is_seen() -> None:
    assert (at_rate(b"\x02", 9600, 4800), at_rate(b"\x02", 9600, 4800, early=True)) == (b"\xf8", b"\xf1")


@given(st.binary(max_size=30), st.sampled_from(["E", "O"]))
def test_a_wrong_parity_is_not_heard(data: bytes, kind: str) -> None:
    other = {"E": "O", "O": "E"}[kind]
    plain = bytes(byte & 0x7F for byte in data)
    assert without_parity(with_parity(data, kind), kind) == plain
    assert without_parity(with_parity(data, kind), other) == b""


@given(st.binary(min_size=1, max_size=30).map(lambda data: bytes(byte & 0x7F for byte in data)), st.sampled_from("EO"))
def test_the_box_reckons_the_same_parity(data: bytes, kind: str) -> None:
    assert parity.with_parity(data, kind) == with_parity(data, kind)
    assert parity.without_parity(parity.with_parity(data, kind)) == data


@pytest.mark.parametrize(("kind", "line"), [("E", "7E1"), ("O", "7O1"), ("N", "7N2")])
def test_the_line_is_told_by_its_parity_bits(kind: str, line: str) -> None:
    said = b"ST,GS,+0001.250kg\r\n"
    assert parity.line_of(parity.with_parity(said, kind)) == line
    assert parity.line_of(b"\x00" + parity.with_parity(said, kind)) == line
    assert parity.line_of(said) == "8N1"
    assert parity.line_of(bytes(range(256))) == "8N1"


async def test_a_scale_at_another_rate_answers_rubbish_and_at_its_own_it_answers() -> None:
    async with Toledo8217Sim(settle_ms=0) as sim, asyncio.timeout(30):
        sim.rate, sim.line = 9600, "7E1"
        sim.put(1250)
        right = await asyncio.to_thread(ask, sim.port, 9600, with_parity(b"W", "E"), 20.0)
        wrong_rate = await asyncio.to_thread(ask, sim.port, 4800, with_parity(b"W", "E"))
        wrong_parity = await asyncio.to_thread(ask, sim.port, 9600, with_parity(b"W", "O"))
    assert right == with_parity(b"\x0201.250\r", "E")
    assert b"1.250" not in wrong_rate
    assert wrong_parity == b""


def ask(port: str, rate: int, question: bytes, patience_s: float = 0.3) -> bytes:
    with serial.Serial(port, rate, timeout=patience_s) as line:
        line.write(question)
        return bytes(line.read(8))


async def test_a_port_without_a_rate_of_its_own_hears_everything() -> None:
    async with Toledo8217Sim(settle_ms=0) as sim, asyncio.timeout(30):
        with FileIO(sim.port, "r+") as host:
            host.write(b"W")
            assert await asyncio.to_thread(host.read, 8) == b"\x0200.000\r"
