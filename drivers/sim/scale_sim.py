"""A scale on the end of a serial cable, in any dialect, that misbehaves on request.

A dialect knows one manual and nothing of cables; this file knows cables and no manual.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar

from drivers.sim.pan import Pan
from drivers.sim.pty_port import PtyPort, on_a_cable
from drivers.sim.uart import at_rate, with_parity, without_parity

Told = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Bytes for the wire and what they mean, for whoever watches the simulator."""

    data: bytes
    says: str
    grams: int | None = None


class Dialect(Protocol):
    """One manual. ``repeat_ms`` is set while the scale sends its weight unasked."""

    repeat_ms: int | None

    def hear(self, data: bytes) -> AsyncIterator[Reply]:
        """Answer what the host sent; keeps an unfinished command for the next time."""
        ...

    def weigh(self) -> Reply:
        """The weight now, as this dialect says it."""
        ...


D = TypeVar("D", bound=Dialect)


class ScaleSim(Generic[D]):
    """``mute`` says nothing; ``half_frames`` cuts every answer in the middle; ``repeats`` sends it several times;
    ``stutter_ms`` waits between bytes; ``parity_bits`` sets bit 7 to even parity, as a 7E line looks to an 8N1 reader.
    ``rate`` and ``line``: a driver at another rate or parity hears and says rubbish; without them a pty knows neither.
    """

    def __init__(self, dialect: D, pan: Pan, *, link: Path | None = None, tell: Callable[[Told], None] | None = None) -> None:
        self.dialect = dialect
        self.pan = pan
        self.mute = False
        self.half_frames = False
        self.repeats = 1
        self.stutter_ms = 0
        self.parity_bits = False
        self.rate: int | None = None
        self.line = "8N1"
        self._noise_rate = 0.0
        self._random = random.Random(8217)
        self._tell = tell or _tell_nobody
        self._last_told: Told = {}
        self._link = link
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self._wire = await self._open.enter_async_context(on_a_cable(self._link, "scale", self._serve))
        self.plug()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._open.__aexit__(kind, error, trace)

    @property
    def port(self) -> str:
        """The path to open; the same before and after unplugging."""
        return str(self._wire.link)

    @property
    def device_name(self) -> str | None:
        """The pts behind the path, which changes with every plug."""
        return self._wire.name

    def put(self, grams: int) -> None:
        self.pan.put(grams)

    def take(self) -> None:
        self.pan.put(0)

    def plug(self) -> None:
        self._wire.plug()
        self._tell({"listening": self.port})

    def unplug(self) -> None:
        self._wire.unplug()
        self._tell({"unplugged": self.port})

    def noise(self, noise: bytes | float) -> None:
        """Bytes go out at once; a number is the share of answers that get random bytes before and after (0.0 to 1.0)."""
        if isinstance(noise, bytes):
            self._wire.write(noise)
        else:
            self._noise_rate = noise

    async def _serve(self, wire: PtyPort) -> None:
        while True:
            wait_s = None if self.dialect.repeat_ms is None else self.dialect.repeat_ms / 1000
            try:
                data = await asyncio.wait_for(wire.read(), wait_s)
            except TimeoutError:
                await self._say(self.dialect.weigh())
                continue
            async for reply in self.dialect.hear(self._from_wire(data)):
                await self._say(reply)

    async def _say(self, reply: Reply) -> None:
        if self.mute:
            return
        data = reply.data[: max(1, len(reply.data) // 2)] if self.half_frames else reply.data * self.repeats
        if self._random.random() < self._noise_rate:
            data = (
                self._random.randbytes(self._random.randint(1, 12)) + data + self._random.randbytes(self._random.randint(1, 12))
            )
        if self.parity_bits:
            data = bytes(byte | 0x80 if byte.bit_count() % 2 else byte for byte in data)
        await self._send(self._to_wire(data))
        told: Told = {"sent": {"says": reply.says, "grams": reply.grams}}
        if told != self._last_told:  # a polled scale repeats itself five times a second; only news is told
            self._tell(told)
            self._last_told = told

    def _to_wire(self, data: bytes) -> bytes:
        if self.line.startswith("7"):
            data = with_parity(data, self.line[1])
        host = self._wire.host_rate
        return data if self.rate is None or host is None else at_rate(data, self.rate, host)

    def _from_wire(self, data: bytes) -> bytes:
        host = self._wire.host_rate
        if self.rate is not None and host is not None:
            data = at_rate(data, host, self.rate)
        return without_parity(data, self.line[1]) if self.line.startswith("7") else data

    async def _send(self, data: bytes) -> None:
        if self.stutter_ms == 0:
            self._wire.write(data)
            return
        for byte in data:
            self._wire.write(bytes([byte]))
            await asyncio.sleep(self.stutter_ms / 1000)


def _tell_nobody(_told: Told) -> None:
    pass
