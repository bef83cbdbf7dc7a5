"""The products behind shades: what they are called and cost now, how many are there, and what goes with them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from edge.shop.catalogue.cards import card_of
from edge.shop.catalogue.products import Product, product_of
from edge.shop.stock.available import available
from edge.web.words import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One product on a face, or on a list."""

    sku: str
    name: str
    product: Product | None
    intensity: int = 0
    stock: int = 0
    matching: tuple[str, ...] = ()


def listed(db: sqlite3.Connection, skus: Sequence[str], at: datetime, language: Language) -> list[Tried]:
    """The products of a list with their prices of now; one that the catalogue does not have stays on it by its SKU."""
    found = [(sku, product_of(db, sku, at)) for sku in skus]
    return [Tried(sku=sku, name=_name(product, sku, language), product=product) for sku, product in found]


def tried(db: sqlite3.Connection, worn: Sequence[tuple[str, int]], at: datetime, language: Language) -> list[Tried]:
    """What is on the face (SKU and intensity), with its stock and what goes with it."""
    return [_of(db, sku, intensity, at, language) for sku, intensity in dict(worn).items()]


def _of(db: sqlite3.Connection, sku: str, intensity: int, at: datetime, language: Language) -> Tried:
    product = product_of(db, sku, at)
    card = None if product is None else card_of(db, sku, at)
    return Tried(
        sku=sku,
        name=_name(product, sku, language),
        product=product,
        intensity=intensity,
        stock=max(0, available(db, sku)),
        matching=() if card is None else tuple(_name(each, each.sku, language) for each in card.matching),
    )


def _name(product: Product | None, sku: str, language: Language) -> str:
    if product is None:
        return sku
    names = (product.name_zh, product.name_en) if language == "zh" else (product.name_en, product.name_zh)
    return next(filter(None, names), sku)
