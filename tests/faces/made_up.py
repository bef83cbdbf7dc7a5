"""The process that reads faces as the shipped one, but for its models: the grey of a picture says who stands there."""

from __future__ import annotations

import socket
import sys
from contextlib import closing, suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.channel import ChannelBroken, ProcessEnd
from edge.childhood import die_with_the_box, resident_bytes
from edge.faces.key import KeyUnusable, read_key
from edge.faces.run import Loop
from edge.faces.vault import Vault
from edge.faces.words import SPEECH
from models.face_quality import Gated
from models.face_vectors import LENGTH, FaceVector
from models.landmarks import FaceFinder
from models.manifest import ModelUnusable

ANN, BO, STRANGER = 80, 100, 120
"""Who is on a picture of that grey; nobody has anything in common with another."""

GATES = {30: Gated.NO_FACE, 40: Gated.TOO_SMALL, 50: Gated.SEVERAL_FACES, 60: Gated.TOO_DARK}
NOBODY, SMALL, TWO, DARK = GATES
MODEL = "made-up@1"


def face(grey: int) -> FaceVector:
    """The face of who is on a picture of that grey."""
    values = np.zeros(LENGTH, np.float32)
    values[grey] = 1
    return FaceVector(values=values)


def grey_of(picture: NDArray[np.uint8]) -> int:
    """The grey that a test has shown: BT.601 has 16 to 235 for black to white."""
    shown = float(picture[0, 0].mean()) / 255 * 219 + 16
    return min((*GATES, ANN, BO, STRANGER), key=lambda each: abs(each - shown))


class MadeUpReader:
    """Implements ``Reads``. ``given`` are the faces that it gave out."""

    def __init__(self) -> None:
        self.given: list[FaceVector] = []

    def read(self, picture: NDArray[np.uint8], eyes: NDArray[np.float32] | None = None) -> FaceVector | Gated:
        grey = grey_of(picture)
        if grey in GATES:
            return GATES[grey]
        self.given = [*self.given[-9:], face(grey)]
        return self.given[-1]

    def close(self) -> None:
        """Nothing to give back."""


class MadeUpSight:
    """Implements ``Sees``: a real key, no model. ``finders`` are handed out one by one; without one nobody can be enrolled."""

    def __init__(self, key_file: Path) -> None:
        self._key_file = key_file
        self.problem = self.no_enrolment = ""
        self.vault: Vault | None = None
        self.reader: MadeUpReader | None = None
        self.finders: list[FaceFinder] = []
        self.again = True

    def is_wanting(self, now_ns: int) -> bool:
        return self.again

    def open(self, now_ns: int) -> None:
        self.again = False
        try:
            self.vault = Vault(read_key(self._key_file), MODEL)
        except KeyUnusable as error:
            self.problem = str(error)
        else:
            self.problem, self.reader = "", MadeUpReader()

    def finder(self) -> FaceFinder:
        if not self.finders:
            self.no_enrolment = "fetch it: storebox models fetch face-landmarker"
            raise ModelUnusable(self.no_enrolment)
        return self.finders.pop(0)


def main() -> None:
    """As ``edge.faces.__main__``."""
    die_with_the_box()
    with (
        closing(ProcessEnd(socket.socket(fileno=int(sys.argv[1])), SPEECH)) as channel,
        closing(Loop(channel, MadeUpSight(Path(sys.argv[3])), resident_bytes)) as loop,
        suppress(ChannelBroken),
    ):
        loop.run()


if __name__ == "__main__":
    main()
