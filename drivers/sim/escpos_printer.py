"""A receipt printer with its drawer, on a serial line, a device file or the network, that misbehaves on request.

storebox sim printer/escpos --listen 127.0.0.1:9100        a network printer
storebox sim printer/escpos --link /tmp/printer            behind a path: as a port, or as a device file
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from drivers.sim.escpos_buffer import REAL_TIME, ReceiveBuffer
from drivers.sim.escpos_paper import Paper
from drivers.sim.escpos_state import Kick, PrinterState
from drivers.sim.port import Port
from drivers.sim.pty_port import PtyPort
from drivers.sim.tcp_port import TcpPort

BREATH_COMMANDS = 100
LEAST_SLEEP_MS = 5
Told = dict[str, object]


class EscposSim:
    """``mute`` says nothing; ``garbled`` is said instead of every answer, as at a wrong baud rate; ``asb`` sends status unasked.

    ``knows_gs_r``, ``knows_process_id`` and ``knows_error_cause`` (DLE EOT 3) are what the model can.
    ``line_ms`` is how long a line takes. After ``lines_until`` lines the printer does ``then``: "hang", "hang-up",
    "open-cover" or "mute". ``arrived`` and ``done`` are told of each command.
    """

    def __init__(
        self, port: Port | None = None, *, paper: Paper | None = None, tell: Callable[[Told], None] | None = None
    ) -> None:
        self.paper = paper or Paper()
        self.paper.on_line = self._use_line
        self.state = PrinterState()
        self.kicks: list[Kick] = []
        self.drawer_pin: int | None = 2
        self.drawer_locked = False
        self.mute = False
        self.knows_gs_r = self.knows_process_id = self.knows_error_cause = True
        self.real_time_while_printing = True
        self.garbled = b""
        self.asb = False
        self.stutter_ms = 0
        self.line_ms = 0.0
        self.buffer = ReceiveBuffer(4096)
        self.lines_until: int | None = None
        self.then = "hang"
        self.received = b""
        self.arrived: Callable[[bytes], None] = lambda _command: None
        self.done: Callable[[bytes], None] = lambda _command: None
        self._port = port
        self._tell = tell or (lambda _told: None)
        self._hung = False
        self._paused = False
        self._busy = False
        self._lines_used = 0
        self._work = asyncio.Event()
        self._answers: asyncio.Queue[bytes] = asyncio.Queue()
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        if self._port is None:
            folder = self._open.enter_context(tempfile.TemporaryDirectory(prefix="storebox-sim-"))
            self._port = PtyPort(Path(folder) / "printer")
        tasks = await self._open.enter_async_context(asyncio.TaskGroup())
        self._open.callback(self._port.unplug)
        self.plug()
        for job in (self._receive, self._print, self._answer):
            running = tasks.create_task(job(), name=f"simulated printer: {job.__name__}")
            self._open.callback(running.cancel)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._open.__aexit__(kind, error, trace)

    @property
    def port(self) -> str:
        """The path to open; only of a printer behind one."""
        assert isinstance(self._port, PtyPort)  # noqa: S101 - a mistake of the caller
        return str(self._port.link)

    @property
    def address(self) -> str:
        """Where it listens; only of a network printer."""
        assert isinstance(self._port, TcpPort)  # noqa: S101 - a mistake of the caller
        return self._port.address

    def plug(self) -> None:
        self._wire.plug()
        self._tell({"listening": self.address if isinstance(self._port, TcpPort) else self.port})

    def unplug(self) -> None:
        self._wire.unplug()

    def noise(self, data: bytes) -> None:
        """Bytes go out at once."""
        self._answers.put_nowait(data)

    def load_paper(self, lines: int | None = None) -> None:
        """A new roll; what was still in the buffer is printed then, as printers do."""
        self._set(lines_left=lines)

    def open_cover(self) -> None:
        self._set(cover_open=True)

    def close_cover(self) -> None:
        self._set(cover_open=False)

    def open_drawer(self) -> None:
        """With the key, or by a kick."""
        self._set(drawer_open=True)

    def shut_drawer(self) -> None:
        self._set(drawer_open=False)

    def misbehave_after(self, lines: int, then: str) -> None:
        """Do ``then`` when so many more lines are printed."""
        self.lines_until, self.then = self._lines_used + lines, then

    def switch_on_again(self) -> None:
        """What was in the buffer is lost, the paper stays as it is."""
        self.buffer.clear()
        self._hung = self.mute = False
        self._resume_if_room()

    @property
    def _wire(self) -> Port:
        assert self._port is not None  # noqa: S101 - it is made on entering
        return self._port

    def _set(self, **state: bool | int | None) -> None:
        for name, value in state.items():
            setattr(self.state, name, value)
        self._changed()

    def _changed(self) -> None:
        self._work.set()
        if self.asb:
            self._say(self.state.automatic())

    async def _receive(self) -> None:
        while True:
            data = await self._wire.read()
            self.received += data
            for command in self.buffer.take(data):
                self.arrived(command)
                if command[:2] in REAL_TIME:
                    self._real_time(command)
            if self.buffer.full:
                self._paused = True
                self._wire.pause()
            self._work.set()

    def _real_time(self, command: bytes) -> None:
        if self._hung or (self._busy and not self.real_time_while_printing):
            return
        match command[1], command[2]:
            case 0x04, n if n != 3 or self.knows_error_cause:
                self._say(self.state.real_time(n))
            case 0x14, 1:
                self._kick(command[3] & 1, command[4] * 100, command[4] * 100, real_time=True)

    async def _print(self) -> None:
        commands = 0
        owed_ms = 0.0
        while True:
            while not self.buffer or self._hung or self.state.offline:
                self._busy = False
                self._work.clear()
                await self._work.wait()
            self._busy = True
            command = self.buffer.pop()
            used_before = self._lines_used
            self._obey(command)
            self.done(command)
            commands += 1
            owed_ms += (self._lines_used - used_before) * self.line_ms
            if owed_ms >= LEAST_SLEEP_MS or commands % BREATH_COMMANDS == 0:
                await asyncio.sleep(owed_ms / 1000)
                owed_ms = 0.0
            self._resume_if_room()

    def _resume_if_room(self) -> None:
        if self._paused and not self._hung and self.buffer.has_room:
            self._paused = False
            self._wire.resume()

    def _obey(self, command: bytes) -> None:
        match command[:2]:
            case b"\x1dr":
                self._say(self.state.buffered(command[2]) if self.knows_gs_r else b"")
            case b"\x1d(" if command[2:3] == b"H":
                self._say(b"\x37\x22" + command[7:11] + b"\x00" if self.knows_process_id else b"")
            case b"\x1da":
                self.asb = bool(command[2])
                self._changed()
            case b"\x1bp":
                self._kick(command[2] & 1, command[3] * 2, command[4] * 2, real_time=False)
            case _:
                slips = len(self.paper.slips)
                self.paper.obey(command)
                for slip in self.paper.slips[slips:]:
                    self._tell({"slip": [item.text for item in slip if hasattr(item, "text")]})

    def _kick(self, connector: int, on_ms: int, off_ms: int, *, real_time: bool) -> None:
        pin = 5 if connector else 2
        self.kicks.append(Kick(pin=pin, on_ms=on_ms, off_ms=off_ms, real_time=real_time))
        self._tell({"kick": pin})
        if pin == self.drawer_pin and not self.drawer_locked:
            self.open_drawer()

    def _use_line(self) -> None:
        self._lines_used += 1
        if self.state.lines_left is not None:
            self.state.lines_left -= 1
        if self.lines_until is not None and self._lines_used >= self.lines_until:
            self.lines_until = None
            self._misbehave()
        if self.state.paper_out:
            self._changed()

    def _misbehave(self) -> None:
        if self.then == "open-cover":
            self.open_cover()
        self.mute = self.mute or self.then == "mute"
        self._hung = self.then in {"hang", "hang-up"}
        if self._hung:
            (self._wire.pause if self.then == "hang" else self._wire.unplug)()

    def _say(self, data: bytes) -> None:
        if data and not self.mute:
            self._answers.put_nowait(self.garbled or data)

    async def _answer(self) -> None:
        while True:
            data = await self._answers.get()
            if not self.stutter_ms:
                self._wire.write(data)
                continue
            for byte in data:
                self._wire.write(bytes([byte]))
                await asyncio.sleep(self.stutter_ms / 1000)
