"""Who a shopper says to be, without knowing who it is: a member code becomes a pseudonym before anything keeps it.

The pseudonym is a keyed hash with a key of this box alone: without the key nobody can try all codes. Nothing is verified
offline: an identification is provisional until headquarters has confirmed it.
"""

from __future__ import annotations

import hmac
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from drivers.readings import MemberShown
from edge.shop.orders.order import imply_order
from edge.shop.shop import Shop
from sync.entries import EntryRefused
from sync.events import Event, EventClass

REF_BYTES = 16  # 128 bits: two of a million members share a pseudonym with a chance of 1 in 10^27


class MemberIdentified(Event, frozen=True, kw_only=True):
    """A member was named at a till. ``known``: this box has seen the same member before. ``verified``: by headquarters."""

    type: ClassVar[str] = "storebox.member.identified"
    event_class: ClassVar[EventClass] = EventClass.MEMBER
    member_ref: str
    method: Literal["code"]
    till: str
    lane: str | None
    order: str | None
    known: bool
    verified: bool
    device_at: str | None = None

    def subject(self) -> str:
        """The pseudonym."""
        return self.member_ref

    def apply(self, db: sqlite3.Connection) -> None:
        """Remember the pseudonym, and give the order its member."""
        db.execute(
            "INSERT INTO members (member_ref, times_shown) VALUES (?, 1) ON CONFLICT DO UPDATE SET times_shown = times_shown + 1",
            (self.member_ref,),
        )
        db.execute("UPDATE orders SET member_ref = ? WHERE till = ? AND order_id = ?", (self.member_ref, self.till, self.order))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What is kept of a shown code: no code. ``member_ref`` is empty when the code was."""

    member_ref: str
    till: str
    order: str | None
    at: datetime
    device_at: str | None


def pseudonym(code: str, member_key: bytes) -> str:
    """The member reference of ``code``: 32 hexadecimal digits of HMAC-SHA-256, the same for the same code and key."""
    return hmac.digest(member_key, b"storebox member code\0" + code.strip().encode(errors="surrogatepass"), "sha256")[
        :REF_BYTES
    ].hex()


def keyed(digest: bytes, member_key: bytes) -> bytes:
    """The digest of a message with a code in it, so that nobody without the key finds the code by trying."""
    return hmac.digest(member_key, b"storebox member message\0" + digest, "sha256")


def conceal(reading: MemberShown, shop: Shop) -> Shown:
    """``reading`` without its code."""
    return Shown(
        member_ref=pseudonym(reading.code, shop.member_key) if reading.code.strip() else "",
        till=reading.device,
        order=reading.order,
        at=reading.at,
        device_at=reading.report.device_at,
    )


def identify_member(shown: Shown, shop: Shop, db: sqlite3.Connection) -> tuple[Event, ...]:
    """Say which member was named, also on an order that is closed. Raises EntryRefused for an empty code."""
    if not shown.member_ref:
        raise EntryRefused("the member code is empty: show it again")
    opened = () if shown.order is None else imply_order(shown.till, shown.order, shown.at, shop, db)[1]
    seen = db.execute("SELECT 1 FROM members WHERE member_ref = ?", (shown.member_ref,)).fetchone()
    return (
        *opened,
        MemberIdentified(
            member_ref=shown.member_ref,
            method="code",
            till=shown.till,
            lane=shop.lane_of(shown.till),
            order=shown.order,
            known=seen is not None,
            verified=False,
            device_at=shown.device_at,
        ),
    )
