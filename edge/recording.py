"""``storebox record DEVICE``: the raw wire of one device, both ways, while the box goes on working with it.

    {"recording":1,"device":"scale-1","driver":"scale/mt-sics","settings":{"baud":9600},"began_at":"…","source":"…"}
    {"t_ms":12,"way":"said","text":"SI\\r\\n"}
    {"t_ms":31,"way":"heard","text":"S S      1.234 kg\\r\\n"}
    {"t_ms":40,"way":"heard","hex":"02b1"}

One JSON object a line; ``t_ms`` counts from the beginning. ``hex`` where the bytes are no ASCII; ``topic`` at a broker.
Only devices whose wire says nothing of a person are recorded (DESIGN §9).

CannotRecord    the device may not be, or is recorded already; the text says why
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec
import structlog

from edge.devices import Devices

log = structlog.get_logger()

FORMAT = 1
MOST_LINES = 10_000
"""Lines that a slow reader may leave unread; what comes then is counted, not kept."""

RECORDED_KINDS = frozenset({"scale", "shelf", "display", "music", "rfid", "labels", "ambience", "light", "plug", "sensor"})
"""A closed list: a kind that nobody has thought about is not recorded."""

SECRET_WORDS = ("password", "secret", "token")


class CannotRecord(Exception):
    """This device is not recorded."""


class _Passed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of a recording."""

    t_ms: int
    way: str
    topic: str = ""
    text: str | None = None
    hex: str | None = None


class _Lost(msgspec.Struct, frozen=True, kw_only=True):
    """The reader was too slow: so many pieces are missing here."""

    t_ms: int
    lost: int


@dataclass(slots=True, kw_only=True)
class Recording:
    """A tape, and its lines for one reader."""

    header: dict[str, Any]
    _began: float = field(default_factory=time.monotonic)
    _lines: deque[bytes] = field(default_factory=deque)
    _lost: int = 0
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def heard(self, data: bytes, topic: str = "") -> None:
        """The device said ``data``."""
        self._keep("heard", data, topic)

    def said(self, data: bytes, topic: str = "") -> None:
        """The device was told ``data``."""
        self._keep("said", data, topic)

    async def lines(self, seconds: float) -> AsyncGenerator[bytes, None]:
        """The lines of the next ``seconds``, each as soon as it is there, all that wait at once."""
        ends = asyncio.get_running_loop().time() + seconds
        yield _line(self.header)
        while True:
            if self._lines:
                waiting = b"".join(self._lines)
                self._lines.clear()
                yield waiting
            if self._lost:
                lost, self._lost = self._lost, 0
                yield _line(_Lost(t_ms=self._now_ms(), lost=lost))
            self._arrived.clear()
            try:
                async with asyncio.timeout_at(ends):
                    await self._arrived.wait()
            except TimeoutError:
                return

    def _keep(self, way: str, data: bytes, topic: str) -> None:
        self._arrived.set()
        if len(self._lines) >= MOST_LINES:
            self._lost += 1
            return
        text = data.decode("ascii") if data.isascii() else None
        hexed = data.hex() if text is None else None
        self._lines.append(_line(_Passed(t_ms=self._now_ms(), way=way, topic=topic, text=text, hex=hexed)))

    def _now_ms(self) -> int:
        return round((time.monotonic() - self._began) * 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorder:
    """Puts a tape on the reel of a device, one at a time."""

    devices: Devices
    version: str

    @contextmanager
    def recording(self, name: str) -> Iterator[Recording]:
        """Record device ``name`` while inside. Raises CannotRecord."""
        recording = Recording(header=self._header(name))
        reel = self.devices.reel(name)
        if reel.tape is not None:
            raise CannotRecord(f"{name} is being recorded already: end that recording first")
        reel.tape = recording
        log.info("a device is being recorded", device=name)
        try:
            yield recording
        finally:
            reel.tape = None
            log.info("a recording has ended", device=name)

    def _header(self, name: str) -> dict[str, Any]:
        plugged, driver = self.devices.plugged().get(name), self.devices.driver_of(name)
        if plugged is None or driver is None:
            raise CannotRecord(f"{name} is being opened anew: record it in a moment")
        kind = driver.kind
        if kind not in RECORDED_KINDS:
            raise CannotRecord(
                f"{name} is a {kind}: its wire may carry payment codes, card numbers, member codes or pictures of people, "
                f"and those are never written down; what can be recorded: {', '.join(sorted(RECORDED_KINDS))}"
            )
        settings = plugged.settings.model_dump(mode="json", exclude_defaults=True)
        secret = next((key for key in settings if any(word in key for word in SECRET_WORDS)), None)
        if secret is not None:
            raise CannotRecord(f"{name} logs in by its setting {secret}, and its wire would show that: take it out to record")
        return {
            "recording": FORMAT,
            "device": name,
            "driver": plugged.driver,
            "settings": settings,
            "began_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "source": f"storebox {self.version}",
        }


def _line(record: Any) -> bytes:
    return msgspec.json.encode(record) + b"\n"
