"""What lies in a basket and which offers may touch it: all that the search for the cheapest combination looks at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edge.shop.promotions.benefits import Benefit, Scope

ALL_GOODS = Scope()


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketLine:
    """``pieces`` cost ``amount_minor`` together. What was weighed is one piece, with ``weighed``."""

    line: int
    sku: str
    amount_minor: int
    pieces: int = 1
    category: str = ""
    weighed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Basket:
    """The sold lines of one order. A line that costs nothing or less (a till's own discount) is never reduced."""

    lines: tuple[BasketLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A promotion that holds here and now, or a coupon that was presented; a smaller ``priority`` is applied earlier.

    Two of one ``group`` are never applied together, nor one with an offer (or the offers of a group) that it ``excludes``, and
    one that is ``alone`` with no other. ``most_pieces`` is how many pieces may have its price, ``most_times`` how often a set
    may be made. ``full_price_only``: of the order, without the lines whose price an offer of goods has lowered.
    """

    id: str
    benefit: Benefit
    scope: Scope = ALL_GOODS
    priority: int = 100
    group: str = ""
    excludes: frozenset[str] = frozenset()
    alone: bool = False
    full_price_only: bool = False
    most_pieces: int | None = None
    most_times: int | None = None
    coupon: str | None = None

    def excluded_by(self, other: Offer) -> bool:
        """Whether the two may not be applied to one order."""
        if self.alone or other.alone or (self.group and self.group == other.group):
            return True
        return not {other.id, other.group}.isdisjoint(self.excludes) or not {self.id, self.group}.isdisjoint(other.excludes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """``count`` pieces of one line (its place among the lines) that cost ``value`` each."""

    line: int
    value: int
    count: int


def in_order(lines: Sequence[BasketLine]) -> tuple[BasketLine, ...]:
    """The lines that can be reduced, the dearest pieces first: the same whichever order they were scanned in."""
    able = [line for line in lines if line.amount_minor > 0 and line.pieces > 0]
    return tuple(
        sorted(able, key=lambda line: (-(line.amount_minor // line.pieces), line.sku, line.category, line.pieces, line.line))
    )


def stacks_of(lines: Sequence[BasketLine]) -> tuple[Stack, ...]:
    """The pieces of ``lines``, the dearest first. Pieces of a line that cannot be divided evenly differ by one."""
    found = []
    for place, line in enumerate(lines):
        value, dearer = divmod(line.amount_minor, line.pieces)
        if dearer:
            found.append(Stack(line=place, value=value + 1, count=dearer))
        found.append(Stack(line=place, value=value, count=line.pieces - dearer))
    return tuple(sorted(found, key=lambda stack: (-stack.value, stack.line)))


def shared_out(amount_minor: int, weights: Sequence[int]) -> list[int]:
    """``amount_minor`` in parts proportional to ``weights``, by largest remainder; no part is larger than its weight.

    ``amount_minor`` is not larger than the sum of the weights; of equal remainders the earlier is given more.
    """
    total = sum(weights)
    parts = [amount_minor * weight // total for weight in weights]
    left = amount_minor - sum(parts)
    if left:
        by_remainder = sorted(range(len(weights)), key=lambda place: -(amount_minor * weights[place] % total))
        for place in by_remainder[:left]:
            parts[place] += 1
    return parts
