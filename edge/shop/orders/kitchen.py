"""What the kitchen makes for a table: a ticket for each of its printers, at the spare one when one does not take it in time.

    paid ──> ticket at its printer ──> KitchenPrinted
                                  ├──> failed (gone, silent, no paper, too late) ──> KitchenRerouted, ticket at the spare
                                  ├──> unknown: perhaps printed                  ──> the same, and the ticket says so
                                  └──> no spare, or that failed too              ──> KitchenFailed: a person carries the word

A ticket is never printed twice without saying on it that it may be the second one. What is refunded afterwards is taken back
with a slip at the printer that has the ticket; before it is paid the kitchen knows nothing, so nothing else needs taking back.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TypedDict

from drivers.commands import Block, Feed, Line, Print, command_name
from drivers.pos.cards import cut_cards
from edge.command_json import command_json
from edge.shop.job_events import JobFinished
from edge.shop.jobs import Job, find_job, queue_job
from edge.shop.moment import Moment
from edge.shop.orders.closing_events import OrderPaid, OrderRefunded
from edge.shop.orders.kitchen_events import KitchenCancelled, KitchenFailed, KitchenPrinted, KitchenRerouted, KitchenTold
from edge.shop.orders.order import Order, SoldLine, known_order, sold_lines
from edge.shop.orders.receipt import name_of
from edge.shop.shop import Shop
from sync.events import Event

WORDS = {
    "zh": {
        "table": "桌号 {table}",
        "order": "单号 {lane}-{order}",
        "perhaps": "可能已在 {printer} 打印过 请核对",
        "cancel": "退菜 请勿制作",
    },
    "en": {
        "table": "Table {table}",
        "order": "Order {lane}-{order}",
        "perhaps": "PERHAPS PRINTED at {printer} already: compare",
        "cancel": "CANCELLED: do not make",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """So much of ``sku`` to make, or not to."""

    sku: str
    qty: int | None
    grams: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ticket:
    order: Order
    station: str
    lines: tuple[_Made, ...]

    @property
    def job(self) -> str:
        return f"kitchen-{self.order.till}-{self.order.order}-{self.station}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """``perhaps_at``: where the same ticket was perhaps printed before; ``cancel``: it takes another one back."""

    printer: str
    job: str
    perhaps_at: str = ""
    cancel: bool = False


class _About(TypedDict):
    till: str
    order: str
    business_day: str
    station: str
    printer: str
    job: str


def tell_kitchen(paid: OrderPaid, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
    """A ticket for every printer that has something to make; only of an order with a table."""
    if shop.kitchen.printer is None and not shop.kitchen.routes:
        return
    order = known_order(db, paid.till, paid.order)
    if order.table is None:
        return
    by_station: dict[str, list[SoldLine]] = {}
    for line in sold_lines(db, paid.till, paid.order):
        station = shop.kitchen.routes.get(line.category, shop.kitchen.printer)
        if station is not None:
            by_station.setdefault(station, []).append(line)
    for station, lines in by_station.items():
        ticket = _Ticket(order=order, station=station, lines=tuple(_made(line) for line in lines))
        yield KitchenTold(**_about(ticket, station, ticket.job), lines=tuple(line.line for line in lines))
        yield from _queued(ticket, _Way(printer=station, job=ticket.job), moment, shop, db)


def follow_ticket(finished: JobFinished, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
    """What becomes of a ticket whose job is over; any other job is not the kitchen's."""
    row = db.execute("SELECT till, order_id, station, lines FROM kitchen_tickets WHERE job = ?", (finished.job,)).fetchone()
    if row is None:
        return
    till, order_id, station, numbers = row
    wanted = {int(number) for number in numbers.split(",")}
    lines = tuple(_still_wanted(till, order_id, wanted, db))
    ticket = _Ticket(order=known_order(db, till, order_id), station=station, lines=lines)
    if finished.outcome in {"confirmed", "accepted"}:
        yield KitchenPrinted(**_about(ticket, finished.device, finished.job))
        return
    spare, again = shop.kitchen.spare, f"{ticket.job}-spare"
    if not lines and finished.job in {ticket.job, again}:
        return  # all of it was refunded meanwhile: nobody need make it
    if spare is None or spare == finished.device or finished.job != ticket.job:
        yield KitchenFailed(**_about(ticket, finished.device, finished.job), reason=finished.detail)
        return
    perhaps = finished.outcome == "unknown"
    yield KitchenRerouted(**_about(ticket, spare, again), perhaps_printed=perhaps, reason=finished.detail)
    way = _Way(printer=spare, job=again, perhaps_at=finished.device if perhaps else "")
    yield from _queued(ticket, way, moment, shop, db)


def take_from_kitchen(refunded: OrderRefunded, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
    """A slip at every printer that got something of what is refunded."""
    tickets = db.execute(
        """
        SELECT min(number), station, lines, count(*) FROM kitchen_tickets WHERE till = ? AND order_id = ?
        GROUP BY station ORDER BY 1
        """,  # SQLite takes the bare columns of the row with the least number: the ticket itself
        (refunded.till, refunded.order),
    ).fetchall()
    for _number, station, numbers, before in tickets:
        told = {int(number) for number in numbers.split(",")}
        back = [line for line in refunded.lines if line.line in told]
        if not back:
            continue
        made = tuple(_Made(sku=line.sku, qty=line.qty, grams=line.grams) for line in back)
        ticket = _Ticket(order=known_order(db, refunded.till, refunded.order), station=station, lines=made)
        way = _Way(printer=_printer_of(ticket, db), job=f"{ticket.job}-cancel-{before}", cancel=True)
        yield KitchenCancelled(**_about(ticket, way.printer, way.job), lines=tuple(line.line for line in back))
        yield from _queued(ticket, way, moment, shop, db)


def _printer_of(ticket: _Ticket, db: sqlite3.Connection) -> str:
    """Where the ticket is: at the spare, when it was sent there."""
    spare = find_job(db, f"{ticket.job}-spare")
    return ticket.station if spare is None else spare.device


def _still_wanted(till: str, order_id: str, wanted: set[int], db: sqlite3.Connection) -> Iterator[_Made]:
    """What of the ticket's lines was not refunded meanwhile."""
    rows = db.execute(
        """
        SELECT line, sum(coalesce(qty, grams, 1)) FROM order_refunds JOIN orders USING (number)
        WHERE till = ? AND order_id = ? GROUP BY line
        """,
        (till, order_id),
    )
    back = dict(rows.fetchall())
    for line in sold_lines(db, till, order_id):
        left = (line.qty or line.grams or 1) - back.get(line.line, 0)
        if line.line in wanted and left > 0:
            yield _Made(sku=line.sku, qty=None if line.qty is None else left, grams=left if line.qty is None else line.grams)


def _made(line: SoldLine) -> _Made:
    return _Made(sku=line.sku, qty=line.qty, grams=line.grams)


def _about(ticket: _Ticket, printer: str, job: str) -> _About:
    return {
        "till": ticket.order.till,
        "order": ticket.order.order,
        "business_day": ticket.order.business_day,
        "station": ticket.station,
        "printer": printer,
        "job": job,
    }


def _queued(ticket: _Ticket, way: _Way, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
    yield from queue_job(
        Job(
            id=way.job,
            device=way.printer,
            command=command_name(Print),
            content=command_json(Print(blocks=tuple(_blocks(ticket, way, shop, db)))),
            by=ticket.order.till,
            origin="job",
            cause=KitchenTold.type,
            asked_at=moment.at,
            expires_at=moment.at + timedelta(seconds=shop.kitchen.reroute_after_s),
        ),
        db,
    )


def _blocks(ticket: _Ticket, way: _Way, shop: Shop, db: sqlite3.Connection) -> Iterator[Block]:
    words, order = WORDS[shop.language], ticket.order
    if way.perhaps_at:
        yield Line(text=words["perhaps"].format(printer=way.perhaps_at), align="center", bold=True)
    if way.cancel:
        yield Line(text=words["cancel"], align="center", large=True, bold=True)
    yield Line(text=cut_cards(words["table"].format(table=order.table)), align="center", large=True, bold=True)
    yield Line(text=words["order"].format(lane=order.till, order=order.order), align="center")
    yield Feed()
    for line in ticket.lines:
        much = f"{line.grams} g" if line.qty is None else f"{line.qty} ×"
        yield Line(text=cut_cards(f"{much} {name_of(db, line.sku, shop.language)}"), large=True)
    yield Feed(lines=2)
