"""Whose face it is, or nobody's: without it the nearest member would be named, however far.

A member is named only when the best cosine reaches ``THRESHOLD``, is ``MARGIN`` above the best of every other member, and
``VOTES`` pictures of one look agree. Best match alone names every stranger.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from models.face_vectors import LENGTH, FaceVector

if TYPE_CHECKING:
    from numpy.typing import NDArray

THRESHOLD = 0.50
"""The cosine from which two pictures show one person: the next tenth above what gave one false match in a thousand, 0.492 as
published for this export and 0.477 as measured by us (AT&T, 20 people). It was not moved any nearer to either."""

MARGIN = 0.05
"""Above every other member. The cosine of one pair moves by 0.01 (standard deviation) when the points are found a pixel off;
less than five of those apart, two members cannot be told from each other."""

VOTES = 3
"""Of one look, at four pictures a second a matter of a second."""
VOTERS = 5
"""After so many pictures that could be read a look without an outcome is over, and the shopper is asked for a code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A member, by the key that the gallery was given, and the cosine."""

    member: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gallery:
    """Members and their faces; a member may have several. ``faces``: n × 192 float32, row for row those of ``members``."""

    members: tuple[str, ...] = field(repr=False)
    faces: NDArray[np.float32] = field(repr=False)

    def best(self, seen: FaceVector) -> Match | None:
        """The member whom a face shows, by threshold and margin."""
        if not self.members:
            return None
        # On one core: ``@`` would share it out and wait for a core that a camera has.
        scores = np.vecdot(self.faces, seen.values)
        first = int(scores.argmax())
        member, score = self.members[first], float(scores[first])
        if score < THRESHOLD:
            return None
        # Whoever is near enough to matter is one of a few; only their names are looked at.
        rivals = np.flatnonzero(scores > score - MARGIN)
        return Match(member=member, score=score) if all(self.members[row] == member for row in rivals) else None


def gallery(enrolled: Sequence[tuple[str, FaceVector]]) -> Gallery:
    """All members and their faces as one matrix; 20 000 faces take 15 MB."""
    faces = np.empty((len(enrolled), LENGTH), np.float32)
    for row, (_, vector) in enumerate(enrolled):
        faces[row] = vector.values
    return Gallery(members=tuple(member for member, _ in enrolled), faces=faces)


class Look:
    """One person in front of the camera, picture after picture. A new person needs a new one."""

    def __init__(self) -> None:
        self._named: Counter[str] = Counter()
        self._pictures = 0

    @property
    def over(self) -> bool:
        """Whether more pictures would not change it."""
        return self._pictures >= VOTERS or self.member is not None or len(self._named) > 1

    @property
    def member(self) -> str | None:
        """Who it is, once enough pictures say so and none says another."""
        if len(self._named) != 1:
            return None
        [(member, votes)] = self._named.items()
        return member if votes >= VOTES else None

    def take(self, match: Match | None) -> None:
        """Hear what the next picture that could be read says; nobody is an answer too. A look that is over hears no more."""
        if self.over:
            return
        self._pictures += 1
        if match is not None:
            self._named[match.member] += 1
