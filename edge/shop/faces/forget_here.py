"""The wish to be forgotten, said at a kiosk or a lane by whoever stands there: all of the member goes, the face with it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from edge.shop.declined import Declined
from edge.shop.faces.here import is_proof, member_here
from edge.shop.faces.pseudonyms import member_of
from edge.shop.members.forget import forget
from edge.shop.moment import Moment
from edge.shop.part import Decision
from edge.shop.shop import Shop
from sync.events import Event


def forget_here(place: str, request: str) -> Decision:
    """Forget whoever stands at ``place``; ``request`` names the wish and happens once.

    Raises Declined: member-not-here, lane-empty, being-paid; forget-show-code for a member who only said a phone number, for
    anybody could have said it, and points are lost.
    """

    def decide(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        if db.execute("SELECT 1 FROM member_forgettings WHERE request = ?", (request,)).fetchone():
            return ()
        here = member_here(place, moment.at, shop, db)
        if not is_proof(here, db):
            raise Declined("forget-show-code", "a phone number alone does not prove who you are: show your member code or card")
        return forget(member_of(db, here.member_ref), request, "store", db, place)

    return decide
