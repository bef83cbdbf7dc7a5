"""Which prices a buyer has besides everybody's: those of a member's tier."""

from __future__ import annotations

import sqlite3

from edge.shop.members.member import find_member


def price_groups(db: sqlite3.Connection, member_ref: str | None) -> tuple[str, ...]:
    """The price groups of the member of an order; none for a stranger, or a member whom headquarters has not told of."""
    member = None if member_ref is None else find_member(db, member_ref)
    return () if member is None or member.tier is None else (member.tier,)
