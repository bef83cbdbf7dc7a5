"""What a kiosk's screen shows: whether faces are read there, and of a visit what the member may see of themselves."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypedDict, Unpack

import msgspec

from edge.shop.faces.erasing import enrolled_by
from edge.shop.members.ledger import held
from edge.shop.members.member import CachedOffer, Member, find_member, offers_for
from edge.shop.members.offers import MOST_OFFERS
from edge.shop.members.rules import rules_now
from edge.shop.orders.receipt import tail_of
from edge.web.quantities import money
from edge.web.visits import Guardian, Stand, Visit
from edge.web.words import Words

Standing = Literal["unknown", "hidden", "shown"]
"""Of what a member has: headquarters has told nothing yet; the way of naming is not enough to show it; it is shown."""


class VisitShown(msgspec.Struct, frozen=True, kw_only=True):
    """``has`` are points and stored value in words, ``why`` is said in their place. ``enrolled``: how long the face is known."""

    token: str
    member: str
    has: tuple[str, ...]
    why: str
    offers: tuple[str, ...]
    enrolled: str
    guardian: Guardian
    enrolling: str


class KioskShown(msgspec.Struct, frozen=True, kw_only=True):
    """The whole screen. ``faces``: a face can be read there now; ``enrols``: and learnt; ``invited``: staff ask whoever comes.

    ``scanned`` is what the kiosk's scanner read, told once.
    """

    kiosk: str
    changes: int
    faces: bool
    enrols: bool
    invited: bool
    scanned: str
    visit: VisitShown | None


class Reads(TypedDict):
    """What the kiosk reads now: see ``KioskShown``."""

    faces: bool
    enrols: bool
    invited: bool
    scanned: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Of the member of a visit, as the tables have it."""

    member: Member | None
    standing: Standing
    points: int | None
    balance_minor: int | None
    offers: tuple[CachedOffer, ...]
    enrolled: str


def read_visit(db: sqlite3.Connection, visit: Visit, at: datetime) -> Account:
    """What is known of the member."""
    member, rules = find_member(db, visit.member_ref), rules_now(db)
    standing: Standing = "unknown" if member is None else "shown" if _named_by(db, visit) in rules.spend_by else "hidden"
    shown = member is not None and standing == "shown"
    kept = db.execute("SELECT expires_at FROM face_templates WHERE member_ref = ?", (visit.member_ref,)).fetchone()
    return Account(
        member=member,
        standing=standing,
        points=member.points - held(db, member.ref, "points") if member and shown and rules.points else None,
        balance_minor=member.balance_minor - held(db, member.ref, "balance") if member and shown and rules.balance else None,
        offers=() if member is None else offers_for(db, member.ref, at)[:MOST_OFFERS],
        enrolled="" if kept is None else kept[0][:10],
    )


def _named_by(db: sqlite3.Connection, visit: Visit) -> str:
    """A face is worth what the member showed to have it enrolled: whoever only said a phone number sees no more by it."""
    return enrolled_by(db, visit.member_ref) or "face" if visit.method == "face" else visit.method


def show_kiosk(
    kiosk: str, stand: Stand, account: Account | None, words: Words, currency: str, **reads: Unpack[Reads]
) -> KioskShown:
    """The screen in ``words``."""
    visit = stand.visit
    shown = None if visit is None or account is None else _visit(visit, account, words, currency)
    return KioskShown(kiosk=kiosk, changes=stand.bell.rings, visit=shown, **reads)


def _visit(visit: Visit, account: Account, words: Words, currency: str) -> VisitShown:
    return VisitShown(
        token=visit.token,
        member=_member(visit, account, words),
        has=tuple(_has(account, words, currency)),
        why="" if account.standing == "shown" else words.say(f"kiosk.{account.standing}"),
        offers=tuple(said for each in account.offers if (said := each.zh if words.language == "zh" else each.en)),
        enrolled=account.enrolled,
        guardian=visit.guardian,
        enrolling=visit.request,
    )


def _member(visit: Visit, account: Account, words: Words) -> str:
    """No name, ever: the tail of the member's number, and the tier."""
    if account.member is None:
        return ""
    shown = words.say("lane.member", ref=tail_of(visit.member_ref))
    return f"{shown} · {account.member.tier}" if account.member.tier else shown


def _has(account: Account, words: Words, currency: str) -> list[str]:
    points, balance = account.points, account.balance_minor
    told = [] if points is None else [words.say("lane.has_points", has=max(0, points))]
    return told + ([] if balance is None else [words.say("lane.has_balance", has=money(max(0, balance), currency))])
