"""One mirror in its process, from Open to Close: the newest picture of its camera, painted, into the ring that the page shows."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Sequence
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.wires.picture_ring import NoRing, Picture, RingReader, RingWriter
from edge.i420 import bgr_of, i420_bytes
from edge.mirror.render import Rendered
from edge.mirror.words import Look, MirrorFigures, Present, Wear

QUALITY = 85
"""The skin's texture is what makes makeup look real: it must survive the JPEG."""

RESTS_AFTER_NS = 5_000_000_000
REST_NS = 180_000_000
"""While nobody stands there five pictures a second are enough to notice who comes; a mirror would burn a core all night."""

SECOND_NS = 1_000_000_000
Pixels = NDArray[np.uint8]


class Painter(Protocol):
    """What finds a face and paints it (edge.mirror.render.Renderer with its model)."""

    def render(self, picture: Pixels, looks: Sequence[Look], split_permille: int | None, at_ns: int) -> Rendered: ...

    def close(self) -> None: ...


class Mirroring:
    """One mirror. ``painter`` is set when its model is loaded; it is closed with the mirror."""

    def __init__(self, name: str, ring: RingReader, now_ns: int) -> None:
        self.name = name
        self.painter: Painter | None = None
        self._ring, self._sequence = ring, ring.newest_sequence
        self._writer: RingWriter | None = None
        self._wear = Wear(mirror=name)
        self._present = Present(mirror=name, faces=-1, problem="", at_ns=0)
        self._seen_ns, self._painted_ns = now_ns, 0
        self._skipped = 0
        self._frames: deque[tuple[int, float]] = deque()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the camera's pictures."""
        return self._ring.ring.width_px, self._ring.ring.height_px

    def is_due(self, now_ns: int) -> bool:
        """Whether a picture is there that is to be painted."""
        if self.painter is None or self._ring.newest_sequence <= self._sequence:
            return False
        return now_ns - self._seen_ns < RESTS_AFTER_NS or now_ns - self._painted_ns >= REST_NS

    def fill(self, ring: int) -> None:
        """Write into that ring from now on; takes the descriptor over. Raises NoRing."""
        try:
            writer = RingWriter(ring)
        finally:
            os.close(ring)
        if self._writer is not None:
            self._writer.close()
        self._writer = writer

    def wear(self, asked: Wear, now_ns: int) -> None:
        """These looks from the next picture on; who chooses is there."""
        self._wear, self._seen_ns = asked, now_ns

    def turn(self, now_ns: int) -> Present | None:
        """Paint the newest picture; who stands there, when that has changed."""
        picture, before = self._ring.newest(self._sequence), self._sequence
        if picture is None or self.painter is None:
            return None
        self._sequence, self._painted_ns = picture.sequence, now_ns
        self._skipped += picture.sequence - before - 1
        if len(picture.data) != i420_bytes(*self.size):
            self._skipped += 1
            return None
        rendered = self.painter.render(self._pixels(picture), self._wear.looks, self._wear.split_permille, picture.monotonic_ns)
        self._publish(rendered.picture, picture.monotonic_ns)
        if rendered.faces:
            self._seen_ns = now_ns
        return self._changed(rendered, picture.monotonic_ns)

    def painted(self, picture_ns: int, now_ns: int) -> None:
        """The picture taken then is finished now."""
        self._frames.append((now_ns, (now_ns - picture_ns) / 1e6))

    def figures(self, now_ns: int) -> MirrorFigures:
        """Over the last second."""
        while self._frames and self._frames[0][0] < now_ns - SECOND_NS:
            self._frames.popleft()
        took = sorted(ms for _, ms in self._frames)
        skipped, self._skipped = self._skipped, 0
        frame_ms = round(took[len(took) * 19 // 20], 1) if took else 0.0
        return MirrorFigures(fps=float(len(took)), frame_ms=frame_ms, skipped=skipped)

    @property
    def newest_ns(self) -> int:
        """When the picture was taken that was painted last."""
        return self._present.at_ns

    def close(self) -> None:
        """Let go of rings and model."""
        self._ring.close()
        if self._writer is not None:
            self._writer.close()
        if self.painter is not None:
            self.painter.close()

    def _changed(self, rendered: Rendered, at_ns: int) -> Present | None:
        before = self._present
        self._present = Present(mirror=self.name, faces=rendered.faces, problem=rendered.problem, at_ns=at_ns)
        return None if (before.faces, before.problem) == (rendered.faces, rendered.problem) else self._present

    def _publish(self, painted: Pixels, at_ns: int) -> None:
        if self._writer is None:
            return
        _, encoded = cv2.imencode(".jpg", painted, (cv2.IMWRITE_JPEG_QUALITY, QUALITY))
        length = encoded.size
        if length <= len(self._writer.room):
            self._writer.room[:length] = encoded.data
            self._writer.publish(length, at_ns)

    def _pixels(self, picture: Picture) -> Pixels:
        return bgr_of(picture.data, *self.size)


def opened(name: str, ring: int, now_ns: int) -> Mirroring:
    """The mirror whose camera writes into that ring; takes the descriptor over. Raises NoRing."""
    try:
        reader = RingReader(ring)
    finally:
        os.close(ring)
    width_px, height_px = reader.ring.width_px, reader.ring.height_px
    if width_px % 2 or height_px % 2:
        reader.close()
        raise NoRing(f"pictures of {width_px} x {height_px} cannot be I420")
    return Mirroring(name, reader, now_ns)
