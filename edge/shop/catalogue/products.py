"""Looks a product up by SKU or barcode in the catalogue that was adopted last, at the price and on the menu of the moment."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from edge.shop.catalogue.prices import price_at, prices_version
from edge.shop.declined import Declined
from edge.shop.masking import masked_code

GTIN_DIGITS = (8, 12, 13, 14)
SHOWN_CODE_CHARS = 40
_ITEM = "item.sku, unit, price_minor, currency, catalogue.version, name_zh, name_en, category, unit_grams, tolerance_grams, adult"


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One product; ``price_minor`` is per piece or per kg, as ``unit`` says, in the catalogue of ``version``.

    ``prices_version`` is that of the prices document, 0 without one. ``unit_grams`` is what a piece weighs, None if nobody said;
    ``adult``: it may be sold to adults only.
    """

    sku: str
    unit: Literal["piece", "kg"]
    price_minor: int
    currency: str
    version: int
    prices_version: int = 0
    name_zh: str = ""
    name_en: str = ""
    category: str = ""
    unit_grams: int | None = None
    tolerance_grams: int | None = None
    adult: bool = False


def find_product(
    db: sqlite3.Connection, code: str, currency: str, at: datetime | None = None, groups: tuple[str, ...] = ()
) -> Product:
    """The product of ``code`` as it is sold at ``at`` in ``currency``; ``groups`` are price groups of the buyer.

    Raises Declined with the way out: no-catalogue, unknown-barcode, other-currency, not-on-sale-now, price-zero.
    """
    row = db.execute(
        f"""
        SELECT {_ITEM} FROM catalogue
        JOIN catalogue_codes AS known ON known.version = catalogue.version AND known.code = ?
        JOIN catalogue_items AS item ON item.version = known.version AND item.sku = known.sku
        """,  # noqa: S608 - our own names
        (code_key(code),),
    ).fetchone()
    if row is None:
        raise _not_found(db, code)
    product = _product(db, row, at, groups)
    _refuse_unsold(db, product, currency)
    return product


def product_of(db: sqlite3.Connection, sku: str, at: datetime | None = None) -> Product | None:
    """The product of a known SKU, on sale or not; None when the catalogue no longer has it."""
    row = db.execute(
        f"""
        SELECT {_ITEM} FROM catalogue
        JOIN catalogue_items AS item ON item.version = catalogue.version AND item.sku = ?
        """,  # noqa: S608 - our own names
        (sku,),
    ).fetchone()
    return None if row is None else _product(db, row, at, ())


def code_key(code: str) -> str:
    """``code`` as the catalogue keeps it: a GTIN-8, 12, 13 and 14 are one number with leading zeros (GS1)."""
    if len(code) in GTIN_DIGITS and code.isascii() and code.isdigit():
        return code.zfill(14)
    return code


def on_sale(db: sqlite3.Connection, product: Product) -> bool:
    """Whether the menus let it be sold now: a product on no menu always, any other while one of its menus is active."""
    rows = db.execute(
        """
        SELECT active FROM menu_goods JOIN menus USING (menu)
        WHERE (kind = 'sku' AND word = ?) OR (kind = 'category' AND word = ?)
        """,
        (product.sku, product.category),
    ).fetchall()
    return not rows or any(active for (active,) in rows)


def _product(db: sqlite3.Connection, row: Any, at: datetime | None, groups: tuple[str, ...]) -> Product:
    sku, unit, listed_minor, currency, version, name_zh, name_en, category, unit_grams, tolerance_grams, adult = row
    return Product(
        sku=sku,
        unit=unit,
        price_minor=listed_minor if at is None else price_at(db, sku, listed_minor, at, groups),
        currency=currency,
        version=version,
        prices_version=prices_version(db),
        name_zh=name_zh,
        name_en=name_en,
        category=category,
        unit_grams=unit_grams,
        tolerance_grams=tolerance_grams,
        adult=bool(adult),
    )


def _refuse_unsold(db: sqlite3.Connection, product: Product, currency: str) -> None:
    if product.currency != currency:
        raise Declined(
            "other-currency",
            f"the catalogue is in {product.currency} but the order is in {currency}: "
            "adopt a catalogue in the currency of the settings",
        )
    if not on_sale(db, product):
        raise Declined(
            "not-on-sale-now",
            f"{product.sku} is on no menu of this hour: look at the menus, or sell it when its menu begins",
            sku=product.sku,
        )
    if product.price_minor == 0:
        raise Declined(
            "price-zero", f"{product.sku} has a price of 0: a person gives it a price at headquarters", sku=product.sku
        )


def _not_found(db: sqlite3.Connection, code: str) -> Declined:
    if db.execute("SELECT 1 FROM catalogue").fetchone() is None:
        return Declined(
            "no-catalogue", "this box has no catalogue yet: wait for headquarters, or run `storebox document adopt FILE`"
        )
    shown = masked_code(code)[:SHOWN_CODE_CHARS]
    return Declined(
        "unknown-barcode",
        f"no product of the catalogue has the code {shown}: add it at headquarters, or sell under another code",
        code=shown,
    )
