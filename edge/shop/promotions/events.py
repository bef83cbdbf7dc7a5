"""What happens to reductions, coupons and gifts, and how each event changes their tables.

A coupon is named by its class, the key that signed it and its number; the code that a shopper shows stands in no event.
"""

from __future__ import annotations

import sqlite3
from hashlib import sha256
from typing import ClassVar, Literal

import msgspec

from edge.shop.orders.events import OrderEvent
from sync.events import Event, EventClass

_NUMBER = "(SELECT number FROM orders WHERE till = ? AND order_id = ?)"


class LineShare(msgspec.Struct, frozen=True, kw_only=True):
    """What a reduction takes off one line."""

    line: int
    amount_minor: int


class PromotionApplied(OrderEvent, frozen=True, kw_only=True):
    """``promotion`` (of a coupon: its class) took ``amount_minor`` off the lines of ``shares``.

    ``place`` numbers the reductions of an order; ``quota_pieces`` were taken from the quota of a flash sale.
    """

    type: ClassVar[str] = "storebox.promotion.applied"
    place: int
    promotion: str
    kind: str
    amount_minor: int
    currency: str
    shares: tuple[LineShare, ...]
    words_zh: str
    words_en: str
    coupon: str | None = None
    quota_pieces: int = 0

    def apply(self, db: sqlite3.Connection) -> None:
        """Keep it for the receipt; count the flash sale."""
        (number,) = db.execute("SELECT number FROM orders WHERE till = ? AND order_id = ?", (self.till, self.order)).fetchone()
        db.execute(
            """
            INSERT INTO order_reductions
                (number, place, promotion, kind, coupon, amount_minor, shares, words_zh, words_en)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            (
                *(number, self.place, self.promotion, self.kind, self.coupon, self.amount_minor),
                *(msgspec.json.encode(self.shares).decode(), self.words_zh, self.words_en),
            ),
        )
        if self.quota_pieces:
            db.execute(
                "INSERT INTO promotion_pieces (promotion, pieces) VALUES (?, ?) "
                "ON CONFLICT DO UPDATE SET pieces = pieces + excluded.pieces",
                (self.promotion, self.quota_pieces),
            )


class CouponEvent(OrderEvent, frozen=True, kw_only=True):
    """What every event of a coupon tells."""

    coupon: str
    coupon_class: str


class CouponPresented(CouponEvent, frozen=True, kw_only=True):
    """It holds, and was put on an open order; with the goods that were on it then it brings ``brings_minor``."""

    type: ClassVar[str] = "storebox.coupon.presented"
    brings_minor: int
    currency: str

    def apply(self, db: sqlite3.Connection) -> None:
        """Let the order hold it."""
        db.execute(
            f"INSERT OR REPLACE INTO coupons_presented (number, coupon, class, state) VALUES ({_NUMBER}, ?, ?, 'held')",  # noqa: S608
            (self.till, self.order, self.coupon, self.coupon_class),
        )


class CouponWithdrawn(CouponEvent, frozen=True, kw_only=True):
    """It is on the order no more: it was ``asked`` for, or the coupon was ``used-elsewhere`` meanwhile."""

    type: ClassVar[str] = "storebox.coupon.withdrawn"
    reason: Literal["asked", "used-elsewhere"]

    def apply(self, db: sqlite3.Connection) -> None:
        """Forget it; one that was lost to another order stays until the shopper has been told."""
        of = f"number = {_NUMBER} AND coupon = ?"
        if self.reason == "asked":
            db.execute(f"DELETE FROM coupons_presented WHERE {of}", (self.till, self.order, self.coupon))  # noqa: S608
        else:
            db.execute(f"UPDATE coupons_presented SET state = 'lost' WHERE {of}", (self.till, self.order, self.coupon))  # noqa: S608


class CouponRedeemed(CouponEvent, frozen=True, kw_only=True):
    """It is spent: it took ``value_minor`` off. Nobody was asked; headquarters contests what was spent elsewhere too."""

    type: ClassVar[str] = "storebox.coupon.redeemed"
    value_minor: int
    currency: str
    redeemed_at: str

    def apply(self, db: sqlite3.Connection) -> None:
        """Once: a second row of the same coupon is an error, and undoes the whole payment."""
        db.execute(
            """
            INSERT INTO coupons_redeemed (coupon, class, till, order_id, business_day, value_minor, redeemed_at)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            (self.coupon, self.coupon_class, self.till, self.order, self.business_day, self.value_minor, self.redeemed_at),
        )


class CouponReversed(CouponEvent, frozen=True, kw_only=True):
    """All goods of its order came back. ``usable_again``: its class lets the shopper spend it once more."""

    type: ClassVar[str] = "storebox.coupon.reversed"
    value_minor: int
    currency: str
    usable_again: bool

    def apply(self, db: sqlite3.Connection) -> None:
        """Free it, or keep it as spent."""
        if self.usable_again:
            db.execute("DELETE FROM coupons_redeemed WHERE coupon = ?", (self.coupon,))
        else:
            db.execute("UPDATE coupons_redeemed SET reversed = 1 WHERE coupon = ?", (self.coupon,))


class CouponContested(CouponEvent, frozen=True, kw_only=True):
    """Headquarters says that it was spent in ``other_store`` at ``other_at`` as well: people look at both orders."""

    type: ClassVar[str] = "storebox.coupon.contested"
    value_minor: int
    other_store: str
    other_at: str
    told_at: str

    def apply(self, db: sqlite3.Connection) -> None:
        """Put it up for staff."""
        db.execute(
            """
            INSERT OR IGNORE INTO coupons_contested (coupon, till, order_id, value_minor, other_store, other_at, told_at)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            (self.coupon, self.till, self.order, self.value_minor, self.other_store, self.other_at, self.told_at),
        )


class GiftGranted(Event, frozen=True, kw_only=True):
    """``gift`` was given with an order, or to ``member_ref`` who came."""

    type: ClassVar[str] = "storebox.gift.granted"
    event_class: ClassVar[EventClass] = EventClass.ORDER
    gift: str
    on: Literal["payment", "entry"]
    business_day: str
    till: str
    order: str | None
    qty: int
    words_zh: str
    words_en: str
    sku: str | None = None
    coupon_class: str | None = None
    member_ref: str | None = None

    def subject(self) -> str:
        """The gift: not whom it was given to."""
        return self.gift

    def day(self) -> str:
        """The business day on which it is given."""
        return self.business_day

    def apply(self, db: sqlite3.Connection) -> None:
        """Give it once a day; of days long past nothing is remembered."""
        db.execute(
            "INSERT OR IGNORE INTO gifts_granted (gift, receiver, business_day) VALUES (?, ?, ?)",
            (self.gift, receiver_key(self.member_ref or f"{self.till}/{self.order}"), self.business_day),
        )
        db.execute("DELETE FROM gifts_granted WHERE business_day < date(?, '-7 days')", (self.business_day,))


def receiver_key(receiver: str) -> str:
    """Under which the table knows a receiver: it needs no names."""
    return sha256(receiver.encode(errors="surrogatepass")).hexdigest()[:32]


class CampaignShown(OrderEvent, frozen=True, kw_only=True):
    """The texts of ``campaigns`` were put under the receipt."""

    type: ClassVar[str] = "storebox.campaign.shown"
    campaigns: tuple[str, ...]
