"""The loop of the mirrors' process: the box says who wears what, the newest pictures are painted, who stands there is said.

The loop itself sends the beat, once a second: when the model hangs, the beat stays out and the box kills the process.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import assert_never

from drivers.wires.picture_ring import NoRing
from edge.channel import Line
from edge.mirror.mirroring import Mirroring, Painter, opened
from edge.mirror.words import Asked, Beat, Close, Fill, Open, Said, Wear
from models.manifest import ModelUnusable

BEAT_NS = 1_000_000_000
POLL_S = 0.004
"""A new picture makes no sound: its number is looked at so often while a mirror is open."""

AGAIN_NS = 60_000_000_000
"""So often a model that could not be used is looked for again: somebody may have fetched it."""

Paints = Callable[[int, int], Painter]
"""A painter for pictures of that width and height. Raises ModelUnusable."""


class Loop:
    """One life of the process. ``turn`` hears what the box asks and paints each mirror's newest picture."""

    def __init__(self, line: Line[Asked, Said], paints: Paints, rss_bytes: Callable[[], int]) -> None:
        self._line, self._paints, self._rss_bytes = line, paints, rss_bytes
        self._mirrors: dict[str, Mirroring] = {}
        self._beat_ns = self._load_ns = 0
        self._problem = ""

    def run(self) -> None:
        """Turn until the box is gone. Raises ChannelBroken then."""
        while True:
            self.turn()

    def turn(self) -> None:
        """Once round. Raises ChannelBroken."""
        for asked, ring in self._line.hear(self._wait_s()):
            self._obey(asked, -1 if ring is None else ring)
        now_ns = time.monotonic_ns()
        self._load(now_ns)
        if now_ns - self._beat_ns >= BEAT_NS:
            self._beat(now_ns)
        for mirror in self._mirrors.values():
            if mirror.is_due(now_ns):
                self._paint(mirror, now_ns)

    def _wait_s(self) -> float:
        if self._mirrors:
            return POLL_S
        return max(0, self._beat_ns + BEAT_NS - time.monotonic_ns()) / 1e9

    def _paint(self, mirror: Mirroring, now_ns: int) -> None:
        present = mirror.turn(now_ns)
        mirror.painted(mirror.newest_ns, time.monotonic_ns())
        if present is not None:
            self._line.say(present)

    def _load(self, now_ns: int) -> None:
        """One painter at a time: it takes a second or more."""
        waiting = [mirror for mirror in self._mirrors.values() if mirror.painter is None]
        if not waiting or now_ns < self._load_ns:
            return
        self._beat(now_ns, loading=True)
        try:
            waiting[0].painter = self._paints(*waiting[0].size)
        except ModelUnusable as error:
            self._problem, self._load_ns = str(error), now_ns + AGAIN_NS
        else:
            self._problem = ""
        self._beat(time.monotonic_ns())

    def _beat(self, now_ns: int, *, loading: bool = False) -> None:
        self._beat_ns = now_ns
        if self._line.is_read:
            figures = {name: mirror.figures(now_ns) for name, mirror in self._mirrors.items() if mirror.painter is not None}
            beat = Beat(at_ns=now_ns, mirrors=figures, problem=self._problem, loading=loading, rss_bytes=self._rss_bytes())
            self._line.say(beat)

    def _obey(self, asked: Asked, ring: int) -> None:
        try:
            self._do(asked, ring)
        except NoRing as error:
            sys.stderr.write(f"{type(asked).__name__} of {asked.mirror} is left alone: {error}\n")

    def _do(self, asked: Asked, ring: int) -> None:
        match asked:
            case Open(mirror=name):
                mirror = opened(name, ring, time.monotonic_ns())
                self._shut(name)
                self._mirrors[name] = mirror
            case Fill(mirror=name):
                self._fill(name, ring)
            case Wear(mirror=name):
                if name in self._mirrors:
                    self._mirrors[name].wear(asked, time.monotonic_ns())
            case Close(mirror=name):
                self._shut(name)
            case _:
                assert_never(asked)

    def _fill(self, name: str, ring: int) -> None:
        if name in self._mirrors:
            self._mirrors[name].fill(ring)
        else:  # its Open brought no ring
            os.close(ring)

    def _shut(self, name: str) -> None:
        gone = self._mirrors.pop(name, None)
        if gone is not None:
            gone.close()

    def close(self) -> None:
        """Let go of every mirror."""
        for mirror in self._mirrors.values():
            mirror.close()
        self._mirrors.clear()
