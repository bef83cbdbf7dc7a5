"""Whose picture is next: without it one crowded camera would take the processor from all others.

Deficit round robin (Shreedhar and Varghese, SIGCOMM 1995): each camera in turn is given a little time of the processor and looks
when it has saved what a look of it costs, so that all get the same time however dear their pictures are. Before that come those
whose patience has ended: of a door and of people who are followed a picture must not be missing for long.

Pure: times come in, as ``time.monotonic_ns()``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass

QUANTUM_NS = 10_000_000
"""A third of a usual look."""

DEEPEST_DEBT_NS = 300_000_000
"""A look out of turn is paid back, but not for ever."""

PATIENCE_NS = 1_000_000_000
"""Who stands in a queue still stands there a second later."""

SHORT_PATIENCE_NS = 333_000_000
"""A walker (1.4 m/s) is then half a metre on, as far as a person is wide: later nobody can be told from the next."""

EARLY = 0.25
"""Of an interval: pictures come a little early and late, and one that is early by so much is the one that was due."""

NEW_COST = 0.2
"""How much the newest look says about what the next will cost."""


@dataclass(slots=True, kw_only=True)
class _Camera:
    """``due_ns``: for when the next look is planned; ``looked_ns``: when the last one ended."""

    interval_ns: int
    is_door: bool
    due_ns: int
    looked_ns: int
    is_followed: bool = False
    cost_ns: float = 0.0
    saved_ns: float = 0.0

    @property
    def patience_ns(self) -> int:
        return SHORT_PATIENCE_NS if self.is_door or self.is_followed else PATIENCE_NS


class Turns:
    """The cameras that are watched, and when each of them is to be looked at."""

    def __init__(self) -> None:
        self._cameras: dict[str, _Camera] = {}
        self._order: deque[str] = deque()

    def watch(self, camera: str, *, fps: int, is_door: bool, now_ns: int) -> None:
        """Look at ``camera`` from now on ``fps`` times a second; one that is watched already keeps its place."""
        known = self._cameras.get(camera)
        if known is None:
            self._order.append(camera)
            self._cameras[camera] = _Camera(interval_ns=10**9 // fps, is_door=is_door, due_ns=now_ns, looked_ns=now_ns)
        else:
            known.interval_ns, known.is_door = 10**9 // fps, is_door

    def unwatch(self, camera: str) -> None:
        """No more turns for ``camera``."""
        del self._cameras[camera]
        self._order.remove(camera)

    def is_due(self, camera: str, now_ns: int) -> bool:
        """Whether the newest picture of ``camera`` is wanted now."""
        known = self._cameras[camera]
        return now_ns >= known.due_ns - int(EARLY * known.interval_ns)

    def wait_ns(self, now_ns: int) -> int:
        """How long no picture is wanted of any camera, 0 when one is."""
        dues = [known.due_ns - int(EARLY * known.interval_ns) for known in self._cameras.values()]
        return max(0, min(dues, default=now_ns) - now_ns)

    def next(self, ready: Collection[str], now_ns: int) -> str:
        """Which of ``ready`` is looked at now: of each a new picture is there and due. There must be one."""
        return self._impatient(ready, now_ns) or self._in_turn(ready)

    def looked(self, camera: str, *, began_ns: int, ended_ns: int, is_followed: bool) -> int:
        """``camera`` had its turn. Returns how many looks that were due before it had none."""
        known, cost_ns = self._cameras[camera], ended_ns - began_ns
        known.looked_ns, known.is_followed = ended_ns, is_followed
        known.saved_ns = max(-DEEPEST_DEBT_NS, known.saved_ns - cost_ns)
        if not known.cost_ns:  # the first: nothing was due before it
            known.cost_ns, known.due_ns = cost_ns, began_ns
        known.cost_ns += (cost_ns - known.cost_ns) * NEW_COST
        missed = max(0, began_ns - known.due_ns) // known.interval_ns
        known.due_ns += (missed + 1) * known.interval_ns
        return missed

    def _impatient(self, ready: Collection[str], now_ns: int) -> str | None:
        """Who has waited longest by its own measure, of those who have waited too long."""

        def waited(camera: str) -> float:
            return (now_ns - self._cameras[camera].looked_ns) / self._cameras[camera].patience_ns

        longest = max(ready, key=waited)
        return longest if waited(longest) >= 1 else None

    def _in_turn(self, ready: Collection[str]) -> str:
        while self._order[0] not in ready or self._cameras[self._order[0]].saved_ns < self._cameras[self._order[0]].cost_ns:
            self._order.rotate(-1)
            first = self._cameras[self._order[0]]
            first.saved_ns = first.saved_ns + QUANTUM_NS if self._order[0] in ready else 0.0
        return self._order[0]
