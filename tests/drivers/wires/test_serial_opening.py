"""A port that cannot be opened says why and what to do; a port that hangs in open stops nobody."""

from __future__ import annotations

import asyncio
import fcntl
import os
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import serial

from drivers.contract import DeviceGone
from drivers.wires import opening
from drivers.wires.opening import open_in_time, open_port


class Port:
    def __init__(self) -> None:
        self.closed = threading.Event()

    def close(self) -> None:
        self.closed.set()


class HangingPort(Port):
    """Opens when ``release`` is set, as an adapter that is pulled out at last."""

    def __init__(self) -> None:
        super().__init__()
        self.release = threading.Event()

    def open(self) -> HangingPort:
        self.release.wait(60)
        return self


@contextmanager
def nobody() -> Iterator[None]:
    """Root may open anything: be somebody else for a moment."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def refusal(path: Path | str) -> str:
    with pytest.raises(DeviceGone) as caught:
        open_port(str(path), baud=9600, line="8N1")
    assert isinstance(caught.value.__cause__, serial.SerialException)
    return str(caught.value)


def test_a_missing_port_says_where_to_look(tmp_path: Path) -> None:
    path = tmp_path / "ttyUSB7"
    assert refusal(path) == f"no port {path}: is the cable plugged in? ls /dev/serial/by-id shows the ports there are"


def test_a_dangling_link_is_a_missing_port(tmp_path: Path) -> None:
    (tmp_path / "scale").symlink_to(tmp_path / "ttyUSB7")
    assert refusal(tmp_path / "scale").startswith("no port ")


def test_a_forbidden_port_names_the_group(tmp_path: Path) -> None:
    path = tmp_path / "locked" / "ttyS0"
    path.parent.mkdir()
    path.touch()
    path.parent.chmod(0)
    with nobody():
        text = refusal(path)
    path.parent.chmod(0o700)
    assert text == f"not allowed to open {path}: add the user of storebox to the group dialout and start it again"


def test_a_port_in_use_says_how_to_find_the_other_program() -> None:
    master, slave = os.openpty()
    path = os.ttyname(slave)
    with serial.Serial(path, exclusive=True):
        text = refusal(path)
    os.close(slave)
    os.close(master)
    assert text == (
        f"{path} is in use by another program: find it with fuser -v {path}, or is the port named twice in the settings?"
    )


def test_a_file_and_a_folder_are_no_serial_ports(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a tty")
    for path in (tmp_path / "notes.txt", tmp_path):
        assert refusal(path) == f"{path} is not a serial port: ls /dev/serial/by-id shows the ports there are"


def test_any_other_failure_is_told_as_it_is(tmp_path: Path) -> None:
    to_itself = tmp_path / "scale"
    to_itself.symlink_to(to_itself)
    for path in (to_itself, tmp_path / ("x" * 300)):
        assert refusal(path).startswith(f"cannot open {path}: ")
    to_itself.unlink()


@pytest.mark.parametrize("line", ["7E1", "8N1", "7O2"])
def test_a_port_that_was_closed_opens_again_with_the_same_line(line: str) -> None:
    master, slave = os.openpty()
    for _ in range(3):
        open_port(os.ttyname(slave), baud=9600, line=line).close()
    os.close(slave)
    os.close(master)


def test_an_adapter_that_cannot_do_the_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "PSEUDO_TERMINALS", "/nowhere")  # a pty is such an adapter: it has no parity
    master, slave = os.openpty()
    path = os.ttyname(slave)
    open_port(path, baud=9600, line="7E1").close()
    with pytest.raises(DeviceGone) as caught:
        open_port(path, baud=9600, line="7E1")
    os.close(slave)
    os.close(master)
    assert str(caught.value) == f"{path} cannot be set to 7E1 at 9600 baud: is it the right port, and can its adapter do that?"


async def test_a_hanging_open_is_given_up_while_the_loop_turns() -> None:
    hanging = HangingPort()
    opening_it = asyncio.ensure_future(open_in_time(hanging.open, "/dev/hangs-1", deadline_ms=300))
    with pytest.raises(DeviceGone) as caught:
        await opening_it
    assert str(caught.value) == "/dev/hangs-1 did not open within 300 ms: pull the adapter out and plug it in again"

    with pytest.raises(DeviceGone) as caught:
        await open_in_time(hanging.open, "/dev/hangs-1", deadline_ms=300)
    assert str(caught.value) == "/dev/hangs-1 still hangs in an earlier open: pull the adapter out and plug it in again"

    hanging.release.set()
    assert await asyncio.to_thread(hanging.closed.wait, 30), "a port that opens too late is closed"


async def test_a_cancelled_open_leaves_no_port_open() -> None:
    hanging = HangingPort()
    opening_it = asyncio.ensure_future(open_in_time(hanging.open, "/dev/hangs-2", deadline_ms=60_000))
    await asyncio.sleep(0.05)
    opening_it.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening_it
    hanging.release.set()
    assert await asyncio.to_thread(hanging.closed.wait, 30)


def test_a_port_that_opens_after_the_box_has_stopped_is_closed() -> None:
    hanging = HangingPort()

    async def box() -> None:
        with pytest.raises(DeviceGone):
            await open_in_time(hanging.open, "/dev/hangs-3", deadline_ms=50)

    asyncio.run(box())
    hanging.release.set()
    assert hanging.closed.wait(30)


async def test_a_port_that_opens_at_the_moment_of_giving_up_is_closed() -> None:
    port = Port()
    opened: asyncio.Future[Port] = asyncio.get_running_loop().create_future()
    opened.set_result(port)
    opening._give_up(opened)
    assert port.closed.is_set()


async def test_a_failure_that_comes_too_late_is_dropped() -> None:
    release = threading.Event()

    def fail_late() -> Port:
        release.wait(60)
        raise DeviceGone("too late")

    with pytest.raises(DeviceGone, match="did not open within 50 ms"):
        await open_in_time(fail_late, "/dev/hangs-4", deadline_ms=50)
    release.set()
    assert isinstance(await open_in_time(Port, "/dev/hangs-4", deadline_ms=30_000), Port)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_a_bug_while_opening_is_not_taken_for_a_hanging_port() -> None:
    def stumble() -> Port:
        raise KeyError("a bug")

    with pytest.raises(KeyError, match="a bug"):
        await open_in_time(stumble, "/dev/stumbles", deadline_ms=30_000)
    await open_in_time(Port, "/dev/stumbles", deadline_ms=30_000)


async def test_the_same_port_opens_again_at_once() -> None:
    for _ in range(50):
        port = await open_in_time(Port, "/dev/quick", deadline_ms=30_000)
        port.close()


@pytest.mark.parametrize(("modem_lines", "asked"), [(True, termios.TIOCMBIS), (False, termios.TIOCMBIC)])
def test_dtr_is_up_or_down_from_the_moment_of_opening(modem_lines: bool, asked: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pty refuses modem lines (ENOTTY): what the kernel is asked for is seen on the way, and the port opens all the same."""
    master, slave = os.openpty()
    calls: list[int] = []
    real = fcntl.ioctl

    def seen(descriptor: int, request: int, *rest: Any) -> Any:
        calls.append(request)
        return real(descriptor, request, *rest)

    monkeypatch.setattr(fcntl, "ioctl", seen)
    with open_port(os.ttyname(slave), baud=9600, line="8N1", modem_lines=modem_lines) as port:
        assert (port.dtr, port.rts) == (modem_lines, modem_lines)
    os.close(master)
    os.close(slave)
    assert asked in calls
