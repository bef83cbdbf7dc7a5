"""Others than the shop's devices at its broker: they speak under topics of their own, which the box hears only for them.

    async with ForeignChannel(broker, "lamp-1", ["homie/5/lamp-1/#"]) as channel:
        word = await channel.receive(10.0)                 # word.topic, word.payload, word.retained

They report states, which they repeat or are asked for again, so nothing is held for them: heard at QoS 0, and only while the
driver is open. One that says more than anybody can follow is cut off and told so; the tills beside it do not notice.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Self

from drivers.contract import DeviceGone, DeviceSilent
from drivers.wires.mqtt_problems import ANSWER_S
from drivers.wires.mqtt_waiting import next_of
from drivers.wires.tape import reel_here
from drivers.wires.topic_filters import matches

if TYPE_CHECKING:
    from drivers.wires.mqtt import Broker
    from drivers.wires.mqtt_connection import Connection
    from drivers.wires.mqtt_packets import Delivery

MOST_MESSAGES, MOST_BYTES = 2048, 2 << 20
"""So much may wait for one driver: all retained values of a large device come at once."""

MOST_IN_A_SECOND = 500
"""More, retained ones not counted, is a loop and no lamp."""

TOPICS_KNOWN = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One message of a foreign device; ``retained``: the broker kept it, it was said some time before ``at`` (UTC)."""

    topic: str
    payload: bytes
    retained: bool
    at: datetime
    monotonic_ms: int


@dataclass(slots=True, eq=False)
class Ear:
    """What one open driver hears; ``passed_over`` counts what it could not take."""

    filters: tuple[str, ...]
    waiting: deque[Word] = field(default_factory=deque)
    bytes: int = 0
    passed_over: int = 0
    gone: str = ""
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _second: int = 0
    _in_second: int = 0

    def take(self, word: Word) -> None:
        """Keep ``word`` for the driver, or count it."""
        if self._too_much(word):
            self.passed_over += 1
        else:
            self.waiting.append(word)
            self.bytes += len(word.payload)
        self.arrived.set()

    def _too_much(self, word: Word) -> bool:
        second = word.monotonic_ms // 1000
        if second != self._second:
            self._second, self._in_second = second, 0
        self._in_second += not word.retained
        return (
            self.passed_over > 0
            or self._in_second > MOST_IN_A_SECOND
            or len(self.waiting) >= MOST_MESSAGES
            or self.bytes >= MOST_BYTES
        )


class Ears:
    """All of them, and which topic is for whom."""

    def __init__(self) -> None:
        self._ears: list[Ear] = []
        self._known: dict[str, tuple[Ear, ...]] = {}

    def hear(self, raw: Delivery, at: datetime, monotonic_ms: int) -> bool:
        """Give ``raw`` to everyone who listens to its topic; False when nobody does."""
        ears = self._known.get(raw.topic)
        if ears is None:
            ears = self._look_up(raw.topic)
        if not ears:
            return False
        word = Word(topic=raw.topic, payload=raw.payload, retained=raw.retained, at=at, monotonic_ms=monotonic_ms)
        for ear in ears:
            ear.take(word)
        return True

    def open(self, ear: Ear) -> None:
        """Hear from now on."""
        self._ears.append(ear)
        self._known.clear()

    def close(self, ear: Ear) -> list[str]:
        """Hear no more; returns the filters that nobody else wants."""
        self._ears.remove(ear)
        self._known.clear()
        wanted = {one for other in self._ears for one in other.filters}
        return [one for one in ear.filters if one not in wanted]

    def end(self, why: str) -> None:
        """The broker is lost."""
        for ear in self._ears:
            ear.gone = why
            ear.arrived.set()

    def _look_up(self, topic: str) -> tuple[Ear, ...]:
        ears = tuple(ear for ear in self._ears if any(matches(one, topic) for one in ear.filters))
        if len(self._known) >= TOPICS_KNOWN:  # a device may invent topics for ever
            self._known.clear()
        self._known[topic] = ears
        return ears


class ForeignChannel:
    """What one foreign device says, in order, while inside ``async with``, and what it is told."""

    def __init__(self, broker: Broker, device: str, filters: Sequence[str], news: asyncio.Event | None = None) -> None:
        """``news``, if given, is set whenever something has come or the broker is lost."""
        self._broker, self._ears, self._device, self._reel = broker, broker.ears, device, reel_here()
        self._filters, self._news = tuple(filters), news or asyncio.Event()
        self._ear = Ear(self._filters, arrived=self._news)
        self._connection: Connection | None = None

    async def __aenter__(self) -> Self:
        """Subscribe: the broker tells every retained value again. Raises DeviceGone, DeviceSilent."""
        connection = self._connection = await self._broker.connection()
        self._ear = Ear(self._filters, arrived=self._news)
        self._ears.open(self._ear)
        try:
            async with asyncio.timeout(ANSWER_S):
                await connection.subscribe(self._filters, qos=0)
        except TimeoutError as error:
            self._leave()
            raise DeviceSilent(f"the broker did not let {self._device} be heard in {ANSWER_S:g} s; is it overloaded?") from error
        except BaseException:
            self._leave()
            raise
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._leave()

    async def receive(self, deadline_s: float | None) -> Word:
        """The next message; raises DeviceGone when the broker is lost, Flooded, TimeoutError after ``deadline_s``."""
        ear = self._ear
        word = await next_of(ear, self._flooded, deadline_s)
        ear.bytes -= len(word.payload)
        self._reel.heard(word.payload, word.topic)
        return word

    def waiting(self) -> list[Word]:
        """All that has come and was not received yet; raises DeviceGone when the broker is lost."""
        ear = self._ear
        if ear.gone:
            raise DeviceGone(ear.gone)
        words = list(ear.waiting)
        ear.waiting.clear()
        ear.bytes = 0
        return words

    async def publish(self, topic: str, payload: bytes, *, deadline_s: float, retain: bool = False) -> bool:
        """Publish at QoS 1 and wait until the broker has it: False if it may not. Raises DeviceGone, DeviceSilent.

        Only what is said of a device is retained, never what a device is told.
        """
        self._reel.said(payload, topic)
        connection = await self._broker.connection()
        return await connection.publish(topic, payload, deadline_s=deadline_s, retain=retain)

    def _flooded(self, passed_over: int) -> str:
        return (
            f"{self._device} says more than {MOST_IN_A_SECOND} things a second, {passed_over} of them were passed over: "
            "does it, or another program, publish in a loop? it is heard again after a while"
        )

    def _leave(self) -> None:
        unwanted = self._ears.close(self._ear)
        if unwanted and self._connection is not None:
            self._connection.unsubscribe(unwanted)
        self._connection = None
