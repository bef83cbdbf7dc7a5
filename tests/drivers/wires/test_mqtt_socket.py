"""The gathering socket: paho reads and writes in memory, and no byte is lost, doubled or out of order."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.contract import DeviceGone
from drivers.wires.mqtt_connection import Connection
from drivers.wires.mqtt_packets import Delivery, Malformed
from drivers.wires.mqtt_socket import BULK_BYTES, GatheringSocket

if TYPE_CHECKING:
    from tests.conftest import Mosquitto


PAID_HEAD = b"\x00\x06a/paid\x00\x07\x00"
PAID, MESSAGE = b"\x32\x0d" + PAID_HEAD + b"{}", Delivery("a/paid", b"{}", 7, retained=False)
SUBACK, PINGRESP, DISCONNECT = b"\x90\x04\x00\x01\x00\x01", b"\xd0\x00", b"\xe0\x02\x8b\x00"
LONG, RETAINED = b"\x3a\xd5\x01" + PAID_HEAD + b"x" * 202, b"\x31\x07\x00\x04\xe4\xb8\xad/\x00"
TOLD = {
    PAID: MESSAGE,
    LONG: Delivery("a/paid", b"x" * 202, 7, retained=False),
    RETAINED: Delivery("中/", b"", 0, retained=True),
}


@pytest.fixture
def ends() -> Iterator[tuple[GatheringSocket, socket.socket]]:
    """The gathering end and the broker's end of one wire."""
    ours, theirs = socket.socketpair()
    gathering = GatheringSocket(ours)
    gathering.setblocking(False)
    with ours, theirs:
        yield gathering, theirs


def heard(wire: GatheringSocket) -> list[Delivery | bytes]:
    """What ``wire`` tells now: messages, and between them what paho reads, byte by byte."""
    told: list[Delivery | bytes] = []
    wire.fill()
    while True:
        message = wire.delivery()
        if message is not None:
            told.append(message)
        elif wire.readable:
            told.append(b"")
            while wire.readable:
                told[-1] += wire.recv(1)  # type: ignore[operator]
        else:
            return told


def test_messages_are_taken_out_and_the_rest_is_pahos_in_order(ends: tuple[GatheringSocket, socket.socket]) -> None:
    ours, theirs = ends
    theirs.sendall(SUBACK + PAID + PAID + PINGRESP + PAID)
    assert heard(ours) == [SUBACK, MESSAGE, MESSAGE, PINGRESP, MESSAGE]
    assert not ours.readable
    with pytest.raises(BlockingIOError):
        ours.recv(1)


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 50])
def test_a_stream_in_pieces_tells_the_same(ends: tuple[GatheringSocket, socket.socket], piece: int) -> None:
    ours, theirs = ends
    stream = (SUBACK + PAID + PINGRESP + PAID) * 3
    told = []
    for first in range(0, len(stream), piece):
        theirs.sendall(stream[first : first + piece])
        told += heard(ours)
    assert told == [SUBACK, MESSAGE, PINGRESP, MESSAGE] * 3


def test_what_is_left_while_nobody_listens_comes_before_what_follows(ends: tuple[GatheringSocket, socket.socket]) -> None:
    ours, theirs = ends
    theirs.sendall(PAID + SUBACK)
    ours.fill()
    assert ours.delivery() == MESSAGE
    theirs.sendall(PINGRESP)
    assert heard(ours) == [SUBACK, PINGRESP]


def test_a_message_longer_than_what_is_taken_at_once_is_whole(ends: tuple[GatheringSocket, socket.socket]) -> None:
    ours, theirs = ends
    payload = bytes(range(256)) * (3 * BULK_BYTES // 256)
    body = PAID_HEAD + payload
    stream = b"\x32" + bytes([len(body) & 0x7F | 0x80, len(body) >> 7 & 0x7F | 0x80, len(body) >> 14]) + body
    theirs.setblocking(False)
    told: list[Delivery | bytes] = []
    while stream or not told:
        with suppress(BlockingIOError):
            stream = stream[theirs.send(stream) :]
        told += heard(ours)
    assert told == [Delivery("a/paid", payload, 7, retained=False)]


@given(
    packets=st.lists(st.sampled_from([PAID, PAID, SUBACK, PINGRESP, LONG, RETAINED]), max_size=30),
    cuts=st.lists(st.integers(0, 2_000), max_size=20),
)
def test_wherever_the_stream_is_cut_it_tells_the_same(packets: list[bytes], cuts: list[int]) -> None:
    stream, told = b"".join(packets), list[Delivery | bytes]()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        wire = GatheringSocket(ours)
        wire.setblocking(False)
        places = sorted({0, *(cut for cut in cuts if cut < len(stream)), len(stream)})
        for first, last in pairwise(places):
            theirs.sendall(stream[first:last])
            told += heard(wire)
    assert told == [TOLD.get(packet, packet) for packet in packets]


@pytest.mark.parametrize("wrong", [b"\x32\xff\xff\xff\xff\xff", PAID[:3] + b"\xff" + PAID[4:]], ids=["length", "topic"])
def test_behind_what_is_not_mqtt_nothing_is_looked_for(ends: tuple[GatheringSocket, socket.socket], wrong: bytes) -> None:
    ours, theirs = ends
    theirs.sendall(PAID + wrong + PAID)
    ours.fill()
    assert ours.delivery() == MESSAGE
    for _ in range(2):
        with pytest.raises(Malformed):
            ours.delivery()
    assert not ours.readable


def test_the_end_comes_after_the_last_words(ends: tuple[GatheringSocket, socket.socket]) -> None:
    ours, theirs = ends
    theirs.sendall(PAID + DISCONNECT)
    theirs.close()
    assert heard(ours) == [MESSAGE, DISCONNECT]
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


async def test_what_was_taken_from_the_kernel_is_dealt_with_before_more_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    count, heard, left, fill = 20_000, [0], [0], GatheringSocket.fill
    done, hung_up, loop = asyncio.Event(), asyncio.Event(), asyncio.get_running_loop()

    def watched(wire: GatheringSocket) -> None:
        fill(wire)
        left.append(len(wire._come) - wire._read)

    async def tell_everything(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.write(b"\x20\x03\x00\x00\x00" + PAID * count)
        await reader.read()
        writer.transport.abort()
        hung_up.set()

    def hear_a_few(_message: Delivery) -> None:
        heard[0] += 1
        if heard[0] == count:
            done.set()
        elif heard[0] % 100 == 0:
            connection.hold()
            loop.call_soon(connection.read_on)

    monkeypatch.setattr(GatheringSocket, "fill", watched)
    async with await asyncio.start_server(tell_everything, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        connection = Connection(host="127.0.0.1", port=port, username="storebox", password=None, heard=hear_a_few)
        await connection.open(30)
        await asyncio.wait_for(done.wait(), 30)
        connection.close()
        await asyncio.wait_for(hung_up.wait(), 30)
    assert max(left) <= BULK_BYTES + len(PAID)


PACKETS = st.builds(lambda first, body: bytes((first, len(body))) + body, st.integers(0, 255), st.binary(max_size=40))


@settings(max_examples=60)
@given(
    said=st.lists(st.one_of(PACKETS, st.sampled_from([PAID, SUBACK, PINGRESP]), st.binary(max_size=8)), max_size=8).map(b"".join)
)
def test_whatever_a_broker_says_the_connection_ends_once_or_goes_on(said: bytes) -> None:
    async def hear() -> None:
        bugs: list[object] = []
        left = asyncio.Event()
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: bugs.append(context))

        async def tell(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(1000)
            writer.write(b"\x20\x03\x00\x00\x00" + said)
            writer.write_eof()
            with suppress(ConnectionError):
                await reader.read()
            writer.transport.abort()
            left.set()

        async with await asyncio.start_server(tell, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            connection = Connection(host="127.0.0.1", port=port, username="storebox", password=None, heard=lambda _message: None)
            with suppress(DeviceGone):
                await connection.open(30)
                await asyncio.wait_for(connection.keep(), 30)
            assert re.match(r"the (connection to the )?broker at|another program logged in", connection.lost)
            connection.close()
            await asyncio.wait_for(left.wait(), 30)
        assert bugs == []

    asyncio.run(hear())


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
