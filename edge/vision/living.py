"""Who stirs: without it a poster, a mannequin or a coat on a hook would be a visitor who never leaves.

Nobody stands as still as a thing. Somebody new is therefore not counted before they have walked a step, or have looked otherwise
for a while than when they were first seen. Once they have, they may stand as still as they like.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from models.findings import Box, Track
from models.motion import overlap

WALKED = 0.4
"""Body heights: a short step, half a second of a walk. A thing's box trembles by less, also when somebody passes before it."""

LOOKS_PX = (8, 16)
"""What somebody looks like, shrunk to so many pixels: the sway of somebody who stands still is seen in it, noise hardly."""

OTHERWISE = 4.0
"""Of 255, in the mean of those pixels: the pictures of a thing differ by 1, by the camera's noise and its compression."""

OTHERWISE_NS = 1_000_000_000
"""Who passes in front of a poster is past it by then."""

FORGETS_NS = 20_000_000_000
"""Daylight moves over a poster more slowly, and people stir more often."""

THING_NS = 10_000_000_000
"""Who has not stirred for so long is a thing, which need not be looked at all the time."""

SAME_PLACE = 0.5
"""What is found again is where it was, by so much of both boxes."""

KEPT_NS = 60_000_000_000
"""So long a thing that is not found is remembered: people stand before it."""

RETURNS_NS = 5_000_000_000
"""Who is found again within this where somebody who had stirred was hidden is the same and need not stir again."""

Looks = NDArray[np.float32]


@dataclass(slots=True)
class _Newcomer:
    """Who has not stirred yet. ``otherwise_ns``: since when they look otherwise than ``looks``; None while they do not."""

    box: Box
    looks: Looks
    since_ns: int
    seen_ns: int
    otherwise_ns: int | None = None


class Living:
    """Everybody before one camera who is followed."""

    def __init__(self) -> None:
        self._newcomers: dict[int, _Newcomer] = {}
        self._living: dict[int, tuple[Box, int]] = {}

    def take(self, picture: NDArray[np.uint8], tracks: Sequence[Track], at_ns: int) -> list[Track]:
        """The tracks of that picture (BGR); those that have not stirred are tentative still."""
        numbers = {track.number for track in tracks}
        self._forget(numbers, at_ns)
        for track in tracks:
            if track.number in self._living:
                self._living[track.number] = (track.box, at_ns)
            elif track.state != "lost":
                self._look_at(picture, track, numbers, at_ns)
        return [
            track if track.state == "tentative" or track.number in self._living else replace(track, state="tentative")
            for track in tracks
        ]

    def is_thing(self, number: int) -> bool:
        """Whether what is followed under this number has not stirred for so long that it is none of us."""
        known = self._newcomers.get(number)
        return known is not None and known.seen_ns - known.since_ns >= THING_NS

    def _forget(self, numbers: set[int], at_ns: int) -> None:
        self._living = {
            number: last for number, last in self._living.items() if number in numbers or at_ns - last[1] < RETURNS_NS
        }
        self._newcomers = {
            number: known
            for number, known in self._newcomers.items()
            if number in numbers or (self.is_thing(number) and at_ns - known.seen_ns < KEPT_NS)
        }

    def _look_at(self, picture: NDArray[np.uint8], track: Track, numbers: set[int], at_ns: int) -> None:
        known = self._newcomers.pop(track.number, None)
        if known is None:
            thing = _at(track.box, {number: each.box for number, each in self._newcomers.items() if number not in numbers})
            person = _at(track.box, {number: box for number, (box, _) in self._living.items() if number not in numbers})
            known = self._newcomers.pop(thing) if thing is not None else _new(picture, track.box, at_ns)
            if thing is None and person is not None:
                self._living[track.number] = (track.box, at_ns)
                return
        if _has_walked(known.box, track.box) or _looks_otherwise(known, _looks(picture, known.box), at_ns):
            self._living[track.number] = (track.box, at_ns)
        else:
            self._newcomers[track.number] = known


def _at(box: Box, boxes: dict[int, Box]) -> int | None:
    """The number of one of ``boxes`` at the same place."""
    if not boxes:
        return None
    shared = overlap(np.array([box], dtype=np.float64), np.array(list(boxes.values()), dtype=np.float64))[0]
    return list(boxes)[int(shared.argmax())] if shared.max() >= SAME_PLACE else None


def _new(picture: NDArray[np.uint8], box: Box, at_ns: int) -> _Newcomer:
    return _Newcomer(box=box, looks=_looks(picture, box), since_ns=at_ns, seen_ns=at_ns)


def _has_walked(was: Box, now: Box) -> bool:
    """Whether the middle of the box has moved; a box that is only cut off otherwise moves its middle by less."""
    x, y = (now[0] + now[2] - was[0] - was[2]) / 2, (now[1] + now[3] - was[1] - was[3]) / 2
    return bool(np.hypot(x, y) >= WALKED * (was[3] - was[1]))


def _looks_otherwise(known: _Newcomer, looks: Looks, at_ns: int) -> bool:
    """Whether they have looked otherwise for long enough; their looks are learned as long as they have not."""
    if float(np.abs(looks - known.looks).mean()) < OTHERWISE:
        known.looks += (looks - known.looks) * min(1.0, (at_ns - known.seen_ns) / FORGETS_NS)
        known.seen_ns, known.otherwise_ns = at_ns, None
        return False
    known.seen_ns = at_ns
    if known.otherwise_ns is None:
        known.otherwise_ns = at_ns
    return at_ns - known.otherwise_ns >= OTHERWISE_NS


def _looks(picture: NDArray[np.uint8], box: Box) -> Looks:
    """What is in the box, in grey, without how bright all of it is."""
    height, width = picture.shape[:2]
    left, top = min(max(0, int(box[0])), width - 1), min(max(0, int(box[1])), height - 1)
    part = picture[top : max(top + 1, int(box[3])), left : max(left + 1, int(box[2]))]
    grey = cv2.resize(cv2.cvtColor(part, cv2.COLOR_BGR2GRAY), LOOKS_PX, interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.asarray(grey - grey.mean(), dtype=np.float32)
