"""The box's side of counting people: it starts the inference process, tells it what to look at, hears what visitors did.

The process is killed when it hangs, leaks or says what nobody understands; the part then fails and is started anew like every
part. Nothing here waits for it: an order takes as long as it does in a box without cameras.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import count
from typing import ClassVar, Literal, NoReturn, Protocol

from drivers.wires.picture_ring import RingReader
from drivers.wires.pictures import Pictures
from edge.channel import ChannelBroken
from edge.child import Patience, ProcessFailed, failure_of
from edge.status import Board
from edge.vision.camera_state import camera_shown
from edge.vision.following import Following
from edge.vision.layout import Body
from edge.vision.live import Live
from edge.vision.process import Program, started
from edge.vision.rates import Rate, Rates
from edge.vision.window import CameraShown, VisionStatus
from edge.vision.words import Beat, BoxLine, CameraFigures, Crossed, Inference, Said, Seen
from models.manifest import Task
from sync.disk import JournalUnavailable

LOADED_WITHIN_S = 60.0
"""A model of 70 MB from a worn disk, on a processor that is busy."""

BEATS_WITHIN_S = 3.0
"""The process beats once a second, and a look takes a third of one."""

LEAVES_WITHIN_S = 1.0
FOLLOW_S = 0.25
LAYOUTS_EVERY = 8
"""A line that was drawn counts two seconds later."""

MOST_BYTES = 1 << 30
"""All models together take a third of it; more is a leak, and would end in the kernel's choice of whom to kill."""

HOUR_NS = 3_600_000_000_000
MOST_CROSSINGS = 20_000
STARTS = "the inference process is starting"
ENDED = "the inference process is not running"


class Sink(Protocol):
    """Who counts (edge.vision.tally.Tally)."""

    def take(self, seen: Seen) -> None: ...

    def look(self, cameras: Mapping[str, CameraFigures]) -> None: ...


@dataclass(slots=True, kw_only=True)
class Eyes:
    """The cameras that count. ``layouts()`` is what they are to look at, as it is now."""

    names: Sequence[str]
    fps: int
    program: Program
    pictures: Pictures
    board: Board
    layouts: Callable[[], Awaitable[Body]]
    _live: Live = field(default_factory=Live)
    _rates: Rates = field(default_factory=Rates)
    _crossings: deque[Crossed] = field(default_factory=lambda: deque(maxlen=MOST_CROSSINGS))
    tasks: ClassVar[frozenset[Task]] = frozenset({"people", "poses", "same-person"})
    _starts: int = 0
    _is_over: bool = False
    _patience: Patience = field(default_factory=Patience)

    async def run(self, sink: Sink) -> NoReturn:
        """Look until something fails; ``sink`` is told what is seen. Raises ProcessFailed."""
        while True:
            await self._live_once(sink)

    def renew(self) -> None:
        """End the process, and start the next one at once: it has the models that are there then."""
        self._is_over = True

    def cameras(self) -> Mapping[str, CameraShown]:
        """Every camera of the settings that is to count, by name."""
        return self._absent(STARTS) if self.board.vision is None else self.board.vision.cameras

    def inferences(self) -> Mapping[str, Inference]:
        """Every model in use, by what it is for."""
        return {} if self.board.vision is None else self.board.vision.inferences

    def live(self, camera: str) -> RingReader | None:
        """The ring of the pictures that may be shown, while the camera is open. To ask keeps them coming for ten seconds."""
        rings = self.pictures.rings.get(camera) if camera in self.names else None
        return None if rings is None else self._live.look(camera, (rings.raw.ring.width_px, rings.raw.ring.height_px))

    def crossings(self, camera: str, since_ns: int) -> Sequence[Crossed]:
        """Who crossed a line since then (``time.monotonic_ns``), as far back as an hour."""
        oldest_ns = max(since_ns, time.monotonic_ns() - HOUR_NS)
        return [each for each in self._crossings if each.camera == camera and each.at_ns >= oldest_ns]

    async def _live_once(self, sink: Sink) -> None:
        """One life of the process, until it is to be renewed."""
        self._starts += 1
        self._is_over = False
        self._rates.clear()
        self._show_absent("starting", STARTS)
        problem = ENDED
        try:
            async with started(self.program) as (line, process):
                await self._attend(line, process, sink)
        except ProcessFailed as error:
            problem = str(error)
            raise
        finally:
            self._show_absent("down", problem)

    async def _attend(self, line: BoxLine, process: asyncio.subprocess.Process, sink: Sink) -> None:
        self._wait(LOADED_WITHIN_S)
        try:
            async with asyncio.TaskGroup() as group:
                hearing = group.create_task(self._hear(line, sink), name="vision: hears")
                minding = group.create_task(self._patience.mind(), name="vision: minds the beat")
                await self._follow(line)
                hearing.cancel()
                minding.cancel()
        except asyncio.CancelledError:
            await self._take_leave(line, sink)
            raise
        except ExceptionGroup as failures:
            raise await failure_of(failures, process) from None
        await self._take_leave(line, sink)

    async def _take_leave(self, line: BoxLine, sink: Sink) -> None:
        """Hear what those who are followed have done so far: a restart cuts no visit off."""
        line.ask_no_more()
        with suppress(ChannelBroken, TimeoutError):
            async with asyncio.timeout(LEAVES_WITHIN_S):
                await self._hear(line, sink)

    async def _hear(self, line: BoxLine, sink: Sink) -> NoReturn:
        while True:
            for said in await line.hear():
                self._take(said, sink)

    def _take(self, said: Said, sink: Sink) -> None:
        match said:
            case Beat():
                self._beat(said)
                sink.look(said.cameras)
            case _:
                if isinstance(said, Crossed):
                    self._crossings.append(said)
                sink.take(said)

    def _beat(self, beat: Beat) -> None:
        self._wait(LOADED_WITHIN_S if beat.loading else BEATS_WITHIN_S)
        if beat.rss_bytes > MOST_BYTES:
            raise ProcessFailed(f"the inference process takes {beat.rss_bytes >> 20} MiB: it leaks, is killed and started again")
        if beat.inferences:
            self._show(beat)
            self._tell_problem(beat.inferences)

    def _show(self, beat: Beat) -> None:
        rates, people = self._rates.take(beat), beat.inferences.get("people")
        cameras = {
            name: camera_shown(
                device=self.board.devices.get(name),
                rings=self.pictures.rings.get(name),
                figures=beat.cameras.get(name),
                rate=rates.get(name, Rate()),
                people=people,
                now_ns=beat.at_ns,
            )
            for name in self.names
        }
        status = VisionStatus(state="on", cameras=cameras, inferences=beat.inferences, rss_bytes=beat.rss_bytes)
        self.board.show_vision(replace(status, restarts=self._starts - 1))

    def _show_absent(self, state: Literal["starting", "down"], problem: str) -> None:
        absent = VisionStatus(state=state, problem=problem, cameras=self._absent(problem), restarts=self._starts - 1)
        self.board.show_vision(absent)

    def _absent(self, problem: str) -> dict[str, CameraShown]:
        """No camera is looked at."""
        return {name: CameraShown(state="waiting", problem=problem) for name in self.names}

    def _tell_problem(self, inferences: Mapping[str, Inference]) -> None:
        for name, inference in inferences.items():
            if inference.state == "off":
                self.board.raise_alarm(f"{name} inference", inference.problem)
            else:
                self.board.clear_alarm(f"{name} inference")

    async def _follow(self, line: BoxLine) -> None:
        """Tell the process what has changed, until it is to be renewed."""
        following = Following(line=line, names=self.names, fps=self.fps, pictures=self.pictures, live=self._live)
        body, turns = Body(cameras={}), count()
        while not self._is_over:
            if next(turns) % LAYOUTS_EVERY == 0:
                body = await self._layouts(body)
            await following.tell(body)
            await asyncio.sleep(FOLLOW_S)

    async def _layouts(self, last: Body) -> Body:
        """What the cameras are to look at; while the journal cannot be read, what they looked at last."""
        try:
            return await self.layouts()
        except JournalUnavailable:
            return last

    def _wait(self, seconds: float) -> None:
        self._patience.wait(seconds)
