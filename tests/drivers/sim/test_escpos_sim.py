"""The simulated printer obeys and answers as Epson prints it; checked here without any driver, byte by byte."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from drivers.sim.escpos_commands import length
from drivers.sim.escpos_orders import ORDERS, main
from drivers.sim.escpos_paper import Paper, PrintedLine, PrintedQr, PrintedRaster, Style
from drivers.sim.escpos_printer import EscposSim
from drivers.sim.escpos_state import Kick
from drivers.sim.orders import listed, obey
from drivers.sim.tcp_port import TcpPort

SECONDS = 60
Until = Callable[[Callable[[], bool]], Awaitable[None]]


@asynccontextmanager
async def connected(sim: EscposSim) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    host, _, port = sim.address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    async with asyncio.timeout(SECONDS):
        yield reader, writer
    writer.close()


@pytest.mark.parametrize(
    ("data", "size"),
    [
        ("41 42 0a", 2),
        ("0a 41", 1),
        ("1b", None),
        ("1b 40 41", 2),
        ("1b 61 01", 3),
        ("1b 70 00 32 fa", 5),
        ("10 04 01 41", 3),
        ("10 14 01 00 01", 5),
        ("1d 56 00 41", 3),
        ("1d 56 42 00", 4),
        ("1d 56", None),
        ("1d 28 6b 03 00 31 43 06", 8),
        ("1d 28 6b 03", None),
        ("1d 76 30 00 02 00 03 00", 14),
        ("1b 2a 21 02 00", 5 + 6),
        ("1b 2a 00 02 00", 5 + 2),
        ("1b 44 04 08 00 41", 5),
        ("1b 44 04 08", None),
        ("1d 6b 49 03 41 42 43", 7),
        ("1d 6b 04 41 42 43 00", 7),
        ("1d 6b 04 41 42 43", None),
        ("1c 26 41", 2),
        ("1c 53 00 00", 4),
    ],
)
def test_where_a_command_ends(data: str, size: int | None) -> None:
    assert length(bytes.fromhex(data)) == size


def feed(paper: Paper, data: bytes) -> Paper:
    while data:
        size = length(data)
        assert size is not None
        paper.obey(data[:size])
        data = data[size:]
    return paper


def test_paper_wraps_what_is_too_long_and_says_so() -> None:
    paper = feed(Paper(columns=10), "一二三四五六\n".encode("gb18030") + b"1234567890\n")
    assert paper.items == [
        PrintedLine(text="一二三四五", wrapped=True),
        PrintedLine(text="六"),
        PrintedLine(text="1234567890"),
    ]


def test_paper_shows_styles_pictures_and_cuts() -> None:
    paper = feed(
        Paper(),
        b"\x1b@\x1c.\x1bt\x10\x1b!\x38\x80\n\x1b!\x00\x1ba\x02\x1bE\x01a\n\x1ba\x00\x1bE\x00"
        + bytes.fromhex("1d286b0300314308 1d286b0300314533 1d286b0400315030 78 1d286b0300315130")
        + b"\x1dv0\x00\x01\x00\x02\x00\xf0\x0f\x1dv0\x00\x01\x00\x01\x00\xff"
        + b"\x1bd\x02\x1dV\x41\x00\x1b\x07",
    )
    (slip,) = paper.slips
    assert slip == (
        PrintedLine(text="€", style=Style(bold=True, wide=2, tall=2)),
        PrintedLine(text="a", style=Style(align="right", bold=True)),
        PrintedQr(text="x", module=8, correction="H", align="left"),
        PrintedRaster(width_bytes=1, rows=(b"\xf0", b"\x0f", b"\xff"), align="left"),
        PrintedLine(text=""),
        PrintedLine(text=""),
    )
    assert paper.cuts == ["full"]
    assert paper.unknown == [b"\x1b\x07"]


def test_a_cut_in_the_middle_of_a_line_is_ignored() -> None:
    paper = feed(Paper(), b"a\x1dV\x00")
    assert (paper.slips, paper.unknown) == ([], [b"\x1dV\x00"])


def test_a_qr_code_without_a_text_prints_nothing() -> None:
    assert feed(Paper(), bytes.fromhex("1b40 1d286b0300315130")).items == []


async def test_status_bytes_as_the_manual_prints_them() -> None:
    async with EscposSim(TcpPort()) as sim, connected(sim) as (reader, writer):

        async def answers(question: str, count: int) -> str:
            writer.write(bytes.fromhex(question))
            return (await reader.readexactly(count)).hex(" ")

        assert await answers("100401 100402 100403 100404", 4) == "12 12 12 12"
        sim.load_paper(5)
        assert await answers("100404 1d7201", 2) == "1e 03"
        sim.load_paper(0)
        assert await answers("100401 100402 100404", 3) == "1a 32 7e"
        sim.load_paper()
        sim.open_cover()
        assert await answers("100401 100402", 2) == "1a 16"
        sim.close_cover()
        sim.state.cutter_jammed = True
        assert await answers("100402 100403", 2) == "52 1a"
        sim.state.cutter_jammed = False
        sim.open_drawer()
        assert await answers("100401 1d7202", 2) == "16 01"
        assert await answers("1d28480600303041424344", 7) == "37 22 41 42 43 44 00"
        assert await answers("1d61ff", 4) == "14 00 00 0f"
        sim.shut_drawer()
        assert (await reader.readexactly(4)).hex() == "1000000f"


async def test_a_status_inside_a_command_is_swallowed(until: Until) -> None:
    """Epson: a real-time command that interrupts the code of another command is a parameter of it."""
    async with EscposSim(TcpPort()) as sim, connected(sim) as (reader, writer):
        writer.write(b"\x1dv0\x00\x03\x00\x01\x00")
        await until(lambda: bool(sim.buffer.unfinished))
        writer.write(b"\x10\x04\x01\x10\x04\x04")
        assert await reader.readexactly(1) == b"\x12"  # one answer: the first question became a row of dots
        assert sim.buffer.torn == 1


async def test_a_kick_without_paper_waits_in_the_buffer() -> None:
    async with EscposSim(TcpPort()) as sim, connected(sim) as (reader, writer):
        sim.load_paper(0)
        writer.write(b"\x1bp\x01\x19\xfa" + b"\x10\x14\x01\x00\x02" + b"\x10\x04\x01")
        assert await reader.readexactly(1) == b"\x1e"  # open by the one in real time
        now = Kick(pin=2, on_ms=200, off_ms=200, real_time=True)
        assert sim.kicks == [now]
        sim.load_paper()
        writer.write(b"\x1dr\x01")
        await reader.readexactly(1)
        assert sim.kicks == [now, Kick(pin=5, on_ms=50, off_ms=500, real_time=False)]


async def test_one_host_at_a_time() -> None:
    async with EscposSim(TcpPort()) as sim, connected(sim) as (reader, writer):
        async with connected(sim) as (second, _):
            assert await second.read() == b""
        writer.write(b"\x10\x04\x01")
        assert await reader.readexactly(1) == b"\x12"


async def test_switched_off_and_on_the_buffer_is_empty(until: Until) -> None:
    async with EscposSim(TcpPort()) as sim, connected(sim) as (_, writer):
        sim.misbehave_after(1, "hang")
        writer.write(b"a\nb\nc\n" * 1000)
        await until(lambda: sim.lines_until is None)
        assert sim.paper.lines == ["a"]
        sim.unplug()
        sim.switch_on_again()
        sim.plug()
    assert sim.paper.lines == ["a"]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("cover open", ""),
        ("paper 10", ""),
        ("paper", ""),
        ("drawer shut", ""),
        ("after 3 hang", ""),
        ("mute on", ""),
        ("stutter 5", ""),
        ("noise ff00", ""),
        ("again", ""),
        ("cover ajar", "cannot do 'cover ajar': it is cover open|shut"),
        ("paper much", "cannot do 'paper much': it is paper LINES, or nothing for a roll without end"),
        ("print", f"cannot do 'print': the orders are {listed(ORDERS)}"),
        ("", f"cannot do '': the orders are {listed(ORDERS)}"),
    ],
)
async def test_orders_on_standard_input(line: str, problem: str) -> None:
    async with EscposSim() as sim:
        assert await obey(sim, ORDERS, line) == problem


@pytest.mark.parametrize(
    ("argv", "problem"),
    [
        (["--listen", "9100"], "--listen 9100: write it as HOST:PORT, for example 127.0.0.1:9100"),
        (["--link", "/nowhere/at/all"], "--link /nowhere/at/all: there is no folder /nowhere/at"),
        ([], "one of the arguments --listen --link is required"),
    ],
)
def test_wrong_arguments_say_what_to_write(argv: list[str], problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(argv)
    assert problem in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["escpos_orders", "cd5220", "led8"])
def test_a_simulator_runs_as_a_program(kind: str, tmp_path: Path) -> None:
    where = ["--listen", "127.0.0.1:0"] if kind == "escpos_orders" else ["--link", str(tmp_path / "port")]
    script = f"import sys; from drivers.sim.{kind} import main; sys.exit(main(sys.argv[1:]))"
    with subprocess.Popen(
        [sys.executable, "-c", script, *where], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        assert running.stdin is not None
        listening = json.loads(running.stdout.readline())["listening"]
        if kind == "escpos_orders":
            host, _, port = listening.rpartition(":")
            with socket.create_connection((host, int(port)), timeout=SECONDS) as host_end:
                host_end.sendall(b"\x10\x04\x01")
                assert host_end.recv(1) == b"\x12"
        print("unplug\nnonsense\nquit", file=running.stdin, flush=True)
        assert "cannot do 'nonsense'" in running.stdout.readline()
        assert running.wait(SECONDS) == 0
