"""A cable with an ear: bytes go from till to printer and back in their order, and only then is a copy handed on.

Nothing here waits for whoever reads the copy. At most ``BULK`` bytes are in hand in each direction: when the printer is slow, the
till is not read, and feels it as it would on a plain cable.
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

BULK = 64 * 1024
DRAIN_S = 30.0
"""The till has hung up and the printer has not: so long its last answers are waited for, as nobody hears them."""

HUNG_UP = OSError("hung up")
RESET = struct.pack("ii", 1, 0)  # SO_LINGER with no time: closing tells the other end that its bytes were lost


class End(Protocol):
    """A serial port or a socket."""

    def fileno(self) -> int: ...

    def close(self) -> None: ...


class Way:
    """One direction, from ``source`` to ``sink``. ``ended`` is told once: None for an orderly end, else what broke."""

    def __init__(self, source: End, sink: End, *, copy: Callable[[bytes], None], ended: Callable[[OSError | None], None]) -> None:
        self._source, self._sink = source.fileno(), sink.fileno()
        self._copy, self._ended = copy, ended
        self._rest = b""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._source, self._on_readable)

    def stop(self) -> None:
        """Carry no more."""
        self._loop.remove_reader(self._source)
        self._loop.remove_writer(self._sink)

    def _on_readable(self) -> None:
        try:
            data = os.read(self._source, BULK)
        except BlockingIOError:
            return
        except OSError as error:
            self._end(error)
            return
        if not data:
            self._end(None)
        elif self._put(data):
            self._copy(data)

    def _put(self, data: bytes) -> bool:
        """Write what fits; for the rest wait until the sink takes it, and read no more till then."""
        try:
            sent = os.write(self._sink, data)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self._end(error)
            return False
        if sent < len(data) and not self._rest:
            self._loop.remove_reader(self._source)
            self._loop.add_writer(self._sink, self._on_writable)
        self._rest = data[sent:]
        return True

    def _on_writable(self) -> None:
        if self._put(self._rest) and not self._rest:
            self._loop.remove_writer(self._sink)
            self._loop.add_reader(self._source, self._on_readable)

    def _end(self, error: OSError | None) -> None:
        self.stop()
        self._ended(error)


class Line:
    """Both directions between one till and one printer, until an end breaks or both have hung up."""

    def __init__(self, till: End, printer: End, *, copy: Callable[[bytes], None]) -> None:
        self._till, self._printer = till, printer
        self._till_ended, self._over = asyncio.Event(), asyncio.Event()
        self._broke: OSError | None = None
        self._ends = 0
        self._ways = (
            Way(till, printer, copy=copy, ended=self._on_till_end),
            Way(printer, till, copy=_nobody, ended=self._on_printer_end),
        )

    async def carry(self) -> OSError | None:
        """Until it is over; what broke, None for an orderly end. The caller closes both ends."""
        try:
            await self._till_ended.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(DRAIN_S):
                    await self._over.wait()
        finally:
            for way in self._ways:
                way.stop()
        return self._broke

    def _on_till_end(self, error: OSError | None) -> None:
        self._end(self._printer, error)
        self._till_ended.set()

    def _on_printer_end(self, error: OSError | None) -> None:
        self._end(self._till, error)

    def _end(self, other: End, error: OSError | None) -> None:
        self._ends += 1
        if error is None and isinstance(other, socket.socket):
            with suppress(OSError):
                other.shutdown(socket.SHUT_WR)
        elif error is None:
            error = HUNG_UP
        self._broke = self._broke or error
        if error is not None or self._ends == len(self._ways):
            self._till_ended.set()
            self._over.set()


def reset(end: socket.socket) -> None:
    """Close so that the other end sees its connection broken, not ended."""
    with suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    end.close()


def _nobody(_data: bytes) -> None:
    """The printer's answers are forwarded and read by nobody."""
