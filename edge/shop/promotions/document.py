"""Promotions as headquarters sends them: what is cheaper, what is given away, what is said after a payment.

    {"currency": "CNY",
     "promotions": [{"id": "tea-2", "names": {"zh": "茶饮第二件半价", "en": "Second tea at half price"},
                     "benefit": {"kind": "nth-item", "every": 2, "percent": 50}, "scope": {"categories": ["tea"]}}],
     "gifts": [{"id": "tote", "names": {…}, "on": "payment", "spend_minor": 30000, "sku": "tote-bag"}],
     "campaigns": [{"id": "join", "texts": {"zh": "扫码入会", "en": "Scan to join"}, "qr": "https://example.com/j?r={token}",
                    "ends": "2026-12-31T23:59:59"}]}

The document replaces the one before as a whole. Pieces of a flash sale are counted under its id: another sale needs another.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Annotated, Literal, TypeVar

import msgspec

from edge.shop.bodies import read_body, refuse_currency, refuse_repeats
from edge.shop.promotions.benefits import Benefit, Combination, FullReduction, Id, Money, NthItem, Percentage, Price, Scope, Word
from edge.shop.promotions.conditions import Conditions, Names, Text
from edge.shop.shop import Shop
from sync.adopters import Adopter, DocumentRefused

Rule = TypeVar("Rule", bound=Conditions)
Pieces = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]


class Offered(Conditions, frozen=True, kw_only=True):
    """What promotions and coupon classes have in common.

    Two of one ``group`` are never applied together, nor one with what it ``excludes`` (ids or groups); one that is ``alone``
    with no other. A smaller ``priority`` is applied earlier. ``full_price_only``: what an offer of goods has touched does not
    count.
    """

    names: Names
    benefit: Benefit
    scope: Scope = Scope()
    priority: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 100
    group: Annotated[str, msgspec.Meta(max_length=32)] = ""
    excludes: Annotated[frozenset[Word], msgspec.Meta(max_length=50)] = frozenset()
    alone: bool = False
    full_price_only: bool = False
    most_pieces: Pieces | None = None
    most_times: Pieces | None = None


class Promotion(Offered, frozen=True, kw_only=True):
    """``quota``: so many pieces on this box, then the flash sale is over; ``most_pieces`` are those of one order."""

    id: Id
    quota: Pieces | None = None


class GiftRule(Conditions, frozen=True, kw_only=True):
    """Given with a payment of ``spend_minor`` for goods of ``scope``, or to a member who has come, once a business day.

    It is a product, a coupon that headquarters grants (``coupon_class``), or what the names say.
    """

    id: Id
    names: Names
    on: Literal["payment", "entry"]
    spend_minor: Money = 0
    scope: Scope = Scope()
    sku: Word | None = None
    qty: Annotated[int, msgspec.Meta(ge=1, le=99)] = 1
    coupon_class: Id | None = None


class Texts(msgspec.Struct, frozen=True, kw_only=True):
    """What is printed, in both languages."""

    zh: Text
    en: Text


class Campaign(Conditions, frozen=True, kw_only=True):
    """Printed under the receipt of who paid ``spend_minor`` or more. ``{token}`` in ``qr`` becomes the receipt's own."""

    id: Id
    texts: Texts
    qr: Annotated[str, msgspec.Meta(max_length=500)] = ""
    spend_minor: Money = 0


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """The whole document."""

    currency: str
    promotions: Annotated[tuple[Promotion, ...], msgspec.Meta(max_length=200)] = ()
    gifts: Annotated[tuple[GiftRule, ...], msgspec.Meta(max_length=100)] = ()
    campaigns: Annotated[tuple[Campaign, ...], msgspec.Meta(max_length=100)] = ()


def promotion_adopter(shop: Shop) -> Adopter:
    """Adopts documents of kind ``promotions`` in the currency of ``shop``."""
    return Adopter(
        kind="promotions",
        parse=lambda body: parse_promotions(body, shop.currency),
        adopt=adopt_promotions,
        shape=Body,
    )


def parse_promotions(body: bytes, currency: str) -> Body:
    """Check ``body`` (JSON). Raises DocumentRefused with the place of the first mistake."""
    parsed = read_body(body, Body, "the promotions")
    refuse_currency(parsed.currency, currency, "the promotions are")
    _check_rules("promotions", parsed.promotions)
    _check_rules("gifts", parsed.gifts)
    _check_rules("campaigns", parsed.campaigns)
    for place, promotion in enumerate(parsed.promotions):
        check_offer(promotion, f"$.promotions[{place}]")
        if promotion.quota is not None and not _priced_by_piece(promotion.benefit):
            raise DocumentRefused(f"only a price or a percentage of goods has a quota: `$.promotions[{place}].quota`")
    for place, gift in enumerate(parsed.gifts):
        if gift.sku is not None and gift.coupon_class is not None:
            raise DocumentRefused(f"a gift is a product or a coupon, not both: `$.gifts[{place}]`")
    return parsed


def _check_rules(name: str, rules: Sequence[Promotion | GiftRule | Campaign]) -> None:
    refuse_repeats(f"$.{name}[{{}}].id", ((rule.id, rule.id) for rule in rules))
    for place, rule in enumerate(rules):
        check_window(rule, f"$.{name}[{place}]")


def check_window(rule: Conditions, path: str) -> None:
    """Raise DocumentRefused for a rule that ends before it begins."""
    if rule.begins is None or rule.ends is None:
        return
    if (rule.begins.tzinfo is None) is not (rule.ends.tzinfo is None):
        raise DocumentRefused(f"begins and ends both name a zone, or none of them does: `{path}.ends`")
    if rule.ends <= rule.begins:
        raise DocumentRefused(f"it ends before it begins: `{path}.ends`")


def check_offer(offer: Offered, path: str) -> None:
    """Raise DocumentRefused where the schema alone cannot tell."""
    benefit = offer.benefit
    if isinstance(benefit, FullReduction):
        spends = [tier.spend_minor for tier in benefit.tiers]
        if spends != sorted(set(spends)):
            raise DocumentRefused(f"each tier needs more spent than the one before: `{path}.benefit.tiers`")
        if benefit.repeat and (len(benefit.tiers) != 1 or benefit.tiers[0].spend_minor == 0):
            raise DocumentRefused(f"what repeats has one tier, for more than 0 spent: `{path}.benefit.repeat`")
    if isinstance(benefit, Percentage) and benefit.of == "goods" and benefit.most_minor is not None:
        raise DocumentRefused(f'most_minor is for a percentage of the order, with "of": "order": `{path}.benefit.most_minor`')
    if offer.most_pieces is not None and not _priced_by_piece(benefit):
        raise DocumentRefused(f"only a price or a percentage of goods has most_pieces: `{path}.most_pieces`")
    if offer.most_times is not None and not isinstance(benefit, NthItem | Combination):
        raise DocumentRefused(f"only a combination or an n-th item has most_times: `{path}.most_times`")
    if offer.full_price_only and not is_of_order(benefit):
        raise DocumentRefused(f"full_price_only is for what reduces the whole order: `{path}.full_price_only`")


def is_of_order(benefit: Benefit) -> bool:
    """Whether it takes from the order rather than from pieces."""
    return isinstance(benefit, FullReduction) or (isinstance(benefit, Percentage) and benefit.of == "order")


def _priced_by_piece(benefit: Benefit) -> bool:
    return isinstance(benefit, Price | Percentage) and not is_of_order(benefit)


def adopt_promotions(body: Body, _version: int, db: sqlite3.Connection) -> tuple[()]:
    """From now on these rules count. What is gone of a flash sale that goes on stays gone."""
    db.execute("DELETE FROM promotion_rules")
    for list_, rules in (("promotion", body.promotions), ("gift", body.gifts), ("campaign", body.campaigns)):
        _insert(db, list_, rules)
    db.execute("DELETE FROM promotion_pieces WHERE promotion NOT IN (SELECT id FROM promotion_rules WHERE list = 'promotion')")
    return ()


def _insert(db: sqlite3.Connection, list_: str, rules: Iterable[Promotion | GiftRule | Campaign]) -> None:
    db.executemany(
        "INSERT INTO promotion_rules (list, id, rule) VALUES (?, ?, ?)",
        [(list_, rule.id, msgspec.json.encode(rule).decode()) for rule in rules],
    )


def promotions_of(db: sqlite3.Connection) -> list[Promotion]:
    """The promotions of the document at work."""
    return _rules(db, "promotion", Promotion)


def gifts_of(db: sqlite3.Connection) -> list[GiftRule]:
    """The gifts of the document at work."""
    return _rules(db, "gift", GiftRule)


def campaigns_of(db: sqlite3.Connection) -> list[Campaign]:
    """The campaigns of the document at work."""
    return _rules(db, "campaign", Campaign)


def _rules(db: sqlite3.Connection, list_: str, shape: type[Rule]) -> list[Rule]:
    """A rule that another version of this program wrote, and this one cannot read, does not count: no payment waits for it."""
    rules = []
    decode = msgspec.json.Decoder(shape).decode
    for (rule,) in db.execute("SELECT rule FROM promotion_rules WHERE list = ? ORDER BY id", (list_,)).fetchall():
        with suppress(msgspec.ValidationError):
            rules.append(decode(rule))
    return rules
