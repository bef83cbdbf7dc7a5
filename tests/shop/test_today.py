"""What the page shows of the day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.shop.insight.today import Takings, takings
from edge.shop.orders.refunds import Returned, refund

if TYPE_CHECKING:
    from tests.shop.conftest import Floor, Till


def test_a_day_without_orders_has_brought_nothing(floor: Floor) -> None:
    assert takings(floor.db, "2026-03-01") == Takings(
        business_day="2026-03-01", paid_orders=0, voided_orders=0, open_orders=0, revenue_minor=0, difference_minor=0
    )


def test_the_day_counts_orders_and_money(floor: Floor, till: Till) -> None:
    for number, paid in (("1", 650), ("2", 640)):
        till.choose("milk", 1, order=number)
        till.pay(paid, order=number)
    till.open(order="3")
    till.void(order="3")
    till.open(order="4")
    assert takings(floor.db, "2026-03-01") == Takings(
        business_day="2026-03-01", paid_orders=2, voided_orders=1, open_orders=1, revenue_minor=1_290, difference_minor=-10
    )
    assert takings(floor.db, "2026-02-28").revenue_minor == 0


def test_the_day_knows_how_long_a_checkout_takes(floor: Floor, till: Till) -> None:
    for number, opened in (("1", "09:59:30"), ("2", "09:58:30")):
        till.choose("milk", 1, order=number)
        floor.db.execute("UPDATE orders SET opened_at = ? WHERE order_id = ?", (f"2026-03-01T{opened}.000Z", number))
        till.pay(650, order=number)
    assert takings(floor.db, "2026-03-01").checkout_ms == 60_000


def test_what_was_given_back_was_not_taken(floor: Floor, till: Till) -> None:
    till.choose("milk", 2)
    till.pay(1_300)
    floor.ask(refund("till-1", "17", [Returned(line=1, qty=1)], reason="sour", by="ann"))
    today = takings(floor.db, "2026-03-01")
    assert (today.revenue_minor, today.difference_minor) == (650, 0)
