"""A light, a plug or a sensor that speaks a dialect of its own at the shop's broker: listened to, and asked.

Nothing is shown before the device has said that it is there, and nothing after it has said, or its last will, that it is not.
A command is *accepted* when the device says so and *reached* when it reports the value; it is never published retained, for a
retained command would be obeyed again at every power cut.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from types import TracebackType
from typing import Self, assert_never

from drivers.ambience.dialect import MOST_PROPERTIES, Ask, Away, Declined, Dialect, Here, Odd, Told, Took, Value, Wish
from drivers.commands import Accepted, Answer, AnyCommand, Done, Refused, SetProperty, Unknown, cannot
from drivers.contract import DeviceGone, DeviceSilent
from drivers.readings import AnyReading, Presence, Unreadable
from drivers.room_readings import PropertySeen
from drivers.wires.mqtt import Broker
from drivers.wires.mqtt_foreign import ForeignChannel, Word

HELLO_S = 10.0
"""The broker keeps whether a device is there, so it is told at once; a device that is asked answers within this."""

AWAY_S = 2.0
"""A device that is known to be away is awaited so long, then opened anew: seldom enough for a shop of a hundred lamps."""

PUBLISH_S = 5.0
KEPT_BYTES = 1024
ODD_TOPICS = 64


class ForeignDevice:
    """Device ``device`` at ``broker``, spoken to in ``dialect``; it is open once."""

    def __init__(self, device: str, broker: Broker, dialect: Dialect, *, silent_after_s: int | None = None) -> None:
        self._device, self._dialect, self._silent_after_s = device, dialect, silent_after_s
        self._channel = ForeignChannel(broker, device, dialect.filters)
        self._here, self._away, self._ended = False, "", ""
        self._known: dict[str, Value] = {}
        self._held: dict[str, Value] = {}
        self._odd: dict[str, str] = {}
        self._wish: Wish | None = None
        self._answer: Took | Declined | None = None
        self._reached = False
        self._news, self._asking = asyncio.Event(), asyncio.Lock()

    async def __aenter__(self) -> Self:
        await self._channel.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._ended = self._ended or str(error or f"{self._device} was closed")
        self._news.set()
        await self._channel.__aexit__(kind, error, trace)

    async def readings(self) -> AsyncIterator[AnyReading]:
        """Presence, then every property that changes. Raises DeviceGone, DeviceSilent, Flooded."""
        opened = asyncio.get_running_loop().time()
        while True:
            word = await self._next(opened)
            for told in self._dialect.hear(word.topic, word.payload):
                for ask in self._questions(told):
                    await self._channel.publish(ask.topic, ask.payload, deadline_s=PUBLISH_S)
                for reading in self._read(told, word):
                    yield reading
            self._news.set()

    def _questions(self, told: Told) -> Iterable[Ask]:
        """Asked before it is there, it would never answer; asked at every hello, for it may have been off for a moment."""
        match told:
            case Here():
                return self._dialect.opening()
            case Ask():
                return (told,)
        return ()

    async def perform(self, command: AnyCommand) -> Answer:
        """Set a property; ``readings`` must be listened to meanwhile. Raises DeviceGone when the device goes on the way."""
        if not isinstance(command, SetProperty):
            return cannot(command, self._device, "set-property")
        if not self._here:
            return Refused(reason=f"{self._device} has not said that it is there; try again when it has")
        wish = self._dialect.wish(command.property, command.value)
        if isinstance(wish, Refused):
            return wish
        if self._asking.locked():
            return Refused(reason=f"{self._device} is still being asked for something else; try again when it has answered")
        async with self._asking:
            return await self._ask(wish, command)

    async def _ask(self, wish: Wish, command: SetProperty) -> Answer:
        self._wish, self._answer, self._reached = wish, None, False
        deadline_s = command.deadline_ms / 1000
        try:
            async with asyncio.timeout(deadline_s):
                await self._channel.publish(wish.topic, wish.payload, deadline_s=2 * deadline_s)
                self._news.clear()
                while (answer := self._outcome(wish, command)) is None:
                    await self._news.wait()
                    self._news.clear()
        except TimeoutError:
            return self._late(wish, command)
        finally:
            self._wish = None
        return answer

    def _outcome(self, wish: Wish, command: SetProperty) -> Answer | None:
        """What is certain now; None while nothing is. Raises DeviceGone."""
        if self._ended:
            raise DeviceGone(self._ended)
        match self._answer:
            case Declined(words=words):
                return Refused(reason=f"{self._device} says: {words}")
            case Took() if wish.quiet:
                return Accepted(detail=wish.quiet)
        if self._reached or (self._answer is not None and self._is_known(wish)):
            return Done(detail=f"{command.property} = {command.value}")
        return None

    def _late(self, wish: Wish, command: SetProperty) -> Answer:
        wanted = f"{command.property} = {command.value}"
        if wish.quiet:
            return Accepted(detail=wish.quiet)
        if self._is_known(wish):
            return Done(detail=f"{wanted}, as it was before")
        known = self._known.get(wish.property)
        if self._answer is not None:
            says = f"it says {known.value[:40]!r}" if known else "it has not said how it is"
            return Accepted(detail=f"{self._device} took it, but does not report {wanted} yet: {says}")
        return Unknown(
            reason=f"{self._device} said nothing to {wanted} in {command.deadline_ms} ms: look whether it did it, "
            "and whether the broker lets the box write to it (storebox mosquitto writes its access list)"
        )

    def _is_known(self, wish: Wish) -> bool:
        known = self._known.get(wish.property)
        return known is not None and wish.reached(known.value)

    async def _next(self, opened: float) -> Word:
        if self._here:
            try:
                return await self._channel.receive(self._silent_after_s)
            except TimeoutError as error:
                raise DeviceSilent(
                    f"{self._device} has said nothing for {self._silent_after_s} s: is it hung? switch it off and on"
                ) from error
        until = opened + (AWAY_S if self._away else HELLO_S)
        try:
            return await self._channel.receive(max(until - asyncio.get_running_loop().time(), 0.001))
        except TimeoutError as error:
            if self._away:
                raise DeviceGone(self._away) from error
            raise DeviceSilent(f"{self._device} has not said that it is there: {self._dialect.hello}") from error

    def _read(self, told: Told, word: Word) -> Iterator[AnyReading]:
        match told:
            case Here():
                yield from self._arrive(told, word)
            case Away():
                self._leave(told)
            case Value():
                yield from self._report(told, word)
            case Took() | Declined():
                if self._wish is not None and told.token == self._wish.token and not isinstance(self._answer, Declined):
                    self._answer = told
            case Odd():
                yield from self._set_aside(told, word)
            case Ask():
                pass
            case _:
                assert_never(told)

    def _leave(self, away: Away) -> None:
        """A device that was not there yet may come a moment later, and is then heard without a new opening."""
        self._away = away.why
        if self._here:
            self._ended = away.why
            self._news.set()
            raise DeviceGone(away.why)

    def _arrive(self, here: Here, word: Word) -> Iterator[AnyReading]:
        self._here = True
        yield Presence(device=self._device, at=word.at, monotonic_ms=word.monotonic_ms, state=here.state)
        held, self._held = self._held, {}
        for value in held.values():
            yield from self._report(value, word)

    def _report(self, value: Value, word: Word) -> Iterator[AnyReading]:
        if not self._here:
            if len(self._held) < MOST_PROPERTIES:
                self._held[value.property] = value
            return
        wish = self._wish
        self._reached |= wish is not None and wish.property == value.property and wish.reached(value.value)
        if self._known.get(value.property) == value:
            return
        if value.property not in self._known and len(self._known) >= MOST_PROPERTIES:
            yield from self._set_aside(Odd(problem=f"more than {MOST_PROPERTIES} properties: does it invent names?"), word)
            return
        self._known[value.property] = value
        yield PropertySeen(
            device=self._device,
            at=word.at,
            monotonic_ms=word.monotonic_ms,
            property=value.property,
            value=value.value,
            unit=value.unit,
            target=value.target,
        )

    def _set_aside(self, odd: Odd, word: Word) -> Iterator[AnyReading]:
        """Once, and not again while the same topic says the same nonsense."""
        if self._odd.get(word.topic) == odd.problem:
            return
        if len(self._odd) >= ODD_TOPICS:
            self._odd.clear()
        self._odd[word.topic] = odd.problem
        yield Unreadable(
            device=self._device,
            at=word.at,
            monotonic_ms=word.monotonic_ms,
            problem=odd.problem,
            payload=word.payload[:KEPT_BYTES],
        )
