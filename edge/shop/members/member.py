"""A member as the box knows one: by reference, with tier, tags, points and offers, and by none of what identifies a person."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime

from edge.shop.members.hashes import found_by_ref
from edge.shop.members.ledger import uncounted


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """``points`` and ``balance_minor`` (minor units) are headquarters' sums with what this box has moved since."""

    ref: str
    tier: str | None
    tags: frozenset[str]
    points: int
    balance_minor: int
    guide: str | None
    code_key: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedOffer:
    """What one member is offered: of product ``sku``, of ``category``, or of anything."""

    sku: str | None
    category: str | None
    zh: str
    en: str
    expires: datetime


def find_member(db: sqlite3.Connection, member_ref: str) -> Member | None:
    """The member of this reference; None for one whom headquarters has not told of: a pseudonym, a stranger, a forgotten one."""
    return member_at(db, found_by_ref(member_ref))


def member_at(db: sqlite3.Connection, key: bytes) -> Member | None:
    """The member whom ``key`` finds (edge/shop/members/hashes.py)."""
    row = db.execute(
        """
        SELECT row.ref, row.points, row.balance_minor, row.code_key, tier.word, tags.word, guide.word
        FROM member_cache AS cache
        CROSS JOIN member_keys AS known ON known.side = cache.side AND known.key = ?
        CROSS JOIN member_rows AS row ON row.side = cache.side AND row.number = known.number
        LEFT JOIN member_words AS tier ON tier.side = cache.side AND tier.number = row.tier
        LEFT JOIN member_words AS tags ON tags.side = cache.side AND tags.number = row.tags
        LEFT JOIN member_words AS guide ON guide.side = cache.side AND guide.number = row.guide
        """,
        (key,),
    ).fetchone()
    if row is None:
        return None
    ref, points, balance_minor, code_key, tier, tags, guide = row
    return Member(
        ref=ref,
        tier=tier,
        tags=frozenset(tags.split("\n")) if tags else frozenset(),
        points=points + uncounted(db, ref, "points"),
        balance_minor=balance_minor + uncounted(db, ref, "balance"),
        guide=guide,
        code_key=code_key,
    )


def offers_for(db: sqlite3.Connection, member_ref: str, at: datetime) -> tuple[CachedOffer, ...]:
    """What the member is offered at ``at``, the one that ends first at the front; nothing that has ended."""
    rows = db.execute(
        """
        SELECT sku, category, zh, en, expires_s FROM member_cache AS cache
        CROSS JOIN member_keys AS known ON known.side = cache.side AND known.key = ?
        CROSS JOIN member_offers AS offered ON offered.side = cache.side AND offered.number = known.number
        CROSS JOIN member_offer_texts AS offer ON offer.side = cache.side AND offer.number = offered.offer
        WHERE expires_s > ? ORDER BY expires_s, offer.number
        """,
        (found_by_ref(member_ref), at.timestamp()),
    )  # CROSS JOIN: in this order; SQLite, which counts no rows here, would begin with all offers
    return tuple(
        CachedOffer(sku=sku, category=category, zh=zh, en=en, expires=datetime.fromtimestamp(expires_s, UTC))
        for sku, category, zh, en, expires_s in rows
    )
