"""What makeup on a live face costs and how good it is: `storebox mirror bench`, five rounds with a photo and with a filmed head.

Each round renders at 1280×720 with the shipped renderer and, in turns with it, with a plain loop of OpenCV and mediapipe. Then
every photo of a face that is there is asked once for its colour: a lip has its shade and its folds in any light, and in soft
light as much of the lamp's shade, too (`edge/mirror/bench_colour.py`).
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import Any

from edge.mirror.bench_colour import EVEN_L
from models.landmarks import FACE_MODEL
from models.manifest import shipped_models
from models.proof import condition
from tests.bench.spread import spread
from tests.media import MEDIA, MODEL_FOLDERS

ROUNDS = 5
MEASURED = (MEDIA / "faces" / "obama2.jpg", MEDIA / "clips" / "head-pose-face-detection-female.gif")
FEW_FRAMES = 20
COSTS = ("fps", "p95_ms", "cpu_ms_per_frame", "layers_ms", "jitter_px", "raw_jitter_px", "lag_ms")
MOVING = ("lag_ms", "stray_px", "worn", "flicker_e00", "bare_flicker_e00", "turned_deg")
COLOUR = ("delta_e00", "worst_e00", "bare_l", "deviation", "texture", "teeth_e00", "eyes_e00", "background_e00")

FPS, P95_MS, LAYERS_MS, JITTER_PX, LAG_MS, DELTA_E00, TEXTURE, UNTOUCHED_E00 = 25, 60, 6, 0.6, 50, 6, 0.7, 1


def figures(shown: Path, models: Path, *words: str) -> dict[str, Any] | None:
    """One run of the command, in a process of its own, for it leaves the network for good; None where no face can be painted."""
    command = [sys.executable, "-m", "edge", "mirror", "bench", str(shown), "--json", "--models-dir", str(models), *words]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    if ended.returncode == 2 and "no picture shows one face" in ended.stderr:
        return None
    ended.check_returncode()
    told: dict[str, Any] = json.loads(ended.stdout)
    return told


def fast_enough(rounds: list[dict[str, Any]]) -> bool:
    """Whether the medians keep what is promised about time."""
    usual = {name: median(each[name] for each in rounds) for name in COSTS}
    behind = [usual["lag_ms"], *(each["clip"]["lag_ms"] for each in rounds if each["clip"])]
    return bool(
        usual["fps"] >= FPS
        and usual["p95_ms"] <= P95_MS
        and usual["layers_ms"] <= LAYERS_MS
        and usual["jitter_px"] <= JITTER_PX
        and max(behind) <= LAG_MS
    )


def coloured(told: dict[str, Any]) -> bool:
    """Whether lips have their shade and are lips, and nothing else has changed."""
    untouched = [told[each] for each in ("teeth_e00", "eyes_e00", "background_e00") if told[each] is not None]
    stays = [told["texture"], *([told["deviation"]] if told["bare_l"] <= EVEN_L else [])]
    return bool(told["delta_e00"] <= DELTA_E00 and min(stays) >= TEXTURE and max(untouched) <= UNTOUCHED_E00)


def tell_rounds(shown: Path, rounds: list[dict[str, Any]]) -> None:
    """Each cost over all rounds, beside it the plain loop's."""
    print(f"{shown.name} at 1280×720, {len(rounds)} rounds, min / median / max (beside it the plain loop):")
    for name in COSTS:
        plain = [each["plain"][name] for each in rounds if name in each["plain"]]
        print(f"  {name:20} {spread([each[name] for each in rounds]):>24}   {spread(plain) if plain else ''}")
    for name in MOVING if rounds[0]["clip"] else ():
        print(f"  clip {name:20} {spread([each['clip'][name] for each in rounds]):>19}")


def tell_colours(photos: Iterable[Path], models: Path) -> bool:
    """One line for each face; whether all keep the promise."""
    print(f"{'colour, eight matte shades':28}" + "".join(f"{name:>15}" for name in COLOUR))
    kept = True
    for photo in photos:
        told = figures(photo, models, "--frames", str(FEW_FRAMES))
        if told is None:
            continue
        kept &= coloured(told)
        values = ("–" if told[name] is None else f"{told[name]:g}" for name in COLOUR)
        print(f"  {photo.name:26}" + "".join(f"{value:>15}" for value in values))
    return kept


def main() -> int:
    """Print the figures; 1 when one of them is worse than promised."""
    folder = next(
        (each for each in MODEL_FOLDERS if condition(FACE_MODEL, shipped_models()[FACE_MODEL], each).state == "intact"), None
    )
    measured = [each for each in MEASURED if each.exists()]
    if folder is None or not measured:
        print("not measured: there is no photo or no model (tests/media.py says where they are looked for)")
        return 0
    kept = True
    for shown in measured:
        rounds = [told for _ in range(ROUNDS) if (told := figures(shown, folder)) is not None]
        tell_rounds(shown, rounds)
        kept &= not rounds or fast_enough(rounds)
    kept &= tell_colours([*sorted((MEDIA / "faces").glob("*.jpg")), *measured[1:]], folder)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
