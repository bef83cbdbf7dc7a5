"""What the people before one camera do: the tracker's tracks in, what visitors did out. Runs in the inference process.

tracks -> walkers (who is who, where their feet are) -> lines: Crossed    zones: Visited, Waited, Queued
                                                     -> paths: Walked     heat: Heated      hands: Reached
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from edge.vision.crossing import CountingLine, Crossing, Side
from edge.vision.heat import Heat
from edge.vision.layout import FloorPlan, Layout
from edge.vision.reach import Reaches
from edge.vision.visits import QUEUES_NS, Turn, Visits
from edge.vision.walker import Found, Step, Walker
from edge.vision.walkers import Walkers
from edge.vision.words import Crossed, Queued, Reached, Seen, Visited, Waited, Walked
from edge.vision.zone_map import Raster
from models.findings import Box, Track, Wrist

GAP_NS = 5_000_000_000
"""After so long without a picture nobody knows who is who."""

SECOND_NS = 1_000_000_000


class FloorWatch:
    """One camera's lines and zones. ``layout`` is one in which ``layout_check`` finds no mistake; without ``plan`` the heat is
    over the picture."""

    def __init__(self, camera: str, layout: Layout, width_px: int, height_px: int, plan: FloorPlan | None = None) -> None:
        self._camera, self._raster = camera, Raster(width_px, height_px)
        self._walkers = Walkers()
        self._at_ns = self._queues_told_ns = -SECOND_NS
        self._lay(layout, plan)

    def take(self, tracks: Sequence[Track], at_ns: int) -> list[Seen]:
        """All tracks of one picture, also when there are none; pictures come in order of ``at_ns``."""
        seen: list[Seen] = self.end(self._at_ns) if at_ns - self._at_ns > GAP_NS else []
        self._at_ns = at_ns
        self._follow(self._walkers.take(tracks, at_ns), seen)
        for walker in self._walkers.gone(at_ns):
            self._leave(walker, seen)
        if at_ns - self._queues_told_ns >= SECOND_NS:
            self._tell_queues(at_ns, seen)
        heated = self._heat.due(at_ns)
        return seen if heated is None else [*seen, heated]

    def end(self, at_ns: int) -> list[Seen]:
        """The pictures end at ``at_ns``: what everybody has done so far."""
        self._at_ns = at_ns
        seen: list[Seen] = []
        self._follow(self._walkers.settle(at_ns), seen)
        for walker in self._walkers.clear():
            self._leave(walker, seen)
        heated = self._heat.tell(at_ns)
        return seen if heated is None else [*seen, heated]

    def relayout(self, layout: Layout, plan: FloorPlan | None = None) -> list[Seen]:
        """From now on watch ``layout``: visits of the one before end here, those who are followed stay the same people."""
        if (layout, plan) == (self._layout, self._plan):
            return []
        seen: list[Seen] = []
        for walker in self._walkers:
            self._tell_turns(walker, self._visits.leave(walker), seen)
            walker.sides, walker.place = [], ""
            walker.reaches.clear()
        heated = self._heat.tell(self._at_ns)
        self._lay(layout, plan)
        return seen if heated is None else [*seen, heated]

    def is_staff(self, number: int) -> bool:
        """Whether the track ``number`` shows somebody of the staff."""
        walker = self._walkers.get(number)
        return walker is not None and walker.staff

    def pose_wanted(self, at_ns: int) -> list[tuple[int, Box]]:
        """Whose wrists are to be found in the picture taken last: the track's number, and where to look, in pixels."""
        return self._reaches.wanted(self._walkers, at_ns)

    def take_wrists(self, number: int, wrists: Iterable[Wrist], at_ns: int) -> list[Seen]:
        """What was found of somebody of ``pose_wanted``, in pixels of the whole picture; also when it was nothing."""
        walker = self._walkers.get(number)
        reached = [] if walker is None or walker.staff else self._reaches.take(walker, wrists, at_ns)
        return [Reached(camera=self._camera, zone=zone.name, at_ns=at_ns) for zone in reached]

    def _lay(self, layout: Layout, plan: FloorPlan | None) -> None:
        self._layout, self._plan = layout, plan
        self._lines = [CountingLine(line, self._raster.width_px, self._raster.height_px) for line in layout.lines]
        self._visits = Visits(layout.zones, self._raster)
        self._reaches = Reaches(layout.zones, self._raster)
        self._heat = Heat(self._camera, layout.floor, plan, self._raster)

    def _follow(self, walked: Iterable[tuple[Walker, Sequence[Found]]], seen: list[Seen]) -> None:
        for walker, places in walked:
            for place in places:
                before = walker.last
                walker.step(*place)
                if not walker.staff:
                    self._step(walker, before, seen)

    def _step(self, walker: Walker, before: Step, seen: list[Seen]) -> None:
        """``walker`` came from ``before`` to where they are."""
        step = walker.last
        if len(walker.sides) != len(self._lines):
            walker.sides = [Side() for _ in self._lines]
        for line, side in zip(self._lines, walker.sides, strict=True):
            crossing = line.take(side, step.x, step.y, walker.height_px, step.at_ns)
            if crossing is not None:
                self._cross(walker, line, crossing, seen)
        cell = self._raster.cell_at(step.x, step.y)
        turns = self._visits.take(walker, cell, before)
        if walker.staff:
            self._visits.forget(walker)
            return
        if turns:
            self._tell_turns(walker, turns, seen)
        self._heat.take(cell, step.at_ns - before.at_ns)

    def _leave(self, walker: Walker, seen: list[Seen]) -> None:
        """``walker`` will not be back."""
        if walker.staff:
            return
        self._tell_turns(walker, self._visits.leave(walker), seen)
        for line, side in zip(self._lines, walker.sides, strict=False):
            crossing = line.end(side, walker.height_px)
            if crossing is not None:
                self._cross(walker, line, crossing, seen)

    def _cross(self, walker: Walker, counting: CountingLine, crossing: Crossing, seen: list[Seen]) -> None:
        line = counting.line
        walker.staff = walker.staff or line.staff
        if walker.staff:
            return
        if line.entrance and crossing.direction == "out":
            self._come(walker, line.name, crossing.at_ns, seen)
        elif line.entrance:
            walker.place = line.name
        seen.append(Crossed(camera=self._camera, line=line.name, direction=crossing.direction, at_ns=crossing.at_ns))

    def _tell_turns(self, walker: Walker, turns: Iterable[Turn], seen: list[Seen]) -> None:
        for turn in turns:
            name, at_ns, dwell_ms = turn.zone.name, turn.at_ns, turn.dwell_ms
            if turn.zone.kind == "staff":
                continue
            if turn.what == "entered":
                self._come(walker, name, turn.since_ns, seen)
                continue
            seen.append(Visited(camera=self._camera, zone=name, dwell_ms=dwell_ms, at_ns=at_ns))
            if turn.zone.kind == "queue" and at_ns - turn.since_ns >= QUEUES_NS:
                seen.append(Waited(camera=self._camera, zone=name, wait_ms=dwell_ms, at_ns=at_ns))

    def _come(self, walker: Walker, place: str, at_ns: int, seen: list[Seen]) -> None:
        """Somebody came to a zone, or to an entrance on the way out."""
        if walker.place and walker.place != place:
            seen.append(Walked(camera=self._camera, origin=walker.place, destination=place, at_ns=at_ns))
        walker.place = place

    def _tell_queues(self, at_ns: int, seen: list[Seen]) -> None:
        self._queues_told_ns = at_ns
        for zone, length in self._visits.queues(self._walkers, at_ns):
            seen.append(Queued(camera=self._camera, zone=zone.name, length=length, at_ns=at_ns))
