"""Coupons as headquarters sends them: what each class brings, who may sign it, which codes there are, which hold no more.

    {"currency": "CNY",
     "keys": [{"x": "<43 characters>", "classes": ["welcome", "partner-5"]}],
     "classes": [{"id": "welcome", "names": {"zh": "新人券", "en": "Welcome"}, "minimum_minor": 5000, "day_cap_minor": 100000,
                  "benefit": {"kind": "full-reduction", "tiers": [{"spend_minor": 0, "off_minor": 1000}]}}],
     "salt": "2026-11", "codes": [{"class": "welcome", "sha256": "<hex of salt + code>"}],
     "revoked": ["welcome-<key and number, 24 hex>"]}

A key signs only the classes that it names: a partner's coupons cannot pass for those of another. The document replaces the one
before as a whole; what was redeemed stays redeemed.
"""

from __future__ import annotations

import sqlite3
from hashlib import sha256
from typing import Annotated, Literal

import msgspec

from edge.shop.bodies import read_body, refuse_currency, refuse_repeats
from edge.shop.promotions.benefits import Id, Money, Word
from edge.shop.promotions.coupon_code import BadKey, key_id
from edge.shop.promotions.document import Offered, check_offer, check_window
from edge.shop.shop import Shop
from sync.adopters import Adopter, DocumentRefused

KEEP_SPENT_DAYS = 400
"""How long a spent coupon is remembered, counted back from the last one, after its class is gone."""


class CouponKey(msgspec.Struct, frozen=True, kw_only=True):
    """An Ed25519 public key, as the ``x`` of its JWK, and the classes whose coupons it signs."""

    x: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{43}\Z")]
    classes: Annotated[frozenset[Id], msgspec.Meta(min_length=1, max_length=200)]


class CouponClass(Offered, frozen=True, kw_only=True):
    """What coupons of this class bring.

    ``minimum_minor``: what the goods of its scope must cost before anything is taken off. ``day_cap_minor``: what all its coupons
    may be worth together on this box in a business day. ``with_itself``: several of one order. ``when_unsynced`` says whether a
    box that cannot tell the time takes it without looking at any date.
    """

    id: Id
    minimum_minor: Money = 0
    day_cap_minor: Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)] | None = None
    with_itself: bool = False
    reusable_after_refund: bool = False
    when_unsynced: Literal["refuse", "accept"] = "refuse"


class PlainCode(msgspec.Struct, frozen=True, kw_only=True):
    """A bearer code by the SHA-256 (hex) of the salt followed by the code in capitals."""

    class_: Id = msgspec.field(name="class")
    sha256: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """The whole document."""

    currency: str
    keys: Annotated[tuple[CouponKey, ...], msgspec.Meta(max_length=50)] = ()
    classes: Annotated[tuple[CouponClass, ...], msgspec.Meta(max_length=200)] = ()
    salt: Annotated[str, msgspec.Meta(max_length=64)] = ""
    codes: Annotated[tuple[PlainCode, ...], msgspec.Meta(max_length=5_000)] = ()
    revoked: Annotated[tuple[Word, ...], msgspec.Meta(max_length=5_000)] = ()


def coupon_adopter(shop: Shop) -> Adopter:
    """Adopts documents of kind ``coupons`` in the currency of ``shop``."""
    return Adopter(
        kind="coupons",
        parse=lambda body: parse_coupons(body, shop.currency),
        adopt=adopt_coupons,
        shape=Body,
    )


def parse_coupons(body: bytes, currency: str) -> Body:
    """Check ``body`` (JSON). Raises DocumentRefused with the place of the first mistake."""
    parsed = read_body(body, Body, "the coupons")
    refuse_currency(parsed.currency, currency, "the coupons are")
    refuse_repeats("$.classes[{}].id", ((rule.id, rule.id) for rule in parsed.classes))
    for place, rule in enumerate(parsed.classes):
        check_window(rule, f"$.classes[{place}]")
        check_offer(rule, f"$.classes[{place}]")
    known = {rule.id for rule in parsed.classes}
    _check_keys(parsed, known)
    _check_codes(parsed, known)
    return parsed


def _check_keys(body: Body, known: set[str]) -> None:
    refuse_repeats("$.keys[{}]", ((_key_id(key.x, place), "the key") for place, key in enumerate(body.keys)))
    for place, key in enumerate(body.keys):
        unknown = min(key.classes - known, default=None)
        if unknown is not None:
            raise DocumentRefused(f"there is no class {unknown}: `$.keys[{place}].classes`")


def _key_id(x: str, place: int) -> str:
    try:
        return key_id(x)
    except BadKey as error:
        raise DocumentRefused(f"{error}: `$.keys[{place}].x`") from error


def _check_codes(body: Body, known: set[str]) -> None:
    for place, code in enumerate(body.codes):
        if code.class_ not in known:
            raise DocumentRefused(f"there is no class {code.class_}: `$.codes[{place}].class`")
    refuse_repeats("$.codes[{}]", ((code.sha256, "the code") for code in body.codes))


def adopt_coupons(body: Body, _version: int, db: sqlite3.Connection) -> tuple[()]:
    """From now on these rules count."""
    for table in ("coupon_keys", "coupon_classes", "coupon_salts", "coupon_codes", "coupons_revoked"):
        db.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
    db.execute("INSERT INTO coupon_salts (only, salt) VALUES (1, ?)", (body.salt,))
    db.executemany(
        "INSERT INTO coupon_keys (kid, x, classes) VALUES (?, ?, ?)",
        [(key_id(key.x), key.x, "\n".join(sorted(key.classes))) for key in body.keys],
    )
    db.executemany(
        "INSERT INTO coupon_classes (class, rule) VALUES (?, ?)",
        [(rule.id, msgspec.json.encode(rule).decode()) for rule in body.classes],
    )
    db.executemany("INSERT INTO coupon_codes (digest, class) VALUES (?, ?)", [(code.sha256, code.class_) for code in body.codes])
    db.executemany("INSERT OR IGNORE INTO coupons_revoked (coupon) VALUES (?)", [(coupon,) for coupon in body.revoked])
    _forget_spent(db)
    return ()


def _forget_spent(db: sqlite3.Connection) -> None:
    """Forget coupons that were spent long ago and whose class is no more: nobody can show them again."""
    db.execute(
        """
        DELETE FROM coupons_redeemed WHERE class NOT IN (SELECT class FROM coupon_classes)
            AND business_day < (SELECT date(max(business_day), ?) FROM coupons_redeemed)
        """,
        (f"-{KEEP_SPENT_DAYS} days",),
    )
    db.execute("DELETE FROM coupons_contested WHERE coupon NOT IN (SELECT coupon FROM coupons_redeemed)")


def class_of(db: sqlite3.Connection, class_: str) -> CouponClass | None:
    """The rules of a class; None when the document at work has none, or none that this version of the program can read."""
    row = db.execute("SELECT rule FROM coupon_classes WHERE class = ?", (class_,)).fetchone()
    if row is None:
        return None
    try:
        return msgspec.json.decode(row[0], type=CouponClass)
    except msgspec.ValidationError:
        return None


def plain_digest(db: sqlite3.Connection, code: str) -> str:
    """The digest under which the document lists a bearer code."""
    row = db.execute("SELECT salt FROM coupon_salts").fetchone()
    return sha256(((row[0] if row else "") + code.strip().upper()).encode(errors="surrogatepass")).hexdigest()
