"""What promotions and coupons remember: the rules, how much of a flash sale is gone, every coupon that was spent, every gift.

``coupons_redeemed`` has one row for a coupon however often it is shown: that is what makes it good for once on this box.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.migrations import Migration

if TYPE_CHECKING:
    from sqlite_utils import Database

_0006 = (
    """
    CREATE TABLE promotion_rules (
        list TEXT NOT NULL CHECK (list IN ('promotion', 'gift', 'campaign')),
        id TEXT NOT NULL,
        rule TEXT NOT NULL,
        PRIMARY KEY (list, id)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE TABLE promotion_pieces (promotion TEXT PRIMARY KEY, pieces INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    """
    CREATE TABLE order_reductions (
        number INTEGER NOT NULL,
        place INTEGER NOT NULL,
        promotion TEXT NOT NULL,
        kind TEXT NOT NULL,
        coupon TEXT,
        amount_minor INTEGER NOT NULL,
        shares TEXT NOT NULL,
        words_zh TEXT NOT NULL,
        words_en TEXT NOT NULL,
        PRIMARY KEY (number, place)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE TABLE coupon_keys (kid TEXT PRIMARY KEY, x TEXT NOT NULL, classes TEXT NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE coupon_classes (class TEXT PRIMARY KEY, rule TEXT NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE coupon_salts (only INTEGER PRIMARY KEY CHECK (only = 1), salt TEXT NOT NULL) STRICT",
    "CREATE TABLE coupon_codes (digest TEXT PRIMARY KEY, class TEXT NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE coupons_revoked (coupon TEXT PRIMARY KEY) STRICT, WITHOUT ROWID",
    """
    CREATE TABLE coupons_presented (
        number INTEGER NOT NULL,
        coupon TEXT NOT NULL,
        class TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('held', 'lost')),
        PRIMARY KEY (number, coupon)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX coupons_presented_by_coupon ON coupons_presented (coupon)",
    """
    CREATE TABLE coupons_redeemed (
        coupon TEXT PRIMARY KEY,
        class TEXT NOT NULL,
        till TEXT NOT NULL,
        order_id TEXT NOT NULL,
        business_day TEXT NOT NULL,
        value_minor INTEGER NOT NULL,
        redeemed_at TEXT NOT NULL,
        reversed INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX coupons_redeemed_by_class ON coupons_redeemed (class, business_day)",
    "CREATE INDEX coupons_redeemed_by_order ON coupons_redeemed (till, order_id)",
    """
    CREATE TABLE coupons_contested (
        coupon TEXT PRIMARY KEY,
        till TEXT NOT NULL,
        order_id TEXT NOT NULL,
        value_minor INTEGER NOT NULL,
        other_store TEXT NOT NULL,
        other_at TEXT NOT NULL,
        told_at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE gifts_granted (
        gift TEXT NOT NULL,
        receiver TEXT NOT NULL,
        business_day TEXT NOT NULL,
        PRIMARY KEY (gift, receiver, business_day)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX gifts_granted_by_day ON gifts_granted (business_day)",
    "CREATE INDEX gifts_granted_by_receiver ON gifts_granted (receiver)",
)


def _promotion_tables(db: Database) -> None:
    for statement in _0006:
        db.execute(statement)


PROMOTION_TABLES = Migration(name="shop-0006", apply=_promotion_tables)
"""One that has been released is never edited; a later one mends it."""
