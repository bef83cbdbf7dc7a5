"""Goods between stores, checked by scanning against the advance notice: what is unknown, too much or missing is told.

What came in counts whatever was announced, because it is here; what goes out must be announced, because it can still stay. The
books change when the transfer is closed, once, by what was scanned.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from edge.shop.declined import Declined
from edge.shop.moment import Moment
from edge.shop.part import Decision
from edge.shop.shop import Shop
from edge.shop.stock.handled import Handled, goods_of
from edge.shop.stock.levels import Unit, change_stock
from edge.shop.stock.transfer_events import TransferLine, TransferReceived, TransferScanned, TransferShipped, Verdict
from sync.events import Event, rfc3339


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """One transfer as the tables have it."""

    transfer: str
    direction: Literal["in", "out"]
    other_store: str
    expected_on: str | None
    state: Literal["open", "closed"]
    lines: tuple[TransferLine, ...]


def scan_transfer(transfer: str, seen: Handled, by: str) -> Decision:
    """Goods of a transfer passed the scanner. Raises Declined."""

    def decide(_moment: Moment, _shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        found = _open_transfer(db, transfer)
        (((sku, unit), qty),) = goods_of((seen,), db)
        if qty == 0:
            raise Declined("bad-quantity", f"0 of {sku} was scanned: write at least 1", code=sku)
        line = next((each for each in found.lines if (each.sku, each.unit) == (sku, unit)), None)
        announced, scanned = (line.announced, line.scanned + qty) if line else (0, qty)
        verdict: Verdict = "unknown" if announced == 0 else "over" if scanned > announced else "expected"
        if found.direction == "out" and verdict != "expected":
            raise Declined(
                f"transfer-{verdict}",
                f"{transfer} takes {announced} of {sku}, this would make {scanned}: leave it here",
                sku=sku,
                announced=announced,
                scanned=scanned,
            )
        yield TransferScanned(
            transfer=transfer, by=by, sku=sku, unit=unit, qty=qty, scanned=scanned, announced=announced, verdict=verdict
        )

    return decide


def close_transfer(transfer: str, by: str) -> Decision:
    """Everything was scanned: the books follow, once. Raises Declined."""

    def decide(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        found = _open_transfer(db, transfer)
        if not any(line.scanned for line in found.lines):
            raise Declined(
                "transfer-empty", f"nothing of {transfer} was scanned yet: scan what is there first", transfer=transfer
            )
        closed = TransferReceived if found.direction == "in" else TransferShipped
        yield closed(
            transfer=transfer,
            by=by,
            other_store=found.other_store,
            closed_at=rfc3339(moment.at),
            whole=all(line.difference == 0 for line in found.lines),
            lines=found.lines,
        )
        day = shop.day(moment.at)
        for line in found.lines:
            if line.scanned and found.direction == "in":
                yield change_stock(db, line.sku, line.scanned, "transfer-in", unit=line.unit, cause=transfer, business_day=day)
            elif line.scanned:
                yield change_stock(db, line.sku, -line.scanned, "transfer-out", unit=line.unit, cause=transfer, business_day=day)

    return decide


def find_transfer(db: sqlite3.Connection, transfer: str) -> Transfer | None:
    """The transfer, if headquarters announced it."""
    row = db.execute(
        "SELECT direction, other_store, expected_on, state FROM transfers WHERE transfer = ?", (transfer,)
    ).fetchone()
    if row is None:
        return None
    direction, other_store, expected_on, state = row
    return Transfer(
        transfer=transfer,
        direction=direction,
        other_store=other_store,
        expected_on=expected_on,
        state=state,
        lines=tuple(_lines(db, transfer)),
    )


def open_transfers(db: sqlite3.Connection) -> list[Transfer]:
    """All that are not closed, by their day."""
    rows = db.execute("SELECT transfer FROM transfers WHERE state = 'open' ORDER BY expected_on, transfer").fetchall()
    return [found for (transfer,) in rows if (found := find_transfer(db, transfer)) is not None]


def _open_transfer(db: sqlite3.Connection, transfer: str) -> Transfer:
    found = find_transfer(db, transfer)
    if found is None:
        raise Declined("unknown-transfer", f"no transfer {transfer} was announced: ask headquarters", transfer=transfer)
    if found.state != "open":
        raise Declined("transfer-closed", f"transfer {transfer} is closed: nothing more is booked for it", transfer=transfer)
    return found


def _lines(db: sqlite3.Connection, transfer: str) -> Iterable[TransferLine]:
    rows: list[tuple[str, Unit, int, int]] = db.execute(
        "SELECT sku, unit, announced, scanned FROM transfer_lines WHERE transfer = ? ORDER BY sku, unit", (transfer,)
    ).fetchall()
    for sku, unit, announced, scanned in rows:
        yield TransferLine(sku=sku, unit=unit, announced=announced, scanned=scanned, difference=scanned - announced)
