"""The sealed templates: kept for the member who agreed, handed to the process that can open them, never opened here.

A template lives while its consent is there, was given to the notice of today, and its time is not over. One that was made while
the clock was not synced begins its time when it is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta

from edge.shop.declined import Declined
from edge.shop.faces.audit import Act, write_down
from edge.shop.faces.consent import check_notice
from edge.shop.faces.erasing import consent_named
from edge.shop.faces.events import FaceEnrolled
from edge.shop.moment import Moment
from edge.shop.part import Decision
from edge.shop.shop import Shop
from sync.events import Clock, Event, rfc3339

LIVING = "face_templates JOIN face_consents USING (consent, member_ref) WHERE notice = ? AND expires_at > ?"
"""The rows of those that may be used, to a notice at a time (RFC 3339)."""


def keep_template(*, template: str, consent: str, sealed: bytes, model: str, clock: Clock) -> Decision:
    """Keep what the process has sealed for the member of ``consent``; said again it is kept once.

    ``clock`` is the shop's when the template came. Raises Declined: face-off, face-consent-withdrawn, face-notice-changed.
    """

    def decide(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
        kept = consent_named(db, consent)
        if kept is None:
            raise Declined("face-consent-withdrawn", "the consent was taken back meanwhile: nothing of the face is kept")
        check_notice(kept.notice, shop)
        if kept.template:
            return  # a consent is for one enrolment; another face needs another yes
        expires_at = rfc3339(moment.at + timedelta(days=shop.faces.keep_days))
        # Not by the event: what is sealed stands in this table and nowhere else.
        db.execute(
            "INSERT INTO face_templates (template, consent, member_ref, sealed, model, clock, made_at, expires_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (template, consent, kept.member_ref, sealed, model, clock, rfc3339(moment.at), expires_at),
        )
        db.execute("UPDATE face_consents SET enrolled = 1 WHERE consent = ?", (consent,))
        write_down(Act(what="enrolled", at=moment.at, place=kept.place, by="member"), template, db)
        yield FaceEnrolled(
            member_ref=kept.member_ref,
            consent=consent,
            place=kept.place,
            model=model,
            expires_at=expires_at,
        )

    return decide


def template_names(db: sqlite3.Connection) -> frozenset[str]:
    """The names of all that are kept; whoever holds another holds what is gone."""
    return frozenset(name for (name,) in db.execute("SELECT template FROM face_templates JOIN face_consents USING (consent)"))


def template_count(db: sqlite3.Connection) -> int:
    """How many are kept, those included whose time is over and that the clock has not come to yet."""
    (count,) = db.execute("SELECT count(*) FROM face_templates").fetchone()
    return int(count)
