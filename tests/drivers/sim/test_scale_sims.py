"""The simulated scales answer as their manuals print it; checked here without any driver, byte by byte."""

from __future__ import annotations

import asyncio
from io import FileIO
from typing import Any

import pytest

from drivers.sim.mt_sics import MtSicsDialect, MtSicsSim
from drivers.sim.pan import Pan
from drivers.sim.toledo_8217 import Toledo8217Dialect, Toledo8217Sim
from tests.drivers.sim.pans import pan, says


@pytest.mark.parametrize(
    ("grams", "moving", "answer"),
    [
        (1250, False, "02 30 31 2e 32 35 30 0d"),
        (0, True, "02 3f 41 0d"),
        (15_001, False, "02 3f 4a 0d"),  # over, and outside the zero range
        (-100, False, "02 3f 44 0d"),
    ],
)
async def test_an_8217_weighs(grams: int, moving: bool, answer: str) -> None:
    assert await says(Toledo8217Dialect(pan(grams, moving=moving)), b"W") == bytes.fromhex(answer)


async def test_an_8217_tares_zeroes_and_echoes() -> None:
    dialect = Toledo8217Dialect(pan(250))
    assert await says(dialect, b"T\rW") == b"\x02?\x70\r\x0200.000N\r"
    assert await says(dialect, b"CW") == b"\x02?\x40\r\x0200.250\r"
    assert await says(dialect, b"ZW") == b"\x02?\x50\r\x0200.000\r"
    assert await says(dialect, b"T00100\r") == b"\x02?\x64\r"
    dialect.tare_enabled = False
    assert await says(dialect, b"T\r") == b""
    assert await says(dialect, b"Ehello") == b"\x02E\rhello"
    assert await says(dialect, b"F") == b"\x02F\r"
    assert await says(dialect, b"AB") == b"\x02\r\x02?@\r"
    dialect.self_test_failed = True
    assert await says(dialect, b"BWZ") == b"\x02?B\r"
    dialect.bit5_always = True
    assert await says(dialect, b"q") == b"\x02?\x64\r"
    assert await says(Toledo8217Dialect(pan(1000), unit="lb"), b"W") == b"\x0202.20\r"


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("SI", "S S      1.250 kg"),
        ("S", "S S      1.250 kg"),
        ("T", "T S      1.250 kg"),
        ("TI", "TI S      1.250 kg"),
        ("Z", "Z +"),
        ("TAC", "TAC A"),
        ("@", 'I4 A "0123456789"'),
        ("I4", 'I4 A "0123456789"'),
        ("HELLO", "ES"),
    ],
)
async def test_an_mt_sics_scale_answers(command: str, answer: str) -> None:
    assert await says(MtSicsDialect(pan(1250)), command.encode() + b"\r\n") == answer.encode() + b"\r\n"


async def test_an_mt_sics_scale_that_cannot() -> None:
    dialect = MtSicsDialect(pan(1250))
    dialect.busy = True
    assert await says(dialect, b"SI\r\nT\r\nZ\r\n") == b"S I\r\nT I\r\nZ I\r\n"
    assert await says(MtSicsDialect(pan(20_000)), b"SI\r\nT\r\n") == b"S +\r\nT +\r\n"
    assert await says(MtSicsDialect(pan(-5000)), b"SI\r\nTI\r\nZI\r\n") == b"S -\r\nTI -\r\nZI -\r\n"
    assert await says(MtSicsDialect(pan(-7)), b"ZI\r\n") == b"ZI A\r\n"
    assert await says(MtSicsDialect(pan(5, moving=True)), b"SI\r\nTI\r\n") == b"S D      0.005 kg\r\nTI S      0.005 kg\r\n"
    assert await says(MtSicsDialect(pan(5, moving=True)), b"S\r\n") == b"S I\r\n"
    dialect.knows_sics = False
    assert await says(dialect, b"S") == b""
    assert await says(dialect, b"I\r\n") == b"ES\r\n"


async def test_a_scale_that_sends_unasked_stops_at_the_next_command() -> None:
    async with MtSicsSim(settle_ms=0) as sim, asyncio.timeout(30):
        with FileIO(sim.port, "r+") as host:
            host.write(b"SIR\r\n")
            lines = await asyncio.to_thread(lambda: [host.readline() for _ in range(3)])
            host.write(b"SI\r\nHELLO\r\n")
            while await asyncio.to_thread(host.readline) != b"ES\r\n":
                assert len(lines) == 3
            assert sim.dialect.repeat_ms is None
    assert lines == [b"S S      0.000 kg\r\n"] * 3


async def test_a_pan_moves_for_a_while_and_then_rests() -> None:
    moving = Pan(settle_ms=60_000, capacity_g=15_000)
    assert not moving.moving
    moving.put(1000)
    assert moving.moving
    assert 0 <= moving.gross_g < 1000
    assert 0 < moving.settles_in_ms() <= 60_000
    resting = Pan(settle_ms=20, capacity_g=15_000)
    resting.put(1000)
    await asyncio.sleep(0.05)
    assert (resting.moving, resting.gross_g, resting.settles_in_ms()) == (False, 1000, 0)


@pytest.mark.parametrize("make", [Toledo8217Sim, MtSicsSim])
async def test_unplugging_takes_the_path_away_and_plugging_brings_another_number(make: Any, tmp_path: Any) -> None:
    told: list[dict[str, object]] = []
    link = tmp_path / "scale"
    async with make(link=link, tell=told.append) as sim:
        name = link.readlink()
        sim.plug()
        assert link.readlink() == name
        sim.unplug()
        sim.unplug()
        assert not link.is_symlink()
        sim.noise(b"lost")
        sim.plug()
        assert link.readlink() != name
    assert not link.is_symlink()
    assert told[:2] == [{"listening": str(link)}, {"listening": str(link)}]
    assert {"unplugged": str(link)} in told
