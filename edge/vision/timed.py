"""The models of the inference process, each with the time that a picture takes it; without it nobody could say which is slow.

One is there before it is loaded, and finds nothing then: an eye need not know.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from models.findings import Person, Wrist
from models.people import PeopleDetector
from models.poses import WristFinder

NEW_MS = 0.1
"""How much the newest picture says about how long one takes."""

Pixels = NDArray[np.uint8]
Found = TypeVar("Found")


class Clock:
    """``ms`` is how long a call takes, smoothed."""

    def __init__(self) -> None:
        self.ms = 0.0

    def time(self, find: Callable[[Pixels], Found], picture: Pixels) -> Found:
        """What ``find`` finds in the picture."""
        began_ns = time.monotonic_ns()
        found = find(picture)
        took_ms = (time.monotonic_ns() - began_ns) / 1e6
        self.ms += (took_ms - self.ms) * (NEW_MS if self.ms else 1.0)
        return found


class TimedDetector:
    """A detector of people that is loaded."""

    def __init__(self, detector: PeopleDetector) -> None:
        self.name, self.low, self.high = detector.name, detector.low, detector.high
        self.clock = Clock()
        self._detector = detector

    def find(self, picture: Pixels) -> list[Person]:
        """As ``PeopleDetector.find`` says."""
        return self.clock.time(self._detector.find, picture)

    def close(self) -> None:
        """Give the memory back."""
        self._detector.close()


class Hands:
    """A finder of wrists that is loaded when somebody stands before a shelf: ``wanted`` then says so."""

    def __init__(self) -> None:
        self.name = "poses"
        self.wanted = False
        self.clock = Clock()
        self._finder: WristFinder | None = None

    @property
    def is_loaded(self) -> bool:
        """Whether it can find anything."""
        return self._finder is not None

    def take(self, finder: WristFinder) -> None:
        """From now on find by ``finder``."""
        self.name, self._finder = finder.name, finder

    def find(self, picture: Pixels) -> list[Wrist]:
        """As ``WristFinder.find`` says; nothing before it is loaded."""
        self.wanted = True
        return [] if self._finder is None else self.clock.time(self._finder.find, picture)

    def close(self) -> None:
        """Give the memory back."""
        if self._finder is not None:
            self._finder.close()
