"""Who stands at a screen, as they said there just now: whoever agrees, takes back or wants to be forgotten must be there.

At a kiosk or a mirror that is whoever named themselves last, and not long ago; at a lane the member of the order on its screen.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from edge.shop.declined import Declined
from edge.shop.faces.erasing import enrolled_by
from edge.shop.faces.known_now import end_pseudonym
from edge.shop.faces.pseudonyms import note_shown
from edge.shop.lanes.lane import lane_state, open_order_of, refuse_billed
from edge.shop.members.identify import Shown, identify_member, recognise
from edge.shop.members.member import find_member
from edge.shop.members.rules import Method, rules_now
from edge.shop.moment import Moment
from edge.shop.part import Decision
from edge.shop.shop import Shop
from sync.events import Event

HERE_FOR = timedelta(minutes=5)
"""So long a notice may be read; the screen itself lets go of whoever touches nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """``method``: how the member was named; of one who was recognised by face, how at the time of the consent."""

    member_ref: str = field(repr=False)
    method: Method


def name_at_kiosk(kiosk: str, shown: Shown) -> Decision:
    """Somebody says at a kiosk who they are, by code, card or phone; ``shown`` has ``till=kiosk`` and no order.

    Raises Declined: face-no-kiosk, member-not-found, and those of ``identify_member``.
    """

    def decide(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
        check_kiosk(kiosk, shop)
        recognised = recognise(shown, shop, db)
        if shown.method == "code" and recognised.doubt:
            raise Declined("member-not-found", "no member has this number, and no phone number looks like it: type it again")
        yield from identify_member(shown, shop, db)
        if recognised.doubt:
            note_shown(kiosk, shown.pseudonym, shown.hidden, shop.member_key, db)
        yield from end_pseudonym(shown, recognised, moment, db)

    return decide


def leave(place: str) -> Decision:
    """Whoever stood at ``place`` has gone: nobody can agree or be forgotten there until somebody is named. Tells nothing."""

    def decide(_moment: Moment, _shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        db.execute("DELETE FROM members_at WHERE place = ?", (place,))
        return ()

    return decide


def named_at(place: str, at: datetime, shop: Shop, db: sqlite3.Connection) -> tuple[Here, ...]:
    """Who named themselves at ``place`` just now, the last one first: at most two. Raises Declined (lane-empty, being-paid)."""
    if shop.self_checkout(place) is not None:
        state = lane_state(db, place, shop)
        order = open_order_of(state)
        refuse_billed(state)
        rows = db.execute(
            "SELECT member_ref, member_method FROM orders WHERE till = ? AND order_id = ? AND member_ref IS NOT NULL",
            (order.till, order.order),
        ).fetchall()
    else:
        named = db.execute(
            "SELECT member_ref, method, since FROM members_at WHERE place = ? ORDER BY number DESC", (place,)
        ).fetchall()
        fresh = (row for row in named if timedelta(0) <= at - datetime.fromisoformat(row[2]) < HERE_FOR)
        rows = [(ref, method) for ref, method, _since in fresh]
    return tuple(
        Here(member_ref=ref, method=(enrolled_by(db, ref) or method) if method == "face" else method) for ref, method in rows
    )


def member_here(place: str, at: datetime, shop: Shop, db: sqlite3.Connection) -> Here:
    """Who stands there. Raises Declined (member-not-here, lane-empty, being-paid)."""
    here = named_at(place, at, shop, db)
    if not here:
        raise Declined("member-not-here", "nobody has said here who they are, or too long ago: show your code or number again")
    return here[0]


def is_proof(here: Here, db: sqlite3.Connection) -> bool:
    """Whether somebody else could hardly have been named so: anybody can say a member's phone number.

    Of a pseudonym there is nothing but what was shown.
    """
    return find_member(db, here.member_ref) is None or here.method in rules_now(db).spend_by


def check_kiosk(kiosk: str, shop: Shop) -> None:
    """Raises Declined for a screen that is none."""
    if kiosk not in shop.kiosks:
        raise Declined("face-no-kiosk", f"no kiosk is called {kiosk}: add [kiosk.{kiosk}] to the settings", kiosk=kiosk)
