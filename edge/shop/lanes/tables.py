"""How the order of a lane is being paid, who took the money of which order, and what must be given back the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.migrations import Migration

if TYPE_CHECKING:
    from sqlite_utils import Database

_0014 = (
    "ALTER TABLE lanes ADD COLUMN totalled INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE lanes ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE lanes ADD COLUMN payer TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE lanes ADD COLUMN payment TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE lanes ADD COLUMN tender TEXT NOT NULL DEFAULT 'card'",
    "ALTER TABLE lanes ADD COLUMN shown_ms INTEGER",
    """
    CREATE TABLE order_payments (
        number INTEGER PRIMARY KEY,
        payer TEXT NOT NULL,
        payment TEXT NOT NULL,
        tender TEXT NOT NULL,
        receipt TEXT NOT NULL,
        amount_minor INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE order_paybacks (
        number INTEGER NOT NULL,
        refund TEXT NOT NULL,
        payer TEXT NOT NULL,
        payback TEXT NOT NULL,
        amount_minor INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('asked', 'given', 'by-hand', 'unknown', 'settled')),
        detail TEXT NOT NULL DEFAULT '',
        PRIMARY KEY (number, refund)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX paybacks_open ON order_paybacks (state) WHERE state IN ('asked', 'by-hand', 'unknown')",
)


def _payment_tables(db: Database) -> None:
    for statement in _0014:
        db.execute(statement)


PAYMENT_TABLES = Migration(name="shop-0014", apply=_payment_tables)
"""One that has been released is never edited; a later one mends it."""
