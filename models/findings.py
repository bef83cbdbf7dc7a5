"""What a picture shows: people, and which of them is the same as in the picture before. No pixels, no vectors of a face.

All places are in pixels of the picture that was given, from its top left corner, as floats: a box may end between two pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Box = tuple[float, float, float, float]
"""Left, top, right, bottom; ``left < right`` and ``top < bottom``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person whom a detector found. ``score`` 0 to 1; the detector gives unsure ones too, from its low threshold on."""

    box: Box
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One person over several pictures. ``number`` is never used again while the process runs and never leaves the box.

    ``tentative`` ones are never counted; ``lost`` ones were not found in this picture, their box is where they should be.
    """

    number: int
    box: Box
    state: Literal["tentative", "confirmed", "lost"]

    @property
    def feet(self) -> tuple[float, float]:
        """Where the person stands: the middle of the box's lower edge."""
        left, _, right, bottom = self.box
        return (left + right) / 2, bottom


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrist:
    """A hand that a pose model found; ``score`` is how visible it says it is, 0 to 1."""

    at: tuple[float, float]
    score: float
