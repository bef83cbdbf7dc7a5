"""What the loop knows of a request, whatever is asked: it sees pictures until it has said how it ended."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Protocol

import msgspec

from edge.faces.words import Said, Step, Stepped, Why

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from edge.faces.camera import Taken
    from models.face_quality import Gated
    from models.face_vectors import FaceVector


class Reads(Protocol):
    """From a picture to a face (models.faces.FaceReader)."""

    def read(self, picture: NDArray[np.uint8], eyes: NDArray[np.float32] | None = None) -> FaceVector | Gated: ...

    def close(self) -> None: ...


class Request(Protocol):
    """One request, from the word that asks for it to the one that ends it. ``camera`` is the one it looks through."""

    @property
    def name(self) -> str: ...

    @property
    def camera(self) -> str: ...

    @property
    def over(self) -> bool:
        """Whether it has said how it ended."""
        ...

    def due_ns(self) -> int:
        """From when on the next picture is wanted; one taken before is not."""
        ...

    def late(self, now_ns: int) -> bool:
        """Whether its time is over."""
        ...

    def see(self, taken: Taken, reader: Reads) -> list[Said]:
        """Look at the next picture."""
        ...

    def forget(self, templates: Collection[str]) -> None:
        """These are known no more."""
        ...

    def end(self, why: Why) -> Said:
        """It is over; nothing of what was seen is left."""
        ...


class Steps:
    """Says what the shopper is to do, when it changes."""

    def __init__(self, request: str) -> None:
        self._request, self._step = request, ""

    def at(self, step: str) -> list[Said]:
        """It is ``step`` now."""
        if step == self._step:
            return []
        self._step = step
        return [Stepped(request=self._request, step=msgspec.convert(step, Step))]
