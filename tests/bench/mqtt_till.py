"""All that the box does with what a till says, until the till and the broker have their answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass
from datetime import time as time_of_day
from types import TracebackType
from typing import Any, Self, cast

from drivers.commands import AnyCommand, Done, Refused
from drivers.contract import Driver, Receipt, Wires
from drivers.pos.till import DRIVER, TillSettings
from drivers.readings import AnyReading, Reported, Unreadable
from drivers.reporting import ReportingDevice
from edge.attend import Attended
from edge.host.wall_clock import WallClock
from edge.rules import rules
from edge.shop.shop import Shop
from edge.status import Board
from tests.bench.mqtt_backlog import TILL, WAIT_S
from tests.bench.mqtt_ways import Bench, Countdown

SHOP = Shop(timezone="Asia/Shanghai", day_starts_at=time_of_day(4), currency="CNY", member_key=b"k" * 32)


async def through_the_till(bench: Bench, count: int) -> float:
    """All that the box does: the till's driver, the page's board, the shop's decision, COMMIT, the box's own ack, PUBACK."""
    done = asyncio.Event()
    countdown = Countdown(count, done)

    def counted(device: str, settings: TillSettings, wires: Wires) -> Counted:
        return Counted(till=cast(ReportingDevice, DRIVER.open(device, settings, wires)), countdown=countdown)

    async with bench.backlog.broker() as broker, asyncio.TaskGroup() as box:
        attended = Attended(
            name=TILL,
            driver=Driver(kind="till", settings_class=TillSettings, open=counted),
            driver_name="till/mqtt",
            settings=TillSettings(),
            wires=Wires(broker=broker),
            journal=bench.journal,
            rules=rules(SHOP, WallClock()),
            board=Board(),
        )
        running = box.create_task(cast(Coroutine[Any, Any, None], attended.part.run()), name=TILL)
        await asyncio.wait_for(done.wait(), WAIT_S)
        running.cancel()
    return countdown.rate()


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A till whose acknowledgements are counted."""

    till: ReportingDevice
    countdown: Countdown

    async def __aenter__(self) -> Self:
        await self.till.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.till.__aexit__(kind, error, trace)

    def readings(self) -> AsyncIterator[AnyReading]:
        self.countdown.begin()
        return self.till.readings()

    async def acknowledge(self, reading: Reported | Unreadable, receipt: Receipt) -> None:
        assert receipt.ok, receipt.problem
        await self.till.acknowledge(reading, receipt)
        self.countdown.one()

    async def perform(self, command: AnyCommand) -> Done | Refused:
        return await self.till.perform(command)
