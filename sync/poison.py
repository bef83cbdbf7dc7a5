"""Finds the event that makes the cloud refuse a whole request, so that one bad event never blocks the rest.

A refused batch is halved, breadth first, until single events are refused. These are called poison only when the cloud took
something else meanwhile: a cloud (or a proxy before it) that refuses everything must not empty the journal into the dead letters.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import msgspec

from sync.cloud_errors import BatchRefused, BatchTooLarge, CloudOdd
from sync.cloudevents import Encoded

HOPELESS = 64  # refusals in a row, in halves down to a 32nd of the batch, before the cloud itself is doubted


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """What became of events, by sequence: taken by the cloud, or parked with the reason."""

    done: Sequence[int] = ()
    rejected: Sequence[tuple[int, str]] = ()


class Search:
    """One batch on its way; ask for ``next_part`` until it is None, then for the ``poison``."""

    def __init__(self, events: Sequence[Encoded]) -> None:
        self._parts: deque[Sequence[Encoded]] = deque([events])
        self._suspects: list[tuple[int, str]] = []
        self._oversize: list[tuple[int, str]] = []
        self._refusals = 0
        self._something_accepted = False

    def next_part(self) -> Sequence[Encoded] | None:
        """The next events to send in one request."""
        return self._parts.popleft() if self._parts else None

    def accepted(self) -> None:
        """The cloud took the last part."""
        self._something_accepted = True

    def refused(self, part: Sequence[Encoded], refusal: BatchRefused) -> None:
        """The cloud refused ``part`` as a whole. Raises CloudOdd when it refuses all it gets."""
        self._refusals += 1
        if self._refusals >= HOPELESS and not self._something_accepted:
            raise CloudOdd(_everything(refusal)) from refusal
        if len(part) > 1:
            half = len(part) // 2
            self._parts += (part[:half], part[half:])
        elif isinstance(refusal, BatchTooLarge):
            self._oversize.append((part[0].sequence, str(refusal)))
        else:
            self._suspects.append((part[0].sequence, str(refusal)))
            self._last = refusal

    def poison(self) -> Settled:
        """The events to park. Raises CloudOdd when nothing was accepted that would prove the others guilty."""
        if self._suspects and not self._something_accepted and not self._oversize:
            raise CloudOdd(_everything(self._last)) from self._last
        proven = self._suspects if self._something_accepted else []
        return Settled(rejected=[*self._oversize, *proven])


def _everything(refusal: BatchRefused) -> str:
    return f"the cloud refuses every event, none is given up: {refusal}"
