"""Who shows the price of a product, and what is to be seen there: a label's face, the price of a scale, a till's price.

A till that takes prices hears, as its property ``price``, and reports it back when it has taken it:

    {"sku":"4011","price_minor":698,"currency":"CNY","unit":"kg","version":7}
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from urllib.parse import quote

import msgspec

from drivers.commands import SetPrice, SetProperty, command_name
from edge.command_json import command_json
from edge.shop.catalogue.price_events import PlaceKind
from edge.shop.catalogue.products import Product

DRAW_PRICE = "draw-price"
TILL_MS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One place that shows a price; ``width_px`` and ``height_px`` are of a label."""

    kind: PlaceKind
    device: str
    place: str
    width_px: int = 0
    height_px: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """What a place is asked to show, as the content of a job."""

    command: str
    content: str


class PriceLabel(msgspec.Struct, frozen=True, kw_only=True, tag_field="command", tag=DRAW_PRICE):
    """What stands on a price label; the picture is drawn when the label is asked, so that a job stays small.

    ``price_minor`` is per piece or per kg, ``link`` the address behind its QR code, empty without one.
    """

    label: str
    width_px: int
    height_px: int
    name_zh: str
    name_en: str
    price_minor: int
    currency: str
    unit: str
    sku: str
    link: str = ""


class TillPrice(msgspec.Struct, frozen=True, kw_only=True):
    """What a till is told; ``version`` is that of the prices document, 0 without one."""

    sku: str
    price_minor: int
    currency: str
    unit: str
    version: int


def places_of(db: sqlite3.Connection, product: Product, *, changed: bool) -> list[Place]:
    """Everything that shows the price of ``product``; tills are told only when it ``changed``."""
    rows = db.execute(
        "SELECT kind, device, place, width_px, height_px FROM price_places WHERE sku = ? ORDER BY device, place", (product.sku,)
    )
    places = [
        Place(kind=kind, device=device, place=place, width_px=width_px, height_px=height_px)
        for kind, device, place, width_px, height_px in rows
    ]
    if changed:
        tills = db.execute("SELECT till FROM price_tills ORDER BY till")
        places += [Place(kind="till", device=till, place=product.sku) for (till,) in tills]
    return places


def face_of(db: sqlite3.Connection, product: Product, place: Place) -> Face | None:
    """What ``place`` is to show of ``product``; None for a scale when it is not sold by weight."""
    match place.kind:
        case "label":
            return Face(command=DRAW_PRICE, content=msgspec.json.encode(_label(db, product, place)).decode())
        case "till":
            price = TillPrice(
                sku=product.sku,
                price_minor=product.price_minor,
                currency=product.currency,
                unit=product.unit,
                version=product.prices_version,
            )
            value = msgspec.json.encode(price).decode()
            return _command(SetProperty(property="price", value=value, deadline_ms=TILL_MS))
        case "scale":
            return _command(SetPrice(price_minor=product.price_minor)) if product.unit == "kg" else None


def _command(command: SetPrice | SetProperty) -> Face:
    return Face(command=command_name(type(command)), content=command_json(command))


def _label(db: sqlite3.Connection, product: Product, place: Place) -> PriceLabel:
    row = db.execute("SELECT goods_url FROM planogram").fetchone()
    base = "" if row is None else row[0]
    return PriceLabel(
        label=place.place,
        width_px=place.width_px,
        height_px=place.height_px,
        name_zh=product.name_zh,
        name_en=product.name_en,
        price_minor=product.price_minor,
        currency=product.currency,
        unit=product.unit,
        sku=product.sku,
        link=f"{base.rstrip('/')}/goods/{quote(product.sku, safe='')}" if base else "",
    )
