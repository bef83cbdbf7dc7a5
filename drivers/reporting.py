"""A device that reports over MQTT: its readings, the acks it waits for, and whether it is there. Drivers bring ``decode``.

An event is acknowledged to the device after COMMIT or refusal, and only then to the broker; a message without a readable
id only to the broker. ``$state`` lost (the last will) is DeviceGone; no word at all is DeviceSilent.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Self

from drivers.commands import AnyCommand, Done, Refused, SetProperty, cannot
from drivers.contract import DeviceGone, DeviceSilent, Receipt
from drivers.readings import AnyReading, Presence, Reported, Unreadable
from drivers.reports import acknowledgement, shown, unreadable
from drivers.topics import BadId, ack_topic, set_topic
from drivers.wires.mqtt import Broker
from drivers.wires.mqtt_inbox import Message

HELLO_S = 10.0
"""A device that is on publishes a retained ``$state``, so its first word comes at once."""

Decode = Callable[[Message], Reported | Unreadable]
DecodeState = Callable[[Message], AnyReading | None]


class ReportingDevice:
    """Device ``device`` of the broker's box. ``decode`` reads its events, ``decode_state`` its properties."""

    def __init__(
        self, device: str, broker: Broker, *, decode: Decode, decode_state: DecodeState, silent_after_s: int | None
    ) -> None:
        self._device, self._box, self._channel = device, broker.box, broker.channel(device)
        self._ack_topic, self._descriptions = ack_topic(broker.box, device), broker.descriptions
        self._decode, self._decode_state, self._silent_after_s = decode, decode_state, silent_after_s
        self._unanswered: dict[int, tuple[AnyReading, Message]] = {}
        self._reported: dict[str, str] = {}
        self._changed = asyncio.Event()
        self._asking = asyncio.Lock()

    async def __aenter__(self) -> Self:
        await self._channel.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._channel.__aexit__(kind, error, trace)

    async def readings(self) -> AsyncIterator[AnyReading]:
        """What the device says, in order; raises DeviceGone, DeviceSilent, Flooded."""
        patience: float | None = HELLO_S
        while True:
            try:
                message = await self._channel.receive(patience)
            except TimeoutError as error:
                raise DeviceSilent(self._silence(patience)) from error
            patience = self._silent_after_s
            reading = self._read(message)
            if reading is not None:
                yield reading

    async def acknowledge(self, reading: Reported | Unreadable, receipt: Receipt) -> None:
        """Tell the device, then the broker; raises DeviceGone. A lost answer comes again: the device repeats its report."""
        _, message = self._unanswered.pop(id(reading), (None, None))
        if reading.report is not None:
            self._channel.tell(self._ack_topic, acknowledgement(reading.report, receipt))
        if message is not None:
            self._channel.puback(message)

    async def perform(self, command: AnyCommand) -> Done | Refused:
        """Set a property and wait for the device to report it; needs ``readings`` to be listened to meanwhile."""
        if not isinstance(command, SetProperty):
            return cannot(command, self._device, "set-property")
        return await self._set(command)

    async def _set(self, command: SetProperty) -> Done | Refused:
        name, value, deadline_s = command.property, command.value, command.deadline_ms / 1000
        try:
            topic = set_topic(self._box, self._device, name)
        except BadId as error:
            return Refused(reason=str(error))
        try:
            async with asyncio.timeout(deadline_s), self._asking:
                self._reported.pop(name, None)
                await self._channel.publish(topic, value.encode(), deadline_s=deadline_s)
                while self._reported.get(name) != value:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            said = f"it says {shown(self._reported[name])}" if name in self._reported else "it says nothing"
            return Refused(reason=f"{self._device} did not report {name} = {value!r} in {command.deadline_ms} ms: {said}")
        return Done(detail=f"{name} = {value}")

    def _read(self, message: Message) -> AnyReading | None:
        match message.branch:
            case "event":
                event = self._decode(message)
                if event.report is not None:
                    self._unanswered[id(event)] = (event, message)
                    return event
                self._channel.puback(message)
                return event
            case "state" if message.payload:
                self._channel.puback(message)
                self._reported[message.name] = message.payload.decode("utf-8", "replace")
                self._changed.set()
                return self._decode_state(message)
            case "$state" if message.payload:
                self._channel.puback(message)
                return self._hear_of(message)
            case "$description":
                self._channel.puback(message)
                self._descriptions.hear(self._device, message.payload)
                return None
            case _:  # An empty payload is a retained value taken back.
                self._channel.puback(message)
                return None

    def _hear_of(self, message: Message) -> Presence | Unreadable:
        match message.payload.decode("utf-8", "replace"):
            case "init" | "ready" | "sleeping" as state:
                return Presence(device=message.device, at=message.at, monotonic_ms=message.monotonic_ms, state=state)
            case "lost":
                raise DeviceGone(
                    f"{self._device} dropped off the network: check its power and cable; "
                    "if it comes and goes, two devices log in under this name"
                )
            case other:
                return unreadable(message, f"$state is {shown(other)}; it must be init, ready, sleeping or lost")

    def _silence(self, patience: float | None) -> str:
        if self._silent_after_s is not None and patience == self._silent_after_s:
            return f"{self._device} has said nothing for {patience:g} s: is it hung? switch it off and on"
        return (
            f"{self._device} has not said hello yet: is it on, does it log in as {self._device!r} with its own password, "
            f"and does it publish $state, retained?"
        )
