"""What an order costs in the end: its lines, less what promotions take off, less what points and stored value have paid.

Asked while the order is open, for the screen and for the terminal; the payment writes down what it was.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, replace

from edge.shop.members.ledger import held_for_order
from edge.shop.moment import Moment
from edge.shop.orders.closing_events import LineReduced
from edge.shop.orders.order import Order
from edge.shop.promotions.bargain import Reduction, bargain_for
from edge.shop.shop import Shop


@dataclass(frozen=True, slots=True, kw_only=True)
class Reduced:
    """What one promotion or coupon takes off, in the words of the screen and the receipt."""

    words_zh: str
    words_en: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """All in minor units; ``edge/shop/orders/closing_events.py`` says how they add up."""

    total_minor: int
    reduced_minor: int = 0
    reduced_lines: tuple[LineReduced, ...] = ()
    reductions: tuple[Reduced, ...] = ()
    points_minor: int = 0
    balance_minor: int = 0

    @property
    def due_minor(self) -> int:
        """What the tender still has to bring; never less than nothing."""
        return max(0, self.total_minor - self.reduced_minor - self.points_minor - self.balance_minor)


def due_of(db: sqlite3.Connection, order: Order, moment: Moment, shop: Shop) -> Due:
    """What is due for ``order`` at ``moment``, with the cheapest legal combination of what headquarters offers."""
    bargain = bargain_for(db, order.till, order.order, moment, shop)
    return replace(
        undiscounted(db, order),
        reduced_minor=bargain.reduced_minor,
        reduced_lines=tuple(LineReduced(line=line, amount_minor=off) for line, off in sorted(bargain.off_lines().items())),
        reductions=reduced(bargain.reductions),
    )


def undiscounted(db: sqlite3.Connection, order: Order) -> Due:
    """What is due when nothing is taken off: tills have promotions of their own, and most have none."""
    held = held_for_order(db, order.till, order.order)
    return Due(total_minor=order.total_minor, points_minor=held.points_minor, balance_minor=held.balance_minor)


def reduced(reductions: Iterable[Reduction]) -> tuple[Reduced, ...]:
    """The words of ``reductions``."""
    return tuple(Reduced(words_zh=each.words_zh, words_en=each.words_en, amount_minor=each.amount_minor) for each in reductions)
