"""Stored value: money that a member left with the chain pays at the till, without asking the chain, up to the offline cap."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from edge.shop.declined import Declined
from edge.shop.members.spendable import terms_of
from edge.shop.members.spending import Wanted, hold
from edge.shop.members.spending_events import BalanceHeld, BalanceReleased
from edge.shop.moment import Moment
from edge.shop.part import Decision
from edge.shop.shop import Shop
from sync.events import Event


def pay_from_balance(till: str, order: str, amount_minor: int) -> Decision:
    """Pay ``amount_minor`` of an open order from stored value, in place of what was to be paid so before; 0 takes it back.

    Raises Declined: balance-none-spendable, balance-negative, and those of edge/shop/members/spendable.py.
    """

    def decide(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
        terms = terms_of(db, "balance")
        if amount_minor < 0:
            raise Declined("balance-negative", "nobody pays less than nothing: choose an amount from 0 on")
        wanted = Wanted(till=till, order=order, amount=amount_minor, terms=terms)
        held = hold(wanted, moment, shop, db)
        about = {"till": till, "order": order, "business_day": shop.day(moment.at), "member_ref": held.member_ref}
        if amount_minor:
            yield BalanceHeld(**about, value_minor=amount_minor, currency=shop.currency)
        elif held.before:
            yield BalanceReleased(**about, value_minor=held.before_minor, currency=shop.currency)

    return decide
