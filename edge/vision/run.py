"""The loop of the inference process: the box asks, cameras are looked at in turn, what visitors did is said.

The loop itself sends the beat, once a second: when a model hangs, the beat stays out and the box kills the process.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from typing import Protocol, assert_never

from drivers.wires.picture_ring import NoRing, Picture, RingReader
from edge.channel import ChannelBroken, Line
from edge.childhood import resident_bytes
from edge.vision.looking import Looking, Sight
from edge.vision.showing import Showing
from edge.vision.turns import Turns
from edge.vision.words import Asked, Beat, Hide, Inference, ProcessLine, Said, Seen, Show, Unwatch, Watch

BEAT_NS = 1_000_000_000
POLL_S = 0.01
"""A new picture makes no sound: its number is looked at so often while one is due."""


class Models(Sight, Protocol):
    """The models, which are loaded one after another while the loop turns."""

    def to_load(self, now_ns: int) -> bool:
        """Whether something is to be loaded now: at the start, and now and then what could not be."""
        ...

    def load(self, now_ns: int) -> None:
        """Load it, which takes seconds; what cannot be loaded is off."""
        ...

    def inferences(self) -> dict[str, Inference]:
        """What is on and off, by what it is for."""
        ...


class Loop:
    """One life of the process. ``turn`` does one thing: it hears what the box asks, or looks at one picture."""

    def __init__(self, line: Line[Asked, Said], models: Models) -> None:
        self._line, self._models = line, models
        self._turns = Turns()
        self._cameras: dict[str, Looking] = {}
        self._shown: dict[str, Showing] = {}
        self._beat_ns = 0

    def run(self) -> None:
        """Turn until the box is gone. Raises ChannelBroken then."""
        while True:
            self.turn()

    def leave(self) -> None:
        """Say what those who are followed have done so far. Raises ChannelBroken when nobody hears it."""
        for each in self._cameras.values():
            self._say(each.end())

    def turn(self) -> None:
        """Once round. Raises ChannelBroken."""
        for asked, ring in self._line.hear(self._wait_s()):
            self._obey(asked, ring)
        now_ns = time.monotonic_ns()
        if self._models.to_load(now_ns):
            self._beat(now_ns, loading=True)
            self._models.load(now_ns)
            self._beat(time.monotonic_ns())
        elif now_ns - self._beat_ns >= BEAT_NS:
            self._beat(now_ns)
        ready = self._ready(now_ns)
        if ready:
            self._look(self._turns.next(ready, now_ns))

    def _ready(self, now_ns: int) -> list[str]:
        """The cameras of which a new picture is there and due."""
        return [name for name, each in self._cameras.items() if each.has_news and self._turns.is_due(name, now_ns)]

    def _wait_s(self) -> float:
        now_ns = time.monotonic_ns()
        until_beat_s = max(0, self._beat_ns + BEAT_NS - now_ns) / 1e9
        if not self._cameras:
            return until_beat_s
        if self._ready(now_ns):
            return 0.0
        return min(until_beat_s, max(POLL_S, self._turns.wait_ns(now_ns) / 1e9))

    def _beat(self, now_ns: int, *, loading: bool = False) -> None:
        for each in self._cameras.values():
            self._say(each.tire(now_ns))
        self._beat_ns = now_ns
        figures = {name: each.figures for name, each in self._cameras.items()}
        beat = Beat(
            at_ns=now_ns, loading=loading, inferences=self._models.inferences(), cameras=figures, rss_bytes=resident_bytes()
        )
        if self._line.is_read:
            self._line.say(beat)

    def _look(self, name: str) -> None:
        camera, began_ns = self._cameras[name], time.monotonic_ns()
        picture = camera.take()
        if picture is not None:
            self._say(camera.look(picture))
            self._show(name, camera, picture)
        missed = self._turns.looked(name, began_ns=began_ns, ended_ns=time.monotonic_ns(), is_followed=camera.is_followed)
        camera.missed(missed)

    def _say(self, seen: list[Seen]) -> None:
        for each in seen:
            self._line.say(each)

    def _show(self, name: str, camera: Looking, picture: Picture) -> None:
        shown = self._shown.get(name)
        if shown is not None and shown.is_due(picture.monotonic_ns):
            shown.show(camera.shown(picture), picture.monotonic_ns)

    def _obey(self, asked: Asked, ring: int | None) -> None:
        try:
            self._do(asked, -1 if ring is None else ring)
        except NoRing as error:
            sys.stderr.write(f"{type(asked).__name__} of {asked.camera} is left alone: {error}\n")

    def _do(self, asked: Asked, ring: int) -> None:
        match asked:
            case Watch():
                self._watch(asked, ring)
            case Unwatch(camera=name):
                self._unwatch(name)
            case Show(camera=name):
                self._hide(name)
                self._shown[name] = Showing(ring)
            case Hide(camera=name):
                self._hide(name)
            case _:
                assert_never(asked)

    def _watch(self, asked: Watch, ring: int) -> None:
        try:
            reader = RingReader(ring)
        finally:
            os.close(ring)
        now_ns = time.monotonic_ns()
        known = self._cameras.get(asked.camera)
        if known is None:
            known = self._cameras[asked.camera] = Looking(asked, reader, self._models, now_ns)
        else:
            self._say(known.follow(asked, reader))
        self._turns.watch(asked.camera, fps=asked.fps, is_door=known.is_door, now_ns=now_ns)

    def _unwatch(self, name: str) -> None:
        gone = self._cameras.pop(name, None)
        if gone is not None:
            self._turns.unwatch(name)
            self._say(gone.end())
            gone.close()

    def _hide(self, name: str) -> None:
        shown = self._shown.pop(name, None)
        if shown is not None:
            shown.close()


def run(line: ProcessLine, models: Models) -> None:
    """Look, until the box is gone or asks no more. Raises ChannelBroken then."""
    loop = Loop(line, models)
    try:
        loop.run()
    finally:
        with suppress(ChannelBroken):
            loop.leave()
