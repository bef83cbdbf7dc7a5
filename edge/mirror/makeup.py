"""The box's side of the painted mirrors: it starts their process, tells it what is worn where, hears who stands there.

Without the model of a face, and while the process is away, a mirror shows the pictures of its camera as they are. Nothing here
waits for the process: an order takes as long as it does in a box without mirrors.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn, assert_never

from config.schema import Plugged
from drivers.mirrors.page import PageSettings
from drivers.wires.picture_ring import RingReader, make_ring
from drivers.wires.pictures import Pictures, Rings
from edge.alarms import tell_alarm
from edge.child import Patience, ProcessFailed, child, failure_of
from edge.mirror.words import SPEECH, Beat, BoxLine, Close, Fill, Look, MirrorFigures, Open, Present, Said, Wear
from edge.status import Board
from models.manifest import ModelUnusable, Task, models_of
from models.proof import condition

PROGRAM = ("-P", "-m", "edge.mirror")
MODEL = "face-landmarker"
ALARM = "makeup"
LOADED_WITHIN_S = 60.0
BEATS_WITHIN_S = 5.0
"""The process beats once a second, and a picture takes a thirtieth of one."""

FOLLOW_S = 0.02
"""Who touches a shade sees it in the next picture but one."""

LOOK_S = 2.0
MOST_BYTES = 1 << 30


def model_problem(models_dir: Path) -> str:
    """Why the model of a face cannot be used, and what to do; nothing when it can."""
    try:
        found = condition(MODEL, models_of(models_dir)[MODEL], models_dir)
    except ModelUnusable as error:
        return f"mirrors show no makeup: {error}"
    return f"mirrors show no makeup: {found.problem}" if found.problem else ""


@dataclass(slots=True)
class _Painted:
    """One mirror as the process was told of it. ``out`` is ours to close."""

    rings: Rings
    out: int
    reader: RingReader
    wear: Wear | None = None


def mirrors_of(plugged: Mapping[str, Plugged]) -> dict[str, str]:
    """The mirrors on our own page, each with the camera behind its glass."""
    return {name: each.settings.camera for name, each in plugged.items() if isinstance(each.settings, PageSettings)}


@dataclass(slots=True, kw_only=True)
class Makeup:
    """The mirrors that are painted. ``mirrors()``: the names of the mirrors on our own page, each with that of its camera.

    ``model_problem(models_dir)`` says why the model of a face cannot be used, nothing when it can.
    """

    mirrors: Callable[[], Mapping[str, str]]
    models_dir: Path
    pictures: Pictures
    board: Board
    program: Sequence[str] = PROGRAM
    model_problem: Callable[[Path], str] = model_problem
    _is_over: bool = False
    _wears: dict[str, Wear] = field(default_factory=dict)
    _painted: dict[str, _Painted] = field(default_factory=dict)
    _present: dict[str, Present] = field(default_factory=dict)
    _figures: Mapping[str, MirrorFigures] = field(default_factory=dict)
    _patience: Patience = field(default_factory=Patience)

    async def run(self) -> NoReturn:
        """Paint until something fails, while there is a mirror and a model. Raises ProcessFailed, OSError."""
        while True:
            await self._wait_until_wanted()
            self._is_over = False
            try:
                async with child(self.program, (str(self.models_dir),), SPEECH) as (line, process):
                    await self._attend(line, process)
            finally:
                self._forget()

    @property
    def tasks(self) -> frozenset[Task]:
        """What models are for that it uses; none while there is no mirror."""
        return frozenset({"face-landmarks"}) if self.mirrors() else frozenset()

    def renew(self) -> None:
        """End the process, and start the next one at once: it has the models that are there then."""
        self._is_over = True

    def ring(self, mirror: str) -> RingReader | None:
        """As ``Glass.ring`` says."""
        painted = self._painted.get(mirror)
        return painted.reader if painted is not None and painted.reader.newest_sequence and mirror in self._figures else None

    def wear(self, mirror: str, looks: Sequence[Look], split_permille: int | None) -> None:
        """As ``Glass.wear`` says; what is worn outlives the process."""
        self._wears[mirror] = Wear(mirror=mirror, looks=tuple(looks), split_permille=split_permille)

    def present(self, mirror: str) -> Present | None:
        """As ``Glass.present`` says."""
        return self._present.get(mirror)

    def figures(self) -> Mapping[str, MirrorFigures]:
        """How fast each mirror is painted."""
        return dict(self._figures)

    async def _wait_until_wanted(self) -> None:
        while True:
            mirrors = self.mirrors()
            problem = await asyncio.to_thread(self.model_problem, self.models_dir) if mirrors else ""
            tell_alarm(self.board, ALARM, problem)
            if mirrors and not problem:
                return
            await asyncio.sleep(LOOK_S)

    async def _attend(self, line: BoxLine, process: asyncio.subprocess.Process) -> None:
        self._patience.wait(LOADED_WITHIN_S)
        try:
            async with asyncio.TaskGroup() as group:
                hearing = group.create_task(self._hear(line), name="mirror: hears")
                minding = group.create_task(self._patience.mind(), name="mirror: minds the beat")
                await self._follow(line)
                hearing.cancel()
                minding.cancel()
        except ExceptionGroup as failures:
            raise await failure_of(failures, process) from None

    async def _hear(self, line: BoxLine) -> NoReturn:
        while True:
            for said in await line.hear():
                self._take(said)

    def _take(self, said: Said) -> None:
        match said:
            case Beat():
                self._beat(said)
            case Present():
                self._present[said.mirror] = said
            case _:
                assert_never(said)

    def _beat(self, beat: Beat) -> None:
        self._patience.wait(LOADED_WITHIN_S if beat.loading else BEATS_WITHIN_S)
        if beat.rss_bytes > MOST_BYTES:
            raise ProcessFailed(f"the mirrors' process takes {beat.rss_bytes >> 20} MiB: it leaks, is killed and started again")
        self._figures = beat.mirrors
        if not beat.loading:
            tell_alarm(self.board, ALARM, f"mirrors show no makeup: {beat.problem}" if beat.problem else "")

    async def _follow(self, line: BoxLine) -> None:
        """Tell the process what has changed, until there is no mirror any more, or it is to be renewed."""
        while not self._is_over and (mirrors := self.mirrors()):
            for name in self._painted.keys() - mirrors.keys():
                await self._close(line, name)
            for name, camera in mirrors.items():
                await self._tell_of(line, name, self.pictures.rings.get(camera))
            await asyncio.sleep(FOLLOW_S)

    async def _tell_of(self, line: BoxLine, name: str, rings: Rings | None) -> None:
        painted = self._painted.get(name)
        if painted is not None and painted.rings is not rings:
            await self._close(line, name)
            painted = None
        if rings is None:
            return
        if painted is None:
            painted = await self._open(line, name, rings)
        wear = self._wears.get(name)
        if wear is not None and painted.wear is not wear:
            painted.wear = wear
            await line.say(wear)

    async def _open(self, line: BoxLine, name: str, rings: Rings) -> _Painted:
        width_px, height_px = rings.raw.ring.width_px, rings.raw.ring.height_px
        out = make_ring(f"{name}-painted", slot_bytes=width_px * height_px, width_px=width_px, height_px=height_px)
        painted = self._painted[name] = _Painted(rings=rings, out=out, reader=RingReader(out))
        await line.say(Open(mirror=name), rings.raw_fd)
        await line.say(Fill(mirror=name), out)
        return painted

    async def _close(self, line: BoxLine, name: str) -> None:
        """A page may hold the reader still: its memory goes with the last who holds it."""
        os.close(self._painted.pop(name).out)
        self._present.pop(name, None)
        await line.say(Close(mirror=name))

    def _forget(self) -> None:
        """The process is gone."""
        for painted in self._painted.values():
            os.close(painted.out)
        self._painted.clear()
        self._present.clear()
        self._figures = {}
