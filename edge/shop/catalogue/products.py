"""Looks a product up by SKU or barcode in the catalogue that was adopted last."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Literal

from edge.shop.masking import masked
from sync.entries import EntryRefused

GTIN_DIGITS = (8, 12, 13, 14)
SHOWN_CODE_CHARS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One product; ``price_minor`` is per piece or per kg, as ``unit`` says, in the catalogue of ``version``."""

    sku: str
    unit: Literal["piece", "kg"]
    price_minor: int
    currency: str
    version: int


def find_product(db: sqlite3.Connection, code: str, currency: str) -> Product:
    """The product of ``code``, priced in ``currency``. Raises EntryRefused with the way out."""
    row = db.execute(
        """
        SELECT item.sku, unit, price_minor, currency, catalogue.version FROM catalogue
        JOIN catalogue_codes AS known ON known.version = catalogue.version AND known.code = ?
        JOIN catalogue_items AS item ON item.version = known.version AND item.sku = known.sku
        """,
        (code_key(code),),
    ).fetchone()
    if row is None:
        raise EntryRefused(_not_found(db, code))
    sku, unit, price_minor, priced_in, version = row
    if priced_in != currency:
        raise EntryRefused(
            f"the catalogue is in {priced_in} but the order is in {currency}: adopt a catalogue in the currency of the settings"
        )
    return Product(sku=sku, unit=unit, price_minor=price_minor, currency=priced_in, version=version)


def code_key(code: str) -> str:
    """``code`` as the catalogue keeps it: a GTIN-8, 12, 13 and 14 are one number with leading zeros (GS1)."""
    if len(code) in GTIN_DIGITS and code.isascii() and code.isdigit():
        return code.zfill(14)
    return code


def _not_found(db: sqlite3.Connection, code: str) -> str:
    if db.execute("SELECT 1 FROM catalogue").fetchone() is None:
        return "this box has no catalogue yet: wait for headquarters, or run `storebox document adopt FILE`"
    shown = masked(code[:SHOWN_CODE_CHARS])
    return f"no product of the catalogue has the code {shown}: add it at headquarters, or sell under another code"
