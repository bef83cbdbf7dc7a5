"""The models of the inference process: without it one that is missing or damaged would end the process and not just itself."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from edge.vision.eye import Eye
from edge.vision.looking import Eye as Looker
from edge.vision.shown import Drawn, render
from edge.vision.words import Inference, Marked, Watch
from models.findings import Box, Person, Track
from models.manifest import ModelUnusable
from models.people import PeopleDetector, people_detector

AGAIN_NS = 60_000_000_000
"""So often a model that could not be used is looked for again: somebody may have fetched it."""

NEW_MS = 0.1
"""How much the newest picture says about how long one takes."""

MASK_PX = 8


class Inferences:
    """The detector ``name`` from ``models_dir`` on ``threads`` cores, and the eyes that see by it."""

    def __init__(self, name: str, models_dir: Path, threads: int) -> None:
        self._name, self._models_dir, self._threads = name, models_dir, threads
        self._people: _Timed | None = None
        self._problem = ""
        self._next_ns = 0

    def to_load(self, now_ns: int) -> bool:
        """Whether the detector is to be loaded now."""
        return self._people is None and now_ns >= self._next_ns

    def load(self, now_ns: int) -> None:
        """Load it; when it cannot be used it stays off."""
        self._next_ns = now_ns + AGAIN_NS
        try:
            self._people = _Timed(people_detector(self._name, self._models_dir, self._threads))
        except ModelUnusable as error:
            self._problem = str(error)

    def inferences(self) -> dict[str, Inference]:
        """``people``; nothing before the first ``load``."""
        if self._people is not None:
            return {"people": Inference(model=self._people.name, state="on", ms=round(self._people.ms, 1))}
        return {"people": Inference(model=self._name, state="off", problem=self._problem)} if self._problem else {}

    def eye(self, asked: Watch, size: tuple[int, int]) -> Eye | None:
        """An eye for the pictures that ``asked`` is about, or none while the detector is off."""
        if self._people is None:
            return None
        return Eye(asked.camera, asked.layout, size, self._people, fps=asked.fps, plan=asked.plan)

    def shown(self, eye: Looker | None, picture: NDArray[np.uint8]) -> tuple[bytes, tuple[Marked, ...]]:
        """What a technician may see: JPEG without faces, and who is in it. Without an eye nobody knows where faces are."""
        if eye is None:
            return render(picture, (), (), None), ()
        height_px, width_px = picture.shape[:2]
        drawn = [Drawn(box=each.box, number=each.number, state=_state(eye, each)) for each in eye.tracks]
        jpeg = render(picture, drawn, [person.box for person in eye.found], _mask(eye.moved, width_px, height_px))
        return jpeg, tuple(_marked(each, width_px, height_px) for each in drawn)

    def close(self) -> None:
        """Give the memory back."""
        if self._people is not None:
            self._people.close()


def _state(eye: Looker, track: Track) -> Literal["tentative", "confirmed", "lost", "staff"]:
    return "staff" if eye.is_staff(track.number) else track.state


def _marked(drawn: Drawn, width_px: int, height_px: int) -> Marked:
    left, top, right, bottom = drawn.box
    box = left / width_px, top / height_px, right / width_px, bottom / height_px
    return Marked(box=box, number=drawn.number, state=drawn.state)


def _mask(boxes: Sequence[Box], width_px: int, height_px: int) -> NDArray[np.bool_]:
    """Where ``boxes`` are, in cells of MASK_PX."""
    mask = np.zeros((-(-height_px // MASK_PX), -(-width_px // MASK_PX)), dtype=np.bool_)
    for left, top, right, bottom in boxes:
        mask[int(top) // MASK_PX : int(bottom) // MASK_PX + 1, int(left) // MASK_PX : int(right) // MASK_PX + 1] = True
    return mask


class _Timed:
    """A detector that knows how many milliseconds a picture takes it."""

    def __init__(self, detector: PeopleDetector) -> None:
        self.name, self.low, self.high = detector.name, detector.low, detector.high
        self.ms = 0.0
        self._detector = detector

    def find(self, picture: NDArray[np.uint8]) -> list[Person]:
        began_ns = time.monotonic_ns()
        people = self._detector.find(picture)
        took_ms = (time.monotonic_ns() - began_ns) / 1e6
        self.ms += (took_ms - self.ms) * (NEW_MS if self.ms else 1.0)
        return people

    def close(self) -> None:
        self._detector.close()
