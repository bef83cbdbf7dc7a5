"""People in a picture, by whichever detector the box has: without it every user of one would know each model's ways.

with closing(people_detector("auto", Path("/var/lib/storebox/models"), threads=1)) as detector:
    people = detector.find(picture)
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from models.findings import Person
from models.manifest import Model, ModelUnusable, models_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DETECTORS = ("yolox-nano", "ssd-mobilenet-v2")
"""Best first."""


class PeopleDetector(Protocol):
    """A loaded model that finds people. One thread at a time."""

    name: str
    low: float
    high: float

    def find(self, picture: NDArray[np.uint8]) -> list[Person]:
        """The people in a picture (height × width × 3, BGR) from the score ``low`` on, the surest first; boxes lie within it."""
        ...

    def close(self) -> None:
        """Give the memory back."""
        ...


def people_detector(name: str, models_dir: Path, threads: int) -> PeopleDetector:
    """The detector of that name, or with "auto" the best one whose files are there and intact. Raises ModelUnusable."""
    models = models_of(models_dir)
    if name != "auto":
        return _load(name, models, models_dir, threads)
    problems = []
    for detector in DETECTORS:
        try:
            return _load(detector, models, models_dir, threads)
        except ModelUnusable as error:
            problems.append(str(error))
    raise ModelUnusable(f"no model that finds people: {'; '.join(problems)}")


def _load(name: str, models: Mapping[str, Model], models_dir: Path, threads: int) -> PeopleDetector:
    match name:
        case "yolox-nano":
            from models.yolox import Yolox

            return Yolox(name, models[name], models_dir, threads)
        case "ssd-mobilenet-v2":
            from models.ssd import Ssd

            return Ssd(name, models[name], models_dir, threads)
        case _:
            raise ModelUnusable(f'no model "{name}" finds people; there are: auto, {", ".join(DETECTORS)}')
