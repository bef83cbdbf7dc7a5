"""The shades as a mirror's page shows them: by the part of the face, each with its colour, its name and its price."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from edge.mirror.shades import Shade
from edge.mirror.swatch import swatch_of
from edge.shop.catalogue.products import product_of
from edge.shop.tryon.document import shades
from edge.web.words import Language

REGIONS = ("lips", "eyes", "cheeks", "skin", "brows")
MOST_SHOWN = 500
"""More than a shopper scrolls through; the page says nothing of the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadeShown:
    """One button. ``colour`` is empty for a shade that cannot be painted, ``price_minor`` None for one that is not sold here."""

    sku: str
    name: str
    colour: str
    finish: str
    price_minor: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """The shades for one part of the face; ``region`` is empty for SKUs of the settings."""

    region: str
    shades: tuple[ShadeShown, ...]


def palettes(db: sqlite3.Connection, skus: Sequence[str], language: Language, at: datetime) -> list[Palette]:
    """What headquarters offers, with the prices of then; without its document ``skus``, the settings' own."""
    found = shades(db)[:MOST_SHOWN]
    if not found:
        plain = tuple(ShadeShown(sku=sku, name=sku, colour="", finish="", price_minor=_price_minor(db, sku, at)) for sku in skus)
        return [Palette(region="", shades=plain)] if plain else []
    by_region = [(region, [each for each in found if each.region == region]) for region in REGIONS]
    return [
        Palette(region=region, shades=tuple(_shown(db, each, language, at) for each in those))
        for region, those in by_region
        if those
    ]


def _shown(db: sqlite3.Connection, shade: Shade, language: Language, at: datetime) -> ShadeShown:
    names = (shade.name_zh, shade.name_en) if language == "zh" else (shade.name_en, shade.name_zh)
    return ShadeShown(
        sku=shade.sku,
        name=next(filter(None, names), shade.sku),
        colour=swatch_of(shade),
        finish=shade.finish,
        price_minor=_price_minor(db, shade.sku, at),
    )


def _price_minor(db: sqlite3.Connection, sku: str, at: datetime) -> int | None:
    product = product_of(db, sku, at)
    return None if product is None else product.price_minor
