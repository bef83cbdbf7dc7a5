"""Feeds systemd's watchdog while the loop of every part turns: without it a hung part would hang for ever.

A part *turns* whenever its loop comes round, be it with good news or bad: a refused commit or a broker in backoff turns,
a deadlock does not. One part that has not turned within its limit stops the feeding, and systemd restarts the box.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Iterable

import structlog

from edge.host.notify import Notify

FEEDS_PER_LIMIT = 3  # sd_watchdog_enabled(3) asks for at least 2; the third forgives one late turn of the event loop

log = structlog.get_logger()


class Pulse:
    """A part's sign of life. Its loop calls ``turn`` each time round, from any thread."""

    def __init__(self, part: str, *, limit_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.part = part
        self._limit_s = limit_s
        self._clock = clock
        self._due = clock() + limit_s

    def turn(self) -> None:
        """The loop came round; the next turn is due within the limit."""
        self._due = self._clock() + self._limit_s

    def rest(self, seconds: float) -> None:
        """The loop waits on purpose (a backoff, a part given up for an hour); the limit counts from the end of the rest."""
        self._due = self._clock() + seconds + self._limit_s

    def stop(self) -> None:
        """The loop has ended as it should; nothing more is due."""
        self._due = math.inf

    def overdue_s(self) -> float:
        """Seconds since a turn was due; 0 while the part turns."""
        return max(0.0, self._clock() - self._due)


def hung(pulses: Iterable[Pulse]) -> list[str]:
    """The parts that should have turned and did not."""
    return sorted(pulse.part for pulse in pulses if pulse.overdue_s() > 0)


async def feed(pulses: Iterable[Pulse], notify: Notify, *, interval_s: float | None = None) -> None:
    """Feed until cancelled, every ``interval_s`` (a third of ``WatchdogSec`` unless given); at once over without a watchdog.

    ``pulses`` is read anew each time round, so parts may come and go while the box runs.
    """
    if notify.watchdog_s is None:
        return
    pause_s = interval_s if interval_s is not None else notify.watchdog_s / FEEDS_PER_LIMIT
    known: list[str] = []
    while True:
        found = hung(pulses)
        if found != known:
            _report(known, found, notify)
            known = found
        if not found:
            notify.alive()
        await asyncio.sleep(pause_s)


def _report(known: list[str], found: list[str], notify: Notify) -> None:
    """Say once that parts hang and once that they turn again."""
    if not found:
        log.info("every part turns again", parts=known)
        notify.status("every part turns again")
        return
    text = f"hung: {', '.join(found)}; systemd restarts the box unless they turn again"
    log.error(text, parts=found)
    notify.status(text)
