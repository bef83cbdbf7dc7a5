"""What a shop should come to, in plain Python: the account that the shop's tables are held against.

Two lanes sell two kinds of goods; from 20.00 on an order costs 3.00 less; a coupon takes another 1.00 off goods of 5.00 or more.
A whole yuan paid earns a point, ten points are worth a yuan.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

PRICES = {"milk": 650, "gum": 100}
REDUCED_FROM_MINOR, REDUCED_MINOR = 2_000, 300
COUPON_FROM_MINOR, COUPON_MINOR = 500, 100
POINT_MINOR = 10
"""Ten points are a yuan."""


@dataclass(slots=True)
class Purse:
    """What a member has, apart from what is laid aside for open orders."""

    points: int = 500
    balance_minor: int = 5_000


@dataclass(slots=True)
class Basket:
    """One order; ``lines`` are pieces by line. The parts of the payment are what was really paid."""

    lane: str
    order: str
    lines: dict[int, tuple[str, int]] = field(default_factory=dict)
    next_line: int = 1
    member: str | None = None
    coupons: set[str] = field(default_factory=set)
    points: int = 0
    balance_minor: int = 0
    billed_minor: int | None = None
    back: Counter[int] = field(default_factory=Counter)
    returned_minor: int = 0
    value_minor: int = 0
    spent_coupons: frozenset[str] = frozenset()
    earned: int = 0

    @property
    def total_minor(self) -> int:
        """The sum of the lines."""
        return sum(PRICES[sku] * qty for sku, qty in self.lines.values())

    def reduced_minor(self, gone: set[str]) -> int:
        """What promotion and coupon take off; a coupon that was used elsewhere takes nothing."""
        total = self.total_minor
        off = REDUCED_MINOR if total >= REDUCED_FROM_MINOR else 0
        coupon = COUPON_MINOR if self.coupons - gone and total >= COUPON_FROM_MINOR else 0
        return off + coupon

    def due_minor(self, gone: set[str]) -> int:
        """What the card still has to bring."""
        return max(0, self.total_minor - self.reduced_minor(gone) - self.points * POINT_MINOR - self.balance_minor)

    @property
    def left(self) -> dict[int, int]:
        """Pieces of each line that have not come back."""
        return {line: qty - self.back[line] for line, (_, qty) in self.lines.items() if qty > self.back[line]}


@dataclass(slots=True)
class Account:
    """The whole shop."""

    purses: dict[str, Purse]
    open: dict[str, Basket] = field(default_factory=dict)
    paid: list[Basket] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    stock: Counter[str] = field(default_factory=Counter)
    taken_minor: int = 0
    given_back_minor: int = 0

    def is_going(self, basket: Basket) -> bool:
        """Whether a coupon that brings something is just being paid with on another lane."""
        billed = [other for other in self.open.values() if other is not basket and other.billed_minor is not None]
        going = set().union(*(other.coupons for other in billed))
        return bool(basket.coupons & going) and basket.total_minor >= COUPON_FROM_MINOR

    def held_points(self, member: str) -> int:
        """Points laid aside for open orders of ``member``."""
        return sum(basket.points for basket in self.open.values() if basket.member == member)

    def held_minor(self, member: str) -> int:
        """The same for stored value."""
        return sum(basket.balance_minor for basket in self.open.values() if basket.member == member)
