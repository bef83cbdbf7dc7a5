"""How well hands are seen through plain load cells: 100 made-up afternoons with noise, spikes, creep and swinging goods.

A move counts as found when the shelf tells the right number of pieces within three seconds of the hand; anything else that it
tells is false. The promise: at least 99 of 100 moves are found, and at most 1 of 100 told is false.
"""

from __future__ import annotations

import random
import sys
import time

from drivers.shelves.detector import Change, Detector
from tests.bench.spread import spread

SAMPLE_MS = 50
AFTERNOONS = 100
MOVES = 40
FOUND_AT_LEAST, FALSE_AT_MOST = 0.99, 0.01


class Afternoon:
    """One slot for one afternoon."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.unit_g = self.random.choice((20, 60, 110, 330, 1030))
        self.noise_g = self.random.uniform(0.002, 0.12) * self.unit_g
        self.spikes, self.creep_g_s = self.random.choice((0, 0.02, 0.08)), self.random.uniform(-1, 1) * self.unit_g / 3600
        self.grams, self.t_ms, self.samples = float(20 * self.unit_g), 0, 0
        self.detector = Detector(unit_g=self.unit_g)

    def play(self) -> tuple[int, int, int]:
        """Moves that were made, found, and told without being made."""
        self.pass_time(3_000)
        made = found = false = 0
        for _ in range(MOVES):
            false += len(self.pass_time(self.random.randrange(500, 20_000)))
            pieces = self.random.choice((-3, -2, -1, -1, -1, 1, 1, 2))
            told = self.move(pieces * self.unit_g)
            hit = sum(round(change.delta_g / self.unit_g) == pieces for change in told)
            made, found, false = made + 1, found + min(hit, 1), false + len(told) - min(hit, 1)
        return made, found, false

    def move(self, grams: float) -> list[Change]:
        """A hand leans on the plate, the goods swing and come to rest."""
        told = []
        for _ in range(self.random.randrange(3, 15)):
            told += self.sample(self.grams + grams * self.random.uniform(-0.5, 1.5) + self.random.uniform(0, 800))
        self.grams += grams
        return told + self.pass_time(3_000)

    def pass_time(self, ms: int) -> list[Change]:
        """Nothing happens for so long."""
        told = []
        for _ in range(ms // SAMPLE_MS):
            self.grams += self.creep_g_s * SAMPLE_MS / 1000
            wild = self.random.choice((-1, 1)) * 5_000 if self.random.random() < self.spikes else 0
            told += self.sample(self.random.gauss(self.grams, self.noise_g) + wild)
        return told

    def sample(self, shown: float) -> list[Change]:
        """One sample; the first level is told as an adjustment and counts for nothing."""
        self.t_ms, self.samples = self.t_ms + SAMPLE_MS, self.samples + 1
        change = self.detector.feed(shown, self.t_ms)
        return [change] if change is not None and change.kind != "adjust" else []


def main() -> int:
    """Print the figures; 1 when a promise is broken."""
    made = found = false = 0
    costs_us = []
    for seed in range(AFTERNOONS):
        afternoon, began = Afternoon(seed), time.process_time()
        counts = afternoon.play()
        costs_us.append((time.process_time() - began) * 1e6 / afternoon.samples)
        made, found, false = made + counts[0], found + counts[1], false + counts[2]
    print(
        f"{made} moves: {found} found ({found / made:.2%}), {false} told that nobody made ({false / max(1, found + false):.2%})"
    )
    print(f"CPU per sample, its making included: {spread(costs_us)} us")
    return 0 if found >= FOUND_AT_LEAST * made and false <= FALSE_AT_MOST * (found + false) else 1


if __name__ == "__main__":
    sys.exit(main())
