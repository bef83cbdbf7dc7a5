"""Goods as people and scanners name them: a barcode or SKU, so many pieces or grams. A scan is a line of one piece."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from edge.shop.catalogue.products import code_key
from edge.shop.declined import Declined
from edge.shop.masking import masked_code
from edge.shop.stock.levels import Unit

MOST = 10_000_000
"""Pieces or grams of one line; a pallet has less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """``qty`` pieces or grams of what ``code`` (SKU or barcode) names."""

    code: str
    qty: int
    unit: Unit = "piece"


def goods_of(handled: Iterable[Handled], db: sqlite3.Connection) -> list[tuple[tuple[str, Unit], int]]:
    """SKU and unit with their sums, in the order of their first line. Raises Declined."""
    sums: Counter[tuple[str, Unit]] = Counter()
    for each in handled:
        if not 0 <= each.qty <= MOST:
            raise Declined("bad-quantity", f"{each.qty} of {_shown(each.code)}: write from 0 to {MOST}", code=_shown(each.code))
        sums[known_sku(db, each.code), each.unit] += each.qty
    return list(sums.items())


def known_sku(db: sqlite3.Connection, code: str) -> str:
    """The SKU of ``code`` in the catalogue, whatever it costs and when it is sold. Raises Declined."""
    row = db.execute(
        "SELECT sku FROM catalogue JOIN catalogue_codes AS known ON known.version = catalogue.version AND known.code = ?",
        (code_key(code),),
    ).fetchone()
    if row is None:
        raise Declined(
            "unknown-goods", f"no product of the catalogue has the code {_shown(code)}: add it at headquarters", code=_shown(code)
        )
    return str(row[0])


def _shown(code: str) -> str:
    return masked_code(code)[:40]
