"""Who in this picture is who in the picture before: without it nobody could be counted once, or timed.

Two-stage association after ByteTrack (Zhang et al., ECCV 2022): people who are followed are first looked for among sure boxes,
then those not found among the unsure ones (half hidden, blurred), which never begin a track. Everything is in physical time, so
pictures may come at any rate and with gaps. A detector gives one box for each person (models/boxes.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from models.findings import Person, Track
from models.motion import Floats, Motion, centres, corners, overlap
from models.pairs import Pairs, cheapest_pairs

HITS = 3
"""So often somebody is found before they count: a reflection or a poster flickers, a person stays."""

LOST_FOR_S = 1.5
"""So long somebody who is not found is waited for: two people who pass each other hide one another for about a second."""

GATE = 3.0
"""Standard deviations of the expected place within which somebody is looked for: 99 % of what two dimensions do."""

LEAST_OVERLAP = 0.4
"""An unsure box is only taken for somebody who is expected just there: half of a body may be hidden, or a third beside it."""

NEVER = 1e3
"""The cost of a pair that cannot be: more than all others together."""

Mask = NDArray[np.bool_]


@dataclass(slots=True)
class _Life:
    """What is known of a track besides where it is."""

    number: int
    seen_ns: int
    hits: int = 1
    confirmed: bool = False

    def state(self, at_ns: int) -> Literal["tentative", "confirmed", "lost"]:
        """As of a picture of then."""
        if not self.confirmed:
            return "tentative"
        return "confirmed" if self.seen_ns == at_ns else "lost"


class Tracks:
    """The people of one camera. ``high`` and ``low`` are the detector's thresholds, ``fps`` how often a picture is expected."""

    def __init__(self, fps: float, *, high: float, low: float, width_px: int, height_px: int) -> None:
        self._high, self._low = high, low
        self._tentative_ns = round(1.5e9 / fps)
        self._lost_ns = round(LOST_FOR_S * 1e9)
        self._limits = np.array([0.0, -np.inf, width_px, height_px])
        self._motion = Motion()
        self._lives: list[_Life] = []
        self._at_ns: int | None = None
        self._given = 0

    def take(self, people: Sequence[Person], at_ns: int) -> list[Track]:
        """All who are followed after a picture of ``at_ns`` (later than the one before) that showed ``people``."""
        self._keep([at_ns - life.seen_ns <= self._lost_ns for life in self._lives])
        self._motion.step(0.0 if self._at_ns is None else max(0, at_ns - self._at_ns) / 1e9)
        self._at_ns = at_ns
        places = centres(np.array([person.box for person in people], dtype=np.float64).reshape(-1, 4))
        scores = np.array([person.score for person in people], dtype=np.float64)
        free = self._find(places, scores, at_ns)
        self._give_up(at_ns)
        new = free & (scores >= self._high)
        if new.any():
            self._begin(places[new], at_ns)
        return [
            Track(number=life.number, box=(left, top, right, bottom), state=life.state(at_ns))
            for life, (left, top, right, bottom) in zip(self._lives, corners(self._motion.place).tolist(), strict=True)
        ]

    def _find(self, places: Floats, scores: Floats, at_ns: int) -> Mask:
        """Give every track at most one place, and say which places are left."""
        sure = scores >= self._high
        near, unlikely = self._motion.distance(places)
        unlikely[near > GATE] = NEVER
        lost, free = np.ones(len(self._lives), dtype=bool), np.ones(len(places), dtype=bool)
        self._give(places, _pairs(unlikely, lost, sure), (lost, free), at_ns)
        waited_for = lost & np.array([life.confirmed for life in self._lives], dtype=bool)
        unsure = (scores >= self._low) & ~sure
        if waited_for.any() and unsure.any():
            unlikely[overlap(corners(self._motion.place), corners(places)) < LEAST_OVERLAP] = NEVER
            self._give(places, _pairs(unlikely, waited_for, unsure), (lost, free), at_ns)
        return free

    def _give(self, places: Floats, pairs: Pairs, left: tuple[Mask, Mask], at_ns: int) -> None:
        rows, columns = pairs
        left[0][rows] = left[1][columns] = False
        self._motion.correct(rows, places[columns])
        for row in rows.tolist():
            life = self._lives[row]
            life.seen_ns, life.hits = at_ns, life.hits + 1
            life.confirmed |= life.hits >= HITS

    def _give_up(self, at_ns: int) -> None:
        """Those who were not found, and were found too seldom or walk out of the picture, are not waited for."""
        if any(life.seen_ns != at_ns for life in self._lives):
            waited_for = np.array([life.confirmed for life in self._lives]) & ~self._leaving()
            self._keep(
                [
                    wait or at_ns - life.seen_ns <= self._tentative_ns
                    for life, wait in zip(self._lives, waited_for.tolist(), strict=True)
                ]
            )

    def _keep(self, kept: list[bool]) -> None:
        if not all(kept):
            self._motion.keep(np.array(kept))
            self._lives = [life for life, keep in zip(self._lives, kept, strict=True) if keep]

    def _leaving(self) -> NDArray[np.bool_]:
        """Who is expected to be partly out of the picture by now, and walks outwards."""
        boxes, speed = corners(self._motion.place), self._motion.speed[:, [0, 1]]
        return np.asarray(
            ((boxes[:, :2] <= self._limits[:2]) & (speed < 0) | (boxes[:, 2:] >= self._limits[2:]) & (speed > 0)).any(axis=1)
        )

    def _begin(self, places: Floats, at_ns: int) -> None:
        self._motion.add(places)
        for _ in places:
            self._given += 1
            self._lives.append(_Life(number=self._given, seen_ns=at_ns))


def _pairs(cost: Floats, rows: Mask, columns: Mask) -> Pairs:
    """The cheapest pairs of ``rows`` and ``columns``, each used once, none that cost NEVER."""
    row, column = np.flatnonzero(rows), np.flatnonzero(columns)
    some = cost[np.ix_(row, column)]
    chosen = cheapest_pairs(some)
    real = some[chosen] < NEVER
    return row[chosen[0][real]], column[chosen[1][real]]
