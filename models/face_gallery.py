"""The faces that are known, as one matrix that grows and shrinks in place: without it each new member would cost all of them.

gallery.learn("0197…", "m-17", vector)      a row more, or another one in its place
gallery.best(seen)                          0.6 ms among 20 000, on one core
gallery.forget("0197…")                     the last row takes its place, and what stood there is overwritten
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.face_match import MARGIN, SAME_TEMPLATE, Match, Nobody, threshold_among
from models.face_vectors import LENGTH, FaceVector

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROOM = 256
"""Rows at first; it doubles when they are full. 20 000 faces take 25 MB."""


class Gallery:
    """Templates by name, and the member each is of; a member may have several. No part of it is in its ``repr``."""

    def __init__(self) -> None:
        self._faces = np.zeros((ROOM, LENGTH), np.float32)
        self._templates: list[str] = []
        self._members: list[str] = []
        self._rows: dict[str, int] = {}

    def __len__(self) -> int:
        """How many templates are known."""
        return len(self._templates)

    def __contains__(self, template: object) -> bool:
        """Whether that template is known."""
        return template in self._rows

    def learn(self, template: str, member: str, face: FaceVector) -> None:
        """Know ``face`` by that name from now on; a copy is made."""
        row = self._rows.get(template)
        if row is None:
            row = self._rows[template] = len(self._templates)
            self._templates.append(template)
            self._members.append(member)
            self._make_room()
        self._members[row] = member
        self._faces[row] = face.values

    def forget(self, template: str) -> None:
        """Know it no more; nothing of it is left in memory. One that is not known is forgotten already."""
        row = self._rows.pop(template, None)
        if row is None:
            return
        last = len(self._templates) - 1
        if row != last:
            self._faces[row] = self._faces[last]
            self._templates[row], self._members[row] = self._templates[last], self._members[last]
            self._rows[self._templates[row]] = row
        self._faces[last] = 0
        del self._templates[last], self._members[last]

    def best(self, seen: FaceVector) -> Match | Nobody:
        """The member whom a face shows, by threshold and margin."""
        if not self._templates:
            return Nobody.STRANGER
        scores = self._cosines(seen)
        first = int(scores.argmax())
        member, score = self._members[first], float(scores[first])
        if score < threshold_among(len(self)):
            return Nobody.STRANGER
        # Whoever is near enough to matter is one of a few; only their names are looked at.
        rivals = np.flatnonzero(scores > score - MARGIN)
        if any(self._members[row] != member for row in rivals):
            return Nobody.UNSURE
        return Match(member=member, template=self._templates[first], score=score)

    def is_of_another(self, learnt: FaceVector, member: str) -> bool:
        """Whether the face of a new template is known as somebody who is not ``member``."""
        near = np.flatnonzero(self._cosines(learnt) >= max(SAME_TEMPLATE, threshold_among(len(self))))
        return any(self._members[row] != member for row in near)

    def _cosines(self, seen: FaceVector) -> NDArray[np.float32]:
        # On one core: ``@`` would share it out and wait for a core that a camera has.
        cosines: NDArray[np.float32] = np.vecdot(self._faces[: len(self._templates)], seen.values)
        return cosines

    def _make_room(self) -> None:
        if len(self._templates) > len(self._faces):
            former = self._faces
            self._faces = np.zeros((2 * len(former), LENGTH), np.float32)
            self._faces[: len(former)] = former
            former.fill(0)
