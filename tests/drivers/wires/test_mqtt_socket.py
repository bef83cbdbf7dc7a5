"""The gathering socket: paho reads and writes in memory, and no byte is lost, doubled or out of order."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from drivers.wires.mqtt_connection import Connection
from drivers.wires.mqtt_socket import BULK_BYTES, GatheringSocket

if TYPE_CHECKING:
    from tests.conftest import Mosquitto


@pytest.fixture
def ends() -> Iterator[tuple[GatheringSocket, socket.socket]]:
    """The gathering end and the broker's end of one wire."""
    ours, theirs = socket.socketpair()
    gathering = GatheringSocket(ours)
    gathering.setblocking(False)
    with ours, theirs:
        yield gathering, theirs


def taken(wire: GatheringSocket) -> bytes:
    """Everything that ``wire`` hands out now, a few bytes a time."""
    got = b""
    wire.fill()
    while wire.readable:
        got += wire.recv(7)
        wire.fill()
    return got


def test_what_comes_is_handed_out_in_order(ends: tuple[GatheringSocket, socket.socket]) -> None:
    ours, theirs = ends
    told = bytes(range(256)) * (2 * BULK_BYTES // 256 + 3)
    theirs.sendall(told)
    assert taken(ours) == told
    assert not ours.readable
    with pytest.raises(BlockingIOError):
        ours.recv(1)


def test_nothing_is_taken_while_something_is_left(ends: tuple[GatheringSocket, socket.socket]) -> None:
    ours, theirs = ends
    theirs.sendall(b"one")
    ours.fill()
    theirs.sendall(b"two")
    ours.fill()
    assert ours.recv(100) == b"one"
    assert taken(ours) == b"two"


def test_the_end_comes_after_the_last_words(ends: tuple[GatheringSocket, socket.socket]) -> None:
    ours, theirs = ends
    theirs.sendall(b"bye")
    theirs.close()
    ours.fill()
    assert ours.recv(100) == b"bye"
    assert not ours.readable
    ours.fill()
    assert ours.readable
    assert ours.recv(1) == b""


def test_a_broken_wire_is_told_by_the_next_read() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as wire:
        theirs, _ = server.accept()
        ours = GatheringSocket(wire)
        ours.setblocking(False)
        ours.send(b"unread")
        assert ours.flush()
        theirs.close()  # with bytes unread: a reset, not an end
        ours.fill()
        with pytest.raises(ConnectionResetError):
            ours.recv(1)
        ours.send(b"more")
        with pytest.raises(BrokenPipeError):
            ours.flush()


def test_what_is_sent_goes_out_in_one_piece(ends: tuple[GatheringSocket, socket.socket]) -> None:
    ours, theirs = ends
    assert [ours.send(piece) for piece in (b"a", b"bc", b"def")] == [1, 2, 3]
    theirs.setblocking(False)
    with pytest.raises(BlockingIOError):
        theirs.recv(100)
    assert ours.flush()
    assert theirs.recv(100) == b"abcdef"


def test_what_the_kernel_has_no_room_for_stays(ends: tuple[GatheringSocket, socket.socket]) -> None:
    ours, theirs = ends
    told = bytes(range(256)) * 16384
    ours.send(told)
    assert not ours.flush()
    got = b""
    while len(got) < len(told):
        got += theirs.recv(BULK_BYTES)
        ours.flush()
    assert got == told


def test_closing_sends_what_was_gathered(ends: tuple[GatheringSocket, socket.socket]) -> None:
    ours, theirs = ends
    ours.send(b"goodbye")
    ours.close()
    assert theirs.recv(100) == b"goodbye"
    assert theirs.recv(100) == b""
    assert ours.fileno() == -1


async def test_paho_reads_and_writes_through_it(mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    hand_out = GatheringSocket.recv

    def watched(self: GatheringSocket, size: int) -> bytes:
        read.append(size)
        return hand_out(self, size)

    monkeypatch.setattr(GatheringSocket, "recv", watched)
    connection = Connection(
        host=mosquitto.host,
        port=mosquitto.port,
        username="storebox",
        password=mosquitto.password("storebox"),
        heard=lambda _message: None,
    )
    await connection.open(30)
    await asyncio.wait_for(connection.subscribe(["storebox/1/box-1/till-1/#"]), 30)
    connection.close()
    assert read
