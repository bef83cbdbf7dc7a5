"""``storebox probe``, with a box that runs and without one."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from drivers.sim.cas_stream import CasStreamSim
from drivers.sim.pty_port import PtyPort
from edge.cli import probe
from edge.cli.daemon import is_running

Storebox = Callable[..., Any]


@contextmanager
def in_a_thread(opened: Any) -> Iterator[Any]:
    """An async context manager, open on a loop of its own while the command runs here."""
    loop, entered = asyncio.new_event_loop(), threading.Event()

    async def hold() -> None:
        async with opened:
            entered.set()
            await ended.wait()

    ended = asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(hold(),))
    thread.start()
    assert entered.wait(30)
    try:
        yield opened
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(30)
        loop.close()


def test_without_a_box_the_lines_to_paste_are_printed(folder: Path, storebox: Storebox) -> None:
    with in_a_thread(CasStreamSim(settle_ms=0)) as sim:
        ended = storebox("probe", sim.port, "--socket", str(folder / "no.sock"))
    assert ended.code == 0, ended.err
    assert ended.out == (f'[device.scale-1]\ndriver = "scale/cas-stream"\nport = "{sim.port}"\nbaud = 9600\nline = "8N1"\n')
    assert ended.err == "listening at 9600 baud\n"


def test_programs_get_json(folder: Path, storebox: Storebox) -> None:
    with in_a_thread(CasStreamSim(settle_ms=0)) as sim:
        ended = storebox("probe", sim.port, "--json", "--socket", str(folder / "no.sock"))
    assert json.loads(ended.out)["settings"]["driver"] == "scale/cas-stream"


def test_a_port_that_is_not_there_is_told(folder: Path, storebox: Storebox) -> None:
    ended = storebox("probe", str(folder / "gone"), "--socket", str(folder / "no.sock"))
    assert ended.code == 2
    assert ended.err.startswith(f"no port {folder}/gone: is the cable plugged in?")


def test_a_port_where_nobody_answers_is_told(folder: Path, storebox: Storebox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.probing.LISTEN_MS", 50)
    monkeypatch.setattr("drivers.wires.probed_port.ProbedPort.hear", hears_nothing)

    class Quiet(PtyPort):
        async def __aenter__(self) -> None:
            self.plug()

        async def __aexit__(self, *_error: object) -> None:
            self.unplug()

    with in_a_thread(Quiet(folder / "port")) as port:
        ended = storebox("probe", str(port.link), "--socket", str(folder / "no.sock"))
    assert ended.code == 1
    assert ended.err.splitlines()[-3:] == [
        f"no driver knows what is at {port.link}",
        "nothing was heard: is the device switched on, and its cable the right one (straight or null-modem)?",
        "an Adam AZExtra cannot be found this way, because it answers only a new weight",
    ]


async def hears_nothing(*_args: object, **_choices: object) -> None:
    """A quiet port, at once."""


def test_what_was_heard_and_not_asked_is_told() -> None:
    outcome = {"settings": None, "heard": {"9600": "b'ab'"}, "refused": ["scale/x: b'Z' acts"]}
    assert probe.nothing_known("/dev/ttyUSB0", outcome).splitlines() == [
        "no driver knows what is at /dev/ttyUSB0",
        "heard at 9600 baud: b'ab'",
        "an Adam AZExtra cannot be found this way, because it answers only a new weight",
        "not asked: scale/x: b'Z' acts",
    ]


def test_a_box_that_runs_is_asked_and_does_not_disturb_what_works(box: Any) -> None:
    assert is_running(box.socket)
    port = str(box.settings.parent / "scale")
    ended = box("probe", port)
    assert (ended.code, ended.err) == (2, f"{port} is the port of scale-1, which works with scale/mt-sics: nothing is to find\n")
