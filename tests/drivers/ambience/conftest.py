"""A shop with lights of other makers: a real mosquitto with their access list, and the box listening to them.

``async with room(lamp-1=HomieSettings()) as shop:`` and then ``async with shop.hearing("lamp-1") as lamp:``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from drivers.ambience.foreign_device import ForeignDevice
from drivers.commands import Answer, SetProperty
from drivers.contract import DeviceError, Driver, Wires
from drivers.foreign_access import foreign_of
from drivers.readings import AnyReading, Presence, Unreadable
from drivers.room_readings import PropertySeen
from drivers.wires.mqtt import Broker

if TYPE_CHECKING:
    from tests.conftest import Mosquitto

EVENTUALLY_S = 60.0


@dataclass
class Heard:
    """What the driver of one device says, as it comes; ``ended`` is the error that it ended with."""

    device: ForeignDevice
    readings: list[AnyReading] = field(default_factory=list)
    ended: DeviceError | None = None
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self) -> None:
        try:
            async for reading in self.device.readings():
                self.readings.append(reading)
                self.news.set()
        except DeviceError as error:
            self.ended = error
        self.news.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(EVENTUALLY_S):
            while not holds():
                assert self.ended is None, self.ended
                self.news.clear()
                await self.news.wait()

    async def here(self) -> None:
        await self.until(lambda: any(isinstance(reading, Presence) for reading in self.readings))

    async def seen(self, property_: str, value: str) -> PropertySeen:
        await self.until(lambda: any((one.property, one.value) == (property_, value) for one in self.properties()))
        return [one for one in self.properties() if (one.property, one.value) == (property_, value)][-1]

    async def problem(self) -> str:
        await self.until(lambda: any(isinstance(reading, Unreadable) for reading in self.readings))
        return next(reading.problem for reading in self.readings if isinstance(reading, Unreadable))

    async def gone(self) -> DeviceError:
        async with asyncio.timeout(EVENTUALLY_S):
            while self.ended is None:
                self.news.clear()
                await self.news.wait()
        return self.ended

    def properties(self) -> list[PropertySeen]:
        return [reading for reading in self.readings if isinstance(reading, PropertySeen)]

    async def set(self, property_: str, value: str, deadline_ms: int = 20_000) -> Answer:
        return await self.device.perform(SetProperty(property=property_, value=value, deadline_ms=deadline_ms))


@dataclass
class Shop:
    mosquitto: Mosquitto
    broker: Broker
    plugged: dict[str, tuple[Driver, Any]]

    @property
    def address(self) -> tuple[str, int]:
        return self.mosquitto.host, self.mosquitto.port

    @asynccontextmanager
    async def hearing(self, name: str) -> AsyncIterator[Heard]:
        """Driver ``name`` opened, and listened to in a task of its own."""
        driver, settings = self.plugged[name]
        async with driver.open(name, settings, Wires(broker=self.broker)) as device:
            heard = Heard(device)  # type: ignore[arg-type]
            async with asyncio.TaskGroup() as tasks:
                listening = tasks.create_task(heard.listen(), name=f"readings of {name}")
                try:
                    yield heard
                finally:
                    listening.cancel()


Room = Callable[..., AbstractAsyncContextManager[Shop]]


@pytest.fixture
def room(broker_at: Callable[..., Mosquitto], box_at: Callable[..., AbstractAsyncContextManager[Broker]]) -> Room:
    @asynccontextmanager
    async def furnished(driver: Driver, **devices: Any) -> AsyncIterator[Shop]:
        plugged = {name.replace("_", "-"): (driver, settings) for name, settings in devices.items()}
        mosquitto = broker_at(foreign=foreign_of({name: settings for name, (_, settings) in plugged.items()}))
        mosquitto.start()
        async with box_at(mosquitto) as broker:
            yield Shop(mosquitto, broker, plugged)

    return furnished
