"""What the pages may see of the painted mirrors, and ask of them; the pages know no process.

glass.ring("mirror-1")                the painted pictures, None while there are none: the camera's own are shown then
glass.wear("mirror-1", looks, 500)    what is to be worn from the next picture on
glass.present("mirror-1")             who stands there
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from drivers.wires.picture_ring import RingReader
from edge.mirror.words import Look, Present


class Glass(Protocol):
    """How the pages look at what the mirrors' process does."""

    def ring(self, mirror: str) -> RingReader | None:
        """The ring of its painted pictures (JPEG), while they come."""
        ...

    def wear(self, mirror: str, looks: Sequence[Look], split_permille: int | None) -> None:
        """Show these looks."""
        ...

    def present(self, mirror: str) -> Present | None:
        """Who stood there when that changed last; None while nobody can tell."""
        ...
