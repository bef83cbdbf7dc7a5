"""The wire to a camera: a process of its own that runs ffmpeg, and the rings that its pictures come through.

    DeviceGone      the process ended: its last words say why
    DeviceSilent    the process says nothing

Whatever hangs in there – ffmpeg, a network, a USB camera – is killed with its whole process group when the wire is closed. The
process is executed, never forked: it shares nothing with the box but the rings and three pipes.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Self

import msgspec

from drivers.contract import DeviceGone, DeviceSilent
from drivers.wires.capture_words import Capture, Told
from drivers.wires.picture_ring import RingReader, make_ring
from drivers.wires.pictures import Pictures, Rings

PROGRAM = ("-P", "-m", "drivers.cameras.capture")
END_S = 2.0
"""SIGKILL works at once, but on a process that the kernel holds; that one is left to the kernel."""


class CameraWire:
    """Camera ``device`` as ``capture`` asks for; its rings are in ``pictures`` while it is open."""

    def __init__(self, device: str, capture: Capture, pictures: Pictures, *, shown: bool) -> None:
        self._device, self._capture, self._pictures, self._shown = device, capture, pictures, shown
        self._process: asyncio.subprocess.Process | None = None
        self._held = ExitStack()
        self._rings: Rings | None = None

    async def __aenter__(self) -> Self:
        """Make the rings and start the process. Raises DeviceGone."""
        try:
            await self._start()
        except OSError as error:
            await self._end()
            raise DeviceGone(
                f"cannot start the process of {self._device} ({error.strerror}): is the machine out of memory?"
            ) from error
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Kill the process and what it started; its pictures are gone with the last reader."""
        await self._end()

    async def told(self, *, deadline_ms: int) -> Told:
        """The next thing that the process says. Raises DeviceSilent, DeviceGone."""
        process = self._process
        if process is None or process.stdout is None:
            raise DeviceGone(f"{self._device} is not open")
        try:
            async with asyncio.timeout(deadline_ms / 1000):
                line = await process.stdout.readline()
        except TimeoutError as error:
            raise DeviceSilent(
                f"the process of {self._device} said nothing for {deadline_ms} ms: it hangs and is killed"
            ) from error
        if not line.endswith(b"\n"):
            raise DeviceGone(
                f"the process of {self._device} died (for lack of memory? the log has its last words); it is started again"
            )
        told: Told = msgspec.json.decode(line, type=Told)
        return told

    async def _start(self) -> None:
        size = self._capture.width_px, self._capture.height_px
        raw_fd = self._ring("i420", size, size[0] * size[1] * 3 // 2)
        jpeg_fd = self._ring("jpeg", size, size[0] * size[1]) if self._shown else None
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable,
            *PROGRAM,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            pass_fds=[descriptor for descriptor in (raw_fd, jpeg_fd) if descriptor is not None],
            start_new_session=True,
        )
        asked = msgspec.structs.replace(self._capture, raw_fd=raw_fd, jpeg_fd=jpeg_fd)
        if process.stdin is not None:
            process.stdin.write(msgspec.json.encode(asked) + b"\n")
        raw, jpeg = self._reader(raw_fd), None if jpeg_fd is None else self._reader(jpeg_fd)
        self._rings = self._pictures.rings[self._device] = Rings(raw_fd=raw_fd, raw=raw, jpeg=jpeg)

    def _ring(self, kind: str, size: tuple[int, int], slot_bytes: int) -> int:
        descriptor = make_ring(f"{self._device}-{kind}", slot_bytes=slot_bytes, width_px=size[0], height_px=size[1])
        self._held.callback(os.close, descriptor)
        return descriptor

    def _reader(self, descriptor: int) -> RingReader:
        reader = RingReader(descriptor)
        self._held.callback(reader.close)
        return reader

    async def _end(self) -> None:
        if self._rings is not None and self._pictures.rings.get(self._device) is self._rings:
            del self._pictures.rings[self._device]
        process, self._process = self._process, None
        if process is not None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            if process.stdin is not None:
                process.stdin.close()
            with suppress(TimeoutError):
                async with asyncio.timeout(END_S):
                    await process.wait()
        self._held.close()
