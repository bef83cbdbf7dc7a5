"""What became of each change of a price: when it should have counted, when it did, and what every label, scale and till said."""

from __future__ import annotations

import sqlite3

import msgspec

from edge.shop.catalogue.prices import moment_of
from sync.events import rfc3339


class ProofRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One place. ``state`` is asked, confirmed (proven), accepted (a label sleeps), unknown or failed."""

    kind: str
    device: str
    place: str
    state: str
    detail: str
    at: str | None


class PriceChangeRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One change; ``late_ms`` is how long after ``effective_at`` it was applied, None for a change without a moment."""

    number: int
    sku: str
    before_minor: int | None
    price_minor: int
    currency: str
    effective_at: str | None
    applied_at: str
    late_ms: int | None
    places: tuple[ProofRecord, ...]


def price_changes(db: sqlite3.Connection, limit: int) -> list[PriceChangeRecord]:
    """The newest changes first."""
    rows = db.execute(
        """
        SELECT number, sku, before_minor, price_minor, currency, effective_ms, applied_ms FROM price_changes
        ORDER BY number DESC LIMIT ?
        """,
        (limit,),
    ).fetchall()
    return [
        PriceChangeRecord(
            number=number,
            sku=sku,
            before_minor=before_minor,
            price_minor=price_minor,
            currency=currency,
            effective_at=_told(effective_ms),
            applied_at=rfc3339(moment_of(applied_ms)),
            late_ms=None if effective_ms is None else applied_ms - effective_ms,
            places=_proofs(db, number),
        )
        for number, sku, before_minor, price_minor, currency, effective_ms, applied_ms in rows
    ]


def _proofs(db: sqlite3.Connection, number: int) -> tuple[ProofRecord, ...]:
    rows = db.execute(
        "SELECT kind, device, place, state, detail, settled_ms FROM price_proofs WHERE number = ? ORDER BY kind, device, place",
        (number,),
    )
    return tuple(
        ProofRecord(kind=kind, device=device, place=place, state=state, detail=detail, at=_told(settled_ms))
        for kind, device, place, state, detail, settled_ms in rows
    )


def _told(at_ms: int | None) -> str | None:
    return None if at_ms is None else rfc3339(moment_of(at_ms))
