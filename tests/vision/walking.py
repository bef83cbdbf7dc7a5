"""People made of boxes whose every step is known: what a tracker would say of them, and what a counter must say then."""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, count, pairwise
from typing import Literal

from models.findings import Box, Track

S = 1_000_000_000
WIDTH, HEIGHT = 640, 360
TALL = 100.0
"""Everybody's height in pixels."""

JITTER = 0.02
CONFIRMED_AFTER = 3
LOST_S = 1.5
MISSED_MOST = 2

Place = tuple[float, float]


@dataclass(slots=True, kw_only=True)
class Person:
    """Somebody who walks from place to place (of the feet, in pixels) at ``speed`` body heights a second from ``begins_s`` on.

    ``hidden`` are times between which nobody finds them; at each time of ``renamed_s`` the tracker takes them for somebody new.
    """

    places: Sequence[Place]
    speed: float = 0.8
    begins_s: float = 0.0
    hidden: Sequence[tuple[float, float]] = ()
    renamed_s: Sequence[float] = ()
    _walked: list[float] = field(init=False)

    def __post_init__(self) -> None:
        """How far it is to each place but the first."""
        self._walked = list(accumulate(math.dist(start, end) for start, end in pairwise(self.places)))

    def at(self, time_s: float) -> Place | None:
        """Where the feet are; None before the first place and after the last."""
        walked = (time_s - self.begins_s) * self.speed * TALL
        leg = bisect_right(self._walked, walked)
        if walked < 0 or leg == len(self._walked):
            return None
        start, end, long = self.places[leg], self.places[leg + 1], math.dist(self.places[leg], self.places[leg + 1])
        part = 1 - (self._walked[leg] - walked) / long
        return start[0] + part * (end[0] - start[0]), start[1] + part * (end[1] - start[1])

    @property
    def ends_s(self) -> float:
        """When they are at the last place."""
        return self.begins_s + self._walked[-1] / self.speed / TALL


@dataclass(slots=True, kw_only=True)
class Crowd:
    """What a tracker says of ``people``, ``fps`` times a second.

    In a share of ``missed`` pictures somebody who is followed is not found, but in no three that follow each other.
    """

    people: Sequence[Person]
    fps: float = 5.0
    missed: float = 0.0
    seed: int = 0
    jitter: float = JITTER

    def pictures(self) -> Iterator[tuple[list[Track], int]]:
        """The tracks of each picture, and when it was taken."""
        chance, numbers = random.Random(self.seed), count(1)
        followed = [_Followed(person, self, chance, numbers) for person in self.people]
        end_s = max(person.ends_s for person in self.people) + 5
        for picture in range(int(end_s * self.fps)):
            time_s = picture / self.fps
            yield [track for each in followed for track in each.tracks(time_s)], S + round(time_s * S)


class _Followed:
    """One person as the tracker follows them."""

    def __init__(self, person: Person, crowd: Crowd, chance: random.Random, numbers: Iterator[int]) -> None:
        self._person, self._crowd, self._chance, self._numbers = person, crowd, chance, numbers
        self._number, self._hits, self._renamed, self._missed = next(numbers), 0, 0, 0
        self._seen_s, self._box = 0.0, (0.0, 0.0, 0.0, 0.0)
        self._lost: list[tuple[int, float, Box]] = []

    def tracks(self, time_s: float) -> Iterator[Track]:
        """Their tracks: one, and those of before that are still waited for."""
        renamed = sum(at <= time_s for at in self._person.renamed_s)
        if renamed > self._renamed or (self._hits and time_s - self._seen_s > LOST_S):
            self._rename()
        self._renamed = renamed
        yield from (Track(number=number, box=box, state="lost") for number, at, box in self._lost if time_s - at <= LOST_S)
        feet = self._person.at(time_s)
        if feet is not None and self._found(time_s):
            self._hits, self._seen_s, self._box = self._hits + 1, time_s, self._boxed(feet)
            state: Literal["confirmed", "tentative"] = "confirmed" if self._hits >= CONFIRMED_AFTER else "tentative"
            yield Track(number=self._number, box=self._box, state=state)
        elif self._hits >= CONFIRMED_AFTER:
            yield Track(number=self._number, box=self._box, state="lost")

    def _rename(self) -> None:
        if self._hits >= CONFIRMED_AFTER:
            self._lost.append((self._number, self._seen_s, self._box))
        self._number, self._hits = next(self._numbers), 0

    def _found(self, time_s: float) -> bool:
        hidden = any(begins <= time_s < ends for begins, ends in self._person.hidden)
        may_miss = self._hits >= CONFIRMED_AFTER and self._missed < MISSED_MOST
        missed = self._chance.random() < self._crowd.missed and may_miss
        self._missed = self._missed + 1 if missed else 0
        return not hidden and not missed

    def _boxed(self, feet: Place) -> Box:
        x, y, top = (max(-3.0, min(3.0, self._chance.gauss(0, 1))) * self._crowd.jitter * TALL for _ in range(3))
        middle = feet[0] + x
        return middle - 0.15 * TALL, feet[1] - TALL + top, middle + 0.15 * TALL, feet[1] + y
