"""Keeps every part of the box running: what fails is reopened or restarted, what has a bug is given up, alone.

A part (the uploader, the page, the broker's connection, a device) is a coroutine that should never return. The one broad
``except`` for parts is here; the other one is the journal's savepoint.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from edge.budget import REST_S, Budget
from sync.backoff import Backoff

log = structlog.get_logger()

FIRST_WAIT_S = 0.25
CEILING_S = 30.0


@dataclass(slots=True, kw_only=True)
class Part:
    """One named part. ``expected`` are failures of the world (a wire, a network), retried without counting.

    ``accidents`` befall it (its process was killed): counted as bugs are, but they say themselves what happened.
    ``down(problem)``, ``broken(problem)`` and ``retrying()`` show its state; each is called once per change, not per try.
    """

    name: str
    run: Callable[[], Awaitable[None]]
    expected: tuple[type[Exception], ...]
    down: Callable[[Exception], None]
    broken: Callable[[str], None]
    ceiling_s: Callable[[Exception], float] = lambda _error: CEILING_S
    accidents: tuple[type[Exception], ...] = ()
    budget: Budget = field(default_factory=Budget)
    _mended: asyncio.Event = field(default_factory=asyncio.Event)
    _waits: dict[float, Backoff] = field(default_factory=dict)

    async def keep_running(self) -> None:
        """Run the part for ever. Raises nothing but cancellation."""
        while True:
            failure = await self._fail()
            if isinstance(failure, self.expected):
                self.down(failure)
                await self._pause(self._wait_s(self.ceiling_s(failure)))
                continue
            if not isinstance(failure, self.accidents):
                log.error("a part failed by a bug", part=self.name, exc_info=failure)
            if self.budget.spend(time.monotonic()):
                await self._rest(failure)
            else:
                self.down(failure)
                await self._pause(self._wait_s(CEILING_S))

    def works(self) -> None:
        """The part tells that it does its work again."""
        self._waits.clear()

    def reconnect(self) -> None:
        """A person asks for a new try at once, also of a part that was given up."""
        self._mended.set()

    def _wait_s(self, ceiling_s: float) -> float:
        return self._waits.setdefault(ceiling_s, Backoff(first_s=FIRST_WAIT_S, ceiling_s=ceiling_s)).next_s()

    async def _fail(self) -> Exception:
        # Each try is a task of its own. A cancellation then ends this one even if the part fails in that very moment, and the
        # mark of a cancellation that Python 3.11 leaves on a task whose TaskGroup failed is gone with the try.
        async with asyncio.TaskGroup() as alone:
            attempt = alone.create_task(self._attempt(), name=f"{self.name}: running")
        return attempt.result()

    async def _attempt(self) -> Exception:
        try:
            await self.run()
        except Exception as failure:  # noqa: BLE001 - a part's bug must stop that part alone
            return only(failure)
        return RuntimeError(f"{self.name} returned although it should run for ever")

    async def _rest(self, failure: Exception) -> None:
        problem = (
            f"{self.name} was given up after {self.budget.failures} failures in {self.budget.window_s / 60:.0f} minutes"
            f" ({type(failure).__name__}: {failure}); reconnect it, change its settings, or wait an hour"
        )
        log.error("a part was given up", part=self.name, problem=problem)
        self.broken(problem)
        await self._pause(REST_S)
        self.budget.refill()

    async def _pause(self, seconds: float) -> None:
        self._mended.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._mended.wait()
        except TimeoutError:
            return


def only(failure: Exception) -> Exception:
    """The first cause inside nested exception groups: a TaskGroup wraps what its task raised."""
    while isinstance(failure, ExceptionGroup):
        failure = failure.exceptions[0]
    return failure
