"""A coupon that two stores took while one of them was offline: headquarters says so, staff see it, nobody's order is undone.

coupon-conflict  {"coupon": "welcome-3f2a…", "store": "s-2", "at": "2026-11-22T03:10:00Z"}
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

import msgspec

from edge.shop.far_days import refuse_far
from edge.shop.promotions.events import CouponContested
from sync.adopters import DocumentRefused
from sync.commands import CloudCommand, CommandKind, CommandNotTaken
from sync.events import rfc3339

MOST_SHOWN = 500


class Conflict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``coupon`` was redeemed in ``store`` at ``at`` too, and counts there."""

    coupon: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    store: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    at: Annotated[datetime, msgspec.Meta(tz=True)]


class Contested(msgspec.Struct, frozen=True, kw_only=True):
    """A contested coupon as staff see it."""

    coupon: str
    till: str
    order: str
    value_minor: int
    other_store: str
    other_at: str
    told_at: str


def coupon_conflict() -> CommandKind:
    """The command by which headquarters contests a coupon."""
    return CommandKind(kind="coupon-conflict", parse=_parse, take=_take)


def contested_coupons(db: sqlite3.Connection) -> list[Contested]:
    """The newest first."""
    rows = db.execute(
        """
        SELECT coupon, till, order_id, value_minor, other_store, other_at, told_at FROM coupons_contested
        ORDER BY told_at DESC, coupon LIMIT ?
        """,
        (MOST_SHOWN,),
    )
    return [
        Contested(coupon=coupon, till=till, order=order, value_minor=value, other_store=store, other_at=at, told_at=told)
        for coupon, till, order, value, store, at, told in rows
    ]


def _parse(body: bytes) -> Conflict:
    try:
        conflict = msgspec.json.decode(body, type=Conflict)
        refuse_far(conflict.at, "$.at")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, DocumentRefused) as error:
        raise CommandNotTaken(f"its body cannot be read: {error}") from error
    return conflict


def _take(conflict: Conflict, command: CloudCommand, db: sqlite3.Connection) -> Iterable[CouponContested]:
    row = db.execute(
        "SELECT class, till, order_id, business_day, value_minor FROM coupons_redeemed WHERE coupon = ?", (conflict.coupon,)
    ).fetchone()
    if row is None:
        raise CommandNotTaken(f"coupon {conflict.coupon} was not redeemed on this box")
    class_, till, order, day, value_minor = row
    return (
        CouponContested(
            till=till,
            order=order,
            business_day=day,
            coupon=conflict.coupon,
            coupon_class=class_,
            value_minor=value_minor,
            other_store=conflict.store,
            other_at=rfc3339(conflict.at),
            told_at=rfc3339(command.issued_at),
        ),
    )
