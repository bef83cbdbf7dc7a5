"""The catalogue as headquarters sends it: checked as a whole, adopted as a whole.

    {"currency": "CNY", "items": [{"sku": "4011", "names": {"zh": "香蕉", "en": "Bananas"}, "codes": ["2004011000007"],
                                   "price_minor": 798, "unit": "kg"}]}

Fields that this version does not know are left alone, so that headquarters may send more than every box understands.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec

from edge.shop.catalogue import code_key
from edge.shop.shop import Shop
from sync.adopters import Adopter, DocumentRefused

Code = Annotated[str, msgspec.Meta(pattern=r"^[^\s\x00-\x1f\x7f]{1,64}\Z")]
Name = Annotated[str, msgspec.Meta(max_length=200)]


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """What the product is called; at least one of the two."""

    zh: Name = ""
    en: Name = ""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One product; ``price_minor`` is per piece or per kg."""

    sku: Code
    names: Names
    price_minor: Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]
    unit: Literal["piece", "kg"]
    codes: Annotated[tuple[Code, ...], msgspec.Meta(max_length=100)] = ()


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """The whole document."""

    currency: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """A checked catalogue; ``codes`` are pairs of a code (as looked up) and its SKU, every SKU among them."""

    currency: str
    items: tuple[Item, ...]
    codes: tuple[tuple[str, str], ...]


def catalogue_adopter(shop: Shop) -> Adopter:
    """Adopts documents of kind ``catalogue`` in the currency of ``shop``."""
    return Adopter(kind="catalogue", parse=lambda body: parse_catalogue(body, shop.currency), adopt=adopt_catalogue)


def parse_catalogue(body: bytes, currency: str) -> Catalogue:
    """Check ``body`` (JSON). Raises DocumentRefused with the place of the first mistake."""
    try:
        parsed = msgspec.json.decode(body, type=Body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DocumentRefused(f"the catalogue cannot be read: {error}") from error
    if parsed.currency != currency:
        raise DocumentRefused(f"the catalogue is in {parsed.currency} at `$.currency`, but this store sells in {currency}")
    return Catalogue(currency=currency, items=parsed.items, codes=tuple(_codes(parsed.items)))


def adopt_catalogue(catalogue: Catalogue, version: int, db: sqlite3.Connection) -> tuple[()]:
    """Put ``catalogue`` in the place of the last one; the journal records that it did."""
    db.execute("DELETE FROM catalogue_items")  # without WHERE SQLite frees whole pages
    db.execute("DELETE FROM catalogue_codes")
    db.executemany(
        "INSERT INTO catalogue_items (version, sku, unit, price_minor, name_zh, name_en) VALUES (?, ?, ?, ?, ?, ?)",
        [(version, item.sku, item.unit, item.price_minor, item.names.zh, item.names.en) for item in catalogue.items],
    )
    db.executemany(
        "INSERT INTO catalogue_codes (version, code, sku) VALUES (?, ?, ?)", [(version, *pair) for pair in catalogue.codes]
    )
    db.execute("INSERT OR REPLACE INTO catalogue (only, version, currency) VALUES (1, ?, ?)", (version, catalogue.currency))
    return ()


def _codes(items: tuple[Item, ...]) -> Iterator[tuple[str, str]]:
    """Each SKU and each code once; a product may repeat its own."""
    owners: dict[str, int] = {}
    skus: dict[str, int] = {}
    for place, item in enumerate(items):
        if not (item.names.zh or item.names.en):
            raise DocumentRefused(f"{item.sku} has no name in any language at `$.items[{place}].names`")
        first = skus.setdefault(item.sku, place)
        if first != place:
            raise DocumentRefused(f"the SKU {item.sku} at `$.items[{place}].sku` stands at `$.items[{first}].sku` already")
        for code in (item.sku, *item.codes):
            key = code_key(code)
            owner = owners.setdefault(key, place)
            if owner != place:
                raise DocumentRefused(
                    f"the code {code} at `$.items[{place}]` belongs to {items[owner].sku} at `$.items[{owner}]` already"
                )
    for key, place in sorted(owners.items()):
        yield key, items[place].sku
