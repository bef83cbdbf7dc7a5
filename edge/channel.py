"""The line between the box and a process that looks at pictures: MessagePack over a socket pair, a ring's descriptor with some.

    00 00 00 1a  82 a4 type a4 Hide a6 camera a8 cam-door        length (big endian), then the word
    SCM_RIGHTS   goes with a word that has a ring (``Speech.with_ring``), as Watch and Show of the counting process

    ChannelBroken   the other side is gone, does not listen, or says what nobody understands: the process is started anew

Neither side ever waits for the other without end: the process keeps what the box does not read yet, up to a bound; the box gives
the process a moment to make room. Only the box has a loop of events: asyncio is loaded where it waits, no process pays for it.
"""

from __future__ import annotations

import array
import os
import select
import socket
import struct
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import msgspec

Asked = TypeVar("Asked", bound=msgspec.Struct)
Said = TypeVar("Said", bound=msgspec.Struct)
Heard = TypeVar("Heard", bound=msgspec.Struct)
Told_contra = TypeVar("Told_contra", bound=msgspec.Struct, contravariant=True)

LENGTH = struct.Struct(">I")
LARGEST_BYTES = 1 << 20
"""A day of heat on the largest floor takes a tenth of it."""

UNREAD_BYTES = 4 << 20
"""What the process keeps for a box that does not read: hours of words. A box that sleeps longer hangs itself."""

ROOM_S = 2.0
"""How long the box waits until the process has read; it reads after each picture."""

BULK = 1 << 16
RINGS_AT_ONCE = 16


class ChannelBroken(Exception):
    """The other side cannot be spoken with any more; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech(Generic[Asked, Said]):
    """What is spoken on a line: what the box asks, what the process says, and which words of the box bring a ring."""

    asked: msgspec.msgpack.Decoder[Asked]
    said: msgspec.msgpack.Decoder[Said]
    with_ring: tuple[type[Asked], ...]


def framed(word: msgspec.Struct) -> bytes:
    """The bytes of ``word`` on the line. Raises ChannelBroken when it is too large for the other side."""
    body = msgspec.msgpack.encode(word)
    if len(body) > LARGEST_BYTES:
        raise ChannelBroken(f"a {type(word).__name__} of {len(body)} bytes is more than the {LARGEST_BYTES} that are taken")
    return LENGTH.pack(len(body)) + body


class Frames:
    """Cuts what comes off the line into the bodies of words, however it was torn apart."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The bodies that ``data`` completes. Raises ChannelBroken for one that is too long to be a word."""
        self._kept += data
        bodies = []
        while len(self._kept) >= LENGTH.size:
            (length,) = LENGTH.unpack_from(self._kept)
            if length > LARGEST_BYTES:
                raise ChannelBroken(f"a word of {length} bytes is announced; {LARGEST_BYTES} are taken")
            end = LENGTH.size + length
            if len(self._kept) < end:
                break
            bodies.append(bytes(self._kept[LENGTH.size : end]))
            del self._kept[:end]
        return bodies


class Line(Protocol[Heard, Told_contra]):
    """What the loop of a process needs of its end of the channel (``ProcessEnd``)."""

    def say(self, word: Told_contra) -> None: ...

    @property
    def is_read(self) -> bool: ...

    def hear(self, wait_s: float) -> list[tuple[Heard, int | None]]: ...


class BoxEnd(Generic[Asked, Said]):
    """The box's end. Of two tasks one may ``say`` and one may ``hear``."""

    def __init__(self, line: socket.socket, speech: Speech[Asked, Said]) -> None:
        line.setblocking(False)
        self._line, self._frames = line, Frames()
        self._speech = speech

    async def say(self, word: Asked, ring: int | None = None) -> None:
        """Send ``word``, with the descriptor ``ring``, which stays the caller's. Raises ChannelBroken."""
        import asyncio

        left, rings = memoryview(framed(word)), [] if ring is None else [os.dup(ring)]
        try:
            async with asyncio.timeout(ROOM_S):
                while left:
                    sent = self._send(left, rings)
                    if sent:
                        left = left[sent:]
                        while rings:
                            os.close(rings.pop())
                    else:
                        await self._room()
        except TimeoutError as error:
            raise ChannelBroken(f"the inference process has read nothing for {ROOM_S:g} s") from error
        finally:
            for descriptor in rings:
                os.close(descriptor)

    async def hear(self) -> list[Said]:
        """What the process says next; may be nothing whole yet. Raises ChannelBroken."""
        import asyncio

        try:
            data = await asyncio.get_running_loop().sock_recv(self._line, BULK)
        except ConnectionError as error:
            raise ChannelBroken("the inference process has ended") from error
        if not data:
            raise ChannelBroken("the inference process has ended")
        return [self._decoded(body) for body in self._frames.feed(data)]

    def ask_no_more(self) -> None:
        """The process says what it still has to say, and ends."""
        with suppress(OSError):  # it has ended
            self._line.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Hang up: the process ends when it notices."""
        self._line.close()

    def _send(self, data: memoryview, rings: list[int]) -> int:
        """How much went; a ring goes with the first byte."""
        try:
            return _send(self._line, data, rings)
        except ConnectionError as error:
            raise ChannelBroken("the inference process has ended") from error

    async def _room(self) -> None:
        import asyncio

        loop, free = asyncio.get_running_loop(), asyncio.Event()
        loop.add_writer(self._line, free.set)
        try:
            await free.wait()
        finally:
            loop.remove_writer(self._line)

    def _decoded(self, body: bytes) -> Said:
        try:
            word = self._speech.said.decode(body)
        except msgspec.DecodeError as error:
            raise ChannelBroken(f"the inference process says what is no word: {error}") from error
        return word


class ProcessEnd(Generic[Asked, Said]):
    """The process's end; it blocks no longer than it is told to."""

    def __init__(self, line: socket.socket, speech: Speech[Asked, Said]) -> None:
        line.setblocking(False)
        self._line, self._frames = line, Frames()
        self._speech = speech
        self._rings: deque[int] = deque()
        self._unread = bytearray()

    def say(self, word: Said) -> None:
        """Send ``word`` or keep it until the box reads on. Raises ChannelBroken when it has read nothing for long."""
        self._unread += framed(word)
        if len(self._unread) > UNREAD_BYTES:
            raise ChannelBroken(f"the box has left {UNREAD_BYTES} bytes unread: it hangs")
        self._flush()

    @property
    def is_read(self) -> bool:
        """Whether the box has taken everything, so that what nobody would miss may be said too."""
        return not self._unread

    def hear(self, wait_s: float) -> list[tuple[Asked, int | None]]:
        """What the box has asked for, after at most ``wait_s``, each with its ring, which is the caller's to close.

        Raises ChannelBroken.
        """
        readable, writable, _ = select.select([self._line], [self._line] if self._unread else [], [], wait_s)
        if writable:
            self._flush()
        return [self._with_ring(body) for body in self._frames.feed(self._receive())] if readable else []

    def close(self) -> None:
        """Hang up, and let go of rings that nobody took."""
        self._line.close()
        while self._rings:
            os.close(self._rings.popleft())

    def _receive(self) -> bytes:
        try:
            data, rings, flags, _ = socket.recv_fds(self._line, BULK, RINGS_AT_ONCE, socket.MSG_CMSG_CLOEXEC)
        except ConnectionError as error:
            raise ChannelBroken("the box is gone") from error
        self._rings.extend(rings)
        if not data:
            raise ChannelBroken("the box is gone")
        if flags & socket.MSG_CTRUNC:
            raise ChannelBroken("a ring was lost on the way: this process may open no more files")
        return data

    def _with_ring(self, body: bytes) -> tuple[Asked, int | None]:
        try:
            word = self._speech.asked.decode(body)
        except msgspec.DecodeError as error:
            raise ChannelBroken(f"the box says what is no word: {error}") from error
        if not isinstance(word, self._speech.with_ring):
            return word, None
        if not self._rings:
            raise ChannelBroken(f"a {type(word).__name__} came without its ring")
        return word, self._rings.popleft()

    def _flush(self) -> None:
        with memoryview(self._unread) as left:
            try:
                sent = _send(self._line, left, []) if left else 0
            except ConnectionError as error:
                raise ChannelBroken("the box is gone") from error
        del self._unread[:sent]


def _send(line: socket.socket, data: memoryview, rings: list[int]) -> int:
    """As much of ``data`` as there is room for, none when there is no room; the rings go with its first byte."""
    beside = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", rings))] if rings else []
    try:
        return line.sendmsg([data[:BULK]], beside, socket.MSG_NOSIGNAL)
    except BlockingIOError:
        return 0
