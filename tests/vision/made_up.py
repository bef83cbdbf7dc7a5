"""An inference process as the shipped one, but for its models: the first byte of a picture says what is to be seen in it."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import closing, suppress

import numpy as np
from numpy.typing import NDArray

from edge.channel import ChannelBroken, ProcessEnd
from edge.vision.eye import Want
from edge.vision.layout import FloorPlan, Layout
from edge.vision.looking import Eye
from edge.vision.run import run
from edge.vision.words import SPEECH, Crossed, Inference, Seen, Visited, Watch
from models.findings import Person, Track

NOBODY, SOMEBODY, GONE, DEADLY, ENDLESS, GARBLED = range(16, 22)


class MadeUpEye:
    """Each look at SOMEBODY is somebody who comes in through the first line of the layout."""

    def __init__(self, camera: str, layout: Layout, size: tuple[int, int], line: socket.socket | None = None) -> None:
        self.camera, self.layout, self.size = camera, layout, size
        self.tracks: Sequence[Track] = ()
        self.found: Sequence[Person] = ()
        self.moved: Sequence[tuple[float, float, float, float]] = ()
        self.ended = False
        self._line = line

    def wants(self, luma: NDArray[np.uint8], at_ns: int) -> Want:
        assert luma.shape == self.size[::-1]
        return Want.LOOK if luma[0, 0] != NOBODY else Want.NOTHING

    def look(self, picture: NDArray[np.uint8], at_ns: int) -> list[Seen]:
        assert picture.shape == (*self.size[::-1], 3)
        match round(float(picture[0, 0].mean()) / 255 * 219) + 16:  # as BT.601 has it: 16 is black, 235 is white
            case code if code == DEADLY:
                os.kill(os.getpid(), signal.SIGKILL)
            case code if code == ENDLESS:
                time.sleep(1_000)
            case code if code == GARBLED and self._line is not None:
                self._line.send(b"\xff\xff\xff\xff")
            case code if code == GONE:
                self.tracks = ()
                return []
        self.tracks = (Track(number=1, box=(0, 0, 8, 16), state="confirmed"),)
        door = self.layout.lines[0].name if self.layout.lines else "nowhere"
        return [Crossed(camera=self.camera, line=door, direction="in", at_ns=at_ns)]

    def rest(self, at_ns: int) -> list[Seen]:
        return []

    def relayout(self, layout: Layout, plan: FloorPlan | None) -> list[Seen]:
        self.layout = layout
        return []

    def is_staff(self, number: int) -> bool:
        return False

    def end(self, at_ns: int) -> list[Seen]:
        self.ended, self.tracks = True, ()
        return [Visited(camera=self.camera, zone="all", dwell_ms=1, at_ns=at_ns)]


class MadeUpModels:
    """``models_dir`` is a word here: "none" leaves every model off."""

    def __init__(self, models_dir: str, line: socket.socket | None = None) -> None:
        self._off, self._line = models_dir.endswith("none"), line
        self._loaded = False

    def to_load(self, now_ns: int) -> bool:
        return not self._loaded

    def load(self, now_ns: int) -> None:
        self._loaded = True

    def inferences(self) -> dict[str, Inference]:
        if not self._loaded:
            return {}
        off = Inference(model="made-up", state="off", problem="fetch it: storebox models fetch")
        return {"people": off if self._off else Inference(model="made-up", state="on", ms=1.0)}

    def eye(self, asked: Watch, size: tuple[int, int]) -> MadeUpEye | None:
        return None if self._off else MadeUpEye(asked.camera, asked.layout, size, self._line)

    def shown(self, eye: Eye | None, picture: NDArray[np.uint8]) -> bytes:
        return b"shown %d" % picture.shape[1]


def main() -> None:
    """As ``edge.vision.__main__``."""
    line = socket.socket(fileno=int(sys.argv[1]))
    with closing(ProcessEnd(line, SPEECH)) as channel, suppress(ChannelBroken):
        run(channel, MadeUpModels(sys.argv[3], line))


if __name__ == "__main__":
    main()
