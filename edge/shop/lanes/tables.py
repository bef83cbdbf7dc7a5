"""How the order of a lane is being paid, who took the money of which order, what goes back, what nobody is certain of."""

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


_0020 = (
    """
    CREATE TABLE payment_doubts (
        payment TEXT PRIMARY KEY,
        number INTEGER NOT NULL,
        payer TEXT NOT NULL,
        tender TEXT NOT NULL,
        amount_minor INTEGER NOT NULL,
        doubted_at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX payment_doubts_number ON payment_doubts (number)",
    "DROP INDEX paybacks_open",
    "ALTER TABLE order_paybacks RENAME TO order_paybacks_before",
    """
    CREATE TABLE order_paybacks (
        number INTEGER NOT NULL,
        refund TEXT NOT NULL,
        payer TEXT NOT NULL,
        payback TEXT NOT NULL,
        amount_minor INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('offered', 'asked', 'given', 'by-hand', 'unknown', 'settled')),
        detail TEXT NOT NULL DEFAULT '',
        payment TEXT,
        tender TEXT,
        PRIMARY KEY (number, refund)
    ) STRICT, WITHOUT ROWID
    """,
    """
    INSERT INTO order_paybacks (number, refund, payer, payback, amount_minor, state, detail)
    SELECT number, refund, payer, payback, amount_minor, state, detail FROM order_paybacks_before
    """,
    "DROP TABLE order_paybacks_before",
    "CREATE INDEX paybacks_open ON order_paybacks (state) WHERE state IN ('offered', 'asked', 'by-hand', 'unknown')",
)
"""A payback that names its ``payment`` is of money that came late, and not of what the order was paid with."""


def _doubt_tables(db: Database) -> None:
    for statement in _0020:
        db.execute(statement)


PAYMENT_TABLES = Migration(name="shop-0014", apply=_payment_tables)
DOUBT_TABLES = Migration(name="shop-0020", apply=_doubt_tables)
"""One that has been released is never edited; a later one mends it."""
