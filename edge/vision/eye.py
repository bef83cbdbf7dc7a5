"""One camera's way from a picture to what visitors did: without it the process and the evaluation would each have their own.

eye = Eye("cam-door", layout, (640, 360), detector, fps=5)
match eye.wants(luma, at_ns):             # 0.2 ms: the gate, on the grey plane of I420
    case Want.NOTHING:
        seen = eye.rest(at_ns)            # nothing moves and nobody is followed: microseconds
    case Want.LOOK | Want.FOLLOW:
        seen = eye.look(bgr, at_ns)       # the detector, once or twice: 20 to 50 ms
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from edge.vision.gate import Gate, Luma
from edge.vision.layout import FloorPlan, Layout
from edge.vision.living import Living
from edge.vision.regions import Regions, elsewhere, joined
from edge.vision.watch import FloorWatch
from edge.vision.words import Seen
from models.findings import Box, Person, Track, Wrist
from models.people import PeopleDetector
from models.poses import WristFinder
from models.tracks import Tracks

Picture = NDArray[np.uint8]
"""Height × width × 3, BGR."""


class Want(IntEnum):
    """What an eye wants of a picture, the more urgent the higher."""

    NOTHING = 0
    """Still: nothing moves, nobody is followed, and all of the picture was looked at a moment ago."""

    LOOK = 1
    """Something moves, or it is time to look at all of it again."""

    FOLLOW = 2
    """Somebody is followed who would be lost."""


class Eye:
    """The gate, the detector, the tracks and the floor of one camera. One thread at a time; time never goes back.

    ``found``: all whom the detector saw, sure or not, when it last looked at where they are. Of the last look: ``moved``, where
    something moved; ``tracks``, who is followed.
    ``wrists`` may be put in later, when its model is there. Another size of picture needs another eye.
    """

    def __init__(
        self,
        camera: str,
        layout: Layout,
        size: tuple[int, int],
        detector: PeopleDetector,
        *,
        fps: float,
        plan: FloorPlan | None = None,
        wrists: WristFinder | None = None,
    ) -> None:
        self.found: Sequence[Person] = ()
        self.moved: Sequence[Box] = ()
        self.tracks: Sequence[Track] = ()
        self.wrists = wrists
        self._detector = detector
        width_px, height_px = size
        self._gate = Gate(width_px, height_px)
        self._regions = Regions(width_px, height_px)
        self._tracks = Tracks(fps, high=detector.high, low=detector.low, width_px=width_px, height_px=height_px)
        self._living = Living()
        self._watch = FloorWatch(camera, layout, width_px, height_px, plan)

    def wants(self, luma: Luma, at_ns: int) -> Want:
        """How much this picture (height × width, grey) is worth a look. To be asked of every picture that is due."""
        self.moved = self._gate.moved(luma, at_ns)
        if not all(self._living.is_thing(track.number) for track in self.tracks):
            return Want.FOLLOW
        return Want.LOOK if self.moved or self._regions.due(at_ns) else Want.NOTHING

    def look(self, picture: Picture, at_ns: int) -> list[Seen]:
        """Find and follow the people in the picture that ``wants`` was asked of; what they did since the last."""
        found: list[Person] = []
        regions = self._regions.to_look_at(self.moved, self.tracks, at_ns)
        for region in regions:
            left, top, right, bottom = region
            found = joined(found, self._regions.uncut(region, self._detector.find(picture[top:bottom, left:right])))
        self.found = found + elsewhere(self.found, regions)
        self.tracks = self._living.take(picture, self._tracks.take(found, at_ns), at_ns)
        seen = self._watch.take(self.tracks, at_ns)
        return seen if self.wrists is None else seen + self._reaches(self.wrists, picture, at_ns)

    def rest(self, at_ns: int) -> list[Seen]:
        """Time passes without a look at a picture that wanted nothing: queues are told empty, heat is handed over."""
        return self._watch.take((), at_ns)

    def relayout(self, layout: Layout, plan: FloorPlan | None) -> list[Seen]:
        """Other lines and zones from now on; those who are followed stay the same people. What ends by it is told."""
        return self._watch.relayout(layout, plan)

    def is_staff(self, number: int) -> bool:
        """Whether the track ``number`` shows somebody of the staff."""
        return self._watch.is_staff(number)

    def end(self, at_ns: int) -> list[Seen]:
        """No more pictures: what is still open is told."""
        self.found = self.moved = self.tracks = ()
        return self._watch.end(at_ns)

    def _reaches(self, finder: WristFinder, picture: Picture, at_ns: int) -> list[Seen]:
        """Look for the hands of whoever has waited longest: a pose is as dear as a detector, so one a picture."""
        for number, (left, top, right, bottom) in self._watch.pose_wanted(at_ns)[:1]:
            x, y = int(left), int(top)
            hands = finder.find(picture[y : int(bottom) + 1, x : int(right) + 1])
            wrists = [Wrist(at=(hand.at[0] + x, hand.at[1] + y), score=hand.score) for hand in hands]
            return self._watch.take_wrists(number, wrists, at_ns)
        return []
