"""The catalogue as headquarters sends it: checked as a whole, adopted as a whole.

    {"currency": "CNY", "items": [{"sku": "4011", "names": {"zh": "香蕉", "en": "Bananas"}, "codes": ["2004011000007"],
                                   "price_minor": 798, "unit": "kg", "category": "fruit", "sold_before": 4200}]}

The initials of Chinese names, by which people search, are made here.

Fields that this version does not know are left alone, so that headquarters may send more than every box understands.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Literal

import msgspec

from edge.shop.bodies import read_body, refuse_currency
from edge.shop.catalogue.pinyin import NoReadings, Readings
from edge.shop.catalogue.price_changes import look_again
from edge.shop.catalogue.products import code_key
from edge.shop.shop import Shop
from sync.adopters import Adopter, DocumentRefused, Step
from sync.many_rows import ManyRows

SLICE_ROWS = 512
"""Rows to a commit: some 5 ms of work, so that an order hardly waits."""

Row = tuple[object, ...]
ITEMS = ManyRows(
    "catalogue_items",
    "version, sku, unit, price_minor, name_zh, name_en, category, unit_grams, tolerance_grams, adult, cost_minor, sold_before, "
    "initials, card, recommends",
)
CODES = ManyRows("catalogue_codes", "version, code, sku")

Code = Annotated[str, msgspec.Meta(pattern=r"^[^\s\x00-\x1f\x7f]{1,64}\Z")]
Name = Annotated[str, msgspec.Meta(max_length=200)]
Text = Annotated[str, msgspec.Meta(max_length=2000)]
Grams = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
Money = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """What the product is called; at least one of the two."""

    zh: Name = ""
    en: Name = ""


class Texts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What stands on the product's card for shoppers: origin, size, how to use it."""

    zh: Text = ""
    en: Text = ""


NO_TEXTS = Texts()


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One product; ``price_minor`` is per piece or per kg. One of 0 can be sold only after a prices document names another.

    A piece weighs ``unit_grams``, give or take ``tolerance_grams``. ``adult``: for adults only. ``cost_minor`` is what the store
    paid for it. ``sold_before``: how many orders had it before this box counted; search shows first what sells most.
    ``recommends`` are SKUs that go with it, best first, and ``card`` is what shoppers read about it.
    """

    sku: Code
    names: Names
    price_minor: Money
    unit: Literal["piece", "kg"]
    codes: Annotated[tuple[Code, ...], msgspec.Meta(max_length=100)] = ()
    category: Annotated[str, msgspec.Meta(max_length=64)] = ""
    unit_grams: Grams | None = None
    tolerance_grams: Grams | None = None
    adult: bool = False
    cost_minor: Money | None = None
    sold_before: Money = 0
    recommends: Annotated[tuple[Code, ...], msgspec.Meta(max_length=6)] = ()
    card: Texts = NO_TEXTS


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """The whole document. The items are decoded one by one: all in one call would hold up the whole box meanwhile."""

    currency: str
    items: tuple[msgspec.Raw, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """A checked catalogue; ``rows`` are its items, ``codes`` pairs of a code (as looked up) and its SKU, every SKU among them."""

    currency: str
    rows: tuple[Row, ...]
    codes: tuple[tuple[str, str], ...]


def catalogue_adopter(shop: Shop) -> Adopter:
    """Adopts documents of kind ``catalogue`` in the currency of ``shop``."""
    return Adopter(
        kind="catalogue",
        parse=lambda body: parse_catalogue(body, shop.currency),
        stage=stage_catalogue,
        adopt=adopt_catalogue,
        sweep=sweep_catalogue,
        shape=Body,
        row=Item,
    )


def parse_catalogue(body: bytes, currency: str) -> Catalogue:
    """Check ``body`` (JSON). Raises DocumentRefused with the place of the first mistake."""
    parsed = read_body(body, Body, "the catalogue")
    refuse_currency(parsed.currency, currency, "the catalogue is")
    items = tuple(_items(parsed.items))
    return Catalogue(currency=currency, rows=tuple(_rows(items)), codes=tuple(_codes(items)))


def stage_catalogue(catalogue: Catalogue, version: int) -> Iterator[Step]:
    """Insert the rows of ``version``; no product is found in them before the adoption."""
    for rows in _slices(catalogue.rows):
        yield partial(_insert, ITEMS, version, rows)
    for rows in _slices(catalogue.codes):
        yield partial(_insert, CODES, version, rows)


def adopt_catalogue(catalogue: Catalogue, version: int, db: sqlite3.Connection) -> tuple[()]:
    """From now on products are found in the rows of ``version``; the journal records that it is so. Labels are looked at."""
    db.execute("INSERT OR REPLACE INTO catalogue (only, version, currency) VALUES (1, ?, ?)", (version, catalogue.currency))
    look_again(db)
    return ()


def sweep_catalogue(db: sqlite3.Connection) -> bool:
    """Remove a slice of the rows of every other version; says whether there may be more."""
    counting = db.execute("SELECT version FROM catalogue").fetchone() or (0,)
    removed = 0
    for table, key in (("catalogue_items", "sku"), ("catalogue_codes", "code")):
        others = f"SELECT version, {key} FROM {table} WHERE version < ? OR version > ? LIMIT {SLICE_ROWS}"  # noqa: S608
        sweep = f"DELETE FROM {table} WHERE (version, {key}) IN ({others})"  # noqa: S608 - the names are our own
        removed += db.execute(sweep, counting * 2).rowcount
    return removed > 0


def _slices(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    return (rows[first : first + SLICE_ROWS] for first in range(0, len(rows), SLICE_ROWS))


def _insert(into: ManyRows, version: int, rows: Sequence[Row], db: sqlite3.Connection) -> None:
    into.insert(db, [(version, *row) for row in rows])


def _let_others_work(place: int) -> None:
    """A thread that computes keeps the interpreter for 5 ms at each of the journal's many short turns; so it rests often."""
    if place % 100 == 99:
        time.sleep(0.001)


def _items(items: tuple[msgspec.Raw, ...]) -> Iterator[Item]:
    decode = msgspec.json.Decoder(Item).decode
    for place, item in enumerate(items):
        _let_others_work(place)
        try:
            yield decode(item)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            told = str(error) if "`$" in str(error) else f"{error} - at `$`"
            raise DocumentRefused(f"the catalogue cannot be read: {told.replace('`$', f'`$.items[{place}]', 1)}") from error


def _rows(items: tuple[Item, ...]) -> Iterator[Row]:
    """The items as the table has them, with the initials of their names."""
    try:
        readings = Readings()
    except NoReadings as error:
        raise DocumentRefused(str(error)) from error
    for place, item in enumerate(items):
        _let_others_work(place)
        yield (
            *(item.sku, item.unit, item.price_minor, item.names.zh, item.names.en, item.category),
            *(item.unit_grams, item.tolerance_grams, item.adult, item.cost_minor, item.sold_before),
            " ".join(readings.initials(item.names.zh)),
            "" if item.card == NO_TEXTS else msgspec.json.encode(item.card).decode(),
            " ".join(item.recommends),
        )


def _codes(items: tuple[Item, ...]) -> Iterator[tuple[str, str]]:
    """Each SKU and each code once; a product may repeat its own."""
    owners: dict[str, int] = {}
    skus: dict[str, int] = {}
    for place, item in enumerate(items):
        _let_others_work(place)
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
