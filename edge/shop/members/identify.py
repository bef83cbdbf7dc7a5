"""Who a shopper says to be: a member whom headquarters told of, or a pseudonym of this box until headquarters knows better.

What is shown is concealed before a decision sees it. Whom headquarters told of is looked for by salted hash; the pseudonym is a
keyed hash with a key of this box alone: without the key nobody can try all codes. Nothing is merged here: the same person with a
phone and with a card is two pseudonyms, for headquarters to join.

    13800138000                 a phone        [members] phone, phone_country
    6222020200112233445         a card         [members] card
    8800417.92617835            a dynamic code [members] dynamic: the member's own number and a one-time password
    M-20260301-77               a static code  everything else
"""

from __future__ import annotations

import hmac
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from drivers.readings import MemberShown
from edge.shop.declined import Declined
from edge.shop.faces.pseudonyms import is_now
from edge.shop.members.events import Doubt, MemberIdentified
from edge.shop.members.grammar import Shape, shape_of
from edge.shop.members.hashes import HASH_BYTES, Kind, concealed, found_by, salted
from edge.shop.members.member import Member, member_at
from edge.shop.members.one_time import member_secret, one_time_code, steps_at
from edge.shop.members.rules import Method, Secrets, secrets_now
from edge.shop.orders.order import imply_order
from edge.shop.shop import Shop
from sync.events import Clock, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What is kept of what was shown, and it is no code. ``pseudonym`` is empty when nothing was shown.

    ``hidden`` are the concealed forms under which the member may be known; ``otp`` is that of a one-time password. Both live as
    long as the decision.
    """

    pseudonym: str
    method: Method
    hidden: tuple[tuple[Kind, bytes], ...]
    otp: bytes | None
    clock: Clock
    till: str
    order: str | None
    at: datetime
    device_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """Whom the box takes the shopper for; ``doubt`` says why it is only a pseudonym."""

    member_ref: str
    method: Method
    doubt: Doubt = ""
    guide: str | None = None
    step_s: int | None = None


def pseudonym(code: str, member_key: bytes) -> str:
    """The member reference of ``code``: 32 hexadecimal digits of HMAC-SHA-256, the same for the same code and key."""
    return hmac.digest(member_key, b"storebox member code\0" + code.strip().encode(errors="surrogatepass"), "sha256")[
        :HASH_BYTES
    ].hex()


def keyed(digest: bytes, member_key: bytes) -> bytes:
    """The digest of a message with a code in it, so that nobody without the key finds the code by trying."""
    return hmac.digest(member_key, b"storebox member message\0" + digest, "sha256")


def conceal(reading: MemberShown, shop: Shop) -> Shown:
    """``reading`` without its code."""
    return conceal_code(
        reading.code, till=reading.device, order=reading.order, at=reading.at, device_at=reading.report.device_at, shop=shop
    )


def conceal_code(code: str, *, till: str, order: str | None, at: datetime, shop: Shop, device_at: str | None = None) -> Shown:
    """What may be kept of ``code``. The clock is looked at here: a decision takes none."""
    shape: Shape = shape_of(code, shop.members)
    return Shown(
        pseudonym=pseudonym(shape.plain, shop.member_key) if shape.plain else "",
        method=shape.method,
        hidden=tuple((kind, concealed(kind, text)) for kind, text in shape.known_as),
        otp=None if shape.otp is None else concealed("otp", shape.otp),
        clock=shop.clock(),
        till=till,
        order=order,
        at=at,
        device_at=device_at,
    )


def identify_member(shown: Shown, shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
    """Say which member was named, also on an order that is closed.

    Raises Declined: member-code-empty; member-code-not-valid and member-code-used for a forged, an expired and a repeated
    dynamic one.
    """
    if not shown.pseudonym:
        raise Declined("member-code-empty", "the member code is empty: show it again")
    recognised = recognise(shown, shop, db)
    if recognised.doubt == "not-valid":
        raise Declined(
            "member-code-not-valid", "the member code is wrong or too old: open it on the phone again and show the new one"
        )
    if recognised.doubt == "used-before":
        raise Declined("member-code-used", "this member code was used already: wait for the next one on the phone and show that")
    if not recognised.doubt:
        is_now(shown.pseudonym, recognised.member_ref, db)
    if shown.order is not None:
        yield from imply_order(shown.till, shown.order, shown.at, shop, db)[1]
    yield identified(shown, recognised, shop, db)


def identified(shown: Shown, recognised: Recognised, shop: Shop, db: sqlite3.Connection) -> MemberIdentified:
    """The event that says so."""
    seen = db.execute("SELECT 1 FROM members WHERE member_ref = ?", (recognised.member_ref,)).fetchone()
    return MemberIdentified(
        member_ref=recognised.member_ref,
        method=recognised.method,
        till=shown.till,
        lane=shop.lane_of(shown.till),
        order=shown.order,
        known=seen is not None,
        verified=not recognised.doubt,
        doubt=recognised.doubt,
        guide=recognised.guide,
        step_s=recognised.step_s,
        device_at=shown.device_at,
    )


def recognise(shown: Shown, shop: Shop, db: sqlite3.Connection) -> Recognised:
    """Whom headquarters told of under what was shown, or a pseudonym and why."""
    secrets = secrets_now(db, shop.member_key)
    found = None if secrets is None else _found(shown, secrets, shop, db)
    if secrets is None or found is None:
        return _doubted(shown, "unknown")
    member, kind = found
    if shown.otp is None or shown.method != "dynamic":
        return Recognised(member_ref=member.ref, method=kind, guide=member.guide)
    return _by_one_time_code(shown, shown.otp, member, secrets, db)


def _found(shown: Shown, secrets: Secrets, shop: Shop, db: sqlite3.Connection) -> tuple[Member, Kind] | None:
    """By the salt in use, then by the one that is going out of use."""
    for kind, hidden in shown.hidden:
        for salt in secrets.salts:
            member = member_at(db, found_by(kind, salted(salt, hidden), shop.member_key))
            if member is not None:
                return member, kind
    return None


def _by_one_time_code(shown: Shown, otp: bytes, member: Member, secrets: Secrets, db: sqlite3.Connection) -> Recognised:
    key = None if member.code_key is None else secrets.key(member.code_key)
    if key is None:
        return _doubted(shown, "not-valid")
    if shown.clock == "unsynced":  # every code of yesterday would look right to a clock that stands on yesterday
        return _doubted(shown, "clock-unsynced")
    secret = member_secret(key.secret, member.ref)
    for step in steps_at(shown.at, key.step_s):
        if hmac.compare_digest(otp, concealed("otp", one_time_code(secret, step, key.digits))):
            step_s = step * key.step_s
            used = "SELECT 1 FROM member_codes_used WHERE step_s = ? AND member_ref = ?"
            if db.execute(used, (step_s, member.ref)).fetchone():
                return _doubted(shown, "used-before")
            return Recognised(member_ref=member.ref, method="dynamic", guide=member.guide, step_s=step_s)
    return _doubted(shown, "not-valid")


def _doubted(shown: Shown, doubt: Doubt) -> Recognised:
    return Recognised(member_ref=shown.pseudonym, method=shown.method, doubt=doubt)
