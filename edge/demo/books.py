"""The books of a simulated day: what was done in the shop by its own account, against what the cloud says was done."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field, fields
from pathlib import Path

COUNTED = {
    "storebox.order.paid": "paid",
    "storebox.order.voided": "voided",
    "storebox.order.refunded": "refunds",
    "storebox.member.identified": "members",
    "storebox.coupon.redeemed": "coupons",
    "storebox.coupon.reversed": "coupons_back",
}
SUMMED = {
    "storebox.points.earned": ("earned", "points"),
    "storebox.points.reversed": ("reversed", "points"),
    "storebox.points.spent": ("spent", "points"),
    "storebox.points.returned": ("returned", "points"),
    "storebox.coupon.redeemed": ("coupons_minor", "value_minor"),
    "storebox.coupon.reversed": ("coupons_back_minor", "value_minor"),
}


@dataclass(slots=True, kw_only=True)
class Books:
    """One account of a day: ``money`` in minor units by tender, ``given_back`` of it; ``picked`` and ``put`` pieces by SKU.

    ``verified`` members by how they were named. Points are ``earned`` and ``reversed``, ``spent`` and ``returned``.
    """

    paid: int = 0
    voided: int = 0
    refunds: int = 0
    members: int = 0
    verified: Counter[str] = field(default_factory=Counter)
    earned: int = 0
    reversed: int = 0
    spent: int = 0
    returned: int = 0
    coupons: int = 0
    coupons_minor: int = 0
    coupons_back: int = 0
    coupons_back_minor: int = 0
    money: Counter[str] = field(default_factory=Counter)
    given_back: Counter[str] = field(default_factory=Counter)
    picked: Counter[str] = field(default_factory=Counter)
    put: Counter[str] = field(default_factory=Counter)

    @property
    def taken_minor(self) -> int:
        """All the money."""
        return sum(self.money.values())

    def add(self, other: Books) -> None:
        """Count what ``other`` has as well."""
        for each in fields(self):
            own, more = getattr(self, each.name), getattr(other, each.name)
            setattr(self, each.name, own + more)

    def differences(self, other: Books) -> list[str]:
        """Where ``other`` says something else, in words."""
        told = [(each.name, getattr(self, each.name), getattr(other, each.name)) for each in fields(self)]
        return [f"{name}: the shop says {_plain(own)}, the cloud {_plain(theirs)}" for name, own, theirs in told if own != theirs]


def cloud_books(sink: Path, day: str) -> Books:
    """What the reference cloud has of business day ``day``; shelves have no business day, all their moves count."""
    books = Books()
    with closing(sqlite3.connect(f"file:{sink}?mode=ro", uri=True)) as db:
        rows = db.execute("SELECT type, json FROM events ORDER BY sequence").fetchall()
    for kind, text in rows:
        event = json.loads(text)
        data = event["data"]
        if kind in COUNTED:
            name = COUNTED[kind]
            setattr(books, name, getattr(books, name) + 1)
        if kind in SUMMED:
            name, of = SUMMED[kind]
            setattr(books, name, getattr(books, name) + data[of])
        if kind == "storebox.member.identified" and data["verified"]:
            books.verified[data["method"]] += 1
        if kind == "storebox.order.paid" and data["business_day"] == day:
            books.money[data["tender"]] += data["amount_minor"]
        if kind == "storebox.order.refunded":
            books.given_back[data["tender"]] += data["amount_minor"] - data["points_minor"] - data["balance_minor"]
        if kind in {"storebox.shelf.picked", "storebox.shelf.put"}:
            (books.picked if kind.endswith("picked") else books.put)[data["sku"]] += data["qty"]
    return books


def _plain(account: int | Counter[str]) -> str:
    return str(account) if isinstance(account, int) else str(dict(sorted(account.items())))
