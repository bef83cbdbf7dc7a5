"""What passes on the wires of one device, for whoever records it: without it no misunderstanding can be taken home from a shop.

    reel = Reel()                      one a device, kept by whoever opens it
    with wound(reel):                  every wire that is opened in here runs past this reel
        ...
    reel.tape = tape                   from now on ``tape`` is told of every byte, both ways

The reel comes to the wires by a context variable, so
that no driver has to hand it on, and a driver of another package is recorded like ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol


class Tape(Protocol):
    """Keeps what it is told. ``topic`` is empty on a wire of plain bytes."""

    def heard(self, data: bytes, topic: str = "") -> None:
        """The device said ``data``."""
        ...

    def said(self, data: bytes, topic: str = "") -> None:
        """The device was told ``data``."""
        ...


@dataclass(slots=True)
class Reel:
    """Where the wires of one device run past; while no tape is on it, what passes is not even looked at."""

    tape: Tape | None = None

    def heard(self, data: bytes, topic: str = "") -> None:
        """The device said ``data``."""
        if self.tape is not None:
            self.tape.heard(data, topic)

    def said(self, data: bytes, topic: str = "") -> None:
        """The device was told ``data``."""
        if self.tape is not None:
            self.tape.said(data, topic)


_REEL: ContextVar[Reel] = ContextVar("reel")


@contextmanager
def wound(reel: Reel) -> Iterator[None]:
    """Wires that are opened in here, also in tasks that are started in here, run past ``reel``."""
    before = _REEL.set(reel)
    try:
        yield
    finally:
        _REEL.reset(before)


def reel_here() -> Reel:
    """The reel for a wire that is being opened; one that nobody looks at, when nobody keeps one."""
    return _REEL.get(None) or Reel()
