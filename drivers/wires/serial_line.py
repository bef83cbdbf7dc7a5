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
from datetime import UTC, datetime
from functools import partial
from types import TracebackType
from typing import Self, TypeVar

import serial

from drivers.contract import BadFrame, DeviceGone, DeviceSilent, Frame
from drivers.wires.framing import SEVEN_BITS, Cutter
from drivers.wires.opening import open_in_time, open_port

BULK = 4096
QUEUE_FRAMES = 256  # unread frames; beyond them the port is not read until somebody takes one
EVIDENCE_BYTES = 256  # of what made no frame
OPEN_MS = 5_000

T = TypeVar("T")


class SerialLine:
    """``explain`` says what bytes look like that are no answer. Hold ``turn`` for the length of one conversation."""

    def __init__(
        self,
        path: str,
        *,
        device: str,
        framing: Cutter,
        explain: Callable[[bytes], str],
        baud: int,
        line: str = "8N1",
        gap_ms: int = 0,
    ) -> None:
        self.path = path
        self.turn = asyncio.Lock()
        self._device = device
        self._framing = framing
        self._explain = explain
        self._open = partial(open_port, path, baud=baud, line=line)
        self._seven_bits = line.startswith("7")
        self._gap_s = gap_ms / 1000
        self._next_write = 0.0
        self._port: serial.Serial | None = None
        self._lost = f"{path} is not open"
        self._paused = False
        self._arrived = asyncio.Event()
        self._closed = asyncio.Event()
        self._frames: deque[Frame] = deque()
        self._rest = b""
        self._noise = b""

    async def __aenter__(self) -> Self:
        """Open the port off the loop. Raises DeviceGone."""
        self._port = await open_in_time(self._open, self.path, deadline_ms=OPEN_MS)
        self._lost = ""
        self._closed.clear()
        self._forget()
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
            raise bad or self._unanswered(question, deadline_ms, sent=sent) from error

    async def say(self, data: bytes, *, deadline_ms: int) -> None:
        """Send ``data``, which the device does not answer. Raises DeviceGone; DeviceSilent when it takes no bytes."""
        try:
            async with asyncio.timeout(deadline_ms / 1000):
                await asyncio.sleep(self._next_write - time.monotonic())
                await self._write(data)
        except TimeoutError as error:
            raise self._unanswered(data, deadline_ms, sent=False) from error

    async def frame(self) -> Frame:
        """The next frame; waits for it, so set a deadline around. Raises DeviceGone."""
        while not self._frames:
            self._check_open()
            self._arrived.clear()
            await self._arrived.wait()
        frame = self._frames.popleft()
        if self._paused and len(self._frames) <= QUEUE_FRAMES // 2:
            self._listen(self._check_open().fileno())
        return frame

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
        while data:
            descriptor = self._check_open().fileno()
            try:
                data = data[os.write(descriptor, data) :]
            except BlockingIOError:
                await self._writable(descriptor)
            except OSError as error:
                raise DeviceGone(self._unplugged(str(error.strerror))) from error
        self._next_write = time.monotonic() + self._gap_s

    async def _writable(self, descriptor: int) -> None:
        loop = asyncio.get_running_loop()
        writable = asyncio.Event()
        loop.add_writer(descriptor, writable.set)
        try:
            await writable.wait()
        finally:
            loop.remove_writer(descriptor)

    def _listen(self, descriptor: int) -> None:
        self._paused = False
        asyncio.get_running_loop().add_reader(descriptor, self._on_bytes, descriptor)

    def _on_bytes(self, descriptor: int) -> None:
        try:
            data = os.read(descriptor, BULK)
        except BlockingIOError:  # the bytes that woke us were dropped as stale
            return
        except OSError as error:
            self._lose(self._unplugged(str(error.strerror)), descriptor)
            return
        if data:
            self._take(data, descriptor)
        else:
            self._lose(self._unplugged("hung up"), descriptor)

    def _take(self, data: bytes, descriptor: int) -> None:
        at, monotonic_ms, device = datetime.now(UTC), time.monotonic_ns() // 1_000_000, self._device
        cut = self._framing.cut(self._rest + (data.translate(SEVEN_BITS) if self._seven_bits else data))
        self._rest = cut.rest
        self._noise = (self._noise + cut.noise)[-EVIDENCE_BYTES:]
        self._frames.extend(Frame(data=frame, device=device, at=at, monotonic_ms=monotonic_ms) for frame in cut.frames)
        if len(self._frames) > QUEUE_FRAMES:
            self._paused = True
            asyncio.get_running_loop().remove_reader(descriptor)
        self._arrived.set()

    def _lose(self, why: str, descriptor: int) -> None:
        self._lost = why
        self._closed.set()
        asyncio.get_running_loop().remove_reader(descriptor)
        self._arrived.set()

    def _forget(self) -> None:
        self._frames.clear()
        self._rest = self._noise = b""

    def _drop_stale(self) -> None:
        port = self._check_open()
        try:
            port.reset_input_buffer()
        except termios.error as error:
            raise DeviceGone(self._unplugged(str(error.args[-1]))) from error
        self._forget()
        if self._paused:
            self._listen(port.fileno())

    def _unplugged(self, reason: str) -> str:
        return f"{self.path} is gone ({reason}): unplugged or without power? It is opened again when it comes back"

    def _unanswered(self, question: bytes, deadline_ms: int, *, sent: bool) -> DeviceSilent | BadFrame:
        if not sent:
            return DeviceSilent(f"{self.path} took no bytes for {deadline_ms} ms: is the device held by flow control?")
        heard = self._noise + self._rest
        if heard:
            return BadFrame(
                f"{self.path}: heard {heard[:32]!r}, which is no answer to {question!r}: {self._explain(heard)}", heard
            )
        return DeviceSilent(
            f"{self.path}: no answer to {question!r} within {deadline_ms} ms: "
            "is the device switched on, cabled, and set to this protocol, baud rate and parity?"
        )
