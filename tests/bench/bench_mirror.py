"""What makeup on a live face costs and how good it is, on the photos that are there: the figures of `storebox mirror bench`.

Each photo is rendered at 1280×720 by the shipped renderer and, in turns with it, by a plain loop of OpenCV and mediapipe. Hard
light from one side is not the light of a swatch: colour is promised for the photos in even light.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from models.landmarks import FACE_MODEL
from models.manifest import shipped_models
from models.proof import condition
from tests.media import MEDIA, MODEL_FOLDERS

PHOTOS = ("rose_leslie2.jpg", "obama.jpg")
FPS, P95_MS, LAYERS_MS, JITTER_PX, LAG_MS, DELTA_E00, TEXTURE, UNTOUCHED_E00 = 25, 60, 6, 0.6, 50, 6, 0.7, 1


def figures(photo: Path, models: Path) -> dict[str, Any]:
    """One run of the command, in a process of its own: it leaves the network for good."""
    words = [sys.executable, "-m", "edge", "mirror", "bench", str(photo), "--json", "--models-dir", str(models)]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=600, check=True)
    told: dict[str, Any] = json.loads(ended.stdout)
    return told


def kept(told: dict[str, Any]) -> bool:
    """Whether every promise is."""
    untouched = [told[each] for each in ("teeth_e00", "eyes_e00", "background_e00") if told[each] is not None]
    return bool(
        told["fps"] >= FPS
        and told["p95_ms"] <= P95_MS
        and told["layers_ms"] <= LAYERS_MS
        and told["jitter_px"] <= JITTER_PX
        and told["lag_ms"] <= LAG_MS
        and told["delta_e00"] <= DELTA_E00
        and told["texture"] >= TEXTURE
        and max(untouched) <= UNTOUCHED_E00
    )


def main() -> int:
    """Print the figures; 1 when one of them is worse than promised."""
    folder = next(
        (each for each in MODEL_FOLDERS if condition(FACE_MODEL, shipped_models()[FACE_MODEL], each).state == "intact"), None
    )
    photos = [MEDIA / "faces" / name for name in PHOTOS if (MEDIA / "faces" / name).exists()]
    if folder is None or not photos:
        print("not measured: there is no photo or no model (tests/media.py says where they are looked for)")
        return 0
    all_kept = True
    for photo in photos:
        told = figures(photo, folder)
        all_kept &= kept(told)
        plain = told.pop("plain")
        print(f"{photo.name} at 1280×720 (beside it the plain loop):")
        for name, value in told.items():
            print(f"  {name:20} {value!s:>8} {plain.get(name, '')!s:>8}")
    return 0 if all_kept else 1


if __name__ == "__main__":
    sys.exit(main())
