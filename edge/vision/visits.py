"""Who is in which zone since when: visits, dwell, queues. Without it somebody at a zone's edge visits it five times a second.

In after half a second in the zone, out after a second outside by more than a box's edge trembles; the time between is the dwell.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from edge.vision.crossing import BAND
from edge.vision.layout import Zone
from edge.vision.walker import Step, Walker
from edge.vision.zone_map import Raster, ZoneMap

ENTERS_NS = 500_000_000
"""A step takes half a second: who is in a zone for less has touched its corner."""

LEAVES_NS = 1_000_000_000
"""Who reaches for something beside the zone, or lets somebody pass, is back within a second."""

QUEUES_NS = 2_000_000_000
"""At a walk of 1.4 m/s nearly 3 m: who is in a queue's zone for longer is not passing through it."""

STAFF_NS = 5_000_000_000
"""Who only looks round a counter, or asks over it, is gone from behind it within five seconds."""

GAP_NS = 1_000_000_000


@dataclass(slots=True)
class Stay:
    """Somebody in a zone. ``left_ns`` is since when they are outside again, -1 while they are not."""

    since_ns: int
    entered: bool = False
    left_ns: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Somebody is in a zone now, or was in it from ``since_ns`` to ``at_ns``."""

    zone: Zone
    what: Literal["entered", "left"]
    since_ns: int
    at_ns: int

    @property
    def dwell_ms(self) -> int:
        """How long they were in it."""
        return (self.at_ns - self.since_ns) // 1_000_000


class Visits:
    """The zones of one camera."""

    def __init__(self, zones: Sequence[Zone], raster: Raster) -> None:
        self._zones = zones
        self._map = ZoneMap(zones, raster)
        self._bits = self._map.bits

    def take(self, walker: Walker, cell: int, before: Step) -> Sequence[Turn]:
        """What zones ``walker``, who is in a ``cell`` of the raster, has entered or left since ``before``.

        Who has long been in a staff zone is staff.
        """
        here = self._bits[cell]
        if here == walker.zones and not walker.undecided:
            return ()
        step = walker.last
        between_ns = (step.at_ns + before.at_ns) // 2 if step.at_ns - before.at_ns <= GAP_NS else step.at_ns
        near = self._map.near(step.x, step.y, BAND * walker.height_px) if walker.zones & ~here else here
        turns: list[Turn] = []
        walker.undecided = False
        for number in _ones(here | walker.zones):
            turn = self._take(walker, number, step, between_ns, inside=here >> number & 1 == 1, near=near >> number & 1 == 1)
            if turn is not None:
                turns.append(turn)
        return turns

    def leave(self, walker: Walker) -> list[Turn]:
        """They are gone: what they were in, they left when they were seen last."""
        turns = []
        for number, stay in walker.stays.items():
            if stay.entered:
                left_ns = walker.last.at_ns if stay.left_ns < 0 else stay.left_ns
                turns.append(Turn(zone=self._zones[number], what="left", since_ns=stay.since_ns, at_ns=left_ns))
        self.forget(walker)
        return turns

    def forget(self, walker: Walker) -> None:
        """What they are in is no visit."""
        walker.stays.clear()
        walker.zones, walker.undecided = 0, False

    def queues(self, walkers: Iterable[Walker], at_ns: int) -> list[tuple[Zone, int]]:
        """How many stand in each queue."""
        lengths = {number: 0 for number, zone in enumerate(self._zones) if zone.kind == "queue"}
        for walker in walkers:
            for number, stay in walker.stays.items():
                if number in lengths and stay.entered and stay.left_ns < 0 and at_ns - stay.since_ns >= QUEUES_NS:
                    lengths[number] += 1
        return [(self._zones[number], length) for number, length in lengths.items()]

    def _take(self, walker: Walker, number: int, step: Step, between_ns: int, *, inside: bool, near: bool) -> Turn | None:
        zone, stay = self._zones[number], walker.stays.get(number)
        if stay is None:
            walker.stays[number] = Stay(between_ns)
            walker.zones |= 1 << number
            walker.undecided = True
            return None
        if not inside and not stay.entered:
            self._drop(walker, number)
            return None
        if not inside and not near:
            return self._outside(walker, number, stay, step.at_ns, between_ns)
        stay.left_ns = -1
        lasted_ns = step.at_ns - stay.since_ns
        walker.staff = walker.staff or (zone.kind == "staff" and lasted_ns >= STAFF_NS)
        walker.undecided |= not stay.entered or not inside or zone.kind == "staff"
        if stay.entered or lasted_ns < ENTERS_NS:
            return None
        stay.entered = True
        return Turn(zone=zone, what="entered", since_ns=stay.since_ns, at_ns=step.at_ns)

    def _outside(self, walker: Walker, number: int, stay: Stay, at_ns: int, between_ns: int) -> Turn | None:
        if stay.left_ns < 0:
            stay.left_ns = between_ns
        if at_ns - stay.left_ns < LEAVES_NS:
            walker.undecided = True
            return None
        self._drop(walker, number)
        return Turn(zone=self._zones[number], what="left", since_ns=stay.since_ns, at_ns=stay.left_ns)

    def _drop(self, walker: Walker, number: int) -> None:
        del walker.stays[number]
        walker.zones &= ~(1 << number)


def _ones(bits: int) -> list[int]:
    return [number for number in range(bits.bit_length()) if bits >> number & 1]
