"""What the people before one camera do: the tracker's tracks in, what visitors did out. Runs in the inference process."""

from __future__ import annotations

from collections.abc import Sequence

from edge.vision.crossing import CountingLine, Crossing, Side
from edge.vision.layout import FloorPlan, Layout
from edge.vision.walkers import Step, Walker, Walkers
from edge.vision.words import Crossed, Seen
from models.findings import Track

GAP_NS = 5_000_000_000
"""After so long without a picture nobody knows who is who."""


class FloorWatch:
    """One camera's lines and zones. ``layout`` has been found without mistakes (``layout_check``)."""

    def __init__(self, camera: str, layout: Layout, width_px: int, height_px: int, plan: FloorPlan | None = None) -> None:
        self._camera, self._width_px, self._height_px, self._plan = camera, width_px, height_px, plan
        self._walkers = Walkers()
        self._at_ns = -1
        self._lay(layout)

    def take(self, tracks: Sequence[Track], at_ns: int) -> list[Seen]:
        """All tracks of one picture, also when there are none; pictures come in order of ``at_ns``."""
        seen: list[Seen] = []
        if self._at_ns >= 0 and at_ns - self._at_ns > GAP_NS:
            seen += self.end(self._at_ns)
        self._at_ns = at_ns
        for walker, steps in self._walkers.take(tracks, at_ns):
            for step in steps:
                self._step(walker, step, seen)
        for walker in self._walkers.gone(at_ns):
            self._leave(walker, seen)
        return seen

    def end(self, at_ns: int) -> list[Seen]:
        """The pictures end at ``at_ns``: what everybody has done so far."""
        self._at_ns = at_ns
        seen: list[Seen] = []
        for walker in self._walkers.clear():
            self._leave(walker, seen)
        return seen

    def relayout(self, layout: Layout, plan: FloorPlan | None = None) -> list[Seen]:
        """From now on watch ``layout``; what was going on under another one ends."""
        if (layout, plan) == (self._layout, self._plan):
            return []
        seen = self.end(self._at_ns)
        self._plan = plan
        self._lay(layout)
        return seen

    def is_staff(self, number: int) -> bool:
        """Whether the track ``number`` shows somebody of the staff."""
        walker = self._walkers.get(number)
        return walker is not None and walker.staff

    def _lay(self, layout: Layout) -> None:
        self._layout = layout
        self._lines = [CountingLine(line, self._width_px, self._height_px) for line in layout.lines]

    def _step(self, walker: Walker, step: Step, seen: list[Seen]) -> None:
        walker.step(step)
        if len(walker.sides) != len(self._lines):
            walker.sides = [Side() for _ in self._lines]
        for line, side in zip(self._lines, walker.sides, strict=True):
            self._cross(walker, line, line.take(side, (step.x, step.y), walker.height_px, step.at_ns), seen)

    def _leave(self, walker: Walker, seen: list[Seen]) -> None:
        for line, side in zip(self._lines, walker.sides, strict=True):
            self._cross(walker, line, line.end(side, walker.height_px), seen)

    def _cross(self, walker: Walker, line: CountingLine, crossing: Crossing | None, seen: list[Seen]) -> None:
        if crossing is None:
            return
        walker.staff = walker.staff or line.line.staff
        if not walker.staff:
            told = Crossed(camera=self._camera, line=line.line.name, direction=crossing.direction, at_ns=crossing.at_ns)
            seen.append(told)
