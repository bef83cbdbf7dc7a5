"""Headquarters says what can be tried on; what cannot be painted is refused with its place, and the last shades stay."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge.mirror.shades import Shade
from edge.shop.tryon.document import adopt_shades, parse_shades, shades
from sync.adopters import DocumentRefused

EXAMPLE = Path(__file__).parents[3] / "config" / "examples" / "shades.json"
RED = {"sku": "rouge-01", "region": "lips", "srgb": "#a3283c"}


def body(*found: dict[str, Any]) -> bytes:
    return msgspec.json.encode({"shades": found})


def test_the_example_is_on_offer_in_its_order_until_the_next_document(db: sqlite3.Connection) -> None:
    adopt_shades(parse_shades(EXAMPLE.read_bytes()), 1, db)
    offered = shades(db)
    assert [each.sku for each in offered] == ["rouge-01", "rouge-02", "shadow-07", "blush-03", "base-110", "brow-02"]
    assert offered[2].lab == (46.5, 14.0, 18.5)
    adopt_shades(parse_shades(body(RED)), 2, db)
    assert shades(db) == [Shade(sku="rouge-01", region="lips", srgb="#a3283c")]


def test_a_product_may_be_for_two_regions(db: sqlite3.Connection) -> None:
    adopt_shades(parse_shades(body(RED, RED | {"region": "cheeks"})), 1, db)
    assert [each.region for each in shades(db)] == ["lips", "cheeks"]


def test_five_hundred_shades_are_taken(db: sqlite3.Connection) -> None:
    adopt_shades(parse_shades(body(*(RED | {"sku": f"rouge-{n}"} for n in range(500)))), 1, db)
    assert len(shades(db)) == 500


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ([{"sku": "a", "region": "lips"}], "a needs one colour, srgb or lab, and has none at `$.shades[0]`"),
        ([RED | {"lab": [1, 2, 3]}], "rouge-01 needs one colour, srgb or lab, and has both at `$.shades[0]`"),
        ([RED, {"sku": "b", "region": "eyes", "srgb": "#000000"}, RED], "rouge-01 is there twice for lips at `$.shades[0]`"),
        ([RED | {"srgb": "red"}], "the shades cannot be read: "),
        ([RED | {"region": "nails"}], "`$.shades[0].region`"),
        ([RED | {"lab": [120, 0, 0]}], "`$.shades[0].lab[0]`"),
    ],
    ids=["no colour", "two colours", "twice", "no hexadecimal", "nails", "lighter than white"],
)
def test_what_cannot_be_painted_is_refused_with_its_place(found: list[dict[str, Any]], told: str) -> None:
    with pytest.raises(DocumentRefused) as refused:
        parse_shades(body(*found))
    assert told in str(refused.value)


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(DocumentRefused) as refused:
        parse_shades(body({"sku": "a", "region": "lips"}, {"sku": "b", "region": "lips"}))
    assert str(refused.value).count("needs one colour") == 2
