"""What seeing costs beside the model, and how well it counts: tracker, gate, eye, and the evaluation on the street clip.

The tracker is measured against ``trackers``' ByteTrack on the same boxes, by turns; CPU time of the one thread that does it. The
evaluation runs with every detector whose files are here, as ``storebox vision evaluate`` does; without a clip it is left out.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import cv2
import numpy as np
import supervision
from numpy.typing import NDArray
from trackers import ByteTrackTracker

from edge.vision.evaluate import evaluate
from edge.vision.eye import Eye
from edge.vision.gate import Gate
from edge.vision.layout import Layout, Line
from edge.vision.truth import read_truth
from models.findings import Person
from models.manifest import shipped_models
from models.people import DETECTORS, people_detector
from models.proof import condition
from models.tracks import Tracks
from tests.bench.spread import spread
from tests.media import MEDIA, MODEL_FOLDERS

PEOPLE, PICTURES, ROUNDS, FPS = 20, 200, 5, 5
WIDTH, HEIGHT = 640, 360
TRACKER_MS, GATE_MS = 0.3, 0.3
FPS_OF_EVALUATION = (10.0, 5.0)
LEAST_F1 = {("yolox-nano", 10.0): 0.9, ("yolox-nano", 5.0): 0.8, ("ssd-mobilenet-v2", 10.0): 0.9, ("ssd-mobilenet-v2", 5.0): 0.8}


def crowd(seed: int) -> Iterator[list[Person]]:
    """Twenty people who walk and tremble."""
    chance = random.Random(seed)
    at = [
        [chance.uniform(40, WIDTH - 40), chance.uniform(120, HEIGHT), chance.gauss(0, 40), chance.gauss(0, 10)]
        for _ in range(PEOPLE)
    ]
    for _ in range(PICTURES):
        for body in at:
            body[0], body[1] = (body[0] + body[2] / FPS) % WIDTH, 120 + (body[1] - 120 + body[3] / FPS) % (HEIGHT - 120)
        yield [_found(body[0] + chance.gauss(0, 2), body[1] + chance.gauss(0, 2)) for body in at]


def _found(x: float, y: float) -> Person:
    return Person(box=(x - 16, y - 90, x + 16, y), score=0.8)


def cpu_ms(work: Callable[[], object]) -> float:
    began = time.thread_time_ns()
    work()
    return (time.thread_time_ns() - began) / 1e6


def ours(seed: int) -> float:
    """Milliseconds a picture, the median."""
    tracks = Tracks(FPS, high=0.5, low=0.1, width_px=WIDTH, height_px=HEIGHT)
    return statistics.median(
        cpu_ms(lambda people=people, at=at: tracks.take(people, at * 10**9 // FPS))  # type: ignore[misc]
        for at, people in enumerate(crowd(seed))
    )


def theirs(seed: int) -> float:
    tracks = ByteTrackTracker(frame_rate=FPS, track_activation_threshold=0.5, high_conf_det_threshold=0.5)
    spent = []
    for people in crowd(seed):
        found = supervision.Detections(
            xyxy=np.array([person.box for person in people]),
            confidence=np.array([person.score for person in people]),
            class_id=np.zeros(len(people), dtype=int),
        )
        spent.append(cpu_ms(lambda found=found: tracks.update(found)))  # type: ignore[misc]
    return statistics.median(spent)


def street(seed: int) -> NDArray[np.uint8]:
    """Noise over blocks: every pixel has to be compared."""
    chance = np.random.default_rng(seed)
    blocks = np.kron(np.random.default_rng(0).integers(60, 180, (HEIGHT // 20, WIDTH // 20)), np.ones((20, 20)))
    return np.clip(blocks + chance.normal(0, 4, (HEIGHT, WIDTH)), 0, 255).astype(np.uint8)


def gate(seed: int) -> float:
    watched, pictures = Gate(WIDTH, HEIGHT), [street(seed + number) for number in range(8)]
    return statistics.median(
        cpu_ms(lambda number=number: watched.moved(pictures[number % 8], number * 10**9 // FPS))  # type: ignore[misc]
        for number in range(PICTURES)
    )


class Crowd:
    """Implements ``PeopleDetector`` for nothing: what is measured is all else. It is asked for parts and tells them nothing."""

    name, low, high = "crowd", 0.1, 0.5

    def __init__(self, seed: int) -> None:
        self._people = crowd(seed)

    def find(self, picture: NDArray[np.uint8]) -> list[Person]:
        return next(self._people) if picture.shape[:2] == (HEIGHT, WIDTH) else []

    def close(self) -> None:
        """Nothing to give back."""


def eye(seed: int) -> float:
    """All that an eye does for a picture of twenty people but the model."""
    door = Line(name="door", a=(0.5, 0.2), b=(0.5, 0.95), inside=(0.2, 0.6))
    looking = Eye("cam-1", Layout(lines=(door,)), (WIDTH, HEIGHT), Crowd(seed), fps=FPS)
    grey = [street(seed + number) for number in range(8)]
    colour = [np.asarray(cv2.cvtColor(each, cv2.COLOR_GRAY2BGR), dtype=np.uint8) for each in grey]

    def look(number: int) -> None:
        looking.wants(grey[number % 8], number * 10**9 // FPS)
        looking.look(colour[number % 8], number * 10**9 // FPS)

    return statistics.median(cpu_ms(lambda number=number: look(number)) for number in range(PICTURES))  # type: ignore[misc]


def evaluations() -> bool:
    """Print what the evaluation says; False when a promise is broken."""
    clip, truth = MEDIA / "clips" / "vtest.avi", MEDIA / "clips" / "vtest.json"
    if not (clip.exists() and truth.exists()):
        print(f"no evaluation: {clip} and its truth are not here")
        return True
    kept = True
    for name in DETECTORS:
        model = shipped_models()[name]
        folder = next((each for each in MODEL_FOLDERS if condition(name, model, each).state == "intact"), None)
        if folder is None:
            print(f"{name}: not here; storebox models fetch {name} --models-dir {MODEL_FOLDERS[0]}")
            continue
        for fps in FPS_OF_EVALUATION:
            with closing(people_detector(name, folder, 1)) as detector:
                found = evaluate(clip, read_truth(truth), detector, fps)
            print(
                f"{name} at {fps:g} a second: F1 {found.crossings.f1:.3f}, net error {100 * found.crossings.net_error:.1f} %,"
                f" {found.crossings.doubled} twice, people off by {found.people.mae}, dwell by {found.dwell.mae_s} s,"
                f" {found.cpu_ms_per_frame:.1f} ms of CPU a picture"
            )
            kept &= found.crossings.f1 >= LEAST_F1[name, fps] and found.crossings.net_error <= 0.1
            kept &= found.people.mae is not None and found.people.mae <= 1.0
    return kept


def main() -> int:
    """Print the figures; 1 when one of them is worse than promised."""
    cv2.setNumThreads(1)
    rounds = [(ours(seed), theirs(seed), gate(seed), eye(seed)) for seed in range(ROUNDS)]
    tracker, other, gates, eyes = (list(each) for each in zip(*rounds, strict=True))
    print(f"CPU ms a picture with {PEOPLE} people, {WIDTH}×{HEIGHT} (min / median / max of {ROUNDS}):")
    print(f"  tracker                    {spread(tracker)}   (promised {TRACKER_MS})")
    print(f"  trackers' ByteTrack        {spread(other)}")
    print(f"  gate                       {spread(gates)}   (promised {GATE_MS})")
    print(f"  eye without the model      {spread(eyes)}")
    kept = statistics.median(tracker) <= TRACKER_MS and statistics.median(gates) <= GATE_MS
    return 0 if evaluations() and kept else 1


if __name__ == "__main__":
    sys.exit(main())
