"""The shipped pipeline on a clip whose truth is known: without it an accuracy could be claimed and not be checked.

Nothing here finds, follows or counts: the same Eye as in the inference process does, at the times of the clip.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import msgspec
import numpy as np

from edge.vision.clip import Clip, ClipPicture, digest_of, open_clip
from edge.vision.eye import Eye, Want
from edge.vision.scores import CrossingScore, DwellScore, PeopleScore, score_crossings, score_dwells, score_people
from edge.vision.truth import BadTruth, Truth, layout_of
from edge.vision.words import Crossed, Seen, Visited
from models.people import PeopleDetector

FASTEST_FPS = 15.0
"""No camera is looked at more often (``[vision] fps``)."""

SAME_SHAPE = 0.01


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """``frames`` were looked at, ``fed_fps`` of them a second of the clip; ``fps`` is what this machine could do.

    ``cpu_ms_per_frame`` is all the process has spent on a picture but decoding it, which is the camera's process's work.
    ``labelled_clip``: whether the clip is the one that was labelled; None when the truth does not say.
    """

    clip: str
    labelled_clip: bool | None
    model: str
    frames: int
    fed_fps: float
    crossings: CrossingScore
    dwell: DwellScore
    people: PeopleScore
    fps: float
    cpu_ms_per_frame: float


@dataclass(slots=True)
class _Watched:
    """What was seen so far. ``found``: the tracks found in each frame; ``known``: those that were ever confirmed."""

    seen: list[Seen] = field(default_factory=list)
    found: dict[int, set[int]] = field(default_factory=dict)
    known: set[int] = field(default_factory=set)
    cpu_s: float = 0.0
    wall_s: float = 0.0


def evaluate(path: Path, truth: Truth, detector: PeopleDetector, fps: float | None = None) -> Evaluation:
    """Count in the clip at ``fps`` pictures a second, or at its own. Raises NoClip, and BadTruth when it is of another clip."""
    with open_clip(path) as clip:
        labelled = None if truth.sha256 is None else digest_of(path) == truth.sha256
        _must_fit(truth, clip)
        clip_fps = truth.fps or clip.fps
        fed_fps = min(clip_fps, fps or FASTEST_FPS)
        watched = _watch(clip, truth, detector, clip_fps, fed_fps)
        if labelled is False and truth.frames not in {None, clip.frames}:
            raise BadTruth(f"the clip has {clip.frames} frames and the truth is of {truth.frames}: it is of another clip")
    visits = [each for each in watched.seen if isinstance(each, Visited)]
    people = {frame: len(found & watched.known) for frame, found in watched.found.items()}
    return Evaluation(
        clip=path.name,
        labelled_clip=labelled,
        model=detector.name,
        frames=len(watched.found),
        fed_fps=round(fed_fps, 2),
        crossings=score_crossings(truth.crossings, (each for each in watched.seen if isinstance(each, Crossed)), clip_fps),
        dwell=score_dwells(truth.dwells, visits, clip_fps),
        people=score_people(truth.counts, people),
        fps=round(len(watched.found) / watched.wall_s, 1),
        cpu_ms_per_frame=round(1000 * watched.cpu_s / len(watched.found), 2),
    )


def _must_fit(truth: Truth, clip: Clip) -> None:
    shape, labelled = clip.width_px / clip.height_px, truth.width / truth.height
    if abs(shape / labelled - 1) > SAME_SHAPE:
        raise BadTruth(
            f"the clip is of {clip.width_px}×{clip.height_px} pixels and the truth of {truth.width}×{truth.height}:"
            " it is of another clip"
        )


def _watch(clip: Clip, truth: Truth, detector: PeopleDetector, clip_fps: float, fed_fps: float) -> _Watched:
    eye = Eye("clip", layout_of(truth), (clip.width_px, clip.height_px), detector, fps=fed_fps)
    watched, at_ns = _Watched(), 0
    for picture in clip.pictures(fed_fps, clip_fps):
        at_ns = round(picture.frame * 1e9 / clip_fps)
        began, spent = time.monotonic(), time.process_time()
        watched.seen += _look(eye, picture, clip.height_px, at_ns)
        watched.wall_s += time.monotonic() - began
        watched.cpu_s += time.process_time() - spent
        watched.found[picture.frame] = {track.number for track in eye.tracks if track.state != "lost"}
        watched.known |= {track.number for track in eye.tracks if track.state == "confirmed"}
    watched.seen += eye.end(at_ns)
    return watched


def _look(eye: Eye, picture: ClipPicture, height_px: int, at_ns: int) -> list[Seen]:
    match eye.wants(picture.planes[:height_px], at_ns):
        case Want.NOTHING:
            return eye.rest(at_ns)
        case Want.LOOK | Want.FOLLOW:
            return eye.look(np.asarray(cv2.cvtColor(picture.planes, cv2.COLOR_YUV2BGR_I420), dtype=np.uint8), at_ns)
