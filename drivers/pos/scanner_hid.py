"""Barcode scanners that act as a USB keyboard: keys, then Enter. The layout is the scanner's own setting.

Sources: Linux input.h and input-event-codes.h. Not tried with a real scanner here: the events are played in as recorded records.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Self

from drivers.commands import Answer, AnyCommand, SetProperty
from drivers.contract import Driver, Wires
from drivers.pos.codes import Typed
from drivers.pos.key_events import EVENT, Keyboard
from drivers.pos.keyboard_layouts import Layout
from drivers.pos.scanner_settings import CodeSettings
from drivers.pos.scanning import Scanning
from drivers.readings import AnyReading, Presence
from drivers.scales.serial_settings import PortPath
from drivers.wires.input_device import InputDevice, grab
from drivers.wires.stamp import stamp


class HidScannerSettings(CodeSettings):
    """``event_device`` is best a name under /dev/input/by-id, which ends with ``-event-kbd``."""

    event_device: PortPath
    layout: Layout = "us"


class HidScanner:
    """One scanner; ``hold`` takes its events for us alone."""

    def __init__(self, device: str, settings: HidScannerSettings, hold: Callable[[int], None] = grab) -> None:
        self._device, self._scanning = device, Scanning(device, settings)
        self._keyboard, self._rest = Keyboard(settings.layout), b""
        self._input = InputDevice(settings.event_device, hold=hold)

    async def __aenter__(self) -> Self:
        await self._input.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._input.__aexit__(kind, error, trace)

    async def readings(self) -> AsyncIterator[AnyReading]:
        """That it is there, then every code. Raises DeviceGone."""
        yield Presence(**stamp(self._device), state="open")
        while True:
            for reading in self._read(await self._input.receive()):
                yield reading

    def _read(self, events: bytes) -> list[AnyReading]:
        """What was typed, apart from ``readings``: between two codes its frame would keep the last, a payment code perhaps."""
        stamped = stamp(self._device)
        events = self._rest + events
        whole = len(events) - len(events) % EVENT.size
        events, self._rest = events[:whole], events[whole:]
        codes = (Typed(text=code, **stamped) for code in self._keyboard.feed(events))
        return [reading for code in codes if (reading := self._scanning.read(code)) is not None]

    async def perform(self, command: AnyCommand) -> Answer:
        """Be told what the lane expects."""
        return self._scanning.perform(command)


def _open(device: str, settings: HidScannerSettings, _wires: Wires) -> HidScanner:
    return HidScanner(device, settings)


DRIVER = Driver(kind="scanner", settings_class=HidScannerSettings, open=_open, commands=(SetProperty,))
