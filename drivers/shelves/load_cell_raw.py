"""Plain load cells over MQTT: the shelf sends samples, the box finds out what was picked and put.

    state/raw-a1   {"boot": "k3f9", "seq": 17, "t_ms": 81234, "cells": [1650, 1652, 1648, 1650]}     QoS 0, not retained

Samples are never kept. A move that the journal could not take is told again from here, for the shelf knows nothing of it.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from hashlib import sha256
from types import TracebackType
from typing import Annotated, Self

import msgspec
from pydantic import Field

from drivers.commands import Answer, AnyCommand, SetProperty
from drivers.contract import Driver, Receipt, Wires
from drivers.reading import Report
from drivers.readings import AnyReading, Reported, ShelfLevel, ShelfMoved, Unreadable
from drivers.reporting import ReportingDevice
from drivers.reports import Unclear, body_of, unreadable
from drivers.shelves.detector import Change, Detector
from drivers.shelves.load_cell import SLOT, ShelfSettings
from drivers.wires.mqtt_inbox import Message

RAW = re.compile(f"raw-({SLOT})")
SHOWN_EVERY_MS = 1_000
"""How often the level of a slot is shown while nothing moves."""

CellGrams = Annotated[int, msgspec.Meta(ge=-1_000_000, le=1_000_000)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class RawShelfSettings(ShelfSettings):
    """``[device.<name>]`` of such a shelf. Every slot that it samples is named in ``slots``."""

    silent_after_s: Annotated[int, Field(ge=5, le=86_400)] | None = 10
    settle_ms: Annotated[int, Field(ge=200, le=5_000)] = 800
    look_s: Annotated[int, Field(ge=1, le=600)] = 10


class _Sample(msgspec.Struct, frozen=True):
    boot: Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9]{1,16}\Z")]
    seq: Count
    t_ms: Count
    cells: Annotated[tuple[CellGrams, ...], msgspec.Meta(min_length=1, max_length=16)]


@dataclass(slots=True, kw_only=True)
class _Watched:
    """One slot: its detector, and the sample before."""

    detector: Detector
    boot: str = ""
    seq: int = -1
    shown_at_ms: int = 0


class Samples:
    """Turns the samples of one shelf into moves and levels; keeps nothing but the state of its detectors."""

    def __init__(self, settings: RawShelfSettings) -> None:
        self._slots = {name: _Watched(detector=_detector(settings, name)) for name in settings.slots}

    def read(self, message: Message) -> ShelfMoved | ShelfLevel | Unreadable | None:
        """One property of the shelf: a move, a level to show, or None for a sample that says nothing new."""
        slot = RAW.fullmatch(message.name)
        if slot is None:
            return None
        try:
            sample = body_of(message, _Sample)
        except Unclear as unclear:
            return unreadable(message, str(unclear))
        watched = self._slots.get(slot[1])
        if watched is None:
            return unreadable(message, f"slot {slot[1]} is not in the settings: name it in [device.{message.device}.slots]")
        return self._watch(watched, slot[1], sample, message)

    def _watch(self, watched: _Watched, slot: str, sample: _Sample, message: Message) -> ShelfMoved | ShelfLevel | None:
        if sample.boot != watched.boot:
            watched.detector.restart()
        elif sample.seq <= watched.seq:
            return None  # the broker sent it twice
        watched.boot, watched.seq = sample.boot, sample.seq
        change = watched.detector.feed(sum(sample.cells), sample.t_ms)
        if change is not None:
            watched.shown_at_ms = message.monotonic_ms
            return _moved(slot, sample, change, message)
        if message.monotonic_ms - watched.shown_at_ms < SHOWN_EVERY_MS:
            return None
        watched.shown_at_ms = message.monotonic_ms
        grams = watched.detector.level_g
        return ShelfLevel(device=message.device, at=message.at, monotonic_ms=message.monotonic_ms, slot=slot, grams=grams)


def _detector(settings: RawShelfSettings, slot: str) -> Detector:
    on = settings.slots[slot]
    lightest = min([on.unit_grams, *(goods.unit_grams for goods in on.also)])
    return Detector(unit_g=lightest, settle_ms=settings.settle_ms, look_ms=settings.look_s * 1000)


def _moved(slot: str, sample: _Sample, change: Change, message: Message) -> ShelfMoved:
    # named by the sample that settled it: the same samples always give the same name, and no other move gets it
    name = f"{sample.boot}.{sample.seq}.{slot}"
    digest = sha256(f"{name} {change.kind} {change.before_g} {change.delta_g}".encode()).digest()
    return ShelfMoved(
        device=message.device,
        at=message.at,
        monotonic_ms=message.monotonic_ms,
        report=Report(id=name, digest=digest, seq=sample.seq),
        slot=slot,
        kind=change.kind,
        delta_g=change.delta_g,
        before_g=change.before_g,
        after_g=change.after_g,
        returned_after_ms=change.returned_after_ms,
    )


class RawShelf:
    """A shelf of plain load cells. Its moves are the box's own, so the box tells them again until they are durable."""

    def __init__(self, device: str, settings: RawShelfSettings, wires: Wires) -> None:
        self._again: list[ShelfMoved] = []
        self._samples = Samples(settings)
        self._shelf = ReportingDevice(
            device,
            wires.broker,
            decode=no_events,
            decode_state=self._samples.read,
            silent_after_s=settings.silent_after_s,
        )

    async def __aenter__(self) -> Self:
        await self._shelf.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._shelf.__aexit__(kind, error, trace)

    async def readings(self) -> AsyncIterator[AnyReading]:
        """Moves and levels; what the journal could not take comes again. Raises DeviceGone, DeviceSilent."""
        async for reading in self._shelf.readings():
            again, self._again = self._again, []
            for move in again:
                yield move
            yield reading

    async def acknowledge(self, reading: Reported | Unreadable, receipt: Receipt) -> None:
        """Nobody waits for an answer; a move that is not durable is kept to be told again."""
        if receipt.retry and isinstance(reading, ShelfMoved):
            self._again.append(reading)

    async def perform(self, command: AnyCommand) -> Answer:
        """Set a property and wait for the shelf to report it."""
        return await self._shelf.perform(command)


def no_events(message: Message) -> Unreadable:
    """What is said to a shelf that sends both."""
    return unreadable(message, 'a shelf that sends samples sends no events: set driver = "shelf/load-cell" for one that does')


def _open(device: str, settings: RawShelfSettings, wires: Wires) -> RawShelf:
    return RawShelf(device, settings, wires)


DRIVER = Driver(kind="shelf", settings_class=RawShelfSettings, open=_open, commands=(SetProperty,))
