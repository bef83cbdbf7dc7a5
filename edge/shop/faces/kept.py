"""What is kept of faces, for the people of the store and for a member who asks: dates and numbers, never a template."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import msgspec

from edge.shop.declined import Declined
from edge.shop.faces.audit import Act, write_down
from edge.shop.faces.erasing import consents_of
from edge.shop.faces.pseudonyms import pseudonyms_of
from edge.shop.moment import Moment
from edge.shop.part import Decision
from edge.shop.shop import Shop
from sync.events import Event

MOST_ACTS = 1_000


class KeptTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """That there is one: so many sealed ``bytes``, which ``model`` can compare."""

    enrolled_at: str
    expires_at: str
    bytes: int
    model: str


class KeptFace(msgspec.Struct, frozen=True, kw_only=True):
    """One consent and what was kept by it. ``of_a_child``: the member agreed as its guardian, with ``staff`` beside."""

    notice: str
    language: str
    place: str
    named_by: str
    given_at: str
    of_a_child: bool
    staff: str
    template: KeptTemplate | None


class Enrolments(msgspec.Struct, frozen=True, kw_only=True):
    """How many ``members`` were enrolled on one day, to which notice, until which day; nobody is named."""

    enrolled: str
    expires: str
    notice: str
    members: int


class AuditRow(msgspec.Struct, frozen=True, kw_only=True):
    """One act. ``template`` is its random name, ``by`` member, clock or who of the store."""

    at: str
    what: str
    template: str
    place: str
    by: str


def export_face(member_ref: str, by: str) -> Decision:
    """Write down that ``by`` asks what is kept of the member's face. Tells nothing. Raises Declined: face-nothing-kept."""

    def decide(moment: Moment, _shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        consents = [kept for ref in (member_ref, *pseudonyms_of(db, member_ref)) for kept in consents_of(db, ref)]
        if not consents:
            raise Declined("face-nothing-kept", "nothing is kept of this member's face")
        for kept in consents:
            write_down(Act(what="exported", at=moment.at, by=by), kept.template, db)
        return ()

    return decide


def kept_of(db: sqlite3.Connection, member_ref: str) -> tuple[KeptFace, ...]:
    """All that is kept of a member's face, and of children for whom the member agreed, also as a pseudonym."""
    rows = db.execute(
        """
        WITH refs AS (SELECT ?1 AS ref UNION ALL SELECT pseudonym FROM face_pseudonyms WHERE member_ref = ?1)
        SELECT notice, language, place, named_by, given_at, guardian_ref IS ref, staff, made_at, expires_at, length(sealed), model
        FROM refs JOIN face_consents ON ref = face_consents.member_ref OR ref = guardian_ref
        LEFT JOIN face_templates USING (consent) ORDER BY given_at, consent
        """,
        (member_ref,),
    )
    return tuple(
        KeptFace(
            notice=notice,
            language=language,
            place=place,
            named_by=named_by,
            given_at=given_at,
            of_a_child=bool(of_a_child),
            staff=staff,
            template=None if size is None else KeptTemplate(enrolled_at=made_at, expires_at=expires_at, bytes=size, model=model),
        )
        for notice, language, place, named_by, given_at, of_a_child, staff, made_at, expires_at, size, model in rows
    )


def enrolments(db: sqlite3.Connection) -> tuple[Enrolments, ...]:
    """By day, the newest first."""
    rows = db.execute(
        """
        SELECT substr(made_at, 1, 10) AS enrolled, substr(expires_at, 1, 10) AS expires, notice, count(*)
        FROM face_templates JOIN face_consents USING (consent) GROUP BY 1, 2, 3 ORDER BY 1 DESC, 2 DESC, 3 DESC
        """
    )
    return tuple(
        Enrolments(enrolled=enrolled, expires=expires, notice=notice, members=members)
        for enrolled, expires, notice, members in rows
    )


def audit_rows(db: sqlite3.Connection, most: int) -> tuple[AuditRow, ...]:
    """The newest first."""
    rows = db.execute("SELECT at, what, template, place, by_whom FROM face_audit ORDER BY number DESC LIMIT ?", (most,))
    return tuple(AuditRow(at=at, what=what, template=template, place=place, by=by) for at, what, template, place, by in rows)
