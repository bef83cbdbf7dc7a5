"""The parts of the box that are no device: kept running side by side, an alarm for each that is down, one log line each way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

import structlog

from edge.host.watchdog import Pulse
from edge.status import Board
from edge.supervisor import CEILING_S, Part
from sync.disk import JournalUnavailable
from sync.journal import Journal

log = structlog.get_logger()

STEADY_S = 3.0
"""A part that has run this long works again, unless it says itself that it does not yet."""

JOURNAL_TURN_S = 5.0


@dataclass(slots=True, kw_only=True)
class Parts:
    """Starts parts in ``group`` and shows on ``board`` which are down."""

    board: Board
    group: asyncio.TaskGroup

    def start(
        self,
        name: str,
        run: Callable[[], Awaitable[None]],
        *,
        expected: tuple[type[Exception], ...] = (),
        accidents: tuple[type[Exception], ...] = (),
        ceiling_s: float = CEILING_S,
        works: Callable[[], bool] = lambda: True,
    ) -> asyncio.Task[None]:
        """Keep ``run`` running; ``expected`` are retried without end, ``accidents`` are counted (edge.supervisor.Part).

        ``works`` is of a part that may wait long before it fails: one that hangs in its beginning has not come back.
        """
        shown = _Shown(name=name, board=self.board)

        async def attempt() -> None:
            steady = _Steady(works=works, up=up)
            steady.wait()
            try:
                await run()
            finally:
                steady.cancel()

        def up() -> None:
            part.works()
            shown.up()

        part = Part(
            name=name,
            run=attempt,
            expected=expected,
            accidents=accidents,
            down=lambda failure: shown.down(str(failure) or type(failure).__name__),
            broken=shown.down,
            ceiling_s=lambda _error: ceiling_s,
        )
        return self.group.create_task(part.keep_running(), name=name)


@dataclass(slots=True, kw_only=True)
class _Steady:
    """Looks at a running part now and then, and says once that it is ``up``."""

    works: Callable[[], bool]
    up: Callable[[], None]
    _next: asyncio.TimerHandle | None = None

    def wait(self) -> None:
        self._next = asyncio.get_running_loop().call_later(STEADY_S, self._look)

    def cancel(self) -> None:
        if self._next is not None:
            self._next.cancel()

    def _look(self) -> None:
        if self.works():
            self.up()
        else:
            self.wait()


@dataclass(slots=True, kw_only=True)
class _Shown:
    """What people have been told of one part."""

    name: str
    board: Board
    problem: str = ""

    def down(self, problem: str) -> None:
        if not self.problem:
            log.warning(problem, part=self.name)
        self.problem = problem
        self.board.raise_alarm(self.name, problem)

    def up(self) -> None:
        if self.problem:
            log.info("works again", part=self.name, after=self.problem)
            self.problem = ""
            self.board.clear_alarm(self.name)


async def turn_the_journal(journal: Journal, pulse: Pulse) -> NoReturn:
    """Send an empty work through the writer's thread now and then: a disk that refuses still turns, a hang does not."""
    while True:
        with suppress(JournalUnavailable):
            await journal.settle(done=(), rejected=())
        pulse.turn()
        await asyncio.sleep(JOURNAL_TURN_S)
