"""The shop's broker as a wire: one connection for all devices, each with a channel of its own.

A message is acknowledged (``puback``) when it is dealt with, not when it is read, so what was not committed comes again.
Nothing here connects twice: ``run`` ends with DeviceGone and the supervisor runs it again.

    async with Broker(settings.mqtt, "box-1", password) as broker:
        ...                                    # a task: await broker.run()
        async with broker.channel("till-1") as channel:
            message = await channel.receive(None)
            channel.puback(message)
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import NoReturn, Self

from config.schema import Mqtt
from drivers.contract import DeviceGone, DeviceSilent
from drivers.topics import heard, subscriptions
from drivers.wires.mqtt_connection import Connection
from drivers.wires.mqtt_foreign import Ears
from drivers.wires.mqtt_inbox import KEPT_WHILE_CLOSED, Held, Inbox, Message
from drivers.wires.mqtt_packets import Delivery
from drivers.wires.mqtt_problems import ANSWER_S
from drivers.wires.tape import reel_here

EVENT = "event"
TOPICS_KNOWN = 1024  # topics that are not taken apart anew at every message


class Broker:
    """The connection of box ``box``; ``forgotten`` counts messages that nobody here could take (their devices repeat them)."""

    def __init__(self, settings: Mqtt, box: str, password: str | None) -> None:
        self.box = box
        self.held = Held()
        self.forgotten = 0
        self.problem = f"not connected to the broker at {settings.host}:{settings.port} yet"
        self._settings, self._password = settings, password
        self._inboxes: dict[str, Inbox] = {}
        self._numbered = 0
        self._routes: dict[str, tuple[Inbox | None, str, str, str]] = {}
        self._connection: Connection | None = None
        self._up, self.ears = asyncio.Event(), Ears()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._end("the box is stopping")

    @property
    def connected(self) -> bool:
        """Logged in and not lost."""
        return self._up.is_set() and self._connection is not None and not self._connection.lost

    @property
    def reading(self) -> bool:
        """False while the bound on unacknowledged messages holds the socket back."""
        return self._connection is not None and self._connection.reading

    async def run(self) -> NoReturn:
        """Connect and stay connected; raises DeviceGone, with what to do, when refused or lost."""
        settings = self._settings
        connection = Connection(
            host=settings.host, port=settings.port, username=settings.username, password=self._password, heard=self._hear
        )
        self._connection = connection
        try:
            await connection.open(settings.keepalive_s)
            self._up.set()
            await connection.keep()
        except DeviceGone as error:
            self.problem = str(error)
            raise
        finally:
            self._end(self.problem)

    def channel(self, device: str) -> Channel:
        """The messages of ``device``; raises BadId. Messages are kept for it from now on, a few while it is not open."""
        inbox = self._inboxes.setdefault(device, Inbox())
        self._routes.clear()
        return Channel(self, device, inbox, subscriptions(self.box, device))

    async def connection(self) -> Connection:
        """The connection, once it is up; raises DeviceGone when it does not come up in time."""
        try:
            async with asyncio.timeout(ANSWER_S):
                await self._up.wait()
        except TimeoutError as error:
            raise DeviceGone(self.problem) from error
        if self._connection is None:
            raise DeviceGone(self.problem)
        return self._connection

    def tell(self, topic: str, payload: bytes) -> None:
        """Publish at QoS 0 on the connection there is; raises DeviceGone."""
        if self._connection is None:
            raise DeviceGone(self.problem)
        self._connection.tell(topic, payload)

    def release(self, inbox: Inbox, number: int, *, puback: bool) -> None:
        """Delivery ``number`` no longer counts against the bound; fine when it is long gone."""
        packet_id, size = inbox.unacknowledged.pop(number, (0, -1))
        if size < 0:
            return
        self.held.messages -= 1
        self.held.bytes -= size
        if self._connection is None:
            return
        if puback and packet_id:
            self._connection.puback(packet_id)
        if not self._connection.reading and self.held.under():
            self._connection.read_on()

    def _route(self, topic: str) -> tuple[Inbox | None, str, str, str]:
        """Whose inbox, and what ``heard`` says of ``topic``."""
        device, branch, name = heard(self.box, topic) or ("", "", "")
        route = self._inboxes.get(device), device, branch, name
        if len(self._routes) >= TOPICS_KNOWN:  # a device may invent topics for ever
            self._routes.clear()
        self._routes[topic] = route
        return route

    def _hear(self, raw: Delivery) -> None:
        topic, connection = raw.topic, self._connection
        inbox, device, branch, name = self._routes.get(topic) or self._route(topic)
        if inbox is None and connection is not None and self.ears.hear(raw, connection.heard_at, connection.heard_ms):
            return  # at QoS 0: nobody waits for its PUBACK
        # An event stands for a moment: one that the broker kept (retained) would happen again at every subscription.
        if inbox is None or connection is None or inbox.full() or (raw.retained and branch == EVENT):
            self.forgotten += 1
            if raw.packet_id and connection is not None:
                connection.puback(raw.packet_id)
            return
        self._numbered += 1
        message = Message(
            device=device,
            branch=branch,
            name=name,
            payload=raw.payload,
            at=connection.heard_at,
            monotonic_ms=connection.heard_ms,
            number=self._numbered,
        )
        inbox.waiting.append(message)
        inbox.unacknowledged[self._numbered] = (raw.packet_id, len(raw.payload))
        inbox.arrived.set()
        held = self.held
        held.messages += 1
        held.bytes += len(raw.payload)
        if held.over():
            connection.hold()

    def _end(self, why: str) -> None:
        """Close, and forget what is held: the broker delivers it again."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        self._up.clear()
        self.held = Held()
        self.ears.end(why)
        for inbox in self._inboxes.values():
            inbox.end(why)


class Channel:
    """Everything that one device says, in order, while inside ``async with``."""

    def __init__(self, broker: Broker, device: str, inbox: Inbox, filters: list[str]) -> None:
        self._broker, self._device, self._inbox, self._filters, self._reel = broker, device, inbox, filters, reel_here()

    async def __aenter__(self) -> Self:
        self._inbox.reader = self
        try:
            connection = await self._broker.connection()
            self._inbox.gone = ""
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

    def _wake(self, confirmed: asyncio.Future[None]) -> None:
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
        """The next message; raises DeviceGone when the broker is lost, TimeoutError after ``deadline_s`` without one."""
        inbox = self._inbox
        while not inbox.waiting:
            if inbox.gone:
                raise DeviceGone(inbox.gone)
            inbox.arrived.clear()
            async with asyncio.timeout(deadline_s):
                await inbox.arrived.wait()
        message = inbox.waiting.popleft()
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

    def _drop_retained(self) -> None:
        """The broker is about to tell every retained value again; older copies would be out of date."""
        for message in [message for message in self._inbox.waiting if message.branch != EVENT]:
            self._inbox.waiting.remove(message)
            self._broker.release(self._inbox, message.number, puback=True)
