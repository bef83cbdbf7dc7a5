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
from drivers.contract import DeviceGone
from drivers.topics import heard, subscriptions
from drivers.wires.mqtt_channel import EVENT, Channel
from drivers.wires.mqtt_connection import Connection
from drivers.wires.mqtt_described import Descriptions
from drivers.wires.mqtt_foreign import Ears
from drivers.wires.mqtt_inbox import Held, Inbox, Message
from drivers.wires.mqtt_packets import Delivery
from drivers.wires.mqtt_problems import ANSWER_S

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
        self._up, self.ears, self.descriptions = asyncio.Event(), Ears(), Descriptions()

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
        if inbox is None or connection is None or not inbox.takes(connection.heard_ms) or (raw.retained and branch == EVENT):
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
