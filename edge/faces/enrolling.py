"""Learning somebody's face: it has to be a living head that does as it is asked, and one face from the first picture to the last.

before       pictures from the front that can be read; until then the shopper reads what keeps them from it
challenge    turns and a blink in an order that nobody foresees; between two of them the face looks here and is read again
after        all that was read is one face: added, brought to length 1 and sealed, it is the template
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import numpy as np

from edge.faces.request import Reads, Steps
from edge.faces.words import Enrol, Enrolled, Said, Unenrolled, Why
from models.face_match import THRESHOLD
from models.face_quality import Gated
from models.face_vectors import FaceVector
from models.liveness import Challenge, Move, Refused, eyes_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.faces.camera import Taken
    from edge.faces.vault import Vault
    from models.face_gallery import Gallery
    from models.landmarks import FaceFinder, Found


class Enrolling:
    """One Enrol, with its own finder of landmarks, which follows this face and is closed at the end."""

    def __init__(
        self, asked: Enrol, gallery: Gallery, *, vault: Vault, finder: FaceFinder, moves: Sequence[Move], now_ns: int
    ) -> None:
        self.name, self.camera, self.over = asked.request, asked.camera, False
        self._asked, self._gallery, self._vault, self._finder, self._moves = asked, gallery, vault, finder, moves
        self._challenge, self._steps = Challenge(moves), Steps(asked.request)
        self._read: list[FaceVector] = []
        self._due_ns, self._end_ns = now_ns, now_ns + asked.within_ms * 1_000_000

    def due_ns(self) -> int:
        """As ``Request`` says: every picture; who blinks is quick."""
        return self._due_ns

    def late(self, now_ns: int) -> bool:
        """As ``Request`` says."""
        return now_ns >= self._end_ns

    def see(self, taken: Taken, reader: Reads) -> list[Said]:
        """As ``Request`` says."""
        self._due_ns = taken.at_ns + 1
        found = self._finder.find(taken.pixels, taken.at_ns)
        gated = _keeps_away(found)
        if found.points is not None and self._challenge.rests(found):
            gated = self._read_at_rest(taken, found.points, reader)
        if self.over:
            return [self.end("changed")]
        if gated is not None and not self._challenge.begun:
            self._start_over()
            return self._steps.at(gated)
        self._challenge.take(found, taken.at_ns, fit=gated is None)
        if self._challenge.refused is not None:
            return self._refused(self._challenge.refused)
        if self._challenge.passed:
            return self._enrolled()
        return self._steps.at(gated or self._challenge.asked or "look-here")

    def forget(self, templates: Collection[str]) -> None:
        """As ``Request`` says: nothing here stands for a template that is known."""

    def end(self, why: Why) -> Said:
        """As ``Request`` says."""
        self._close()
        return Unenrolled(request=self.name, why=why)

    def _read_at_rest(self, taken: Taken, points: NDArray[np.float32], reader: Reads) -> Gated | None:
        """Read the face that rests, or say why it cannot be; it is over when it is another than before."""
        read = reader.read(taken.pixels, eyes_of(points))
        if isinstance(read, Gated):
            return read
        self.over = any(read.like(former) < THRESHOLD for former in self._read)
        self._read.append(read)
        return None

    def _refused(self, why: Refused) -> list[Said]:
        """Before anything was asked for nobody can have done it wrong."""
        if self._challenge.begun:
            return [self.end(why.value)]
        self._start_over()
        return self._steps.at("look-here")

    def _enrolled(self) -> list[Said]:
        face = FaceVector(values=np.sum([each.values for each in self._read], axis=0))
        face.values[:] /= np.linalg.norm(face.values)
        known = self._gallery.is_of_another(face, self._asked.member)
        sealed = self._vault.seal(face, template=self._asked.template, member=self._asked.member)
        face.wipe()
        if known:
            return [self.end("another-member")]
        self._close()
        return [*self._steps.at("done"), Enrolled(request=self.name, template=sealed, model=self._vault.model)]

    def _start_over(self) -> None:
        self._challenge = Challenge(self._moves)
        self._wipe()

    def _wipe(self) -> None:
        for each in self._read:
            each.wipe()
        self._read.clear()

    def _close(self) -> None:
        self.over = True
        self._wipe()
        self._finder.close()


def _keeps_away(found: Found) -> Gated | None:
    """What keeps a picture from being looked at at all."""
    if found.points is None:
        return Gated.NO_FACE
    return Gated.SEVERAL_FACES if found.faces > 1 else None
