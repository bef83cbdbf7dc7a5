"""What is printed under a receipt and given to who comes in: from what headquarters told before, with nobody asked.

It never holds up a receipt: where nothing can be said, nothing is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from edge.shop.members.events import MemberIdentified
from edge.shop.members.member import Member, find_member
from edge.shop.moment import Moment
from edge.shop.orders.order import Order, find_order
from edge.shop.promotions.bargain import circumstances
from edge.shop.promotions.conditions import Circumstances, unmet
from edge.shop.promotions.document import campaigns_of, gifts_of
from edge.shop.promotions.events import CampaignShown, GiftGranted, receiver_key
from edge.shop.shop import Shop

TOKEN = "{token}"  # noqa: S105 - a place in a text


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterPayText:
    """One campaign under a receipt; ``qr`` is empty for none."""

    campaign: str
    zh: str
    en: str
    qr: str


def after_pay_texts(
    db: sqlite3.Connection, order: Order, paid_minor: int, moment: Moment, shop: Shop, *, token: str = ""
) -> tuple[AfterPayText, ...]:
    """What is said under the receipt of ``order``, for which ``paid_minor`` was paid; ``token`` is the receipt's own."""
    now = circumstances(db, order, moment, shop)
    return tuple(
        AfterPayText(campaign=rule.id, zh=rule.texts.zh, en=rule.texts.en, qr=rule.qr.replace(TOKEN, token))
        for rule in campaigns_of(db)
        if paid_minor >= rule.spend_minor and not unmet(rule, now)
    )


def campaigns_shown(order: Order, texts: tuple[AfterPayText, ...]) -> Iterator[CampaignShown]:
    """The event that says what was printed under the receipt of ``order``; none for nothing."""
    if texts:
        yield CampaignShown(
            till=order.till,
            order=order.order,
            business_day=order.business_day,
            campaigns=tuple(text.campaign for text in texts),
        )


def greet_with_gifts(identified: MemberIdentified, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[GiftGranted]:
    """What a member is given for having come, once a business day; nothing for a pseudonym."""
    member = find_member(db, identified.member_ref)
    if member is None:
        return
    now, day = _at_entry(identified, member, moment, shop, db), shop.day(moment.at)
    for rule in gifts_of(db):
        given = "SELECT 1 FROM gifts_granted WHERE gift = ? AND receiver = ? AND business_day = ?"
        key = (rule.id, receiver_key(member.ref), day)
        if rule.on != "entry" or unmet(rule, now) or db.execute(given, key).fetchone() is not None:
            continue
        yield GiftGranted(
            gift=rule.id,
            on="entry",
            business_day=day,
            till=identified.till,
            order=identified.order,
            qty=rule.qty,
            sku=rule.sku,
            coupon_class=rule.coupon_class,
            words_zh=rule.names.zh,
            words_en=rule.names.en,
            member_ref=member.ref,
        )


def _at_entry(identified: MemberIdentified, member: Member, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Circumstances:
    """Under which a member comes, with an order or without."""
    order = None if identified.order is None else find_order(db, identified.till, identified.order)
    return Circumstances(
        local=moment.at.astimezone(ZoneInfo(shop.timezone)),
        store=shop.store,
        channel="till" if order is None else circumstances(db, order, moment, shop).channel,
        member=member.ref,
        tier=member.tier,
        tags=member.tags,
    )
