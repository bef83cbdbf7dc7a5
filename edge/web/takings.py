"""What the shop took today, as the page and the API show it; the business day is the one of the settings."""

from __future__ import annotations

from functools import partial

import msgspec

from edge.shop.days import business_day
from edge.shop.insight.today import Takings, takings
from edge.web.quantities import minutes, money
from edge.web.view import View


class TakingsShown(msgspec.Struct, frozen=True, kw_only=True):
    """The card of the takings."""

    business_day: str
    amount: str
    paid_orders: int
    open_orders: int
    checkout: str


async def takings_now(view: View) -> Takings:
    """The takings of the business day that it is now. Raises JournalUnavailable."""
    store = view.settings.store
    day = business_day(view.desk.now(), store.timezone, store.day_starts_at)
    return await view.journal.query(partial(takings, business_day=day))


def show_takings(today: Takings, currency: str) -> TakingsShown:
    """The card of ``today``."""
    return TakingsShown(
        business_day=today.business_day,
        amount=money(today.revenue_minor, currency),
        paid_orders=today.paid_orders,
        open_orders=today.open_orders,
        checkout="–" if today.checkout_ms is None else minutes(today.checkout_ms),
    )
