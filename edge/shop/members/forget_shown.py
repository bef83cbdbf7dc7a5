"""The wish to be forgotten, said to staff: whoever is named by what the member shows or says to them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from edge.shop.declined import Declined
from edge.shop.faces.pseudonyms import is_now
from edge.shop.members.forget import forget
from edge.shop.members.identify import Shown, recognise
from edge.shop.moment import Moment
from edge.shop.part import Decision
from edge.shop.shop import Shop
from sync.events import Event


def forget_shown(shown: Shown, request: str, place: str) -> Decision:
    """Forget the member of ``shown``, and the pseudonym that they were before headquarters told of them.

    ``request`` names the wish and happens once, the slip is printed at ``place``.

    Raises Declined: member-not-found for a code of nobody.
    """

    def decide(_moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
        if db.execute("SELECT 1 FROM member_forgettings WHERE request = ?", (request,)).fetchone():
            return
        recognised = recognise(shown, shop, db)
        if not shown.pseudonym or (recognised.doubt and shown.method in {"code", "dynamic"}):
            raise Declined("member-not-found", "no member has this number, and no phone number looks like it: type it again")
        if not recognised.doubt:
            is_now(shown.pseudonym, recognised.member_ref, db)
        yield from forget(recognised.member_ref, request, "store", db, place)
        if not recognised.doubt and _was_here(shown.pseudonym, db):
            yield from forget(shown.pseudonym, f"{request}.pseudonym", "store", db)

    return decide


def _was_here(ref: str, db: sqlite3.Connection) -> bool:
    seen = (
        "SELECT 1 FROM members WHERE member_ref = ?1 UNION ALL SELECT 1 FROM face_consents WHERE ?1 IN (member_ref, guardian_ref)"
    )
    return db.execute(seen, (ref,)).fetchone() is not None
