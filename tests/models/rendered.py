"""People as a detector would find them, rendered as boxes whose owners are known; independent of the tracker's constants.

Who is nearer to the camera (lower in the picture) hides who is behind: half hidden is found unsurely and cut, wholly hidden not
at all. Detectors also tremble, miss, and see people where there are none.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from models.findings import Box, Person
from models.pairs import cheapest_pairs

WIDTH, HEIGHT = 640, 360
TALL = 100.0
WIDE = 36.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """From one place of the feet to another between two times; before and after nobody is there."""

    start: tuple[float, float]
    end: tuple[float, float]
    begins_s: float = 0.0
    ends_s: float = 8.0

    def box(self, at_s: float) -> Box | None:
        if not self.begins_s <= at_s <= self.ends_s:
            return None
        part = (at_s - self.begins_s) / (self.ends_s - self.begins_s)
        x, y = (a + part * (b - a) for a, b in zip(self.start, self.end, strict=True))
        box = max(0.0, x - WIDE / 2), max(0.0, y - TALL), min(float(WIDTH), x + WIDE / 2), min(float(HEIGHT), y)
        return box if box[2] - box[0] > WIDE / 3 and box[3] - box[1] > TALL / 3 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """``pillars`` hide who is behind them. ``missed``: the share of boxes not found; ``false``: of pictures with a false one."""

    walks: Sequence[Walk]
    pillars: Sequence[Box] = ()
    missed: float = 0.0
    false: float = 0.0
    tremble: float = 0.02
    lasts_s: float = 8.0

    def pictures(self, fps: float, seed: int) -> Iterator[tuple[int, list[Person], dict[int, Box]]]:
        """When, what a detector finds, and where everybody really is who can be seen at least in part."""
        chance = random.Random(seed)
        for picture in range(int(self.lasts_s * fps)):
            at_s = picture / fps
            there = {number: box for number, walk in enumerate(self.walks) if (box := walk.box(at_s)) is not None}
            found, seen = [], {}
            for number, box in there.items():
                nearer = [other for other in there.values() if other[3] > box[3]] + list(self.pillars)
                hidden = max((_covered(box, other) for other in nearer), default=0.0)
                if hidden < 0.75:
                    seen[number] = box
                    found += self._found(box, hidden, chance)
            if chance.random() < self.false:
                x, y = chance.uniform(0, WIDTH - WIDE), chance.uniform(0, HEIGHT - TALL)
                found.append(Person(box=(x, y, x + WIDE, y + TALL), score=chance.uniform(0.3, 0.8)))
            yield round(at_s * 1e9), found, seen

    def _found(self, box: Box, hidden: float, chance: random.Random) -> list[Person]:
        if chance.random() < self.missed:
            return []
        left, top, right, bottom = (edge + chance.gauss(0, self.tremble * TALL) for edge in box)
        bottom -= TALL * hidden / 3
        score = chance.uniform(0.55, 0.9) - hidden * 0.7
        return [Person(box=(left, top, max(left + 2, right), max(top + 2, bottom)), score=max(0.12, score))]


def _covered(box: Box, other: Box) -> float:
    across = min(box[2], other[2]) - max(box[0], other[0])
    down = min(box[3], other[3]) - max(box[1], other[1])
    return max(0.0, across) * max(0.0, down) / ((box[2] - box[0]) * (box[3] - box[1]))


@dataclass(slots=True)
class Identities:
    """Which numbers a tracker has given to whom; ``numbers`` by true person and track, in pictures."""

    numbers: Counter[tuple[int, int]]
    true: int = 0
    told: int = 0
    switches: int = 0

    @property
    def f1(self) -> float:
        """IDF1 (Ristani et al., 2016): pictures in which everybody has the one number that is best for them."""
        people, tracks = sorted({pair[0] for pair in self.numbers}), sorted({pair[1] for pair in self.numbers})
        grid = np.array([[self.numbers[person, track] for track in tracks] for person in people]).reshape(len(people), -1)
        right = int(grid[cheapest_pairs(-grid)].sum())
        return 2 * right / max(1, self.true + self.told)


def identities(told: Sequence[tuple[dict[int, Box], dict[int, Box]]]) -> Identities:
    """Of each picture, where everybody really is, and the boxes that a tracker tells by number."""
    found, last = Identities(Counter()), defaultdict[int, int](lambda: -1)
    for true, tracks in told:
        found.true, found.told = found.true + len(true), found.told + len(tracks)
        people, numbers = list(true), list(tracks)
        grid = np.array([[_share(true[person], tracks[number]) for number in numbers] for person in people])
        for row, column in zip(*cheapest_pairs(-grid.reshape(len(people), len(numbers))), strict=True):
            if grid[row, column] >= 0.4:
                person, number = people[row], numbers[column]
                found.numbers[person, number] += 1
                found.switches += last[person] not in {-1, number}
                last[person] = number
    return found


def _share(one: Box, other: Box) -> float:
    across, down = min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[1], other[1])
    both = max(0.0, across) * max(0.0, down)
    return both / ((one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1]) - both)


SCENES = {
    "two who pass each other": Scene(walks=[Walk(start=(40, 250), end=(600, 250)), Walk(start=(600, 262), end=(40, 262))]),
    "three abreast": Scene(walks=[Walk(start=(30 + gap, 230 + gap / 2), end=(560 + gap, 240 + gap / 2)) for gap in (0, 45, 90)]),
    "behind a pillar": Scene(
        walks=[Walk(start=(40, 240), end=(600, 240)), Walk(start=(620, 300), end=(60, 300), begins_s=1.0)],
        pillars=[(290, 0, 350, 360)],
    ),
    "one who stands, three who pass": Scene(
        walks=[
            Walk(start=(320, 240), end=(320, 241)),
            Walk(start=(40, 260), end=(600, 265), ends_s=5.0),
            Walk(start=(600, 225), end=(40, 220), begins_s=1.0, ends_s=6.0),
            Walk(start=(100, 350), end=(540, 130), begins_s=2.0),
        ]
    ),
    "a crowd, badly seen": Scene(
        walks=[
            Walk(start=(20 + 60 * n, 150 + 25 * (n % 8)), end=(600 - 55 * n, 340 - 22 * (n % 8)), begins_s=0.3 * n)
            for n in range(9)
        ],
        missed=0.2,
        false=0.2,
        tremble=0.04,
    ),
}
