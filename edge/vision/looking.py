"""One camera in the inference process: its ring, its eye and its figures; without it a reopened camera would begin anew.

What stands still is not watched: a ring without new pictures, and pictures that are the same to the last bit, tell nothing about
people, so no time passes for those who are followed, and after a while they have gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from drivers.wires.picture_ring import Picture, RingReader
from edge.i420 import bgr_of, i420_bytes
from edge.vision.eye import Want
from edge.vision.layout import FloorPlan, Layout
from edge.vision.words import CameraFigures, Seen, Watch
from models.findings import Box, Person, Track

Pixels = NDArray[np.uint8]

STILL_NS = 5_000_000_000
"""Longer than any occlusion that a track survives: who is seen again after it is counted as somebody new."""


class Eye(Protocol):
    """What finds and follows the people of one camera (edge.vision.eye.Eye)."""

    @property
    def tracks(self) -> Sequence[Track]: ...

    @property
    def found(self) -> Sequence[Person]: ...

    @property
    def moved(self) -> Sequence[Box]: ...

    def wants(self, luma: Pixels, at_ns: int) -> Want: ...

    def look(self, picture: Pixels, at_ns: int) -> list[Seen]: ...

    def rest(self, at_ns: int) -> list[Seen]: ...

    def relayout(self, layout: Layout, plan: FloorPlan | None) -> list[Seen]: ...

    def is_staff(self, number: int) -> bool: ...

    def end(self, at_ns: int) -> list[Seen]: ...


class Sight(Protocol):
    """The models of the process and what is made with them."""

    def eye(self, asked: Watch, size: tuple[int, int]) -> Eye | None:
        """An eye for pictures of ``size`` (width, height), or none while no model finds people."""
        ...

    def shown(self, eye: Eye | None, picture: Pixels) -> bytes:
        """What a technician may see of ``picture`` (BGR) after ``eye`` has looked at it, as JPEG."""
        ...


class Looking:
    """One camera from Watch to Unwatch. ``figures`` count since then, whatever ring the pictures come through."""

    def __init__(self, asked: Watch, ring: RingReader, sight: Sight, now_ns: int) -> None:
        self.figures = CameraFigures()
        self._asked, self._ring, self._sight = asked, ring, sight
        self._size = ring.ring.width_px, ring.ring.height_px
        self._eye: Eye | None = None
        self._sequence = ring.newest_sequence
        self._passed = 1
        """How many pictures have come since the last that was taken."""

        self._newest = b""
        self._changed_ns = now_ns

    def follow(self, asked: Watch, ring: RingReader) -> list[Seen]:
        """Another ring or another layout; what ends by that is told."""
        told: list[Seen] = []
        self._ring.close()
        self._asked, self._ring, self._sequence = asked, ring, ring.newest_sequence
        size = ring.ring.width_px, ring.ring.height_px
        if size != self._size:
            told, self._size = self.end(), size
        elif self._eye is not None:
            told = self._eye.relayout(asked.layout, asked.plan)
        return told

    @property
    def has_news(self) -> bool:
        """A picture is there that was not looked at; costs nothing."""
        return self._ring.newest_sequence > self._sequence

    @property
    def is_followed(self) -> bool:
        """Somebody is followed who must not be lost."""
        return self._eye is not None and bool(self._eye.tracks)

    @property
    def is_door(self) -> bool:
        """Who comes into the shop comes past here."""
        return any(line.entrance for line in self._asked.layout.lines)

    def take(self) -> Picture | None:
        """The newest picture that is whole, if one is new."""
        self._passed = 1
        picture = self._ring.newest(self._sequence)
        if picture is None:
            return None
        self._passed = picture.sequence - self._sequence
        self._sequence = picture.sequence
        self._count(pictures=self._passed, skipped=self._passed - 1)
        if len(picture.data) == i420_bytes(*self._size):
            return picture
        self._count(skipped=1)
        return None

    def look(self, picture: Picture) -> list[Seen]:
        """What visitors have done up to this picture."""
        if picture.data == self._newest:
            self._count(still=1)
            return []
        self._newest, self._changed_ns = picture.data, picture.monotonic_ns
        if self._eye is None:
            self._eye = self._sight.eye(self._asked, self._size)
        if self._eye is None:
            self._count(skipped=1)
            return []
        return self._see(self._eye, picture)

    def missed(self, looks: int) -> None:
        """So many looks were due before this one and had no turn; pictures that never came were not missed."""
        starved = min(looks, self._passed - 1)
        self._count(starved=starved, skipped=-starved)

    def shown(self, picture: Picture) -> bytes:
        """The picture as a technician may see it, as JPEG."""
        return self._sight.shown(self._eye, self._pixels(picture))

    def tire(self, now_ns: int) -> list[Seen]:
        """What ends because the pictures have stood still, or none came."""
        return self.end() if now_ns - self._changed_ns > STILL_NS else []

    def end(self) -> list[Seen]:
        """What those who are followed have done so far; they are forgotten."""
        eye, self._eye = self._eye, None
        self.figures = msgspec.structs.replace(self.figures, people=0)
        return [] if eye is None else eye.end(self._changed_ns)

    def close(self) -> None:
        """Let go of the ring."""
        self._ring.close()

    def _see(self, eye: Eye, picture: Picture) -> list[Seen]:
        width_px, height_px = self._size
        luma = np.frombuffer(picture.data, np.uint8, width_px * height_px).reshape(height_px, width_px)
        match eye.wants(luma, picture.monotonic_ns):
            case Want.NOTHING:
                self._count(still=1)
                seen = eye.rest(picture.monotonic_ns)
            case Want.LOOK | Want.FOLLOW:
                self._count(processed=1)
                seen = eye.look(self._pixels(picture), picture.monotonic_ns)
        people = sum(track.state == "confirmed" for track in eye.tracks)
        self.figures = msgspec.structs.replace(self.figures, people=people, newest_ns=picture.monotonic_ns)
        return seen

    def _pixels(self, picture: Picture) -> Pixels:
        return bgr_of(picture.data, *self._size)

    def _count(self, *, pictures: int = 0, processed: int = 0, skipped: int = 0, starved: int = 0, still: int = 0) -> None:
        known = self.figures
        self.figures = msgspec.structs.replace(
            known,
            pictures=known.pictures + pictures,
            processed=known.processed + processed,
            skipped=known.skipped + skipped,
            starved=known.starved + starved,
            still=known.still + still,
        )
