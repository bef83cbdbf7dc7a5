"""The loop of the process that reads faces: members are learnt and forgotten, requests see pictures until they have ended.

The loop itself sends the beat, once a second: when a model hangs, the beat stays out and the box kills the process.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from random import SystemRandom
from typing import Protocol, assert_never

from drivers.wires.picture_ring import NoRing
from edge.faces.camera import Camera
from edge.faces.enrolling import Enrolling
from edge.faces.identifying import Identifying
from edge.faces.known import Known
from edge.faces.request import Reads, Request
from edge.faces.vault import Vault
from edge.faces.words import (
    Asked,
    Beat,
    Cancel,
    Close,
    Enrol,
    Forget,
    Forgotten,
    Identify,
    Learn,
    Open,
    Said,
    Stepped,
    Unenrolled,
    Unmatched,
    Why,
)
from models.landmarks import FaceFinder
from models.liveness import drawn
from models.manifest import ModelUnusable

BEAT_NS = 1_000_000_000
POLL_S = 0.01
"""A new picture makes no sound: its number is looked at so often while a request waits for one."""


class Line(Protocol):
    """The process's end of the channel (edge.channel.ProcessEnd)."""

    def say(self, word: Said) -> None: ...

    @property
    def is_read(self) -> bool: ...

    def hear(self, wait_s: float) -> list[tuple[Asked, int | None]]: ...


class Sees(Protocol):
    """Key and models (edge.faces.sight.Sight)."""

    @property
    def problem(self) -> str: ...

    @property
    def no_enrolment(self) -> str: ...

    @property
    def vault(self) -> Vault | None: ...

    @property
    def reader(self) -> Reads | None: ...

    def is_wanting(self, now_ns: int) -> bool: ...

    def open(self, now_ns: int) -> None: ...

    def finder(self) -> FaceFinder: ...


class Loop:
    """One life of the process. ``turn`` hears what the box asks, and looks at one picture."""

    def __init__(self, line: Line, sight: Sees, rss_bytes: Callable[[], int]) -> None:
        self._line, self._sight, self._rss_bytes = line, sight, rss_bytes
        self._known = Known()
        self._cameras: dict[str, Camera] = {}
        self._requests: dict[str, Request] = {}
        self._beat_ns = 0

    def run(self) -> None:
        """Turn until the box is gone. Raises ChannelBroken then."""
        while True:
            self.turn()

    def turn(self) -> None:
        """Once round. Raises ChannelBroken."""
        for asked, ring in self._line.hear(self._wait_s()):
            self._obey(asked, -1 if ring is None else ring)
        now_ns = time.monotonic_ns()
        if self._sight.is_wanting(now_ns):
            self._open(now_ns)
        elif now_ns - self._beat_ns >= BEAT_NS:
            self._beat(now_ns)
        for request in list(self._requests.values()):
            if request.late(now_ns):
                self._end(request, "timeout")
        self._look(now_ns)

    def close(self) -> None:
        """Let go of every camera, and of what was seen."""
        for request in self._requests.values():
            request.end("cancelled")
        for camera in self._cameras.values():
            camera.close()
        self._cameras.clear()

    def _wait_s(self) -> float:
        until_beat_s = max(0, self._beat_ns + BEAT_NS - time.monotonic_ns()) / 1e9
        return min(POLL_S, until_beat_s) if self._requests else until_beat_s

    def _open(self, now_ns: int) -> None:
        self._beat(now_ns, loading=True)
        self._sight.open(now_ns)
        if self._sight.vault is not None:
            self._say(self._known.unlock(self._sight.vault))
        self._beat(time.monotonic_ns())

    def _beat(self, now_ns: int, *, loading: bool = False) -> None:
        self._beat_ns = now_ns
        if self._line.is_read:
            beat = Beat(
                at_ns=now_ns,
                templates=len(self._known.gallery),
                problem=self._sight.problem,
                no_enrolment=self._sight.no_enrolment,
                loading=loading,
                rss_bytes=self._rss_bytes(),
            )
            self._line.say(beat)

    def _look(self, now_ns: int) -> None:
        """One picture, of the request that has waited longest."""
        due = [each for each in self._requests.values() if now_ns >= each.due_ns() and self._cameras[each.camera].has_news]
        if not due or self._sight.reader is None:
            return
        request = min(due, key=lambda each: each.due_ns())
        taken = self._cameras[request.camera].take()
        if taken is None or taken.at_ns < request.due_ns():
            return
        self._say(request.see(taken, self._sight.reader))
        taken.pixels.fill(0)
        if request.over:
            del self._requests[request.camera]

    def _end(self, request: Request, why: Why) -> None:
        del self._requests[request.camera]
        self._line.say(request.end(why))

    def _obey(self, asked: Asked, ring: int) -> None:
        match asked:
            case Open():
                self._open_camera(asked, ring)
            case Close(camera=name):
                self._close_camera(name)
            case Learn(templates=templates):
                self._say(self._known.learn(templates))
            case Forget(templates=templates):
                self._forget(templates)
            case Identify():
                self._identify(asked)
            case Enrol():
                self._enrol(asked)
            case Cancel(request=name):
                self._cancel(name)
            case _:
                assert_never(asked)

    def _say(self, words: Iterable[Said]) -> None:
        for word in words:
            self._line.say(word)

    def _open_camera(self, asked: Open, ring: int) -> None:
        try:
            camera = Camera(ring)
        except NoRing as error:
            sys.stderr.write(f"Open of {asked.camera} is left alone: {error}\n")
            return
        former = self._cameras.get(asked.camera)
        if former is not None:
            former.close()
        self._cameras[asked.camera] = camera

    def _close_camera(self, name: str) -> None:
        if name in self._requests:
            self._end(self._requests[name], "camera-gone")
        camera = self._cameras.pop(name, None)
        if camera is not None:
            camera.close()

    def _forget(self, templates: tuple[str, ...]) -> None:
        self._known.forget(templates)
        for request in self._requests.values():
            request.forget(templates)
        self._line.say(Forgotten(templates=templates))

    def _identify(self, asked: Identify) -> None:
        why = self._hindrance(asked.camera)
        if why is not None:
            self._line.say(Unmatched(request=asked.request, why=why))
            return
        self._requests[asked.camera] = Identifying(asked, self._known.gallery, time.monotonic_ns())

    def _enrol(self, asked: Enrol) -> None:
        why, vault = self._hindrance(asked.camera), self._sight.vault
        if why is not None or vault is None:
            self._line.say(Unenrolled(request=asked.request, why=why or "off"))
            return
        began_ns = time.monotonic_ns()
        self._line.say(Stepped(request=asked.request, step="loading"))
        self._beat(began_ns, loading=True)
        try:
            finder = self._sight.finder()
        except ModelUnusable:
            self._line.say(Unenrolled(request=asked.request, why="off"))
        else:
            self._requests[asked.camera] = Enrolling(
                asked,
                self._known.gallery,
                vault=vault,
                finder=finder,
                moves=drawn(SystemRandom()),
                now_ns=time.monotonic_ns(),
            )
        self._beat(time.monotonic_ns())

    def _cancel(self, name: str) -> None:
        for request in [each for each in self._requests.values() if each.name == name]:
            self._end(request, "cancelled")

    def _hindrance(self, camera: str) -> Why | None:
        """What keeps a request from beginning."""
        if self._sight.reader is None or self._sight.vault is None:
            return "off"
        if camera not in self._cameras:
            return "camera-gone"
        return "busy" if camera in self._requests else None
