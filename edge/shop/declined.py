"""A refusal for a person in front of a screen: what is wrong in the words of both languages, and an event that says why.

A decision raises ``Declined("coupon-expired", f"the coupon ended on {day}: ask for another", day=day)``. The text is for devices
and logs; a screen says ``declined.coupon-expired`` of its words with the facts, in the shopper's language.
"""

from __future__ import annotations

from typing import ClassVar

from sync.entries import EntryRefused
from sync.events import Event, EventClass


class RequestDeclined(Event, frozen=True, kw_only=True):
    """The shop said no. ``place`` is the device or screen that asked, ``key`` the kind of refusal, if it has a name."""

    type: ClassVar[str] = "storebox.request.declined"
    event_class: ClassVar[EventClass] = EventClass.TELEMETRY  # a device that asks for ever must not fill the order class
    place: str
    asked: str
    key: str
    reason: str

    def subject(self) -> str:
        """The place."""
        return self.place


class Declined(EntryRefused):
    """``key`` names the kind of refusal in the words of the pages; ``facts`` fill its places. Nothing personal in either."""

    def __init__(self, key: str, text: str, **facts: object) -> None:
        super().__init__(text, key=key, facts=facts)


def tell_refusal(refusal: EntryRefused, place: str, asked: str) -> None:
    """Give ``refusal`` the event that says why; called where ``place`` and what it ``asked`` are known."""
    if refusal.event is None:
        key = refusal.key if isinstance(refusal, Declined) else ""
        refusal.event = RequestDeclined(place=place, asked=asked, key=key, reason=str(refusal))
