"""One life of the process that reads faces: what it is told, what it says, and until when it must have said something.

The part that starts it (``recognition.py``) outlives it, and so do the attempts and what is being recorded.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NoReturn, assert_never

from edge.child import Patience, ProcessFailed, failure_of
from edge.faces.attempts import Attempts
from edge.faces.gallery import Gallery
from edge.faces.places import Places
from edge.faces.rings import Cameras
from edge.faces.window import Failed
from edge.faces.words import (
    Beat,
    BoxLine,
    Cancel,
    Enrol,
    Enrolled,
    Forgotten,
    Identify,
    Learnt,
    Matched,
    Said,
    Stepped,
    Unenrolled,
    Unmatched,
)

LOADED_WITHIN_S = 60.0
BEATS_WITHIN_S = 5.0
"""The process beats once a second, and a look at a picture takes a tenth of one."""

FOLLOW_S = 0.25
MOST_BYTES = 1 << 30
"""All models and 20 000 templates take a third of it."""


@dataclass(slots=True, kw_only=True)
class Life:
    """``places()`` are those of the settings now, ``is_over()`` ends it; ``answered`` is told every match and enrolment,
    ``beats`` every beat."""

    line: BoxLine
    process: asyncio.subprocess.Process
    gallery: Gallery
    cameras: Cameras
    attempts: Attempts
    places: Callable[[], Places]
    is_over: Callable[[], bool]
    answered: Callable[[Matched | Enrolled], None]
    beats: Callable[[Beat], None]
    _asked: deque[Identify | Enrol | Cancel] = field(default_factory=deque)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _patience: Patience = field(default_factory=Patience)

    async def run(self) -> None:
        """Until there is no place any more, or it is over. Raises ProcessFailed, JournalUnavailable."""
        self._patience.wait(LOADED_WITHIN_S)
        try:
            async with asyncio.TaskGroup() as group:
                hearing = group.create_task(self._hear(), name="faces: hears")
                minding = group.create_task(self._mind(), name="faces: minds the beat")
                await self._follow()
                hearing.cancel()
                minding.cancel()
        except ExceptionGroup as failures:
            raise await failure_of(failures, self.process) from None

    def ask(self, asked: Identify | Enrol | Cancel) -> None:
        """To be said at once."""
        self._asked.append(asked)
        self.wake()

    def wake(self) -> None:
        """There is something to tell the process."""
        self._wake.set()

    async def _follow(self) -> None:
        """Tell the process what has changed, until there is no place any more, or it is over."""
        while not self.is_over() and (allowed := self.places().allowed):
            self._wake.clear()
            await self.cameras.tell(self.line, allowed)
            for request in self.attempts.elsewhere(allowed):
                self._end(request, Failed(why="camera-gone"))
            while self._asked:
                await self.line.say(self._asked.popleft())
            if not await self.gallery.step(self.line):
                with suppress(TimeoutError):
                    async with asyncio.timeout(FOLLOW_S):
                        await self._wake.wait()

    async def _hear(self) -> NoReturn:
        while True:
            for said in await self.line.hear():
                self._take(said)

    def _take(self, said: Said) -> None:
        match said:
            case Beat():
                self._beat(said)
            case Stepped():
                self.attempts.step(said.request, said.step)
            case Matched() | Enrolled():
                self.answered(said)
            case Unmatched() | Unenrolled():
                if self.attempts.waiting(said.request) is not None:
                    self.attempts.end(said.request, Failed(why=said.why))
            case Learnt():
                self.gallery.learnt(said.refused)
                self.wake()
            case Forgotten():
                self.gallery.forgotten(said.templates)
                self.wake()
            case _:
                assert_never(said)

    def _beat(self, beat: Beat) -> None:
        self._patience.wait(LOADED_WITHIN_S if beat.loading else BEATS_WITHIN_S)
        if beat.rss_bytes > MOST_BYTES:
            raise ProcessFailed(
                f"the process that reads faces takes {beat.rss_bytes >> 20} MiB: it leaks, is killed and started again"
            )
        self.beats(beat)

    def _end(self, request: str, outcome: Failed) -> None:
        self.attempts.end(request, outcome)
        self.ask(Cancel(request=request))

    async def _mind(self) -> NoReturn:
        """Raises ProcessFailed when the beat, or an answer about templates, stays out."""
        while True:
            await self._patience.look()
            self.gallery.look()
            for request in self.attempts.overdue():
                self._end(request, Failed(why="timeout"))
