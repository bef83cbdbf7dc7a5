"""A real mosquitto for every test that wants one: its own port, passwords, access list; it dies with the test.

``mosquitto`` is a running broker, ``broker_at`` makes more, ``box_at(mosquitto)`` is the box's own connection to one.
"""

from __future__ import annotations

import asyncio
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from config.schema import Mqtt
from drivers.broker_files import NO_FOREIGN, BrokerFiles, write_broker_files
from drivers.foreign_access import ForeignTopics
from drivers.wires.mqtt import Broker

pytest_plugins = ("tests.handing_out", "tests.ring_cameras")

STARTS_WITHIN_S = 20.0
HASH_ROUNDS = 101
"""Of the passwords of these brokers, which last for one test. A shop's take 15 ms to hash, and to check (test_broker_files)."""
BOX = "box-1"
DEVICES = ("shelf-1", "shelf-2", "till-1", "till-2")

# An example that takes long on a busy machine is not wrong for that. What decides whether a change may land tries twice as many.
for profile, examples in (("storebox", 50), ("thorough", 100)):
    hypothesis.settings.register_profile(
        profile, max_examples=examples, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
    )
hypothesis.settings.load_profile("storebox")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Count the kills of the tests that passed: each of them has found everything again that was acknowledged."""
    kills = [
        value for report in terminalreporter.getreports("passed") for name, value in report.user_properties if name == "kills"
    ]
    if kills:
        terminalreporter.write_line(f"kill -9: {sum(kills)} times in {len(kills)} tests, nothing lost, nothing twice")


class Mosquitto:
    """A broker on a free loopback port, set up by the same files as in a shop. ``secrets`` maps login names to files."""

    host = "127.0.0.1"

    def __init__(
        self,
        directory: Path,
        devices: Sequence[str] = DEVICES,
        box: str = BOX,
        foreign: Mapping[str, ForeignTopics] = NO_FOREIGN,
        onlooker: str | None = None,
    ) -> None:
        self.box = box
        self.directory = directory
        self.port = free_port()
        self.files: BrokerFiles = write_broker_files(
            directory,
            box=box,
            host=self.host,
            port=self.port,
            devices=devices,
            foreign=foreign,
            onlooker=onlooker,
            rounds=HASH_ROUNDS,
        )
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """``127.0.0.1:PORT``."""
        return f"{self.host}:{self.port}"

    def password_file(self, name: str) -> Path:
        """The file with the password of a device, or of ``storebox``."""
        return self.files.secrets[name]

    def password(self, name: str) -> str:
        """The password itself."""
        return self.password_file(name).read_text().strip()

    def start(self) -> None:
        """Run the broker until it takes connections."""
        program = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
        assert program is not None, "mosquitto is not installed: apt-get install mosquitto"
        with (self.directory / "log").open("ab") as log:
            command = ["setpriv", "--pdeathsig", "KILL", program, "-c", str(self.files.conf)]
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + STARTS_WITHIN_S
        while not self._listens():
            assert self._process.poll() is None, f"mosquitto did not start: {self.log()}"
            assert time.monotonic() < deadline, f"mosquitto does not listen: {self.log()}"
            time.sleep(0.02)

    def kill(self) -> None:
        """``kill -9``: nothing is written, nothing is said."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it in order, sessions saved."""
        self._end(signal.SIGTERM)

    def freeze(self) -> None:
        """It keeps its connections and says nothing more."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def restart(self) -> None:
        """``kill -9`` and start again on the same port."""
        self.kill()
        self.start()

    def log(self) -> str:
        """What mosquitto wrote."""
        return (self.directory / "log").read_text(errors="replace")

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((self.host, self.port)) == 0

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(STARTS_WITHIN_S)
            self._process = None


def free_port() -> int:
    """A loopback TCP port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def broker_at(tmp_path: Path) -> Iterator[Callable[..., Mosquitto]]:
    """Makes brokers that are not started yet, and ends them all with the test."""
    made: list[Mosquitto] = []

    def make(name: str = "mosquitto", **choices: Any) -> Mosquitto:
        made.append(Mosquitto(tmp_path / name, **choices))
        return made[-1]

    yield make
    for broker in made:
        broker.kill()


@pytest.fixture
def mosquitto(broker_at: Callable[..., Mosquitto]) -> Mosquitto:
    """A running broker of box ``box-1`` that knows the devices shelf-1, shelf-2, till-1 and till-2."""
    broker = broker_at()
    broker.start()
    return broker


@pytest.fixture
def box_at() -> Callable[..., AbstractAsyncContextManager[Broker]]:
    """``async with box_at(mosquitto) as broker``: the box's connection, up; it is not made again when it breaks.

    ``known`` devices have their channel before the broker delivers what it kept, as in a box.
    """

    @asynccontextmanager
    async def connected(mosquitto: Mosquitto, known: Sequence[str] = ()) -> AsyncIterator[Broker]:
        settings = Mqtt(host=mosquitto.host, port=mosquitto.port)
        async with Broker(settings, mosquitto.box, mosquitto.password("storebox")) as broker:
            for device in known:
                broker.channel(device)
            running = asyncio.ensure_future(broker.run())
            try:
                await broker.connection()
                yield broker
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)

    return connected


@pytest.fixture
def until() -> Callable[[Callable[[], bool]], Awaitable[None]]:
    """``await until(lambda: …)``: for what nobody announces; fails after a generous while."""

    async def wait(holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not holds():  # noqa: ASYNC110
                await asyncio.sleep(0.005)

    return wait
