"""A member who agreed before headquarters had told of them did so as a pseudonym, under which nobody would look for it again.

As soon as they are named at a kiosk as a member, what their pseudonyms agreed to for themselves ends: templates are sealed for
those; what they agreed to for children is the member's from then on.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from edge.shop.faces.audit import Act
from edge.shop.faces.erasing import consents_of, erase
from edge.shop.faces.events import FaceDeleted
from edge.shop.faces.pseudonyms import drop_shown, pseudonyms_of
from edge.shop.members.identify import Recognised, Shown
from edge.shop.moment import Moment


def end_pseudonym(shown: Shown, recognised: Recognised, moment: Moment, db: sqlite3.Connection) -> Iterator[FaceDeleted]:
    """End what the pseudonyms of a ``recognised`` member agreed to: that of ``shown``, and those of what else they may show."""
    if recognised.doubt:
        return
    for pseudonym in dict.fromkeys((shown.pseudonym, *pseudonyms_of(db, recognised.member_ref))):
        for kept in consents_of(db, pseudonym):
            if kept.member_ref == pseudonym:
                erase(kept, Act(what="deleted", at=moment.at, place=shown.till, by="known"), db)
                yield FaceDeleted(member_ref=kept.member_ref, consent=kept.consent, reason="known")
        db.execute(
            "UPDATE face_consents SET guardian_ref = ?1 WHERE guardian_ref = ?2 AND member_ref != ?1",
            (recognised.member_ref, pseudonym),
        )
        drop_shown((pseudonym,), db)
