"""What one device says at the broker, in order, for as long as its driver is open.

A device that says more than anybody can deal with is cut off and told so; those beside it do not notice.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import TYPE_CHECKING, Self

from drivers.contract import DeviceSilent
from drivers.wires.mqtt_inbox import KEPT_WHILE_CLOSED, MOST_IN_A_SECOND, Inbox, Message
from drivers.wires.mqtt_problems import ANSWER_S
from drivers.wires.mqtt_waiting import next_of
from drivers.wires.tape import reel_here

if TYPE_CHECKING:
    from drivers.wires.mqtt import Broker
    from drivers.wires.mqtt_connection import Connection

EVENT = "event"


class Channel:
    """Everything that one device says, in order, while inside ``async with``."""

    def __init__(self, broker: Broker, device: str, inbox: Inbox, filters: list[str]) -> None:
        self._broker, self._device, self._inbox, self._filters, self._reel = broker, device, inbox, filters, reel_here()

    async def __aenter__(self) -> Self:
        self._inbox.reader = self
        try:
            connection = await self._broker.connection()
            self._inbox.gone, self._inbox.passed_over = "", 0
            self._drop_retained()
            await self._listen(connection)
        except BaseException:
            self._inbox.reader = None
            raise
        return self

    async def _listen(self, connection: Connection) -> None:
        """Subscribe, and wait until that holds or a message is there already: the answer may stand behind a long backlog."""
        inbox, confirmed = self._inbox, connection.subscribe(self._filters)
        confirmed.add_done_callback(self._wake)
        try:
            async with asyncio.timeout(ANSWER_S):
                while not (confirmed.done() or inbox.waiting or inbox.gone):
                    inbox.arrived.clear()
                    await inbox.arrived.wait()
        except TimeoutError as error:
            raise DeviceSilent(f"the broker did not let {self._device} be heard in {ANSWER_S:g} s; is its disk full?") from error

    def _wake(self, confirmed: asyncio.Future[bool]) -> None:
        if not confirmed.cancelled():
            confirmed.exception()  # a lost connection is told by receive
        self._inbox.arrived.set()

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Free the device's share of the bound: only a few unread messages stay for the next opening.

        What was read and not acknowledged is left to the device's repeats when the driver failed, and to the broker when
        the box is stopping.
        """
        inbox = self._inbox
        inbox.reader = None
        kept = {message.number for message in inbox.waiting}
        failed = kind is not None and issubclass(kind, Exception)
        for number in [number for number in inbox.unacknowledged if number not in kept]:
            self._broker.release(inbox, number, puback=failed)
        while len(inbox.waiting) > KEPT_WHILE_CLOSED:
            self._broker.release(inbox, inbox.waiting.pop().number, puback=failed)

    async def receive(self, deadline_s: float | None) -> Message:
        """The next message; raises DeviceGone when the broker is lost, Flooded, TimeoutError after ``deadline_s`` without one."""
        message = await next_of(self._inbox, self._flooded, deadline_s)
        self._reel.heard(message.payload, f"{message.branch}/{message.name}")
        return message

    def puback(self, message: Message) -> None:
        """``message`` is dealt with; harmless for one of an earlier connection."""
        self._broker.release(self._inbox, message.number, puback=True)

    async def publish(self, topic: str, payload: bytes, *, deadline_s: float) -> None:
        """Publish at QoS 1 and wait until the broker has it; raises DeviceGone, DeviceSilent."""
        self._reel.said(payload, topic)
        await (await self._broker.connection()).publish(topic, payload, deadline_s=deadline_s)

    def tell(self, topic: str, payload: bytes) -> None:
        """Publish at QoS 0, at once: for what the device asks for again. Raises DeviceGone."""
        self._reel.said(payload, topic)
        self._broker.tell(topic, payload)

    def _flooded(self, passed_over: int) -> str:
        return (
            f"{self._device} says more than {MOST_IN_A_SECOND} things a second, {passed_over} of them were passed over: "
            "does it publish in a loop? it is heard again after a while, and what it repeats is not lost"
        )

    def _drop_retained(self) -> None:
        """The broker is about to tell every retained value again; older copies would be out of date."""
        for message in [message for message in self._inbox.waiting if message.branch != EVENT]:
            self._inbox.waiting.remove(message)
            self._broker.release(self._inbox, message.number, puback=True)
