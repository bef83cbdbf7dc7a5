"""Goods that come back after they were sold: written down with a number and a slip; headquarters says what becomes of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from drivers.commands import Feed, Line, Print, Qr
from edge.command_json import command_json
from edge.shop.declined import Declined
from edge.shop.jobs import Job, queue_job
from edge.shop.moment import Moment
from edge.shop.orders.closing_events import OrderRefunded
from edge.shop.orders.order import Order, find_order, sold_lines
from edge.shop.part import Decision
from edge.shop.shop import Shop
from edge.shop.staff.events import GoodsReturned, ReturnSettled
from edge.shop.stock.handled import known_sku
from sync.events import Event, rfc3339

MOST_PIECES = 999
Wish = Literal["repair", "exchange", "refund"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What a person at the counter says. ``till`` and ``order`` are of the receipt, where there is one."""

    sku: str
    qty: int
    reason: str
    wish: Wish
    till: str | None = None
    order: str | None = None
    printer: str | None = None


def take_back(intake: Intake, by: str) -> Decision:
    """Write the goods down and print a slip.

    Raises Declined for unknown goods, reason or receipt, and for more than was sold, less what came back before.
    """

    def decide(moment: Moment, _shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        reason = db.execute("SELECT name_zh, name_en FROM return_reasons WHERE code = ?", (intake.reason,)).fetchone()
        if reason is None:
            raise Declined("unknown-reason", "this reason is not on headquarters' list: choose one of the page")
        if not 1 <= intake.qty <= MOST_PIECES:
            raise Declined("return-qty", f"the number of pieces is from 1 to {MOST_PIECES}", most=MOST_PIECES)
        sku = known_sku(db, intake.sku)  # it is printed and kept: nothing but goods may stand there
        _check_receipt(replace(intake, sku=sku), db)
        number = moment.token("return")[:8].upper()
        returned = GoodsReturned(
            number=number,
            sku=sku,
            qty=intake.qty,
            reason=intake.reason,
            wish=intake.wish,
            till=intake.till,
            order=intake.order,
            by=by,
            at=rfc3339(moment.at),
        )
        yield returned
        if intake.printer is not None:
            yield from queue_job(_slip(returned, reason, intake.printer, moment), db)

    return decide


def _check_receipt(intake: Intake, db: sqlite3.Connection) -> None:
    if intake.till is None and intake.order is None:
        return
    order = find_order(db, intake.till or "", intake.order or "")
    if order is None:
        raise Declined("unknown-receipt", "this box does not know that receipt: take the goods back without one")
    sold = sum(line.qty or 1 for line in sold_lines(db, order.till, order.order) if line.sku == intake.sku)
    left = sold - _refunded(order, intake.sku, db) - _in_hands(order, intake.sku, db)
    if intake.qty > left:
        told = f"of {sold} of {intake.sku} on that receipt {left} can still come back: look at the goods and the receipt"
        raise Declined("not-on-receipt", told, sold=sold, left=left, sku=intake.sku)


def _refunded(order: Order, sku: str, db: sqlite3.Connection) -> int:
    """Pieces for which money went back; what was weighed is one piece, when all of it came back."""
    (pieces,) = db.execute(
        """
        SELECT coalesce(sum(CASE WHEN qty IS NOT NULL THEN back ELSE back >= coalesce(grams, 1) END), 0) FROM (
            SELECT sold.qty, sold.grams, (
                SELECT coalesce(sum(coalesce(qty, grams, 1)), 0) FROM order_refunds AS given
                WHERE given.number = sold.number AND given.line = sold.line
            ) AS back
            FROM orders JOIN order_lines AS sold USING (number) WHERE till = ? AND order_id = ? AND sold.sku = ?
        )
        """,
        (order.till, order.order, sku),
    ).fetchone()
    return int(pieces)


def _in_hands(order: Order, sku: str, db: sqlite3.Connection) -> int:
    """Pieces that came back with a slip and are neither refunded nor handed out again."""
    (pieces,) = db.execute(
        "SELECT coalesce(sum(open_qty), 0) FROM returns WHERE till = ? AND order_id = ? AND sku = ? AND open_qty > 0",
        (order.till, order.order, sku),
    ).fetchone()
    return int(pieces)


def hand_back(number: str, by: str) -> Decision:
    """The shopper has the goods of slip ``number`` again, repaired or exchanged. Raises Declined for one that is not open."""

    def decide(_moment: Moment, _shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        row = db.execute("SELECT open_qty FROM returns WHERE number = ? AND open_qty > 0", (number.upper(),)).fetchone()
        if row is None:
            shown = number[:8]
            raise Declined("no-open-slip", f"no goods are here with slip {shown}: look at the number on the slip", number=shown)
        return (ReturnSettled(number=number.upper(), qty=row[0], outcome="handed", by=by),)

    return decide


def settle_slips(refunded: OrderRefunded, db: sqlite3.Connection) -> Iterator[ReturnSettled]:
    """What a refund is for was handed in with a slip before: those slips are settled by it, the oldest first."""
    for sku in dict.fromkeys(line.sku for line in refunded.lines):
        pieces = sum(1 if line.qty is None else line.qty for line in refunded.lines if line.sku == sku)
        slips = db.execute(
            """
            SELECT number, open_qty FROM returns
            WHERE till = ? AND order_id = ? AND sku = ? AND open_qty > 0 AND wish = 'refund' ORDER BY received_at, number
            """,
            (refunded.till, refunded.order, sku),
        )
        for number, waiting in slips.fetchall():
            settled = min(pieces, waiting)
            if settled:
                yield ReturnSettled(number=number, qty=settled, outcome="refunded", by=refunded.by)
            pieces -= settled


def _slip(returned: GoodsReturned, reason: tuple[str, str], printer: str, moment: Moment) -> Job:
    zh, en = reason
    blocks = (
        Line(text="售后受理 After-sales", align="center", large=True),
        Line(text=returned.number, align="center", large=True, bold=True),
        Line(text=f"{returned.sku} × {returned.qty}"),
        Line(text=f"{zh} {en}"),
        Line(text=returned.at),
        Qr(text=returned.number),
        Feed(lines=2),
    )
    return Job(
        id=f"return-{returned.number.lower()}",
        device=printer,
        command="print",
        content=command_json(Print(blocks=blocks)),
        by=returned.by,
        origin="page",
        cause=f"return {returned.number}",
        asked_at=moment.at,
    )
