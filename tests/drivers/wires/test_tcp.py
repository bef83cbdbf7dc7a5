"""The TCP wire on real sockets: refused, lost, hung up and mute are told apart, and every wait ends."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from drivers.contract import DeviceGone, DeviceSilent
from drivers.wires import tcp
from drivers.wires.tcp import KEEPALIVE, TcpWire

PATIENT_MS = 30_000
SOON_MS = 50
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@contextmanager
def listening(**options: int) -> Iterator[socket.socket]:
    """A socket that listens on a free loopback port; accept from it by hand."""
    with socket.socket() as server:
        for name, value in options.items():
            server.setsockopt(socket.SOL_SOCKET, getattr(socket, name), value)
        server.bind(("127.0.0.1", 0))
        server.listen(1)
        yield server


async def accepted(server: socket.socket) -> socket.socket:
    """The device's end of the connection."""
    server.setblocking(False)
    client, _ = await asyncio.get_running_loop().sock_accept(server)
    return client


def wire_to(server: socket.socket) -> TcpWire:
    return TcpWire(*server.getsockname()[:2])


async def test_bytes_go_both_ways_as_they_come() -> None:
    with listening() as server:
        async with wire_to(server) as wire:
            device = await accepted(server)
            with device:
                await wire.send(b"\x10\x04\x01", deadline_ms=PATIENT_MS)
                assert await asyncio.get_running_loop().sock_recv(device, 10) == b"\x10\x04\x01"
                device.sendall(b"\x12\x16")
                assert await wire.exactly(1, deadline_ms=PATIENT_MS) == b"\x12"
                assert await wire.receive(deadline_ms=PATIENT_MS) == b"\x16"
                device.sendall(b"abc")
                assert await wire.receive(deadline_ms=PATIENT_MS, most=2) == b"ab"
                assert await wire.receive(deadline_ms=PATIENT_MS) == b"c"


async def test_a_device_without_power_is_found_by_probes() -> None:
    with listening() as server:
        async with wire_to(server) as wire:
            assert wire._ends is not None
            connection = wire._ends[1].get_extra_info("socket")
            assert [connection.getsockopt(level, option) for level, option, _ in KEEPALIVE] == [1, 4, 2, 3, 1]


async def test_nothing_listens() -> None:
    with listening() as server:
        host, port = server.getsockname()
    with pytest.raises(DeviceGone) as caught:
        async with TcpWire(host, port):
            pass
    assert str(caught.value) == (
        f"cannot connect to {host}:{port} (Connect call failed ('127.0.0.1', {port})): is it on, and are address and port right?"
    )


async def test_a_host_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp, "CONNECT_MS", 100)
    with socket.socket() as server:  # its queue of connections is full, so the next one is not even refused
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        with socket.create_connection(server.getsockname()), pytest.raises(DeviceGone) as caught:
            async with wire_to(server), wire_to(server):
                pass
        address = "{}:{}".format(*server.getsockname())
    assert str(caught.value) == f"{address} did not answer within 100 ms: is it on? is the address right?"


async def test_a_device_that_takes_no_bytes_is_silent() -> None:
    with listening(SO_RCVBUF=4096) as server:
        async with wire_to(server) as wire:
            with await accepted(server), pytest.raises(DeviceSilent) as caught:
                await wire.send(bytes(32 * 1024 * 1024), deadline_ms=SOON_MS)
            assert str(caught.value) == f"{wire.address} took no bytes for 50 ms: is it hung? switch it off and on"


@pytest.mark.parametrize("waiting", ["receive", "exactly"])
async def test_a_mute_device_is_silent(waiting: str) -> None:
    with listening() as server:
        async with wire_to(server) as wire:
            with await accepted(server), pytest.raises(DeviceSilent) as caught:
                await (wire.receive(deadline_ms=SOON_MS) if waiting == "receive" else wire.exactly(2, deadline_ms=SOON_MS))
            assert str(caught.value) == f"no answer from {wire.address} within 50 ms: is the device busy or hung?"


async def test_a_device_that_hangs_up_is_gone() -> None:
    with listening() as server:
        async with wire_to(server) as wire:
            (await accepted(server)).close()
            with pytest.raises(DeviceGone) as caught:
                await wire.receive(deadline_ms=PATIENT_MS)
            assert str(caught.value) == f"{wire.address} hung up: was it switched off, or is another program connected to it?"


async def test_half_an_answer_is_told() -> None:
    with listening() as server:
        async with wire_to(server) as wire:
            device = await accepted(server)
            device.sendall(b"\x10\x00")
            device.close()
            with pytest.raises(DeviceGone) as caught:
                await wire.exactly(4, deadline_ms=PATIENT_MS)
            assert str(caught.value) == f"{wire.address} hung up in the middle of an answer"


async def until_lost(wire: TcpWire, doing: str) -> None:
    async with asyncio.timeout(PATIENT_MS / 1000):
        while True:
            match doing:
                case "receive":
                    await wire.receive(deadline_ms=PATIENT_MS)
                case "exactly":
                    await wire.exactly(1, deadline_ms=PATIENT_MS)
                case _:
                    await wire.send(b"x", deadline_ms=PATIENT_MS)
                    await asyncio.sleep(0)


@pytest.mark.parametrize("doing", ["receive", "exactly", "send"])
async def test_a_connection_that_is_reset_is_lost(doing: str) -> None:
    with listening() as server:
        async with wire_to(server) as wire:
            device = await accepted(server)
            device.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            device.close()
            with pytest.raises(DeviceGone) as caught:
                await until_lost(wire, doing)
            told = str(caught.value)
            assert told.startswith(f"the connection to {wire.address} was lost (")
            assert told.endswith("); it is opened again")


async def test_a_wire_that_is_not_open() -> None:
    wire = TcpWire("127.0.0.1", 9100)
    with pytest.raises(DeviceGone) as caught:
        await wire.send(b"x", deadline_ms=SOON_MS)
    assert str(caught.value) == "127.0.0.1:9100 is not connected"
    await wire.__aexit__(None, None, None)  # closing what is closed is fine


async def test_one_wire_opens_again_after_it_was_closed() -> None:
    with listening() as server:
        wire = wire_to(server)
        for _ in range(2):
            async with wire:
                with await accepted(server) as device:
                    device.sendall(b"!")
                    assert await wire.receive(deadline_ms=PATIENT_MS) == b"!"
