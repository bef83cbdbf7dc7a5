"""One plugged-in device from the settings to the board: opened, listened to, answered, reopened when it fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import structlog

from drivers.commands import Answer, AnyCommand, Refused, Unknown, command_name
from drivers.contract import BadFrame, Device, DeviceError, DeviceGone, DeviceSilent, Driver, Wires
from drivers.readings import AnyReading, Unreadable
from edge.intake import Intake, Rules
from edge.status import Board, DeviceState, DeviceStatus
from edge.supervisor import CEILING_S, Part

if TYPE_CHECKING:
    from sync.journal import Journal

log = structlog.get_logger()

GONE_CEILING_S = 1.0


@dataclass(slots=True, kw_only=True)
class Attended:
    """A device that is kept open. ``shared_wire_down`` tells that its wire fails for all and was logged already."""

    name: str
    driver: Driver
    driver_name: str
    settings: Any
    wires: Wires
    journal: Journal
    rules: Rules
    board: Board
    shared_wire_down: Callable[[], bool] = lambda: False
    _open: Device | None = None
    _was_up: bool = True
    part: Part = field(init=False)

    def __post_init__(self) -> None:
        self.part = Part(
            name=self.name,
            run=self._attend,
            expected=(DeviceError,),
            down=self._show_down,
            broken=lambda problem: self._show("broken", problem),
            ceiling_s=lambda error: GONE_CEILING_S if isinstance(error, DeviceGone) else CEILING_S,
        )
        self.board.show_device(
            DeviceStatus(device=self.name, kind=self.driver.kind, driver=self.driver_name, state="starting", since=_now())
        )

    async def perform(self, command: AnyCommand) -> Answer:
        """Ask the device for one thing; refused when it is not open or cannot do it, unknown when its wire fails."""
        if not isinstance(command, self.driver.commands):
            can = ", ".join(command_name(each) for each in self.driver.commands) or "nothing"
            return Refused(reason=f"{self.name} cannot {command_name(type(command))}; it can: {can}")
        if self._open is None:
            return Refused(reason=f"{self.name} is not connected: {self.board.devices[self.name].problem or 'still starting'}")
        try:
            return await self._open.perform(command)
        except DeviceError as error:
            return Unknown(reason=f"{self.name} did not answer: {error}")

    async def _attend(self) -> None:
        async with self.driver.open(self.name, self.settings, self.wires) as device:
            intake = Intake(journal=self.journal, rules=self.rules, device=device)
            self._open = device
            try:
                async with asyncio.TaskGroup() as side:
                    side.create_task(intake.answer(), name=f"{self.name}: answers")
                    side.create_task(self._listen(device, intake), name=f"{self.name}: readings")
            finally:
                self._open = None

    async def _listen(self, device: Device, intake: Intake) -> None:
        async for reading in device.readings():
            self._show_reading(reading)
            await intake.take(reading)
        raise DeviceGone(f"{self.name} stopped talking")

    def _show_reading(self, reading: AnyReading) -> None:
        status = self.board.devices[self.name]
        self.part.works()
        if status.state != "up":
            self._log_up(status.state)
            status = replace(status, state="up", since=reading.at, problem="")
        if isinstance(reading, Unreadable):
            status = replace(status, unreadable=status.unreadable + 1)
        else:
            status = replace(status, reading=reading, readings_seen=status.readings_seen + 1)
        self.board.show_device(status)

    def _log_up(self, before: DeviceState) -> None:
        if not self._was_up:
            log.info("device is back", device=self.name, before=before)
        self._was_up = True

    def _show_down(self, error: Exception) -> None:
        if self._was_up and not self.shared_wire_down():
            log.warning("device is down", device=self.name, problem=str(error))
        self._was_up = False
        self._show(_state(error), str(error))

    def _show(self, state: DeviceState, problem: str) -> None:
        status = self.board.devices[self.name]
        since = status.since if status.state == state else _now()
        reopened = status.reopened + (status.state != state)
        self.board.show_device(replace(status, state=state, since=since, problem=problem, reopened=reopened))


def _state(error: Exception) -> DeviceState:
    match error:
        case DeviceSilent():
            return "silent"
        case BadFrame():
            return "failing"
        case DeviceGone():
            return "gone"
        case _:
            return "failing"


def _now() -> datetime:
    return datetime.now(UTC)
