"""The real command: in this process for most tests, and a real box, cloud and scale that it speaks with."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from typer import testing

from edge.__main__ import app

STARTS_WITHIN_S = 60.0
PYTHON_STOREBOX = [sys.executable, "-m", "edge"]


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


Storebox = Callable[..., Ended]


_APP = app()
_made_once = cache(testing._get_command)  # type: ignore[attr-defined]
"""Every command with all its options; to make them takes longer than most commands."""


def storebox_here(*words: str, typed: str | None = None) -> Ended:
    """Run a command in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(testing, "_get_command", _made_once)
        result = testing.CliRunner().invoke(_APP, words, input=typed)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ended(result.exit_code, result.stdout, result.stderr)


@pytest.fixture
def storebox() -> Storebox:
    return storebox_here


@pytest.fixture
def storebox_process() -> Storebox:
    """Runs a command as a process of its own."""

    def run(*words: str) -> Ended:
        done = subprocess.run([*PYTHON_STOREBOX, *words], capture_output=True, text=True, timeout=60, check=False)
        return Ended(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a short name: the path of a UNIX socket has at most 107 bytes."""
    return tmp_path_factory.mktemp("s")


@dataclass(frozen=True)
class Running:
    """A running box with the cloud that it knows and the scale that it listens to."""

    socket: Path
    settings: Path
    sink: str
    cloud: str

    @staticmethod
    def here(*words: str) -> Ended:
        """Run a command that asks no box."""
        return storebox_here(*words)

    def __call__(self, *words: str, typed: str | None = None) -> Ended:
        """Run a command on this box."""
        return storebox_here(*words, "--socket", str(self.socket), typed=typed)


@contextmanager
def process(*words: str, log: Path) -> Iterator[subprocess.Popen[str]]:
    """A storebox command that runs until the test is over."""
    with log.open("w") as file:
        child = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *PYTHON_STOREBOX, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=file,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
    try:
        yield child
    finally:
        child.terminate()
        child.communicate(timeout=STARTS_WITHIN_S)


def first_line(child: subprocess.Popen[str]) -> str:
    """The first line of a child's output."""
    assert child.stdout is not None
    ready, _, _ = select.select([child.stdout], [], [], STARTS_WITHIN_S)
    assert ready, "the command said nothing"
    return child.stdout.readline()


def wait_until(true: Callable[[], bool], what: str) -> None:
    """Wait for another process to do ``what``."""
    ends = time.monotonic() + STARTS_WITHIN_S
    while not true():
        assert time.monotonic() < ends, f"not within {STARTS_WITHIN_S} s: {what}"
        time.sleep(0.05)


@pytest.fixture(scope="session")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("box")
    sink = f"sqlite:///{folder}/cloud.db"
    with (
        process("cloud", "--listen", "127.0.0.1:0", "--sink", sink, log=folder / "cloud.log") as cloud,
        process("sim", "scale/mt-sics", "--link", str(folder / "scale"), log=folder / "scale.log"),
    ):
        address = first_line(cloud).split()[-1]
        settings = folder / "storebox.toml"
        settings.write_text(
            f"""
[box]
data_dir = "{folder}/data"
run_dir = "{folder}"
[journal]
quota_mib = 16
ballast_mib = 1
[web]
listen = "127.0.0.1:0"
[cloud]
url = "{address}"
[device.scale-1]
driver = "scale/mt-sics"
port = "{folder}/scale"
"""
        )
        with process("run", "--settings", str(settings), log=folder / "box.log"):
            running = Running(folder / "control.sock", settings, sink, address)
            wait_until(lambda: scale_is_up(running), "the box reads the scale")
            yield running


def scale_is_up(running: Running) -> bool:
    """Whether the box hears its scale."""
    ended = running("devices", "--json")
    return ended.code == 0 and [device["state"] for device in json.loads(ended.out)] == ["up"]
