"""The consent to being recognised by face: given by who stands at a kiosk, to the notice that is shown there now, and taken back.

Without it there is no template: the table says so. For a child under 14 its guardian agrees, who is named at the same kiosk right
after the child, with somebody of the store beside.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from edge.shop.declined import Declined
from edge.shop.faces.audit import Act, write_down
from edge.shop.faces.erasing import KeptConsent, consent_named, consents_of, erase
from edge.shop.faces.events import Age, FaceConsented, FaceDeleted, FaceWithdrawn
from edge.shop.faces.here import Here, check_kiosk, is_proof, member_here, named_at
from edge.shop.faces.pseudonyms import keep_shown, pseudonyms_of
from edge.shop.moment import Moment
from edge.shop.part import Decision
from edge.shop.shop import Shop
from sync.events import Event, rfc3339


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What was agreed to at kiosk ``place``: version ``notice``, read in ``language``.

    ``consent`` names it: said again it counts once. ``age``: ``adult`` from 14 on. Below, ``guardian``: ``guardian_ref`` is the
    guardian's own reference and ``staff`` who of the store was there.
    """

    consent: str
    place: str
    member_ref: str = field(repr=False)
    notice: str
    language: Literal["zh", "en"]
    age: Age
    guardian_ref: str | None = field(default=None, repr=False)
    staff: str = ""


def give_consent(given: Consent) -> Decision:
    """Keep the consent. One that the member gave before goes, with its template.

    Raises Declined: face-off, face-no-kiosk, face-notice-changed, face-guardian-needed, member-not-here, forget-show-code.
    """

    def decide(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
        check_notice(given.notice, shop)
        check_kiosk(given.place, shop)
        if consent_named(db, given.consent) is not None:
            return
        member = _agreeing(given, named_at(given.place, moment.at, shop, db))
        for kept in consents_of(db, given.member_ref):
            if kept.member_ref == given.member_ref:
                yield from _replaced(kept, member, Act(what="deleted", at=moment.at, place=given.place, by="member"), db)
        event = FaceConsented(
            member_ref=given.member_ref,
            consent=given.consent,
            notice=given.notice,
            language=given.language,
            age=given.age,
            place=given.place,
            named_by=member.method,
            staff=given.staff,
        )
        _keep(event, given.guardian_ref, moment, db)
        yield event

    return decide


def withdraw_consent(member_ref: str, place: str, by: str) -> Decision:
    """Take back what ``member_ref`` agreed to, for itself and for children; ``by`` is ``member``, or who of the store does it.

    Raises Declined: face-nothing-kept.
    """

    def decide(moment: Moment, _shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        return _withdraw(member_ref, Act(what="withdrawn", at=moment.at, place=place, by=by), db)

    return decide


def withdraw_here(place: str) -> Decision:
    """Whoever stands at ``place``, however they were named, takes back what they agreed to.

    Raises Declined: member-not-here, lane-empty, being-paid, face-nothing-kept.
    """

    def decide(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        member = member_here(place, moment.at, shop, db)
        return _withdraw(member.member_ref, Act(what="withdrawn", at=moment.at, place=place, by="member"), db)

    return decide


def check_notice(notice: str, shop: Shop) -> None:
    """Raises Declined where nobody is recognised by face, and for any notice but the one that is shown now."""
    if not shop.faces.configured:
        raise Declined("face-off", "this shop recognises nobody by face: use the member code or the phone number")
    if notice != shop.faces.notice:
        raise Declined("face-notice-changed", "the notice has changed since it was agreed to: read it and agree anew")


def _agreeing(given: Consent, here: tuple[Here, ...]) -> Here:
    """How the member was named, when everybody who agrees is there. Raises Declined."""
    wanted = [given.member_ref]
    if given.age == "guardian":
        if not given.guardian_ref or given.guardian_ref == given.member_ref or not given.staff:
            told = "under 14 a guardian agrees, who is a member too, with somebody of the store beside: ask the staff"
            raise Declined("face-guardian-needed", told)
        wanted = [given.guardian_ref, given.member_ref]
    if [each.member_ref for each in here[: len(wanted)]] != wanted:
        raise Declined("member-not-here", "nobody has said here who they are, or too long ago: show your code or number again")
    return here[len(wanted) - 1]


def _replaced(kept: KeptConsent, member: Here, act: Act, db: sqlite3.Connection) -> Iterator[Event]:
    """Who only said a phone number takes nobody's face away who showed more than that."""
    before = Here(member_ref=kept.member_ref, method=kept.named_by)
    if is_proof(before, db) and not is_proof(member, db):
        raise Declined("forget-show-code", "a phone number alone does not prove who you are: show your member code or card")
    erase(kept, act, db)
    yield FaceDeleted(member_ref=kept.member_ref, consent=kept.consent, reason="replaced")


def _keep(event: FaceConsented, guardian_ref: str | None, moment: Moment, db: sqlite3.Connection) -> None:
    # Not in the event: of a guardian who is forgotten nothing may be left in it, and it is the child's.
    db.execute(
        """
        INSERT INTO face_consents (consent, member_ref, notice, language, age, guardian_ref, staff, place, named_by, given_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        (
            event.consent,
            event.member_ref,
            event.notice,
            event.language,
            event.age,
            guardian_ref if event.age == "guardian" else None,
            event.staff,
            event.place,
            event.named_by,
            rfc3339(moment.at),
        ),
    )
    keep_shown(event.place, event.member_ref, db)
    if guardian_ref:
        keep_shown(event.place, guardian_ref, db)
    write_down(Act(what="consented", at=moment.at, place=event.place, by=event.staff or "member"), "", db)


def _withdraw(member_ref: str, act: Act, db: sqlite3.Connection) -> Iterator[Event]:
    consents = [kept for ref in (member_ref, *pseudonyms_of(db, member_ref)) for kept in consents_of(db, ref)]
    if not consents:
        raise Declined("face-nothing-kept", "nothing is kept of this member's face")
    for kept in consents:
        write_down(act, kept.template, db)
        erase(kept, act, db)
        yield FaceWithdrawn(member_ref=kept.member_ref, consent=kept.consent, place=act.place, by=act.by)
