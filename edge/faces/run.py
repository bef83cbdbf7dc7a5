"""The loop of the process that reads faces: members are learnt and forgotten, requests see pictures until they have ended.

The loop itself sends the beat, once a second: when a model hangs, the beat stays out and the box kills the process.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import assert_never

from edge.channel import Line
from edge.faces.known import Known
from edge.faces.requests import Requests, Sees
from edge.faces.words import Asked, Beat, Cancel, Close, Enrol, Forget, Forgotten, Identify, Learn, Open, Said, Stepped

BEAT_NS = 1_000_000_000
POLL_S = 0.01
"""A new picture makes no sound: its number is looked at so often while a request waits for one."""


class Loop:
    """One life of the process. ``turn`` hears what the box asks, and looks at one picture."""

    def __init__(self, line: Line[Asked, Said], sight: Sees, rss_bytes: Callable[[], int]) -> None:
        self._line, self._sight, self._rss_bytes = line, sight, rss_bytes
        self._known = Known()
        self._requests = Requests(sight, self._known.gallery)
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
        self._say(self._requests.late(now_ns))
        self._say(self._requests.look(now_ns))

    def close(self) -> None:
        """Let go of every camera, and of what was seen."""
        self._requests.shut()

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
        if not self._line.is_read:
            return
        beat = Beat(
            at_ns=now_ns,
            templates=len(self._known.gallery),
            problem=self._sight.problem,
            no_enrolment=self._sight.no_enrolment,
            loading=loading,
            rss_bytes=self._rss_bytes(),
        )
        self._line.say(beat)

    def _obey(self, asked: Asked, ring: int) -> None:
        match asked:
            case Open():
                self._requests.open(asked, ring)
            case Close():
                self._say(self._requests.close(asked))
            case Learn(templates=templates):
                self._say(self._known.learn(templates))
            case Forget(templates=templates):
                self._forget(templates)
            case Identify():
                self._say(self._requests.identify(asked, time.monotonic_ns()))
            case Enrol():
                self._enrol(asked)
            case Cancel(request=name):
                self._say(self._requests.cancel(name))
            case _:
                assert_never(asked)

    def _forget(self, templates: tuple[str, ...]) -> None:
        self._known.forget(templates)
        self._requests.forget(templates)
        self._line.say(Forgotten(templates=templates))

    def _enrol(self, asked: Enrol) -> None:
        hindered = self._requests.hindered(asked)
        if hindered:
            self._say(hindered)
            return
        self._line.say(Stepped(request=asked.request, step="loading"))
        self._beat(time.monotonic_ns(), loading=True)
        self._say(self._requests.enrol(asked, time.monotonic_ns()))
        self._beat(time.monotonic_ns())

    def _say(self, words: Iterable[Said]) -> None:
        for word in words:
            self._line.say(word)
