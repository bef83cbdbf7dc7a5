"""The touches of a few minutes: which attempt goes on at which screen, and whether another may begin.

A screen has one attempt at a time and ``TOUCHES_A_MINUTE``: whoever plays with the button neither keeps the process busy nor
tries faces until one fits. An attempt holds a place and its outcome, nothing of the face.
"""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, field

from edge.faces.window import Attempt, Failed, Outcome
from edge.faces.words import Step, Why

TOUCHES_A_MINUTE = 12
MINUTE_S = 60.0
MOST_KEPT = 256
"""Of all screens together; a screen asks for its own within a second."""


@dataclass(slots=True, kw_only=True)
class _Kept:
    """``ends_s``: by when the process must have answered; ``recording``: it has, and the journal is asked."""

    attempt: Attempt
    ends_s: float
    recording: bool = False
    ended_s: float | None = None


@dataclass(slots=True, kw_only=True)
class Attempts:
    """``now_s`` is monotonic."""

    now_s: Callable[[], float] = time.monotonic
    _kept: dict[str, _Kept] = field(default_factory=dict)
    _touches: dict[str, deque[float]] = field(default_factory=dict)

    def begin(self, place: str, within_s: float) -> Attempt:
        """A touch at ``place``; one too many has ended as ``busy`` already."""
        self._tidy()
        now_s = self.now_s()
        is_busy = any(each.attempt.place == place for each in self._going_on())
        touches = self._touches.setdefault(place, deque(maxlen=TOUCHES_A_MINUTE))
        attempt = Attempt(request=f"face-{secrets.token_hex(8)}", place=place)
        self._kept[attempt.request] = _Kept(attempt=attempt, ends_s=now_s + within_s)
        if is_busy or (len(touches) == TOUCHES_A_MINUTE and now_s - touches[0] < MINUTE_S):
            self.end(attempt.request, Failed(why="busy"))
        else:
            touches.append(now_s)
        return attempt

    def find(self, request: str) -> Attempt | None:
        """The attempt of that name, while it lasts and a minute after."""
        self._tidy()
        kept = self._kept.get(request)
        return None if kept is None else kept.attempt

    def waiting(self, request: str) -> Attempt | None:
        """The attempt, if the process has still to answer it."""
        kept = self._kept.get(request)
        return None if kept is None or kept.ended_s is not None or kept.recording else kept.attempt

    def step(self, request: str, step: Step) -> None:
        """It goes on."""
        if (attempt := self.waiting(request)) is not None:
            attempt.tell(step)

    def record(self, request: str) -> None:
        """The process has answered, and the journal is asked: nothing but its answer ends the attempt now."""
        self._kept[request].recording = True

    def end(self, request: str, outcome: Outcome) -> None:
        """It is over; the first outcome stays."""
        kept = self._kept.get(request)
        if kept is not None and kept.ended_s is None:
            kept.ended_s = self.now_s()
            kept.attempt.tell(outcome=outcome)

    def overdue(self) -> list[str]:
        """The requests that the process should have answered by now."""
        return [each.attempt.request for each in self._unanswered() if each.ends_s < self.now_s()]

    def elsewhere(self, places: Container[str]) -> list[str]:
        """The requests of screens that are none of ``places`` any more."""
        return [each.attempt.request for each in self._unanswered() if each.attempt.place not in places]

    def end_all(self, why: Why) -> None:
        """Whatever the process has not answered it never will."""
        for each in list(self._unanswered()):
            self.end(each.attempt.request, Failed(why=why))

    def __bool__(self) -> bool:
        """Whether the process has still to answer somebody."""
        return any(self._unanswered())

    def _unanswered(self) -> Iterator[_Kept]:
        return (each for each in self._going_on() if not each.recording)

    def _going_on(self) -> Iterator[_Kept]:
        return (each for each in self._kept.values() if each.ended_s is None)

    def _tidy(self) -> None:
        over_s, too_many = self.now_s() - MINUTE_S, len(self._kept) - MOST_KEPT
        ended = [(name, each.ended_s) for name, each in self._kept.items() if each.ended_s is not None]
        for at, (name, ended_s) in enumerate(ended):
            if ended_s < over_s or at < too_many:
                del self._kept[name]
