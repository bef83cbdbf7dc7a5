"""What finding people costs on one core: milliseconds a picture of each detector, of the pose model, and the memory each takes.

Each model runs in a process of its own, as `storebox models bench` does it: on the first picture of vtest.avi where that is here,
the pose model on somebody in it (a pose costs more than nobody), else on a made-up one.
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2

from models.bench import RUN_BY_US, measure
from models.manifest import shipped_models
from models.proof import condition
from tests.bench.spread import spread
from tests.media import MEDIA, MODEL_FOLDERS

ROUNDS = 40
WITHIN_MS = {"yolox-nano": 30.0}
"""The detector of a box; its fallback is slower, and only looked at as often as it can be."""


WALKER = slice(150, 240), slice(490, 545)
"""Somebody in the first picture of the clip: rows, columns."""


def photos(folder: Path) -> dict[str, Path]:
    """What each model looks at, if the clip is here."""
    clip = MEDIA / "clips" / "vtest.avi"
    if not clip.exists():
        return {}
    film = cv2.VideoCapture(str(clip))
    _, picture = film.read()
    film.release()
    street, walker = folder / "street.png", folder / "walker.png"
    cv2.imwrite(str(street), cv2.resize(picture, (640, 360)))
    cv2.imwrite(str(walker), picture[WALKER])
    return dict.fromkeys(RUN_BY_US, street) | {"pose-landmarker-full": walker}


def main() -> int:
    """Print the figures; 1 when the detector takes longer than promised."""
    kept = True
    with TemporaryDirectory() as scratch:
        looked_at = photos(Path(scratch))
        print(
            f"one core, {'a street of 640 x 360' if looked_at else '640 x 360 without anybody'}, min / median / max of {ROUNDS}:"
        )
        for name in RUN_BY_US:
            model = shipped_models()[name]
            folder = next((each for each in MODEL_FOLDERS if condition(name, model, each).state == "intact"), None)
            if folder is None:
                print(f"  {name:22} is not here: storebox models fetch {name} --models-dir {MODEL_FOLDERS[0]}")
                continue
            cost = measure(name, folder, threads=1, rounds=ROUNDS, picture=looked_at.get(name))
            load = f"loaded in {cost.load_ms:.0f} ms, {cost.memory_bytes / 1e6:.0f} MB"
            print(f"  {name:22} {spread(list(cost.ms))} ms a picture, found {cost.found}, {load}")
            kept &= statistics.median(cost.ms) <= WITHIN_MS.get(name, float("inf"))
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
