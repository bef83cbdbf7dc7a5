"""The wish to be forgotten, said to staff: whoever is named by what the member shows or says to them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from edge.shop.declined import Declined
from edge.shop.members.forget import forget
from edge.shop.members.identify import Shown, recognise
from edge.shop.moment import Moment
from edge.shop.part import Decision
from edge.shop.shop import Shop
from sync.events import Event


def forget_shown(shown: Shown, request: str, place: str) -> Decision:
    """Forget the member of ``shown``; ``request`` names the wish and happens once, the slip is printed at ``place``.

    Raises Declined: member-not-found for a code of nobody.
    """

    def decide(_moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        if db.execute("SELECT 1 FROM member_forgettings WHERE request = ?", (request,)).fetchone():
            return ()
        recognised = recognise(shown, shop, db)
        if not shown.pseudonym or (recognised.doubt and shown.method in {"code", "dynamic"}):
            raise Declined("member-not-found", "no member has this number, and no phone number looks like it: type it again")
        return forget(recognised.member_ref, request, "store", db, place)

    return decide
