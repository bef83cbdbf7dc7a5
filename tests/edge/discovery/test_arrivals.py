"""udev's own messages, as they stand on the netlink socket, wake the box at once; without udev there is only the look.

Real USB events cannot be had in a test: the messages are crafted as systemd's libudev writes them (sd-device, udev monitor
header) and sent to the group that udev sends to. That takes root.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from edge.discovery import arrivals
from edge.discovery.arrivals import SUBSYSTEMS, Arrivals

UDEV_GROUP = 2
KOBJECT_UEVENT = 15
MAGIC = 0xFEEDCAFE
SOON_S = 20.0


def murmur2(data: bytes) -> int:
    """MurmurHash2 with seed 0, by which the monitor's filter in the kernel knows a subsystem."""
    mask, m, h = 0xFFFFFFFF, 0x5BD1E995, len(data)
    whole = len(data) - len(data) % 4
    for (word,) in struct.iter_unpack("<I", data[:whole]):
        k = word * m & mask
        h = (h * m & mask) ^ ((k ^ k >> 24) * m & mask)
    rest = data[whole:]
    if rest:
        h = (h ^ int.from_bytes(rest, "little")) * m & mask
    h = (h ^ h >> 13) * m & mask
    return h ^ h >> 15


def udev_message(subsystem: str) -> bytes:
    """``add`` of a device, with the header of libudev."""
    properties = b"".join(
        f"{key}={value}\0".encode()
        for key, value in {
            "ACTION": "add",
            "DEVPATH": f"/devices/virtual/{subsystem}/storebox0",
            "SUBSYSTEM": subsystem,
            "SEQNUM": "4242",
            "DEVNAME": "/dev/ttyUSB0",
        }.items()
    )
    header = struct.pack("=8sIIIIIIII", b"libudev\0", socket.htonl(MAGIC), 40, 40, len(properties), 0, 0, 0, 0)
    header = header[:24] + struct.pack(">I", murmur2(subsystem.encode())) + header[28:]
    return header + properties


def send(message: bytes) -> None:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, KOBJECT_UEVENT) as udev:
        try:
            udev.sendto(message, (0, UDEV_GROUP))
        except PermissionError:
            pytest.skip("only root may speak as udev")


@pytest.fixture
def udev(tmp_path: Path) -> Path:
    """A box where udev runs, by the file that says so."""
    if os.geteuid() != 0:
        pytest.skip("only root may speak as udev")
    control = tmp_path / "control"
    control.touch()
    return control


@pytest.mark.parametrize("subsystem", SUBSYSTEMS)
async def test_a_device_that_udev_tells_of_ends_the_wait(udev: Path, subsystem: str) -> None:
    async with Arrivals(udev=udev) as listening:
        send(udev_message(subsystem))
        assert await listening.wait(SOON_S)


async def test_what_concerns_no_device_of_a_shop_wakes_nobody(udev: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = f"own{os.getpid()}"  # other tests speak as udev at the same time
    monkeypatch.setattr(arrivals, "SUBSYSTEMS", (own,))
    async with Arrivals(udev=udev) as listening:
        send(udev_message("block"))
        send(b"no message of udev")
        assert not await listening.wait(0.2)
        send(udev_message(own))
        assert await listening.wait(SOON_S)
        assert not await listening.wait(0.05)


async def test_the_socket_is_given_back(
    udev: Path, monkeypatch: pytest.MonkeyPatch, until: Callable[[Callable[[], bool]], Awaitable[None]]
) -> None:
    made: list[str] = []

    def listening() -> arrivals.Monitor:
        monitor = really_listening()
        made.append(f"socket:[{os.fstat(monitor.fileno()).st_ino}]")
        return monitor

    really_listening = arrivals._listening
    monkeypatch.setattr(arrivals, "_listening", listening)
    async with Arrivals(udev=udev):
        assert open_here(made[0])
    await until(lambda: not open_here(made[0]))


def open_here(target: str) -> bool:
    """Whether a descriptor of this process is ``target``; others come and go meanwhile."""
    found = False
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            found = found or str(descriptor.readlink()) == target
    return found


async def test_a_udev_that_cannot_be_listened_to_is_told_and_the_look_remains(
    udev: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden() -> None:
        raise OSError("Address family not supported by protocol")

    monkeypatch.setattr(arrivals, "_listening", forbidden)
    with capture_logs() as logs:
        async with Arrivals(udev=udev) as listening:
            assert not await listening.wait(0.01)
    assert [(entry["event"], entry["problem"]) for entry in logs] == [
        (
            "udev cannot be listened to: what is plugged in is seen within a second",
            "Address family not supported by protocol",
        )
    ]


async def test_without_udev_the_wait_is_a_wait(tmp_path: Path) -> None:
    async with Arrivals(udev=tmp_path / "none") as listening:
        assert not await listening.wait(0.01)
