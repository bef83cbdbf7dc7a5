"""The shades as a mirror's page shows them: by the part of the face, each with its colour and its name."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from edge.mirror.shades import Shade
from edge.mirror.swatch import swatch_of
from edge.shop.tryon.document import shades
from edge.web.words import Language

REGIONS = ("lips", "eyes", "cheeks", "skin", "brows")
MOST_SHOWN = 500
"""More than a shopper scrolls through; the page says nothing of the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadeShown:
    """One button. ``colour`` is empty for a shade that cannot be painted."""

    sku: str
    name: str
    colour: str
    finish: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """The shades for one part of the face; ``region`` is empty for SKUs of the settings."""

    region: str
    shades: tuple[ShadeShown, ...]


def palettes(db: sqlite3.Connection, skus: Sequence[str], language: Language) -> list[Palette]:
    """What headquarters offers; without its document ``skus``, the settings' own."""
    found = shades(db)[:MOST_SHOWN]
    if not found:
        plain = tuple(ShadeShown(sku=sku, name=sku, colour="", finish="") for sku in skus)
        return [Palette(region="", shades=plain)] if plain else []
    by_region = [(region, [each for each in found if each.region == region]) for region in REGIONS]
    return [
        Palette(region=region, shades=tuple(_shown(each, language) for each in those)) for region, those in by_region if those
    ]


def _shown(shade: Shade, language: Language) -> ShadeShown:
    names = (shade.name_zh, shade.name_en) if language == "zh" else (shade.name_en, shade.name_zh)
    return ShadeShown(sku=shade.sku, name=next(filter(None, names), shade.sku), colour=swatch_of(shade), finish=shade.finish)
