"""The advance notice of headquarters: which goods come from another store or go there, before anybody sees them.

    {"transfers": [{"transfer": "T-1001", "direction": "in", "other_store": "shop-2", "expected_on": "2026-11-23",
                    "lines": [{"sku": "tea", "qty": 24}, {"sku": "4011", "grams": 12000}]}]}

It replaces the notices before it, but never one that is closed: what was announced and is named no longer is withdrawn, unless
somebody has begun to scan it.
"""

from __future__ import annotations

import sqlite3
from typing import Annotated, Literal

import msgspec

from edge.shop.bodies import read_body, refuse_repeats
from edge.shop.catalogue.document import Code
from edge.shop.shop import Shop
from edge.shop.stock.levels import Unit
from sync.adopters import Adopter, DocumentRefused

Amount = Annotated[int, msgspec.Meta(ge=1, le=10_000_000)]
Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9-]{1,32}\Z")]
Day = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")]
KEEP_CLOSED = 5_000


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """``qty`` pieces or ``grams`` of one product: one of the two."""

    sku: Code
    qty: Amount | None = None
    grams: Amount | None = None

    @property
    def unit(self) -> Unit:
        """What it is counted in."""
        return "piece" if self.grams is None else "g"


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """One load of goods. ``direction``: it comes ``in`` from, or goes ``out`` to ``other_store``."""

    transfer: Name
    direction: Literal["in", "out"]
    other_store: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    lines: Annotated[tuple[Line, ...], msgspec.Meta(min_length=1, max_length=1_000)]
    expected_on: Day | None = None


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """The whole document."""

    transfers: Annotated[tuple[Transfer, ...], msgspec.Meta(max_length=500)]


def transfers_adopter(_shop: Shop) -> Adopter:
    """Adopts documents of kind ``transfers``."""
    return Adopter(kind="transfers", parse=parse_transfers, adopt=adopt_transfers, shape=Body)


def parse_transfers(body: bytes) -> Body:
    """Check ``body`` (JSON). Raises DocumentRefused with the place of the first mistake."""
    parsed = read_body(body, Body, "the transfers")
    refuse_repeats("$.transfers[{}].transfer", ((each.transfer, each.transfer) for each in parsed.transfers))
    for place, each in enumerate(parsed.transfers):
        _check_lines(each, f"$.transfers[{place}]")
    return parsed


def adopt_transfers(body: Body, _version: int, db: sqlite3.Connection) -> tuple[()]:
    """From now on these are announced."""
    db.execute(
        """
        DELETE FROM transfers WHERE state = 'open'
        AND NOT EXISTS (SELECT 1 FROM transfer_lines AS line WHERE line.transfer = transfers.transfer AND scanned > 0)
        """
    )
    for each in body.transfers:
        _announce(each, db)
    old = "SELECT transfer FROM transfers WHERE state = 'closed' ORDER BY closed_at DESC LIMIT -1 OFFSET ?"
    db.execute(f"DELETE FROM transfers WHERE transfer IN ({old})", (KEEP_CLOSED,))  # noqa: S608
    db.execute("DELETE FROM transfer_lines WHERE transfer NOT IN (SELECT transfer FROM transfers)")
    return ()


def _announce(each: Transfer, db: sqlite3.Connection) -> None:
    """Put the announced sums of an open transfer in place of those before; what was scanned stays scanned."""
    db.execute(
        """
        INSERT INTO transfers (transfer, direction, other_store, expected_on, state) VALUES (?, ?, ?, ?, 'open')
        ON CONFLICT (transfer) DO UPDATE SET direction = excluded.direction, other_store = excluded.other_store,
            expected_on = excluded.expected_on
        WHERE state != 'closed'
        """,
        (each.transfer, each.direction, each.other_store, each.expected_on),
    )
    if db.execute("SELECT 1 FROM transfers WHERE transfer = ? AND state = 'open'", (each.transfer,)).fetchone() is None:
        return
    db.execute("DELETE FROM transfer_lines WHERE transfer = ? AND scanned = 0", (each.transfer,))
    db.execute("UPDATE transfer_lines SET announced = 0 WHERE transfer = ?", (each.transfer,))
    db.executemany(
        """
        INSERT INTO transfer_lines (transfer, sku, unit, announced) VALUES (?, ?, ?, ?)
        ON CONFLICT (transfer, sku, unit) DO UPDATE SET announced = excluded.announced
        """,
        [(each.transfer, line.sku, line.unit, line.grams or line.qty) for line in each.lines],
    )


def _check_lines(each: Transfer, at: str) -> None:
    for place, line in enumerate(each.lines):
        if (line.qty is None) == (line.grams is None):
            raise DocumentRefused(f"{line.sku} at `{at}.lines[{place}]` needs either qty or grams")
    refuse_repeats(f"{at}.lines[{{}}]", (((line.sku, line.unit), line.sku) for line in each.lines))
