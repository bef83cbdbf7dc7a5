"""A page that cannot be opened costs the shop its page and nothing else: commands are answered, systemd keeps the box."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

RunBox = Callable[..., AbstractAsyncContextManager[Any]]
IMPATIENT = "import edge.assembly, edge.web.lookout\nedge.assembly.PAGE_LIMIT_S = 1.0\nedge.web.lookout.TURN_S = 0.1\n"
FEEDS = 12
"""At three in WATCHDOG_USEC: many times the page's limit."""


async def test_a_taken_port_is_said_and_systemd_keeps_the_box(
    run_box: RunBox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", "600000")
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as systemd,
        socket.create_server(("127.0.0.1", 0)) as taken,
    ):
        systemd.bind(str(tmp_path / "notify"))
        async with run_box(web=f"127.0.0.1:{taken.getsockname()[1]}", first=IMPATIENT) as box, asyncio.timeout(60):
            told = [b""]
            while not told[-1].startswith(b"READY=1"):
                told.append(await asyncio.get_running_loop().sock_recv(systemd, 4096))
            assert b"the page is not open" in told[-1]
            told = [await asyncio.get_running_loop().sock_recv(systemd, 4096) for _ in range(FEEDS)]
            assert told.count(b"WATCHDOG=1") >= FEEDS - 4, told
            assert not [each for each in told if b"hung" in each]
            assert "is another program there? Set listen in [web] to a free port" in box.log


async def test_while_the_port_is_taken_commands_are_answered(run_box: RunBox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with run_box(web=f"127.0.0.1:{port}") as box:
            assert f"cannot open the page at 127.0.0.1:{port}: " in await box.alarm("page")
            control = (box.folder / "run" / "control.sock").stat()
            for _ in range(60):  # over some retries of the page
                status = await box.ask("/api/status")
                assert status is not None, "the control socket went down"
                assert list(status["alarms"]) == ["page"]
                await asyncio.sleep(0.02)
            assert (box.folder / "run" / "control.sock").stat().st_ino == control.st_ino
            taken.close()
            await box.until("/api/status", lambda _status: f"ready: http://127.0.0.1:{port}" in box.log)
            assert len([line for line in box.log.splitlines() if "warning" in line]) == 1, box.log
