"""What a lane's screen shows of the shopper and the money: who is named, what may pay, coupons, and how the sum comes about."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Literal, get_args

import msgspec

from edge.shop.declined import Declined
from edge.shop.members.ledger import Purse
from edge.shop.members.member import Member
from edge.shop.members.rules import rules_now
from edge.shop.members.spendable import Spendable, spendable
from edge.shop.moment import Moment
from edge.shop.money import decimal
from edge.shop.orders.due import Due
from edge.shop.orders.order import Order
from edge.shop.promotions.held import HeldCoupon, held_coupons
from edge.shop.shop import Shop
from edge.web.declining import in_words
from edge.web.quantities import money
from edge.web.words import Words

TO_BE_SAID = frozenset({"member-show-code"})
"""Why a member cannot spend, where the shopper can do something about it; else the screen offers nothing."""


class SumShown(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is taken off, or was paid in advance; ``off`` names the purse that it can be given back to."""

    words: str
    amount: str
    off: Purse | Literal[""] = ""


class PurseShown(msgspec.Struct, frozen=True, kw_only=True):
    """Points or stored value. ``most`` may be chosen, by ``unit`` worth ``unit_minor``; ``why`` says why not more."""

    purse: Purse
    has: str
    why: str
    most: int
    most_words: str
    own: int
    unit: int
    unit_minor: int
    currency: str


class CouponShown(msgspec.Struct, frozen=True, kw_only=True):
    """A coupon on the order; ``lost``: another order spent it, so it has to be taken off."""

    coupon: str
    name: str
    lost: bool


class AccountShown(msgspec.Struct, frozen=True, kw_only=True):
    """``join``: there is an invitation to show, and nobody is named."""

    purses: tuple[PurseShown, ...] = ()
    coupons: tuple[CouponShown, ...] = ()
    join: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """As the tables have it; ``named`` is new when headquarters has told of no such member."""

    named: Literal["", "known", "new"]
    purses: tuple[tuple[Purse, Spendable | Declined], ...]
    coupons: tuple[HeldCoupon, ...]
    join: bool


def read_account(db: sqlite3.Connection, order: Order | None, member: Member | None, shop: Shop, moment: Moment) -> Account:
    """Of the order on the screen, whose member is ``member``."""
    ref = None if order is None else order.member_ref
    is_open = order is not None and order.state == "open"
    return Account(
        named="" if ref is None else "new" if member is None else "known",
        purses=tuple((purse, _spendable(db, purse, order, shop, moment)) for purse in get_args(Purse))
        if order is not None and is_open and ref is not None
        else (),
        coupons=held_coupons(db, order.till, order.order) if order is not None and is_open else (),
        join=ref is None and rules_now(db).join is not None,
    )


def show_account(account: Account, words: Words, currency: str) -> AccountShown:
    """In ``words``."""
    purses = (_purse(purse, found, words, currency) for purse, found in account.purses)
    return AccountShown(
        purses=tuple(each for each in purses if each is not None),
        coupons=tuple(
            CouponShown(
                coupon=each.coupon,
                name=each.rule.names.zh if words.language == "zh" else each.rule.names.en,
                lost=each.state == "lost",
            )
            for each in account.coupons
        ),
        join=account.join,
    )


def show_sums(due: Due, words: Words, currency: str) -> tuple[SumShown, ...]:
    """From the goods to what is due: the goods, each reduction, points, stored value; nothing when the goods are all of it."""
    taken = [
        SumShown(words=each.words_zh if words.language == "zh" else each.words_en, amount=money(-each.amount_minor, currency))
        for each in due.reductions
    ]
    if due.reduced_minor and not taken:
        taken = [SumShown(words=words.say("lane.reduced"), amount=money(-due.reduced_minor, currency))]
    if due.points_minor:
        taken.append(SumShown(words=words.say("lane.points"), amount=money(-due.points_minor, currency), off="points"))
    if due.balance_minor:
        taken.append(SumShown(words=words.say("lane.balance"), amount=money(-due.balance_minor, currency), off="balance"))
    return (SumShown(words=words.say("lane.total"), amount=money(due.total_minor, currency)), *taken) if taken else ()


def _spendable(db: sqlite3.Connection, purse: Purse, order: Order, shop: Shop, moment: Moment) -> Spendable | Declined:
    try:
        return spendable(purse, order, moment, shop, db)
    except Declined as refusal:
        return refusal


def _purse(purse: Purse, found: Spendable | Declined, words: Words, currency: str) -> PurseShown | None:
    """None where there is nothing to say; of a member who was named by phone only, nothing that is theirs is shown."""
    if isinstance(found, Declined):
        if found.key not in TO_BE_SAID:
            return None
        why = in_words(found, words)
        return PurseShown(purse=purse, has="", why=why, most=0, most_words="", own=0, unit=1, unit_minor=1, currency=currency)
    terms = found.terms
    worth = money(terms.worth_minor(found.most), currency)
    left = found.most if purse == "points" else decimal(found.most, currency)
    return PurseShown(
        purse=purse,
        has=words.say(f"lane.has_{purse}", has=found.has if purse == "points" else money(found.has, currency)),
        why=words.say(f"declined.{purse}-{found.bound}", left=left) if found.most < found.has else "",
        most=found.most,
        most_words=words.say(f"lane.most_{purse}", points=found.most, worth=worth),
        own=found.own,
        unit=terms.unit,
        unit_minor=terms.unit_minor,
        currency=currency,
    )
