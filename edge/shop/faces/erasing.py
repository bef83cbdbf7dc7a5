"""Takes a consent away and with it its template: out of the tables at once, out of the journal's files within a minute."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from edge.shop.faces.audit import Act, write_down
from edge.shop.faces.pseudonyms import drop_shown
from edge.shop.members.rules import Method


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptConsent:
    """A consent as the table has it. ``template`` is empty before the enrolment."""

    consent: str
    member_ref: str = field(repr=False)
    notice: str
    named_by: Method
    place: str
    template: str


def consents_of(db: sqlite3.Connection, member_ref: str) -> tuple[KeptConsent, ...]:
    """What ``member_ref`` agreed to, for itself and as the guardian of children."""
    return (
        *_consents(db, "face_consents.member_ref = ?", member_ref),
        *_consents(db, "face_consents.guardian_ref = ?", member_ref),
    )


def consent_named(db: sqlite3.Connection, consent: str) -> KeptConsent | None:
    """The consent of this name; None when it is gone."""
    return next(_consents(db, "face_consents.consent = ?", consent), None)


def enrolled_by(db: sqlite3.Connection, member_ref: str) -> Method | None:
    """How the member was named when they agreed: their face proves no more than that did. None for whom no consent is kept."""
    return next((kept.named_by for kept in consents_of(db, member_ref) if kept.member_ref == member_ref), None)


def erase(kept: KeptConsent, act: Act, db: sqlite3.Connection) -> None:
    """Delete the consent and its template; ``act`` says when, where and by whom."""
    # By name, too: in a database that was salvaged no foreign key may have been looked at.
    gone = db.execute("DELETE FROM face_templates WHERE consent = ?", (kept.consent,)).rowcount
    refs = db.execute("SELECT member_ref, guardian_ref FROM face_consents WHERE consent = ?", (kept.consent,)).fetchone()
    db.execute("DELETE FROM face_consents WHERE consent = ?", (kept.consent,))
    drop_shown(refs or (), db)
    if gone:
        write_down(replace(act, what="deleted"), kept.template, db)
        db.execute("INSERT INTO face_remains (at) SELECT at FROM face_audit ORDER BY number DESC LIMIT 1")


def erase_faces(member_ref: str, at: str, db: sqlite3.Connection) -> None:
    """A member is forgotten: everything that was agreed to by it or for it goes."""
    for kept in consents_of(db, member_ref):
        erase(kept, Act(what="deleted", at=at, by="forgotten"), db)


def _consents(db: sqlite3.Connection, which: str, value: str) -> Iterator[KeptConsent]:
    rows = db.execute(
        "SELECT face_consents.consent, face_consents.member_ref, notice, named_by, place, coalesce(template, '')"  # noqa: S608
        f" FROM face_consents LEFT JOIN face_templates USING (consent) WHERE {which} ORDER BY given_at",
        (value,),
    ).fetchall()
    for consent, ref, notice, named_by, place, template in rows:
        yield KeptConsent(consent=consent, member_ref=ref, notice=notice, named_by=named_by, place=place, template=template)
