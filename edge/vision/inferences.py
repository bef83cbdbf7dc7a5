"""The models of the inference process: without it one that is missing or damaged would end the process and not just itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.vision.eye import Eye
from edge.vision.looking import Eye as Looker
from edge.vision.shown_eye import shown_eye
from edge.vision.timed import Hands, TimedDetector
from edge.vision.words import Inference, Watch
from models.manifest import ModelUnusable
from models.people import people_detector
from models.poses import wrist_finder

AGAIN_NS = 60_000_000_000
"""So often a model that could not be used is looked for again: somebody may have fetched it."""


@dataclass(slots=True, kw_only=True)
class _Try:
    """One model that is to be loaded, and why it could not be. ``model`` is what it is called until then."""

    model: str
    load: Callable[[], None]
    wanted: Callable[[], bool]
    next_ns: int = 0
    problem: str = ""


class Inferences:
    """People by the detector ``name``, hands when somebody stands before a shelf; both from ``models_dir``."""

    def __init__(self, name: str, models_dir: Path, threads: int) -> None:
        self._choice = name, models_dir, threads
        self._people: TimedDetector | None = None
        self._hands = Hands()
        self._tries = {
            "people": _Try(model=name, load=self._load_people, wanted=lambda: self._people is None),
            "hands": _Try(model="poses", load=self._load_hands, wanted=lambda: self._hands.wanted and not self._hands.is_loaded),
        }

    def to_load(self, now_ns: int) -> bool:
        """Whether a model is to be loaded now."""
        return any(now_ns >= each.next_ns and each.wanted() for each in self._tries.values())

    def load(self, now_ns: int) -> None:
        """Load what is to be loaded; what cannot be used stays off, and is tried again after a while."""
        for each in self._tries.values():
            if now_ns >= each.next_ns and each.wanted():
                each.next_ns, each.problem = now_ns + AGAIN_NS, ""
                try:
                    each.load()
                except ModelUnusable as error:
                    each.problem = str(error)

    def inferences(self) -> dict[str, Inference]:
        """What is on and off, by what it is for; nothing before the first ``load``."""
        on = {} if self._people is None else {"people": _on(self._people.name, self._people.clock.ms)}
        if self._hands.is_loaded:
            on["hands"] = _on(self._hands.name, self._hands.clock.ms)
        tries = self._tries.items()
        return on | {task: Inference(model=each.model, state="off", problem=each.problem) for task, each in tries if each.problem}

    def eye(self, asked: Watch, size: tuple[int, int]) -> Eye | None:
        """An eye for the pictures that ``asked`` is about, or none while the detector is off."""
        if self._people is None:
            return None
        return Eye(asked.camera, asked.layout, size, self._people, fps=asked.fps, plan=asked.plan, wrists=self._hands)

    def shown(self, eye: Looker | None, picture: NDArray[np.uint8]) -> bytes:
        """What a technician may see, as JPEG."""
        return shown_eye(eye, picture)

    def close(self) -> None:
        """Give the memory back."""
        if self._people is not None:
            self._people.close()
        self._hands.close()

    def _load_people(self) -> None:
        self._people = TimedDetector(people_detector(*self._choice))

    def _load_hands(self) -> None:
        self._hands.take(wrist_finder(self._choice[1]))


def _on(model: str, ms: float) -> Inference:
    return Inference(model=model, state="on", ms=round(ms, 1))
