"""The two plugs of a tap: two serial ports, or an address for the till and the printer's address behind it.

Over TCP the till may connect only while the printer is there: else it is refused, as it would be by the printer itself.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from functools import partial
from itertools import count
from types import TracebackType
from typing import Protocol, Self

import serial

from drivers.contract import DeviceGone
from drivers.pos.tap_copies import Copies
from drivers.pos.tap_forwarding import Line, reset
from drivers.wires.opening import open_in_time, open_port
from drivers.wires.tcp import KEEPALIVE

OPEN_MS = 5_000
CONNECT_S = 5.0
MOST_LINES = 8
Lost = Callable[[DeviceGone], None]


class Sides(Protocol):
    """Both plugs, in place while inside ``async with``; ``lost`` is told when the tap can carry no more."""

    async def __aenter__(self) -> Self:
        """Raises DeviceGone."""
        ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class SerialSides:
    """A till on one serial port, its printer on another, set alike."""

    def __init__(self, till: str, printer: str, *, baud: int, line: str, rts_cts: bool, copies: Copies, lost: Lost) -> None:
        self._paths = (till, printer)
        self._baud, self._line, self._rts_cts = baud, line, rts_cts
        self._copies, self._lost = copies, lost
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            till, printer = [await self._opened(path, stack) for path in self._paths]
            group = await stack.enter_async_context(asyncio.TaskGroup())
            carrying = group.create_task(self._carry(till, printer), name="tap: serial line")
            stack.callback(carrying.cancel)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._stack.aclose()

    async def _opened(self, path: str, stack: AsyncExitStack) -> serial.Serial:
        port = await open_in_time(partial(open_port, path, baud=self._baud, line=self._line), path, deadline_ms=OPEN_MS)
        stack.callback(port.close)
        if self._rts_cts:
            port.rtscts = True
        return port

    async def _carry(self, till: serial.Serial, printer: serial.Serial) -> None:
        broke = await Line(till, printer, copy=self._copies.listener(0)).carry()
        self._copies.end(0)
        self._lost(DeviceGone(f"{' or '.join(self._paths)} is gone ({broke}): unplugged? Both are opened again"))


class TcpSides:
    """A till that connects to us as if we were its printer. ``check_s`` 0 never looks whether the printer is still there."""

    def __init__(self, till: tuple[str, int], printer: tuple[str, int], *, check_s: int, copies: Copies, lost: Lost) -> None:
        self._till, self._printer, self._check_s = till, printer, check_s
        self._copies, self._lost = copies, lost
        self._stack = AsyncExitStack()
        self._numbers = count(1)
        self._carried = 0
        self._missing: asyncio.Future[DeviceGone]
        self.port = till[1]

    async def __aenter__(self) -> Self:
        """Look whether the printer is there, and only then let the till connect. Raises DeviceGone."""
        (await self._connect()).close()
        listening = self._listen()
        self.port = listening.getsockname()[1]
        self._missing = asyncio.get_running_loop().create_future()
        async with AsyncExitStack() as stack:
            group = await stack.enter_async_context(asyncio.TaskGroup())
            serving = group.create_task(self._serve(listening), name="tap: serving")
            stack.callback(serving.cancel)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._stack.aclose()

    async def _serve(self, listening: socket.socket) -> None:
        """Until cancelled, or until the printer is gone: then no till may connect any more, but what runs is carried on."""
        async with asyncio.TaskGroup() as lines:
            accepting = lines.create_task(self._accept(listening, lines), name="tap: accepting")
            gone = await self._gone()
            accepting.cancel()
            await asyncio.wait((accepting,))
            self._lost(gone)

    async def _accept(self, listening: socket.socket, lines: asyncio.TaskGroup) -> None:
        with listening:
            while True:
                till, _ = await asyncio.get_running_loop().sock_accept(listening)
                if self._carried >= MOST_LINES:
                    reset(till)
                    continue
                self._carried += 1
                lines.create_task(self._carry(till, next(self._numbers)), name="tap: one till")

    async def _carry(self, till: socket.socket, number: int) -> None:
        try:
            printer = await self._connect()
        except DeviceGone as gone:
            self._carried -= 1
            reset(till)
            if not self._carried and not self._missing.done():
                self._missing.set_result(gone)
            return
        _keep_alive(till)
        broke: OSError | None = None
        try:
            broke = await Line(till, printer, copy=self._copies.listener(number)).carry()
        finally:
            self._carried -= 1
            self._copies.end(number)
            for end in (till, printer):
                end.close() if broke is None else reset(end)

    async def _gone(self) -> DeviceGone:
        """Wait until the printer cannot be reached: found by a till that prints, or by looking now and then."""
        while True:
            done, _ = await asyncio.wait((self._missing,), timeout=self._check_s or None)
            if done:
                return self._missing.result()
            if not self._carried:
                try:
                    (await self._connect()).close()
                except DeviceGone as gone:
                    return gone

    async def _connect(self) -> socket.socket:
        host, port = self._printer
        loop, where = asyncio.get_running_loop(), f"{host}:{port}"
        try:
            async with asyncio.timeout(CONNECT_S):
                family, kind, protocol, _, address = (await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM))[0]
                printer = socket.socket(family, kind, protocol)
                printer.setblocking(False)
                await _connected(printer, address)
        except TimeoutError as error:
            raise DeviceGone(
                f"the printer {where} did not answer within {CONNECT_S:g} s: is it on? The till is refused"
            ) from error
        except OSError as error:
            raise DeviceGone(
                f"cannot connect to the printer {where} ({_told(error)}): is it on? The till is refused till then"
            ) from error
        _keep_alive(printer)
        return printer

    def _listen(self) -> socket.socket:
        host, port = self._till
        try:
            listening = socket.create_server((host, port), backlog=MOST_LINES)
        except OSError as error:
            raise DeviceGone(
                f"cannot listen for the till at {host}:{port} ({_told(error)}): is another program there?"
            ) from error
        listening.setblocking(False)
        return listening


async def _connected(printer: socket.socket, address: tuple[object, ...]) -> None:
    try:
        await asyncio.get_running_loop().sock_connect(printer, address)
    except BaseException:
        printer.close()
        raise


def _told(error: OSError) -> str:
    """Without the addresses that asyncio adds; a name that cannot be found has a negative number."""
    return os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)


def _keep_alive(end: socket.socket) -> None:
    end.setblocking(False)
    for level, option, value in KEEPALIVE:
        with suppress(OSError):
            end.setsockopt(level, option, value)
