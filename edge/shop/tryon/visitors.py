"""Who stands at a mirror, when they say so: without it what was tried would be nobody's, and no profile could remember it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import ClassVar

from edge.shop.declined import Declined
from edge.shop.members.identify import Shown, identify_member, recognise
from edge.shop.members.rules import Method
from edge.shop.mirror_visits import MirrorEvent
from edge.shop.moment import Moment
from edge.shop.part import Decision
from edge.shop.shop import Shop
from sync.events import Event


class VisitNamed(MirrorEvent, frozen=True, kw_only=True):
    """The visit is that of ``member_ref``: what was tried in it, before and after, belongs to that profile."""

    type: ClassVar[str] = "storebox.mirror.named"
    member_ref: str
    method: Method
    verified: bool


def name_at_mirror(mirror: str, session: str, shown: Shown) -> Decision:
    """Link the visit to whoever typed a number or a code. Somebody unknown is provisional, as at a lane.

    Raises Declined: member-not-found for what is nobody's and has no form of a phone number or a card, and those of
    ``identify_member``.
    """

    def decide(_moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
        recognised = recognise(shown, shop, db)
        if shown.method == "code" and recognised.doubt:
            raise Declined("member-not-found", "no member has this number, and no phone number looks like it: type it again")
        yield from identify_member(shown, shop, db)
        yield VisitNamed(
            mirror=mirror,
            session=session,
            member_ref=recognised.member_ref,
            method=recognised.method,
            verified=not recognised.doubt,
        )

    return decide
