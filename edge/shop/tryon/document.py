"""The shades that can be tried on, as headquarters sends them; ``edge/mirror/shades.py`` shows the body."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator

import msgspec

from edge.mirror.shades import Body, Shade
from edge.shop.bodies import read_body
from sync.adopters import Adopter, DocumentRefused

KIND = "shades"


def shades_adopter() -> Adopter:
    """Adopts documents of kind ``shades``."""
    return Adopter(kind=KIND, parse=parse_shades, adopt=adopt_shades, shape=Body)


def parse_shades(body: bytes) -> Body:
    """Check ``body`` (JSON). Raises DocumentRefused with all that is wrong, each with its place."""
    parsed = read_body(body, Body, "the shades")
    mistakes = list(_mistakes(parsed.shades))
    if mistakes:
        raise DocumentRefused("; ".join(mistakes))
    return parsed


def adopt_shades(body: Body, _version: int, db: sqlite3.Connection) -> tuple[()]:
    """These are on offer from now on, and no others."""
    db.execute("DELETE FROM shades")
    db.executemany(
        "INSERT INTO shades (sku, region, position, shade) VALUES (?, ?, ?, ?)",
        [(shade.sku, shade.region, position, msgspec.json.encode(shade).decode()) for position, shade in enumerate(body.shades)],
    )
    return ()


def shades(db: sqlite3.Connection) -> list[Shade]:
    """All that can be tried on, in headquarters' order."""
    rows = db.execute("SELECT shade FROM shades ORDER BY position")
    return [msgspec.json.decode(shade, type=Shade) for (shade,) in rows]


def shade_of(db: sqlite3.Connection, sku: str, region: str) -> Shade | None:
    """The shade of that product for that part of the face; None when it is not on offer."""
    row = db.execute("SELECT shade FROM shades WHERE sku = ? AND region = ?", (sku, region)).fetchone()
    return None if row is None else msgspec.json.decode(row[0], type=Shade)


def _mistakes(found: tuple[Shade, ...]) -> Iterator[str]:
    times = Counter((shade.sku, shade.region) for shade in found)
    for at, shade in enumerate(found):
        place = f"at `$.shades[{at}]`"
        if (shade.srgb is None) == (shade.lab is None):
            yield f"{shade.sku} needs one colour, srgb or lab, {'and has both' if shade.srgb else 'and has none'} {place}"
        if times.pop((shade.sku, shade.region), 1) > 1:
            yield f"{shade.sku} is there twice for {shade.region} {place}"
