"""Prices as headquarters sends them: all changes there are, each with the moment from which it counts.

    {"currency": "CNY", "changes": [
        {"sku": "4011", "price_minor": 698, "effective_at": "2026-11-27T08:00:00"},
        {"sku": "4011", "price_minor": 598, "effective_at": "2026-11-27T08:00:00", "group": "gold"},
        {"sku": "4011", "price_minor": null, "effective_at": "2026-11-29T22:00:00+08:00"}]}

A moment without a zone is the shop's own time. ``null`` ends a price: the catalogue's counts again. A moment that has passed
counts at once: the box may have been off. The newest document replaces the one before; what it does not name costs what the
catalogue says.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec

from edge.shop.bodies import read_body, refuse_currency
from edge.shop.catalogue.prices import DEFAULT_GROUP, milliseconds, moment_of
from edge.shop.shop import Shop
from sync.adopters import Adopter, DocumentRefused, Step
from sync.many_rows import ManyRows

SLICE_ROWS = 1000
ROWS = ManyRows("price_rows", "version, sku, price_group, at_ms, price_minor")

Row = tuple[str, str, int, int | None]
"""SKU, group, moment, price."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """From ``effective_at`` on, ``sku`` costs ``price_minor`` per piece or kg for ``group``; null: what the catalogue says.

    The group ``default`` is everybody; any other is the name of a member tier, of a channel or of a menu's prices.
    """

    sku: Annotated[str, msgspec.Meta(pattern=r"^[^\s\x00-\x1f\x7f]{1,64}\Z")]
    price_minor: Annotated[int, msgspec.Meta(gt=0, le=1_000_000_000)] | None
    effective_at: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}", max_length=40)]
    group: Annotated[str, msgspec.Meta(pattern=r"^[^\s\x00-\x1f\x7f]{1,32}\Z")] = DEFAULT_GROUP


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """The whole document. The changes are decoded one by one: all in one call would hold up the whole box meanwhile."""

    currency: str
    changes: tuple[msgspec.Raw, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """Checked prices."""

    rows: tuple[Row, ...]


def price_adopter(shop: Shop) -> Adopter:
    """Adopts documents of kind ``prices`` in the currency and the time zone of ``shop``."""
    return Adopter(
        kind="prices",
        parse=lambda body: parse_prices(body, shop.currency, shop.timezone),
        stage=stage_prices,
        adopt=adopt_prices,
        sweep=sweep_prices,
        shape=Body,
        row=Change,
    )


def parse_prices(body: bytes, currency: str, timezone: str) -> Prices:
    """Check ``body`` (JSON). Raises DocumentRefused with the place of the first mistake."""
    parsed = read_body(body, Body, "the prices")
    refuse_currency(parsed.currency, currency, "the prices are")
    return Prices(rows=tuple(_rows(parsed.changes, ZoneInfo(timezone))))


def stage_prices(prices: Prices, version: int) -> Iterator[Step]:
    """Insert the rows of ``version``; no price is taken from them before the adoption."""
    for first in range(0, len(prices.rows), SLICE_ROWS):
        yield partial(_insert, version, prices.rows[first : first + SLICE_ROWS])


def adopt_prices(_prices: Prices, version: int, db: sqlite3.Connection) -> tuple[()]:
    """From now on the rows of ``version`` count; what they change is looked at from the beginning, and all that was changed."""
    db.execute("INSERT OR REPLACE INTO prices (only, version) VALUES (1, ?)", (version,))
    db.execute("UPDATE price_walk SET done_ms = -1, done_sku = '', look_after = ''")
    return ()


def sweep_prices(db: sqlite3.Connection) -> bool:
    """Remove a slice of the rows of every other version; says whether there may be more."""
    counting = db.execute("SELECT version FROM prices").fetchone() or (0,)
    key = "version, sku, price_group, at_ms"
    others = f"SELECT {key} FROM price_rows WHERE version < ? OR version > ? LIMIT {SLICE_ROWS}"  # noqa: S608
    return db.execute(f"DELETE FROM price_rows WHERE ({key}) IN ({others})", counting * 2).rowcount > 0  # noqa: S608


def _insert(version: int, rows: tuple[Row, ...], db: sqlite3.Connection) -> None:
    ROWS.insert(db, [(version, *row) for row in rows])


def _rows(changes: tuple[msgspec.Raw, ...], zone: ZoneInfo) -> Iterator[Row]:
    decode = msgspec.json.Decoder(Change).decode
    seen: dict[tuple[str, str, int], int] = {}
    for place, told in enumerate(changes):
        if place % 200 == 199:
            time.sleep(0.001)  # the journal has its turn, see document.py
        try:
            change = decode(told)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            said = str(error) if "`$" in str(error) else f"{error} - at `$`"
            raise DocumentRefused(f"the prices cannot be read: {said.replace('`$', f'`$.changes[{place}]', 1)}") from error
        at_ms = _moment_ms(change.effective_at, zone, place)
        first = seen.setdefault((change.sku, change.group, at_ms), place)
        if first != place:
            raise DocumentRefused(
                f"{change.sku} changes twice for {change.group} at {moment_of(at_ms):%Y-%m-%dT%H:%M:%SZ}: "
                f"at `$.changes[{first}]` and at `$.changes[{place}]`"
            )
        yield change.sku, change.group, at_ms, change.price_minor


def _moment_ms(told: str, zone: ZoneInfo, place: int) -> int:
    try:
        at = datetime.fromisoformat(told)
        at = (at if at.tzinfo is not None else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise DocumentRefused(
            f"{told} at `$.changes[{place}].effective_at` is no moment: write 2026-11-27T08:00:00 for the shop's own time, "
            "or with a zone as 2026-11-27T00:00:00Z"
        ) from error
    return milliseconds(at)
