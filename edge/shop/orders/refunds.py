"""What a shopper gets back: for the whole order or for some of its goods, never more than was paid, never twice.

Goods come back at what was paid for just them, reductions taken off. Every amount is the difference of two rounded sums (all
that came back until now, and all before), so that however the goods come back one by one, together they make what was paid, to
the last minor unit. The same holds for the parts that go back to points and to stored value.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from drivers import readings
from edge.shop.declined import Declined
from edge.shop.masking import masked
from edge.shop.moment import Moment
from edge.shop.orders.closing_events import OrderRefunded, RefundedLine
from edge.shop.orders.order import Order, SoldLine, known_order, sold_lines
from edge.shop.orders.pricing import share
from edge.shop.part import Decision
from edge.shop.shop import Shop
from sync.events import Event

SHOWN_TEXT_CHARS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """So many pieces, or grams, of a line; with neither, all that is left of it."""

    line: int
    qty: int | None = None
    grams: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Left:
    """What of a sold line has not come back, of how much."""

    sold: SoldLine
    back: int

    @property
    def measure(self) -> int:
        """How many pieces or grams were sold; something that has neither counts as one."""
        return self.sold.qty or self.sold.grams or 1

    @property
    def left(self) -> int:
        return self.measure - self.back

    def net_minor(self, measure: int) -> int:
        """What the first ``measure`` pieces or grams of the line cost."""
        return share(self.sold.amount_minor - self.sold.reduced_minor, measure, self.measure)


def refund(
    till: str, order: str, returned: Sequence[Returned] | None, *, reason: str, by: str, name: str | None = None
) -> Decision:
    """Give back what was paid for ``returned``; None: for all that is left. ``name`` is the asker's own for this refund.

    Raises Declined.
    """

    def decide(moment: Moment, _shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        found = known_order(db, till, order)
        if found.state != "paid":
            raise Declined("refund-unpaid", f"{found.name} is {found.state}: only what was paid can be given back", order=order)
        called = moment.token("refund") if name is None else name
        if _is_given(db, found, called):
            raise Declined("refund-twice", f"refund {called} of {found.name} was given before: look at the order", order=order)
        lines = _lines_left(db, found)
        back = _taken_back(found, lines, returned)
        why, who = masked(reason)[:SHOWN_TEXT_CHARS], masked(by)[:SHOWN_TEXT_CHARS]
        yield _refunded(db, found, lines, back, name=called, reason=why, by=who)

    return decide


def refund_order(reading: readings.OrderRefunded, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
    """What a till gave back. Raises Declined for more than was paid: the till is told, and people look at its drawer."""
    returned = None if reading.line is None else [Returned(line=reading.line, qty=reading.qty, grams=reading.grams)]
    decision = refund(reading.device, reading.order, returned, reason=reading.reason, by=reading.device, name=reading.report.id)
    return decision(moment, shop, db)


def _is_given(db: sqlite3.Connection, order: Order, name: str) -> bool:
    given = "SELECT 1 FROM order_refunds JOIN orders USING (number) WHERE till = ? AND order_id = ? AND refund = ?"
    return db.execute(given, (order.till, order.order, name)).fetchone() is not None


def _lines_left(db: sqlite3.Connection, order: Order) -> dict[int, _Left]:
    rows = db.execute(
        """
        SELECT line, sum(coalesce(qty, grams, 1)) FROM order_refunds JOIN orders USING (number)
        WHERE till = ? AND order_id = ? GROUP BY line
        """,
        (order.till, order.order),
    )
    came = dict(rows.fetchall())
    sold_all = sold_lines(db, order.till, order.order)
    return {sold.line: _Left(sold=sold, back=came.get(sold.line, 0)) for sold in sold_all}


def _taken_back(order: Order, lines: dict[int, _Left], returned: Sequence[Returned] | None) -> dict[int, int]:
    """How much of each line comes back now. Raises Declined."""
    if returned is None:
        returned = [Returned(line=number) for number, line in lines.items() if line.left]
    back: dict[int, int] = {}
    for each in returned:
        line = lines.get(each.line)
        if line is None:
            raise Declined("refund-no-line", f"{order.name} sold nothing on line {each.line}: look at its lines", line=each.line)
        wanted = _measure(order, line, each)
        if wanted < 1 or wanted + back.get(each.line, 0) > line.left:
            raise Declined(
                "refund-too-much",
                f"of line {each.line} of {order.name} {line.left} of {line.measure} are left to give back, not {wanted}",
                line=each.line,
                left=line.left,
            )
        back[each.line] = back.get(each.line, 0) + wanted
    if not back:
        raise Declined("refund-nothing-left", f"nothing of {order.name} is left to give back", order=order.order)
    return back


def _measure(order: Order, line: _Left, wanted: Returned) -> int:
    match wanted:
        case Returned(qty=None, grams=None):
            return line.left
        case Returned(qty=int(qty), grams=None) if line.sold.qty is not None:
            return qty
        case Returned(qty=None, grams=int(grams)) if line.sold.grams is not None:
            return grams
    unit = "pieces" if line.sold.qty is not None else "grams"
    raise Declined("refund-unit", f"line {wanted.line} of {order.name} was sold by {unit}: say how many {unit}", line=wanted.line)


def _refunded(
    db: sqlite3.Connection, order: Order, lines: dict[int, _Left], back: dict[int, int], *, name: str, reason: str, by: str
) -> OrderRefunded:
    paid_minor, points_minor, balance_minor, tender, before, points_before, balance_before = db.execute(
        """
        SELECT paid_minor, points_minor, balance_minor, tender, refunded_minor, refunded_points_minor, refunded_balance_minor
        FROM orders WHERE till = ? AND order_id = ?
        """,
        (order.till, order.order),
    ).fetchone()
    value_minor = paid_minor + points_minor + balance_minor
    given = tuple(_given(lines, back, value_minor, before))
    after = before + sum(each.amount_minor for each in given)
    return OrderRefunded(
        till=order.till,
        order=order.order,
        business_day=order.business_day,
        refund=name,
        lines=given,
        amount_minor=after - before,
        currency=order.currency,
        tender=tender,
        whole=all(line.left == back.get(number, 0) for number, line in lines.items()),
        points_minor=share(points_minor, after, value_minor) - points_before,
        balance_minor=share(balance_minor, after, value_minor) - balance_before,
        reason=reason,
        by=by,
    )


def _given(lines: dict[int, _Left], back: dict[int, int], value_minor: int, before_minor: int) -> Iterator[RefundedLine]:
    """What each line brings: of what was paid, as much as its goods are of all goods."""
    whole = sum(line.net_minor(line.measure) for line in lines.values())
    net = sum(line.net_minor(line.back) for line in lines.values())
    given_minor = before_minor
    for number, measure in back.items():
        line = lines[number]
        net += line.net_minor(line.back + measure) - line.net_minor(line.back)
        now_minor = max(given_minor, min(value_minor, share(value_minor, net, whole)))
        yield RefundedLine(
            line=number,
            sku=line.sold.sku,
            qty=None if line.sold.qty is None else measure,
            grams=None if line.sold.grams is None or line.sold.qty is not None else measure,
            amount_minor=now_minor - given_minor,
            known=line.sold.known,
        )
        given_minor = now_minor
