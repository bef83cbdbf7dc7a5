"""The mirrors' process as the shipped one, but for its model: the grey of a picture says who stands there."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress

import numpy as np
from numpy.typing import NDArray

from edge.channel import ChannelBroken, ProcessEnd
from edge.childhood import resident_bytes
from edge.mirror.render import Rendered
from edge.mirror.run import Loop
from edge.mirror.words import SPEECH, Look
from models.manifest import ModelUnusable

NOBODY, SOMEBODY, TWO, DARK, DEADLY, ENDLESS = 40, 80, 100, 120, 140, 160
PROBLEMS = {NOBODY: (0, "no-face"), SOMEBODY: (1, ""), TWO: (2, "two-faces"), DARK: (1, "too-dark")}


class MadeUpPainter:
    """Paints the picture as bright as the look is intense."""

    def __init__(self, width_px: int, height_px: int) -> None:
        self.size, self.closed = (width_px, height_px), False

    def render(self, picture: NDArray[np.uint8], looks: Sequence[Look], split_permille: int | None, at_ns: int) -> Rendered:
        assert picture.shape == (*self.size[::-1], 3)
        grey = round(float(picture[0, 0].mean()) / 255 * 219) + 16  # as BT.601 has it
        code = min((*PROBLEMS, DEADLY, ENDLESS), key=lambda each: abs(each - grey))
        if code == DEADLY:
            os.kill(os.getpid(), signal.SIGKILL)
        if code == ENDLESS:
            time.sleep(1_000)
        faces, problem = PROBLEMS[code]
        worn = [each.intensity_percent for look in looks for each in look]
        painted = np.full_like(picture, 50 + max(worn, default=0)) if not problem else picture
        return Rendered(picture=painted, faces=faces, problem=problem)  # type: ignore[arg-type]

    def close(self) -> None:
        self.closed = True


def paints(models_dir: str) -> Callable[[int, int], MadeUpPainter]:
    """``models_dir`` is a word here: "none" has no model."""

    def paint(width_px: int, height_px: int) -> MadeUpPainter:
        if models_dir.endswith("none"):
            raise ModelUnusable("fetch it: storebox models fetch face-landmarker")
        return MadeUpPainter(width_px, height_px)

    return paint


def main() -> None:
    """As ``edge.mirror.__main__``."""
    with (
        closing(ProcessEnd(socket.socket(fileno=int(sys.argv[1])), SPEECH)) as channel,
        closing(Loop(channel, paints(sys.argv[2]), resident_bytes)) as loop,
        suppress(ChannelBroken),
    ):
        loop.run()


if __name__ == "__main__":
    main()
