"""What the box tells headquarters about its documents and commands."""

from __future__ import annotations

from typing import ClassVar

from sync.events import Event, EventClass


class DocumentAdopted(Event, frozen=True, kw_only=True):
    """From here on the shop works by this version. ``digest`` is the SHA-256 of the signed payload in hex."""

    type: ClassVar[str] = "storebox.document.adopted"
    event_class: ClassVar[EventClass] = EventClass.ORDER  # orders after it were priced by it: it leaves with them

    kind: str
    version: int
    digest: str

    def subject(self) -> str:
        return self.kind


class DocumentNotAdopted(Event, frozen=True, kw_only=True):
    """The last good one keeps working. ``kind`` is empty and ``version`` 0 when the signature does not vouch for them."""

    type: ClassVar[str] = "storebox.document.refused"
    event_class: ClassVar[EventClass] = EventClass.ORDER

    kind: str
    version: int
    reason: str

    def subject(self) -> str | None:
        return self.kind or None


class CommandRefused(Event, frozen=True, kw_only=True):
    """A command was not carried out. ``id`` is empty when the signature does not vouch for it."""

    type: ClassVar[str] = "storebox.command.refused"
    event_class: ClassVar[EventClass] = EventClass.ORDER

    id: str
    reason: str

    def subject(self) -> str | None:
        return self.id or None


class CommandFinished(Event, frozen=True, kw_only=True):
    """What became of a command: ``confirmed``, ``accepted`` (taken, unproved), ``unknown`` (a person must look) or ``failed``."""

    type: ClassVar[str] = "storebox.command.finished"
    event_class: ClassVar[EventClass] = EventClass.ORDER

    id: str
    kind: str
    outcome: str
    detail: str

    def subject(self) -> str:
        return self.id


SYNC_EVENTS: tuple[type[Event], ...] = (DocumentAdopted, DocumentNotAdopted, CommandRefused, CommandFinished)
"""To be registered beside the shop's own."""
