"""What a promotion or a coupon gives, as headquarters writes it down and as the search for the cheapest reads it.

    {"kind": "percentage", "percent": 10}                                       10 % off each piece in its scope
    {"kind": "price", "price_minor": 990}                                       each piece for 9.90; with a quota: flash sale
    {"kind": "nth-item", "every": 2, "percent": 50}                             the second at half price; 3, 100: three for two
    {"kind": "combination", "slots": [{"skus": ["a"]}, {"skus": ["b"]}], "price_minor": 1500}
    {"kind": "full-reduction", "tiers": [{"spend_minor": 10000, "off_minor": 1000}], "repeat": true}
    {"kind": "percentage", "percent": 5, "of": "order", "most_minor": 2000}        5 % off the order, at most 20.00

The first four are of goods: a piece takes part in one of them. The last two are of the order: they take from what those left.
"""

from __future__ import annotations

from typing import Annotated, Literal, assert_never

import msgspec

Word = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Id = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]{1,32}\Z")]
Money = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]
Percent = Annotated[int, msgspec.Meta(ge=1, le=100)]
Words = Annotated[frozenset[Word], msgspec.Meta(max_length=2_000)]
MOST_SLOTS = 6
MOST_TIERS = 10


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Which goods: those of these SKUs or categories, without some. One that names none of the two is all goods."""

    skus: Words = frozenset()
    categories: Words = frozenset()
    without: Words = frozenset()

    def covers(self, sku: str, category: str) -> bool:
        """Whether goods of ``sku`` and ``category`` belong to it."""
        if sku in self.without:
            return False
        return sku in self.skus or category in self.categories or not (self.skus or self.categories)


class Slot(Scope, frozen=True, kw_only=True):
    """``pieces`` of one scope, in a combination."""

    pieces: Annotated[int, msgspec.Meta(ge=1, le=20)] = 1


class Tier(msgspec.Struct, frozen=True, kw_only=True):
    """``off_minor`` off for who spends ``spend_minor``."""

    spend_minor: Money
    off_minor: Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)]


class Percentage(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="percentage"):
    """``percent`` off each piece, or off the order; there at most ``most_minor``."""

    percent: Percent
    of: Literal["goods", "order"] = "goods"
    most_minor: Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)] | None = None


class Price(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="price"):
    """Each piece for ``price_minor``; nothing for goods by weight."""

    price_minor: Money


class NthItem(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="nth-item"):
    """Of ``every`` pieces the cheapest is ``percent`` off."""

    every: Annotated[int, msgspec.Meta(ge=2, le=20)]
    percent: Percent


class Combination(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="combination"):
    """The pieces of all ``slots`` together for ``price_minor``."""

    slots: Annotated[tuple[Slot, ...], msgspec.Meta(min_length=1, max_length=MOST_SLOTS)]
    price_minor: Money


class FullReduction(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="full-reduction"):
    """The highest tier that is reached; with ``repeat`` the only tier, as often as it is reached."""

    tiers: Annotated[tuple[Tier, ...], msgspec.Meta(min_length=1, max_length=MOST_TIERS)]
    repeat: bool = False


Benefit = Percentage | Price | NthItem | Combination | FullReduction


def off(amount_minor: int, percent: int) -> int:
    """``percent`` of ``amount_minor``, so that what remains to pay is rounded half-up."""
    return amount_minor - (2 * amount_minor * (100 - percent) + 100) // 200


def off_the_order(benefit: Benefit, base_minor: int) -> int:
    """What ``benefit`` takes off an order of ``base_minor``; never more than that."""
    match benefit:
        case Percentage(percent=percent, most_minor=most_minor):
            taken = off(base_minor, percent)
            return taken if most_minor is None else min(taken, most_minor)
        case FullReduction(tiers=tiers, repeat=True):
            return min(base_minor, base_minor // max(1, tiers[0].spend_minor) * tiers[0].off_minor)
        case FullReduction(tiers=tiers):
            return min(base_minor, max((tier.off_minor for tier in tiers if tier.spend_minor <= base_minor), default=0))
        case Price() | NthItem() | Combination():
            return 0  # these are of goods
    assert_never(benefit)
