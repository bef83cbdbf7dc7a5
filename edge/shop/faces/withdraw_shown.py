"""A consent that is taken back through staff: of whoever is named by what the member shows or says to them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from edge.shop.faces.consent import withdraw_consent
from edge.shop.faces.pseudonyms import is_now
from edge.shop.members.identify import Shown, recognise
from edge.shop.moment import Moment
from edge.shop.part import Decision
from edge.shop.shop import Shop
from sync.events import Event


def withdraw_shown(shown: Shown, place: str, by: str) -> Decision:
    """Take back what the member of ``shown`` agreed to, also as the pseudonym that they were before headquarters told of them.

    The slip is printed at ``place``. Raises Declined: face-nothing-kept.
    """

    def decide(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
        recognised = recognise(shown, shop, db)
        if not recognised.doubt:
            is_now(shown.pseudonym, recognised.member_ref, db)
        yield from withdraw_consent(recognised.member_ref, place, by)(moment, shop, db)

    return decide
