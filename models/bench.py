"""What a model costs on this machine: its own process for each, so that the memory is the model's and not its neighbour's.

    python -m models.bench yolox-nano DIR 1 30 [PICTURE]      ->  {"model": "yolox-nano", "found": 0, "ms": […], …}

A picture that is made here has nobody in it, and of a pose model only the first half runs then.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import msgspec

from models.manifest import ModelUnusable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

WIDTH_PX, HEIGHT_PX = 640, 360
WARM_UP = 3
DEADLINE_S = 300.0
RUN_BY_US = ("yolox-nano", "ssd-mobilenet-v2", "pose-landmarker-full")


class NotMeasured(Exception):
    """The model could not be run; the text says why."""


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What one model costs. ``found`` counts people or wrists; ``memory_bytes`` is what the process grew by, with libraries."""

    model: str
    found: int
    ms: tuple[float, ...]
    load_ms: float
    memory_bytes: int

    def as_row(self) -> dict[str, Any]:
        """The figures as they are shown."""
        low, middle, high = min(self.ms), median(self.ms), max(self.ms)
        spread = {"min_ms": round(low, 1), "median_ms": round(middle, 1), "max_ms": round(high, 1)}
        rest = {"load_ms": round(self.load_ms), "memory_mb": round(self.memory_bytes / 1e6)}
        return {"model": self.model, "found": self.found, **spread, **rest}


def measure(name: str, models_dir: Path, *, threads: int, rounds: int, picture: Path | None = None) -> Cost:
    """Run a model in a process of its own. Raises NotMeasured, also for one that this version only fetches."""
    if name not in RUN_BY_US:
        raise NotMeasured(f"{name}: this version only fetches it; measured are: {', '.join(RUN_BY_US)}")
    words = [name, str(models_dir.absolute()), str(threads), str(rounds), *([str(picture.absolute())] if picture else [])]
    command = [sys.executable, "-m", "models.bench", *words]
    try:
        ended = subprocess.run(command, capture_output=True, timeout=DEADLINE_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise NotMeasured(f"{name}: not done within {DEADLINE_S:.0f} s") from error
    if ended.returncode:
        raise NotMeasured(ended.stderr.decode(errors="replace").strip().rpartition("\n")[2] or f"{name}: its process died")
    return msgspec.json.decode(ended.stdout, type=Cost)


def main(words: list[str]) -> int:
    """Run one model and print its ``Cost``."""
    name, models_dir, threads, rounds, *picture = words
    try:
        cost = _run(name, Path(models_dir), int(threads), int(rounds), *picture)
    except ModelUnusable as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(msgspec.json.encode(cost).decode())
    return 0


def _run(name: str, models_dir: Path, threads: int, rounds: int, path: str = "") -> Cost:
    from models.offline import NetworkStays, leave_network

    # Where it stays, what needs it gone refuses by itself.
    with suppress(NetworkStays):
        leave_network()
    picture = _picture(path)
    before, began = _resident_bytes(), time.perf_counter()
    with closing(_loaded(name, models_dir, threads)) as model:
        load_ms = (time.perf_counter() - began) * 1000
        found = [model.find(picture) for _ in range(WARM_UP)][-1]
        ms = tuple(_ms(lambda: model.find(picture)) for _ in range(rounds))
        return Cost(model=name, found=len(found), ms=ms, load_ms=load_ms, memory_bytes=_resident_bytes() - before)


def _loaded(name: str, models_dir: Path, threads: int) -> Any:
    match name:
        case "pose-landmarker-full":
            from models.poses import wrist_finder

            return wrist_finder(models_dir)
        case _:
            from models.people import people_detector

            return people_detector(name, models_dir, threads)


def _picture(path: str) -> Picture:
    """The photo as it is, or a picture of a shop that has nobody in it: shelves of many colours, the same each time."""
    import cv2
    import numpy as np

    cv2.setNumThreads(1)
    if path:
        photo = cv2.imread(path)
        if photo is None:
            raise ModelUnusable(f"{path} is no picture")
        return np.asarray(photo, np.uint8)
    shelves = np.random.default_rng(7).integers(0, 256, (9, 16, 3), np.uint8)
    return np.asarray(cv2.resize(shelves, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_NEAREST), np.uint8)


def _ms(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1000


def _resident_bytes() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
