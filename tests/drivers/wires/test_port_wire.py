"""Plain bytes over a serial port and a device file, on a pty: missing, taken, unplugged, mute and stuck are told apart."""

from __future__ import annotations

import asyncio
import os
import termios
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from drivers.contract import DeviceGone, DeviceSilent
from drivers.sim.pty_port import PtyPort
from drivers.wires import opening
from drivers.wires.byte_wire import MOST_BYTES
from drivers.wires.device_file import DeviceFile, open_device_file
from drivers.wires.opening import open_port
from drivers.wires.port_wire import PortWire

PATIENT_MS = 30_000
SOON_MS = 50
IXON_IXOFF = termios.IXON | termios.IXOFF
GONE = "): unplugged or without power? It is opened again when it comes back"


@pytest.fixture
async def cable(tmp_path: Path) -> AsyncIterator[PtyPort]:
    port = PtyPort(tmp_path / "printer")
    port.plug()
    yield port
    port.unplug()


def as_port(path: Path) -> PortWire:
    return PortWire(str(path), open_it=partial(open_port, str(path), baud=115200, line="8N1", flow="rts-cts"))


def as_file(path: Path) -> PortWire:
    return PortWire(str(path), open_it=partial(open_device_file, str(path)))


both = pytest.mark.parametrize("wire_to", [as_port, as_file])
WireTo = Callable[[Path], PortWire]


@both
async def test_bytes_go_both_ways_as_they_come(cable: PtyPort, wire_to: WireTo) -> None:
    async with wire_to(cable.link) as wire:
        await wire.send(b"\x10\x04\x01", deadline_ms=PATIENT_MS)
        assert await cable.read() == b"\x10\x04\x01"
        cable.write(b"\x12\x16")
        assert await wire.receive(deadline_ms=PATIENT_MS, most=1) == b"\x12"
        assert await wire.receive(deadline_ms=PATIENT_MS) == b"\x16"


@both
async def test_unplugged_is_gone_for_readers_and_writers(cable: PtyPort, wire_to: WireTo) -> None:
    async with wire_to(cable.link) as wire:
        waiting = asyncio.ensure_future(wire.receive(deadline_ms=PATIENT_MS))
        await asyncio.sleep(0)
        cable.unplug()
        with pytest.raises(DeviceGone) as caught:
            await waiting
        assert str(caught.value).startswith(f"{cable.link} is gone (")
        assert str(caught.value).endswith(GONE)
        with pytest.raises(DeviceGone):
            await wire.send(b"x", deadline_ms=PATIENT_MS)


@both
async def test_a_device_that_comes_back_is_opened_again(cable: PtyPort, wire_to: WireTo) -> None:
    wire = wire_to(cable.link)
    for _ in range(2):
        async with wire:
            cable.write(b"!")
            assert await wire.receive(deadline_ms=PATIENT_MS) == b"!"
        cable.unplug()
        cable.plug()


@both
async def test_silence_ends(cable: PtyPort, wire_to: WireTo) -> None:
    async with wire_to(cable.link) as wire:
        with pytest.raises(DeviceSilent) as caught:
            await wire.receive(deadline_ms=SOON_MS)
    assert str(caught.value) == f"nothing from {cable.link} within 50 ms: is the device on and cabled?"


@both
async def test_a_device_that_takes_no_bytes(cable: PtyPort, wire_to: WireTo) -> None:
    cable.pause()
    async with wire_to(cable.link) as wire:
        with pytest.raises(DeviceSilent) as caught:
            await wire.send(bytes(1_000_000), deadline_ms=SOON_MS)
    assert str(caught.value) == (
        f"{cable.link} took no more bytes for 50 ms: is the device on, out of paper, "
        "or held by flow control that its cable does not have?"
    )


@both
async def test_who_waits_to_send_is_told_when_the_wire_is_closed_and_the_next_one_is_not_harmed(
    cable: PtyPort, wire_to: WireTo
) -> None:
    cable.pause()
    first = wire_to(cable.link)
    async with asyncio.timeout(PATIENT_MS / 1000), asyncio.TaskGroup() as group:
        async with first:
            sending = group.create_task(refused(first, b"x" * 200_000), name="sending")
            await asyncio.sleep(0.02)  # it writes what fits, then waits
            assert not sending.done()
        async with wire_to(cable.link) as again:
            assert str(await sending) == f"{cable.link} is not open"
            cable.resume()
            await again.send(b"y" * 20_000, deadline_ms=PATIENT_MS)
            cable.write(b"\x12")
            assert await again.receive(deadline_ms=PATIENT_MS) == b"\x12"


async def refused(wire: PortWire, data: bytes) -> DeviceGone:
    with pytest.raises(DeviceGone) as caught:
        await wire.send(data, deadline_ms=PATIENT_MS)
    return caught.value


async def test_a_slow_device_gets_everything(cable: PtyPort) -> None:
    cable.pause()
    async with as_port(cable.link) as wire:
        sending = asyncio.ensure_future(wire.send(bytes(200_000), deadline_ms=PATIENT_MS))
        await asyncio.sleep(0.02)
        assert not sending.done()
        cable.resume()
        heard = 0
        while heard < 200_000:
            heard += len(await cable.read())
        await sending


async def test_what_nobody_reads_is_bounded(cable: PtyPort, until: Callable[[Callable[[], bool]], Awaitable[None]]) -> None:
    async with as_port(cable.link) as wire:
        await until(lambda: not wire._reading or cable.write(bytes(4096)) < 0)  # floods it until it reads no more
        assert len(wire._heard) < MOST_BYTES + 4096
        taken = await wire.receive(deadline_ms=PATIENT_MS)
        assert len(taken) <= MOST_BYTES
        cable.write(b"!")
        await until(lambda: wire._heard.endswith(b"!"))  # it reads on


async def test_empty_packets_are_no_hang_up(cable: PtyPort, until: Callable[[Callable[[], bool]], Awaitable[None]]) -> None:
    async with as_file(cable.link) as wire:
        assert wire._port is not None
        wire._rest(wire._port.fileno())  # as usblp hands them on; a pty has none
        assert not wire._reading
        await until(lambda: wire._reading)
        cable.write(b"\x12")
        assert await wire.receive(deadline_ms=PATIENT_MS) == b"\x12"


async def test_a_wire_that_is_not_open(tmp_path: Path) -> None:
    wire = as_file(tmp_path / "lp0")
    with pytest.raises(DeviceGone) as caught:
        await wire.send(b"x", deadline_ms=SOON_MS)
    assert str(caught.value) == f"{tmp_path}/lp0 is not open"
    await wire.__aexit__(None, None, None)  # closing what is closed is fine


async def opened(path: Path | str) -> str:
    with pytest.raises(DeviceGone) as caught:
        async with as_file(Path(path)):
            pass
    return str(caught.value)


async def test_what_is_no_device_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    shows = "ls /dev/usb shows the printers there are"
    assert await opened(tmp_path / "lp0") == f"no device {tmp_path}/lp0: is the printer plugged in and switched on? {shows}"
    assert await opened(tmp_path / "file") == f"{tmp_path}/file is not a device file: {shows}"
    assert await opened(tmp_path) == f"{tmp_path} is not a device file: {shows}"
    assert await opened("/dev/null") == "/dev/null is not a device that answers: is it the right path?"
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert (await opened(tmp_path / "loop")).startswith(f"cannot open {tmp_path}/loop: [Errno 40]")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            PermissionError(13, "denied"),
            "not allowed to open /dev/usb/lp0: add the user of storebox to the group lp and start it again",
        ),
        (
            OSError(16, "busy"),
            "/dev/usb/lp0 is in use by another program: is it a queue of CUPS, or named twice in the settings?",
        ),
    ],
)
def test_what_the_kernel_refuses_is_told(monkeypatch: pytest.MonkeyPatch, error: OSError, text: str) -> None:
    def refuse(*_: object) -> int:
        raise error

    monkeypatch.setattr(os, "open", refuse)  # root may open everything, and usblp is not here
    with pytest.raises(DeviceGone) as caught:
        open_device_file("/dev/usb/lp0")
    assert str(caught.value) == text


def test_a_device_file_closes_its_descriptor(tmp_path: Path) -> None:
    (tmp_path / "any").touch()
    held = DeviceFile(os.open(tmp_path / "any", os.O_RDONLY))
    held.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(held.fileno())


@pytest.mark.parametrize(("flow", "flags"), [("none", (0, 0)), ("rts-cts", (termios.CRTSCTS, 0)), ("xon-xoff", (0, IXON_IXOFF))])
async def test_who_may_stop_the_sender(
    cable: PtyPort, flow: Any, flags: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "PSEUDO_TERMINALS", "/nowhere")  # as on a port that has control lines
    with open_port(str(cable.link), baud=9600, line="8N1", flow=flow) as port:
        incoming, _, control, *_ = termios.tcgetattr(port.fileno())
    assert (control & termios.CRTSCTS, incoming & IXON_IXOFF) == flags
