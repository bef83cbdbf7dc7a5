"""From a reading to the journal and back to the device: shown at once, decided when it matters, answered after COMMIT.

The journal's bounded inbox is the only queue that can grow: when it is full, ``take`` waits and with it the wire.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never

from drivers.contract import Acknowledging, Device, Receipt
from drivers.readings import AnyReading, Reported, Unreadable
from sync.entries import Entry, NotRecorded, Outcome, Recorded, Repeated
from sync.letters import Letter, set_aside

if TYPE_CHECKING:
    from sync.journal import Journal

PARKED = "the message was set aside; the box's page and `storebox dead-letters` show it"
UNANSWERED = 1024
"""Reports of one device that may wait for their COMMIT; more would only stand in the journal's inbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the shop says about readings: which are decided, how, and how an unreadable one is set aside."""

    notice: Callable[[AnyReading | None, AnyReading], bool]
    entry_for: Callable[[AnyReading], Entry]
    letter_for: Callable[[Unreadable], Letter]
    say: Callable[[str, Mapping[str, object]], str] = lambda _key, _facts: ""
    """A refusal by its key and its facts in the words of the store; empty where there are none."""


@dataclass(slots=True, kw_only=True)
class Intake:
    """The way into the journal for one open device; ``take`` and ``answer`` run side by side while it is open."""

    journal: Journal
    rules: Rules
    device: Device
    _previous: AnyReading | None = None
    _unanswered: deque[tuple[AnyReading, asyncio.Future[Outcome]]] = field(default_factory=deque)
    _turned: asyncio.Event = field(default_factory=asyncio.Event)
    _waits_for_answers: Acknowledging | None = field(init=False)

    def __post_init__(self) -> None:
        # asked once: to compare a class with a protocol takes longer than to answer a report
        self._waits_for_answers = self.device if isinstance(self.device, Acknowledging) else None

    async def take(self, reading: AnyReading) -> None:
        """Decide one reading if it must be decided, set aside what is unreadable; waits while the journal is full."""
        previous, self._previous = self._previous, reading
        if isinstance(reading, Unreadable):
            entry = set_aside(self.rules.letter_for(reading))
        elif self.rules.notice(previous, reading):
            entry = self.rules.entry_for(reading)
        else:
            return
        self._unanswered.append((reading, await self.journal.submit(entry)))
        self._turned.set()
        while len(self._unanswered) >= UNANSWERED:
            await self._turn()

    async def answer(self) -> None:
        """Tell the device what became of its reports, in their order; runs until cancelled."""
        while True:
            while not self._unanswered:
                await self._turn()
            reading, future = self._unanswered[0]
            outcome = await future
            self._unanswered.popleft()
            if len(self._unanswered) == UNANSWERED - 1:
                self._turned.set()
            if isinstance(reading, Reported):
                await self._acknowledge(reading, receipt(outcome, self.rules))
            elif isinstance(reading, Unreadable):
                parked = Receipt(ok=False, problem=f"{reading.problem}; {PARKED}")
                await self._acknowledge(reading, receipt(outcome, self.rules) if isinstance(outcome, NotRecorded) else parked)
            elif isinstance(outcome, NotRecorded) and outcome.retry:
                self._previous = None  # nobody repeats it for us: the next reading must be noticed again

    async def _turn(self) -> None:
        """Wait until there is more, or less, to answer. A queue would cost more than the answer does."""
        self._turned.clear()
        await self._turned.wait()

    async def _acknowledge(self, reading: Reported | Unreadable, answer: Receipt) -> None:
        if self._waits_for_answers is not None:
            await self._waits_for_answers.acknowledge(reading, answer)


def receipt(outcome: Outcome, rules: Rules) -> Receipt:
    """What the device is told about an outcome."""
    match outcome:
        case Recorded():
            return Receipt(ok=True)
        case Repeated():
            return Receipt(ok=True, repeat=True)
        case NotRecorded(retry=retry, problem=problem, key=key, facts=facts):
            return Receipt(ok=False, retry=retry, problem=problem, key=key, title=rules.say(key, facts) if key else "")
        case _:
            assert_never(outcome)
