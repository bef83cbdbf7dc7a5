"""What happens to members: they are named, invited, forgotten. None of these events has a phone, a card or a code in it."""

from __future__ import annotations

import sqlite3
from typing import ClassVar, Literal

from edge.shop.members.rules import Method
from sync.events import Event, EventClass

REMEMBER_CODES_S = 86_400
"""A dynamic code that was shown stays used for a day, whatever the clock does meanwhile."""

Doubt = Literal["", "unknown", "clock-unsynced", "not-valid", "used-before"]
"""Why an identification is provisional: nobody the box was told of, or a code that it cannot check or must not believe."""


class MemberIdentified(Event, frozen=True, kw_only=True):
    """A member was named at a till. ``known``: this box has seen the same member before.

    ``verified``: ``member_ref`` is headquarters' own name of the member; else it is this box's pseudonym and ``doubt`` says why.
    ``step_s`` is the time step of a dynamic code in seconds since 1970.
    """

    type: ClassVar[str] = "storebox.member.identified"
    event_class: ClassVar[EventClass] = EventClass.MEMBER
    member_ref: str
    method: Method
    till: str
    lane: str | None
    order: str | None
    known: bool
    verified: bool
    doubt: Doubt = ""
    guide: str | None = None
    step_s: int | None = None
    device_at: str | None = None

    def subject(self) -> str:
        """The reference or the pseudonym."""
        return self.member_ref

    def apply(self, db: sqlite3.Connection) -> None:
        """Remember who came and who stands there, give the order its member, and let a dynamic code be used no more."""
        db.execute(
            """
            INSERT INTO members (member_ref, times_shown, seen_at)
            VALUES (?, 1, coalesce((SELECT time FROM events ORDER BY sequence DESC LIMIT 1), ''))
            ON CONFLICT DO UPDATE SET times_shown = times_shown + 1, seen_at = excluded.seen_at
            """,
            (self.member_ref,),
        )
        db.execute(
            "UPDATE orders SET member_ref = ?, member_method = ? WHERE till = ? AND order_id = ?",
            (self.member_ref, self.method, self.till, self.order),
        )
        if self.order is None:
            db.execute(
                """
                DELETE FROM members_at WHERE place = ?1 AND (member_ref = ?2
                    OR number < (SELECT max(number) FROM members_at WHERE place = ?1 AND member_ref != ?2))
                """,
                (self.till, self.member_ref),
            )
            db.execute(
                """
                INSERT INTO members_at (place, member_ref, method, since)
                VALUES (?, ?, ?, coalesce((SELECT time FROM events ORDER BY sequence DESC LIMIT 1), '1970-01-01T00:00:00Z'))
                """,
                (self.till, self.member_ref, self.method),
            )
        if self.step_s is not None:
            db.execute("INSERT INTO member_codes_used (step_s, member_ref) VALUES (?, ?)", (self.step_s, self.member_ref))
            db.execute("DELETE FROM member_codes_used WHERE step_s < ?", (self.step_s - REMEMBER_CODES_S,))


class JoinIntended(Event, frozen=True, kw_only=True):
    """Somebody was shown the invitation to join, by ``guide``, at ``till``; by the ``token`` of the QR the cloud finds both."""

    type: ClassVar[str] = "storebox.join.intended"
    event_class: ClassVar[EventClass] = EventClass.MEMBER
    till: str
    lane: str | None
    guide: str | None
    token: str
    order: str | None = None

    def subject(self) -> str:
        """The token."""
        return self.token
