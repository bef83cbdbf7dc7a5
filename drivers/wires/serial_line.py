"""A serial line that never blocks the loop: bytes in bulk, cut into stamped frames, one conversation at a time.

    DeviceGone      the port is missing, forbidden, taken, no serial port, hanging, or was unplugged
    DeviceSilent    nothing came within the deadline, or the device takes no bytes
    BadFrame        bytes came that make no answer; ``frame`` keeps the last of them

Name ports by ``/dev/serial/by-id``: the link is followed anew at every opening, so an adapter that came back under
another number is found again.
"""

from __future__ import annotations

import asyncio
import os
import termios
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Self, TypeVar

import serial

from drivers.contract import BadFrame, DeviceGone, DeviceSilent, Frame
from drivers.wires.framing import Cutter
from drivers.wires.opening import open_in_time, open_port
from drivers.wires.serial_problems import Explain, stuck, unanswered, unplugged, unsaid
from drivers.wires.tape import Reel, reel_here
from drivers.wires.unread import QUEUE_FRAMES, Unread
from drivers.wires.writing import Room, write

BULK = 4096
OPEN_MS = 5_000

T = TypeVar("T")


class SerialLine:
    """``explain`` says what bytes look like that are no answer. Hold ``turn`` for the length of one conversation.

    ``thin`` makes room among unread frames, so that a device that talks by itself is always heard; without it the port is not
    read then. ``modem_lines``: whether DTR and RTS are up while the port is open.
    """

    def __init__(
        self,
        path: str,
        *,
        device: str,
        framing: Cutter,
        explain: Explain,
        baud: int,
        line: str = "8N1",
        gap_ms: int = 0,
        thin: Callable[[deque[Frame]], None] | None = None,
        modem_lines: bool = True,
    ) -> None:
        self.path = path
        self.turn = asyncio.Lock()
        self._unread = Unread(device, framing, seven_bits=line.startswith("7"), thin=thin)
        self._explain = explain
        self._open = partial(open_port, path, baud=baud, line=line, modem_lines=modem_lines)
        self._gap_s = gap_ms / 1000
        self._next_write = 0.0
        self._port: serial.Serial | None = None
        self._lost = f"{path} is not open"
        self._paused = False
        self._arrived = asyncio.Event()
        self._closed = asyncio.Event()
        self._overheard = asyncio.Event()
        self._room = Room()
        self._reel = Reel()

    async def __aenter__(self) -> Self:
        """Open the port off the loop. Raises DeviceGone."""
        self._port = await open_in_time(self._open, self.path, deadline_ms=OPEN_MS)
        self._lost = ""
        self._reel = reel_here()
        self._closed.clear()
        self._unread.forget()
        self._listen(self._port.fileno())
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Release the descriptor, whatever state the port is in."""
        port, self._port = self._port, None
        if port is None:
            return
        self._lose(f"{self.path} is not open", port.fileno())
        with suppress(termios.error):  # unsent bytes would make close wait for a device that takes none
            port.reset_output_buffer()
        port.close()

    async def ask(self, question: bytes, read: Callable[[Frame], T], *, deadline_ms: int) -> T:
        """Send ``question``; return what ``read`` makes of the first frame that it does not call a BadFrame.

        Late answers to earlier questions are dropped first. Raises DeviceGone, DeviceSilent, BadFrame and what ``read`` raises.
        """
        sent = False
        bad: BadFrame | None = None
        try:
            async with asyncio.timeout(deadline_ms / 1000):
                await asyncio.sleep(self._next_write - time.monotonic())
                self._drop_stale()
                await self._write(question)
                sent = True
                while True:
                    try:
                        return read(await self.frame())
                    except BadFrame as error:
                        bad = error
        except TimeoutError as error:
            if not sent:
                raise stuck(self.path, deadline_ms) from error
            raise bad or unanswered(self.path, question, self._unread.evidence, self._explain, deadline_ms) from error

    async def say(self, data: bytes, *, deadline_ms: int) -> None:
        """Send ``data``, which the device does not answer. Raises DeviceGone; DeviceSilent when it takes no bytes."""
        try:
            async with asyncio.timeout(deadline_ms / 1000):
                await asyncio.sleep(self._next_write - time.monotonic())
                await self._write(data)
        except TimeoutError as error:
            raise stuck(self.path, deadline_ms) from error

    async def frame(self) -> Frame:
        """The next frame; waits for it, so set a deadline around. Raises DeviceGone."""
        frames = self._unread.frames
        while not frames:
            self._check_open()
            self._arrived.clear()
            await self._arrived.wait()
        frame = frames.popleft()
        if self._paused and len(frames) <= QUEUE_FRAMES // 2:
            self._listen(self._check_open().fileno())
        return frame

    async def tell(self, words: bytes, watch: Callable[[Frame], T | None], *, deadline_ms: int) -> T | None:
        """Send ``words`` to a device that talks by itself; what ``watch`` first makes of a frame that comes afterwards, or None.

        The frames stay for ``frame``. Raises DeviceGone, DeviceSilent when the device takes no bytes.
        """
        found: list[T] = []

        def look(frame: Frame) -> None:
            if (made := watch(frame)) is not None:
                found.append(made)
                self._overheard.set()

        self._overheard.clear()
        await self.say(words, deadline_ms=deadline_ms)
        self._unread.overhear = look
        try:
            async with asyncio.timeout(deadline_ms / 1000):
                await self._overheard.wait()
        except TimeoutError:
            return None
        finally:
            self._unread.overhear = None
        self._check_open()
        return found[0]

    @property
    def unended(self) -> bytes:
        """What waits for the end of its frame."""
        return self._unread.unended

    def forget_unended(self) -> None:
        """What comes now begins a frame."""
        self._unread.forget_unended()

    def heard_nothing(self, within_ms: int) -> DeviceSilent | BadFrame:
        """What to say of a device that talks by itself and did not, or not so that a frame came of it."""
        return unsaid(self.path, self._unread.evidence, self._explain, within_ms)

    def forget_noise(self) -> None:
        """What was no frame is no evidence any more: a good one has come since."""
        self._unread.forget_noise()

    async def idle(self, seconds: float) -> None:
        """Wait, but not beyond the loss of the port. Raises DeviceGone."""
        try:
            async with asyncio.timeout(seconds):
                await self._closed.wait()
        except TimeoutError:
            return
        self._check_open()

    def _check_open(self) -> serial.Serial:
        if self._lost or self._port is None:
            raise DeviceGone(self._lost)
        return self._port

    async def _write(self, data: bytes) -> None:
        await write(data, self._check_open, self._room, self._reel, partial(unplugged, self.path))
        self._next_write = time.monotonic() + self._gap_s

    def _listen(self, descriptor: int) -> None:
        self._paused = False
        asyncio.get_running_loop().add_reader(descriptor, self._on_bytes, descriptor)

    def _on_bytes(self, descriptor: int) -> None:
        try:
            data = os.read(descriptor, BULK)
        except BlockingIOError:  # the bytes that woke us were dropped as stale
            return
        except OSError as error:
            self._lose(unplugged(self.path, str(error.strerror)), descriptor)
            return
        if not data:
            self._lose(unplugged(self.path, "hung up"), descriptor)
            return
        self._reel.heard(data)
        self._unread.take(data)
        if self._unread.full:
            self._paused = True
            asyncio.get_running_loop().remove_reader(descriptor)
        self._arrived.set()

    def _lose(self, why: str, descriptor: int) -> None:
        self._lost = why
        self._room.give_up()
        self._closed.set()
        self._overheard.set()
        asyncio.get_running_loop().remove_reader(descriptor)
        self._arrived.set()

    def _drop_stale(self) -> None:
        port = self._check_open()
        try:
            port.reset_input_buffer()
        except termios.error as error:
            raise DeviceGone(unplugged(self.path, str(error.args[-1]))) from error
        self._unread.forget()
        if self._paused:
            self._listen(port.fileno())
