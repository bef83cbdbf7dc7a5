"""One plugged-in device from the settings to the board: opened, listened to, answered, reopened when it fails."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import structlog

from drivers.commands import Answer, AnyCommand, Refused, Unknown, command_name
from drivers.contract import BadFrame, Device, DeviceError, DeviceGone, DeviceSilent, Driver, Wires
from drivers.counter_readings import PaymentCodeShown
from drivers.one_attempt import OneAttempt
from drivers.readings import AnyReading, Unreadable
from drivers.room_readings import PropertySeen
from drivers.wires.tape import Reel, wound
from edge.flaps import Flaps
from edge.intake import Intake, Rules
from edge.status import Board, DeviceState, DeviceStatus
from edge.supervisor import CEILING_S, Part

if TYPE_CHECKING:
    from sync.journal import Journal

log = structlog.get_logger()

GONE_CEILING_S = 1.0


@dataclass(slots=True, kw_only=True)
class Attended:
    """A device that is kept open. ``shared_wire_down`` tells that its wire fails for all and was logged already.

    ``keep_code`` may take a payment code out of its reading; what is left in it is forgotten when the reading was dealt with.
    """

    name: str
    driver: Driver
    driver_name: str
    settings: Any
    wires: Wires
    journal: Journal
    rules: Rules
    board: Board
    shared_wire_down: Callable[[], bool] = lambda: False
    keep_code: Callable[[PaymentCodeShown], None] = lambda _shown: None
    reel: Reel = field(default_factory=Reel)
    _open: Device | None = None
    _flaps: Flaps = field(default_factory=Flaps)
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

    @property
    def is_open(self) -> bool:
        """Whether its wire is open, so that it can be asked."""
        return self._open is not None

    def refusal(self, command: AnyCommand) -> Refused | None:
        """Why the device cannot be asked for ``command`` now: it never can, or it is not connected."""
        if not isinstance(command, self.driver.commands):
            can = ", ".join(command_name(each) for each in self.driver.commands) or "nothing"
            return Refused(reason=f"{self.name} cannot {command_name(type(command))}; it can: {can}")
        if self._open is None:
            problem = self.board.devices[self.name].problem or "still starting"
            return Refused(reason=f"{self.name} is not connected: {problem}", unheard=True)
        return None

    async def perform(self, command: AnyCommand) -> Answer:
        """Ask the device for one thing; refused as ``refusal`` says, unknown when its wire fails on the way."""
        refusal = self.refusal(command)
        if refusal is not None or self._open is None:
            return refusal or Refused(reason=f"{self.name} is not connected")
        try:
            return await self._open.perform(command)
        except DeviceError as error:
            return Unknown(reason=f"{self.name} did not answer: {error}")

    async def _attend(self) -> None:
        with wound(self.reel):
            await self._keep_open()

    async def _keep_open(self) -> None:
        async with self.driver.open(self.name, self.settings, self.wires) as device:
            intake = Intake(journal=self.journal, rules=self.rules, device=device)
            self._open = device
            self.board.touch()  # jobs wait for it
            try:
                async with asyncio.TaskGroup() as side:
                    side.create_task(intake.answer(), name=f"{self.name}: answers")
                    side.create_task(self._listen(device, intake), name=f"{self.name}: readings")
            finally:
                self._open = None

    async def _listen(self, device: Device, intake: Intake) -> None:
        async for reading in device.readings():
            self._show_reading(_without_secret(reading))
            if isinstance(reading, PaymentCodeShown):
                self.keep_code(reading)  # before it is decided: the bill may be there sooner than this goes on
            try:
                await intake.take(reading)
            finally:
                if isinstance(reading, PaymentCodeShown):
                    reading.code.forget()
        raise DeviceGone(f"{self.name} stopped talking")

    def _show_reading(self, reading: AnyReading) -> None:
        status = self.board.devices[self.name]
        self.part.works()
        self._log(up=True)
        if status.state != "up":
            status = replace(status, state="up", since=reading.at, problem="")
        if isinstance(reading, Unreadable):
            status = replace(status, unreadable=status.unreadable + 1)
        else:
            properties = status.properties
            if isinstance(reading, PropertySeen):
                properties = {**properties, reading.property: reading}
            status = replace(status, reading=reading, properties=properties, readings_seen=status.readings_seen + 1)
        self.board.show_device(status)

    def _show_down(self, error: Exception) -> None:
        if not self.shared_wire_down():
            self._log(up=False, problem=str(error))
        self._show(_state(error), str(error))

    def _log(self, *, up: bool, problem: str = "") -> None:
        changes = self._flaps.sign(time.monotonic(), up=up)
        if not changes:
            return
        often = {"changes": changes} if changes > 1 else {}
        if up:
            log.info("device is back", device=self.name, **often)
        else:
            log.warning("device is down", device=self.name, problem=problem, **often)

    def _show(self, state: DeviceState, problem: str) -> None:
        status = self.board.devices[self.name]
        since = status.since if status.state == state else _now()
        reopened = status.reopened + (status.state != state)
        self.board.show_device(replace(status, state=state, since=since, problem=problem, reopened=reopened))


def _without_secret(reading: AnyReading) -> AnyReading:
    """``reading`` as the board may keep it: whoever looks at the page must not be able to use a shopper's payment code."""
    return replace(reading, code=OneAttempt("")) if isinstance(reading, PaymentCodeShown) else reading


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
