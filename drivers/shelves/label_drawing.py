"""When a picture is on a price label: the access point counts what each label fetched, and what still waits for it.

``pending`` alone proves nothing: it falls to 0 also when the access point gives up (``processXferTimeout`` in ``newproto.cpp``).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from drivers.commands import Done, Refused
from drivers.shelves.openepaperlink import LabelState


@dataclass(slots=True, kw_only=True)
class Drawing:
    """A picture on its way to a label that was ``before`` when it was handed in; ``answer`` when it ended."""

    before: LabelState
    answer: Done | Refused | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    _waited: bool = False

    def see(self, label: LabelState) -> None:
        """The access point tells how the label is now."""
        self._waited = self._waited or label.pending > self.before.pending
        if self.answer is not None or label.pending:
            return
        if self._fetched(label):
            self.answer = Done(detail=f"label {label.mac} has fetched it")
        elif self._waited:
            battery = "" if label.battery_mv is None else f" (battery {label.battery_mv} mV)"
            self.answer = Refused(
                reason=f"label {label.mac}{battery} broke off, and the access point gave up: bring it near, try again"
            )
        else:
            return
        self.ended.set()

    def _fetched(self, label: LabelState) -> bool:
        """Whether it fetched this picture, and not only one that waited before; old firmware proves it by ``pending`` alone."""
        if label.fetched is None or self.before.fetched is None:
            return self._waited and not self.before.pending
        return label.fetched - self.before.fetched > self.before.pending
