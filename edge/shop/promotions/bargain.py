"""What an order costs less, and why: the promotions and coupons that hold now, and the cheapest way to combine them.

Asked as often as a screen likes while the order is open; ``applying.py`` writes it down in the transaction that pays.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from edge.shop.members.member import find_member
from edge.shop.moment import Moment
from edge.shop.orders.order import Order, known_order, sold_lines
from edge.shop.promotions.basket import Basket, BasketLine, Offer
from edge.shop.promotions.benefits import Scope
from edge.shop.promotions.cheapest import Cheapest, cheapest
from edge.shop.promotions.conditions import Channel, Circumstances, Names, unmet
from edge.shop.promotions.coupon_document import CouponClass
from edge.shop.promotions.document import GiftRule, Offered, Promotion, gifts_of, promotions_of
from edge.shop.promotions.events import LineShare
from edge.shop.promotions.held import held_coupons
from edge.shop.shop import Shop


@dataclass(frozen=True, slots=True, kw_only=True)
class Reduction:
    """``promotion`` (of a coupon: its class) takes ``amount_minor`` > 0 off, in all; ``line`` where it is one line only.

    ``shares`` are its parts on the lines. ``quota_pieces`` come from the quota of a flash sale.
    """

    promotion: str
    kind: str
    line: int | None
    amount_minor: int
    coupon: str | None
    words_zh: str
    words_en: str
    shares: tuple[LineShare, ...] = ()
    quota_pieces: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gift:
    """``qty`` of ``sku``, a coupon of ``coupon_class``, or what the words say."""

    gift: str
    qty: int
    sku: str | None
    coupon_class: str | None
    words_zh: str
    words_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bargain:
    """``proven``: no legal combination is cheaper; else the search was cut short (see ``cheapest.py``)."""

    reductions: tuple[Reduction, ...] = ()
    gifts: tuple[Gift, ...] = ()
    proven: bool = True

    @property
    def reduced_minor(self) -> int:
        """All that is taken off."""
        return sum(reduction.amount_minor for reduction in self.reductions)

    def off_lines(self) -> dict[int, int]:
        """What is taken off each line that is reduced; never more than the line costs."""
        taken: dict[int, int] = {}
        for reduction in self.reductions:
            for share in reduction.shares:
                taken[share.line] = taken.get(share.line, 0) + share.amount_minor
        return taken

    def brought_by(self, coupon: str) -> int:
        """What ``coupon`` takes off."""
        return sum(reduction.amount_minor for reduction in self.reductions if reduction.coupon == coupon)


def bargain_for(db: sqlite3.Connection, till: str, order: str, moment: Moment, shop: Shop) -> Bargain:
    """What holds for the order at ``moment`` with the coupons that it holds. Raises Declined for an unknown order."""
    found = known_order(db, till, order)
    held = [coupon for coupon in held_coupons(db, till, order) if coupon.state == "held"]
    return bargain_with(db, found, tuple((coupon.coupon, coupon.rule) for coupon in held), moment, shop)


def bargain_with(
    db: sqlite3.Connection, order: Order, coupons: tuple[tuple[str, CouponClass], ...], moment: Moment, shop: Shop
) -> Bargain:
    """What holds for ``order`` with ``coupons``, each a name and its rules."""
    basket = basket_of(db, order)
    now = circumstances(db, order, moment, shop)
    promotions = {rule.id: rule for rule in promotions_of(db) if not unmet(rule, now)}
    offers = [*_promoted(db, promotions), *_couponed(basket, coupons)]
    best = cheapest(basket, offers)
    names: dict[str, Names] = {rule.id: rule.names for rule in promotions.values()}
    names_of_coupons = {coupon: rule.names for coupon, rule in coupons}
    return Bargain(
        reductions=tuple(_reductions(best, promotions, names, names_of_coupons)),
        gifts=tuple(_gifts(db, basket, best, now)),
        proven=best.proven,
    )


def basket_of(db: sqlite3.Connection, order: Order) -> Basket:
    """The sold lines of ``order``. What was weighed, or has neither pieces nor weight, is one piece."""
    return Basket(
        lines=tuple(
            BasketLine(
                line=sold.line,
                sku=sold.sku,
                category=sold.category,
                pieces=sold.qty or 1,
                amount_minor=sold.amount_minor,
                weighed=sold.qty is None,
            )
            for sold in sold_lines(db, order.till, order.order)
        )
    )


def circumstances(db: sqlite3.Connection, order: Order, moment: Moment, shop: Shop) -> Circumstances:
    """Under which ``order`` is looked at; a member whom headquarters has not told of is none."""
    member = None if order.member_ref is None else find_member(db, order.member_ref)
    channel: Channel = "till"
    if order.table is not None:
        channel = "table"
    elif order.lane is not None and shop.self_checkout(order.lane) is not None:
        channel = "lane"
    return Circumstances(
        local=moment.at.astimezone(ZoneInfo(shop.timezone)),
        store=shop.store,
        channel=channel,
        member=None if member is None else member.ref,
        tier=None if member is None else member.tier,
        tags=frozenset() if member is None else member.tags,
    )


def worth_of(basket: Basket, scope: Scope) -> int:
    """What the goods of ``scope`` cost before anything is taken off."""
    return sum(line.amount_minor for line in basket.lines if line.amount_minor > 0 and scope.covers(line.sku, line.category))


def _promoted(db: sqlite3.Connection, promotions: dict[str, Promotion]) -> Iterator[Offer]:
    gone: dict[str, int] = dict(db.execute("SELECT promotion, pieces FROM promotion_pieces").fetchall())
    for rule in promotions.values():
        most = rule.most_pieces
        if rule.quota is not None:
            left = rule.quota - gone.get(rule.id, 0)
            if left <= 0:
                continue
            most = left if most is None else min(most, left)
        yield _offer(rule, rule.id, rule.group, most_pieces=most)


def _couponed(basket: Basket, coupons: tuple[tuple[str, CouponClass], ...]) -> Iterator[Offer]:
    for coupon, rule in coupons:
        if worth_of(basket, rule.scope) >= rule.minimum_minor:
            group = rule.group or ("" if rule.with_itself else f"class {rule.id}")
            yield _offer(rule, rule.id, group, most_pieces=rule.most_pieces, coupon=coupon)


def _offer(rule: Offered, id_: str, group: str, *, most_pieces: int | None, coupon: str | None = None) -> Offer:
    return Offer(
        id=id_,
        benefit=rule.benefit,
        scope=rule.scope,
        priority=rule.priority,
        group=group,
        excludes=rule.excludes,
        alone=rule.alone,
        full_price_only=rule.full_price_only,
        most_pieces=most_pieces,
        most_times=rule.most_times,
        coupon=coupon,
    )


def _reductions(
    best: Cheapest, promotions: dict[str, Promotion], names: dict[str, Names], of_coupons: dict[str, Names]
) -> Iterator[Reduction]:
    for applied in best.applied:
        offer = applied.offer
        called = names[offer.id] if offer.coupon is None else of_coupons[offer.coupon]
        counted = offer.coupon is None and promotions[offer.id].quota is not None
        times = f" ×{applied.times}" if applied.times > 1 else ""
        yield Reduction(
            promotion=offer.id,
            kind="flash-sale" if counted else str(offer.benefit.__struct_config__.tag),
            line=applied.shares[0][0] if len(applied.shares) == 1 else None,
            amount_minor=applied.amount_minor,
            coupon=offer.coupon,
            words_zh=called.zh + times,
            words_en=called.en + times,
            shares=tuple(LineShare(line=line, amount_minor=amount) for line, amount in applied.shares),
            quota_pieces=applied.pieces if counted else 0,
        )


def _gifts(db: sqlite3.Connection, basket: Basket, best: Cheapest, now: Circumstances) -> Iterator[Gift]:
    """What a payment brings: counted on what the goods cost in the end."""
    nets = {line.line: line.amount_minor for line in basket.lines}
    for applied in best.applied:
        for line, amount in applied.shares:
            nets[line] -= amount
    for rule in gifts_of(db):
        if rule.on != "payment" or unmet(rule, now):
            continue
        of = [nets[line.line] for line in basket.lines if rule.scope.covers(line.sku, line.category)]
        if of and sum(of) >= rule.spend_minor:
            yield gift_of(rule)


def gift_of(rule: GiftRule) -> Gift:
    """The gift of ``rule``."""
    return Gift(
        gift=rule.id,
        qty=rule.qty,
        sku=rule.sku,
        coupon_class=rule.coupon_class,
        words_zh=rule.names.zh,
        words_en=rule.names.en,
    )
