"""Who in this picture is who in the picture before: without it nobody could be counted once, or timed.

Two-stage association after ByteTrack (Zhang et al., ECCV 2022): people who are followed are first looked for among sure boxes,
then those not found among the unsure ones (half hidden, blurred), which never begin a track. Everything is in physical time, so
pictures may come at any rate and with gaps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from models.findings import Person, Track
from models.motion import Floats, Motion, centres, corners, overlap

HITS = 3
"""So often somebody is found before they count: a reflection or a poster flickers, a person stays."""

LOST_FOR_S = 1.5
"""So long somebody who is not found is waited for: two people who pass each other hide one another for about a second."""

GATE = 3.5
"""Standard deviations of the expected place within which somebody is looked for: all but 0.2 % of what two dimensions do."""

LEAST_OVERLAP = 0.3
"""An unsure box is only taken for somebody who is expected just there."""

SAME_OVERLAP = 0.7
"""Two boxes that share as much are one person found twice: two bodies cannot stand in each other."""


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
        self._before_ns: int | None = None
        self._given = 0

    def take(self, people: Sequence[Person], at_ns: int) -> list[Track]:
        """All who are followed after a picture of ``at_ns`` (never earlier than the one before) that showed ``people``."""
        self._motion.step(0.0 if self._at_ns is None else max(0, at_ns - self._at_ns) / 1e9)
        self._before_ns, self._at_ns = self._at_ns, at_ns
        boxes = np.array([person.box for person in people], dtype=np.float64).reshape(-1, 4)
        scores = np.array([person.score for person in people], dtype=np.float64)
        found = self._find(centres(boxes), scores, at_ns)
        self._forget(at_ns)
        self._begin(centres(boxes), (scores >= self._high) & ~found, at_ns)
        return self._tracks(at_ns)

    def _find(self, places: Floats, scores: Floats, at_ns: int) -> NDArray[np.bool_]:
        """Give every track at most one box, and say which boxes were given."""
        sure, unsure = np.flatnonzero(scores >= self._high), np.flatnonzero((scores >= self._low) & (scores < self._high))
        near, unlikely = self._motion.distance(places)
        allowed = near <= GATE
        everybody = np.arange(len(self._lives))
        pairs = _pairs(unlikely, allowed, everybody, sure)
        left = np.setdiff1d(self._followed(), pairs[0], assume_unique=True)
        expected = overlap(corners(self._motion.place), corners(places))
        pairs = np.concatenate([pairs, _pairs(unlikely, allowed & (expected >= LEAST_OVERLAP), left, unsure)], axis=1)
        self._motion.correct(pairs[0], places[pairs[1]])
        for row in pairs[0]:
            life = self._lives[row]
            life.seen_ns, life.hits = at_ns, life.hits + 1
            life.confirmed |= life.hits >= HITS
        given = np.zeros(len(places), dtype=bool)
        given[pairs[1]] = True
        return given

    def _followed(self) -> NDArray[np.intp]:
        """The tracks that count and were found in the picture before."""
        followed = [life.confirmed and life.seen_ns == self._before_ns for life in self._lives]
        return np.flatnonzero(np.array(followed, dtype=bool))

    def _forget(self, at_ns: int) -> None:
        waited_ns = np.where(self._leaving(), self._tentative_ns, self._lost_ns).tolist()
        kept = [
            at_ns - life.seen_ns <= (wait_ns if life.confirmed else self._tentative_ns)
            for life, wait_ns in zip(self._lives, waited_ns, strict=True)
        ]
        if not all(kept):
            self._motion.keep(np.array(kept))
            self._lives = [life for life, keep in zip(self._lives, kept, strict=True) if keep]

    def _leaving(self) -> NDArray[np.bool_]:
        """Who is expected to be partly out of the picture by now, and walks outwards."""
        boxes, speed = corners(self._motion.place), self._motion.speed[:, [0, 1]]
        return np.asarray(
            ((boxes[:, :2] <= self._limits[:2]) & (speed < 0) | (boxes[:, 2:] >= self._limits[2:]) & (speed > 0)).any(axis=1)
        )

    def _begin(self, places: Floats, wanted: NDArray[np.bool_], at_ns: int) -> None:
        followed = [row for row, life in enumerate(self._lives) if life.seen_ns == at_ns]
        twice = overlap(corners(places), corners(self._motion.place[followed])) >= SAME_OVERLAP
        new = places[wanted & ~twice.any(axis=1)]
        self._motion.add(new)
        for _ in new:
            self._given += 1
            self._lives.append(_Life(number=self._given, seen_ns=at_ns))

    def _tracks(self, at_ns: int) -> list[Track]:
        return [
            Track(number=life.number, box=(left, top, right, bottom), state=life.state(at_ns))
            for life, (left, top, right, bottom) in zip(self._lives, corners(self._motion.place).tolist(), strict=True)
        ]


def _pairs(cost: Floats, allowed: NDArray[np.bool_], rows: NDArray[np.intp], columns: NDArray[np.intp]) -> NDArray[np.intp]:
    """The cheapest allowed pairs between ``rows`` and ``columns``, each used once: 2×k."""
    grid = np.ix_(rows, columns)
    chosen_rows, chosen_columns = linear_sum_assignment(np.where(allowed[grid], cost[grid], 1e3))
    pairs = np.stack([rows[chosen_rows], columns[chosen_columns]])
    return pairs[:, allowed[pairs[0], pairs[1]]]
