"""The catalogue is adopted as a whole or refused with the place of the mistake."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from edge.shop.catalogue.document import parse_catalogue
from edge.shop.catalogue.products import code_key, find_product
from edge.shop.registry import adopters
from sync.adopters import DocumentRefused

if TYPE_CHECKING:
    from tests.shop.conftest import Floor


def item(**changes: Any) -> dict[str, Any]:
    return {"sku": "milk", "names": {"en": "Milk"}, "price_minor": 650, "unit": "piece"} | changes


def refusal(body: Any) -> str:
    with pytest.raises(DocumentRefused) as refused:
        parse_catalogue(body if isinstance(body, bytes) else msgspec.json.encode(body), "CNY")
    return str(refused.value)


@pytest.mark.parametrize("code", ["milk", "6901234567892", "06901234567892"])
def test_a_product_is_found_by_sku_and_barcode(floor: Floor, code: str) -> None:
    product = find_product(floor.db, code, "CNY")
    assert (product.sku, product.unit, product.price_minor, product.version) == ("milk", "piece", 650, 1)


def test_a_upc_and_its_ean_are_one_number() -> None:
    assert code_key("036000291452") == code_key("0036000291452") == "00036000291452"
    assert code_key("4011") == "4011"
    assert code_key("１２３４５６７８") == "１２３４５６７８"


def test_adoption_replaces_everything(floor: Floor) -> None:
    body = {"currency": "CNY", "items": [item(price_minor=700, later_field=True)], "made_by": "headquarters"}
    floor.adopt(version=2, body=body)
    assert find_product(floor.db, "milk", "CNY").price_minor == 700
    assert floor.db.execute("SELECT count(*) FROM catalogue_items").fetchone() == (1,)
    assert floor.db.execute("SELECT count(*) FROM catalogue_codes").fetchone() == (1,)
    assert floor.db.execute("SELECT version, currency FROM catalogue").fetchall() == [(2, "CNY")]


def test_a_staged_catalogue_does_not_count_and_a_cut_off_staging_is_swept(floor: Floor) -> None:
    adopter = next(each for each in adopters(floor.shop) if each.kind == "catalogue")
    other = adopter.parse(msgspec.json.encode({"currency": "CNY", "items": [item(sku=f"S{number}") for number in range(2_500)]}))
    steps = list(adopter.stage(other, 7))
    assert len(steps) == 10, "2 500 items and their codes in slices of 512"
    for step in steps[:4]:
        step(floor.db)
    assert find_product(floor.db, "milk", "CNY").version == 1
    floor.adopt(version=7)
    assert floor.db.execute("SELECT DISTINCT version FROM catalogue_items").fetchall() == [(7,)]
    assert find_product(floor.db, "milk", "CNY").version == 7


def test_a_failed_adoption_leaves_the_last_one(floor: Floor) -> None:
    floor.db.execute("BEGIN")
    floor.adopt(version=2, body={"currency": "CNY", "items": []})
    floor.db.execute("ROLLBACK")
    assert find_product(floor.db, "milk", "CNY").version == 1


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"price_minor": -1}, "Expected `int` >= 0 - at `$.items[0].price_minor`"),
        ({"price_minor": 6.5}, "Expected `int`, got `float` - at `$.items[0].price_minor`"),
        ({"unit": "box"}, "Invalid enum value 'box' - at `$.items[0].unit`"),
        ({"sku": "two words"}, r"Expected `str` matching regex '^[^\\s\\x00-\\x1f\\x7f]{1,64}\\Z' - at `$.items[0].sku`"),
        ({"names": {"zh": 1}}, "Expected `str`, got `int` - at `$.items[0].names.zh`"),
    ],
)
def test_a_mistake_is_refused_with_its_place(changes: dict[str, Any], place: str) -> None:
    assert refusal({"currency": "CNY", "items": [item(**changes)]}) == f"the catalogue cannot be read: {place}"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"currency": "\xff"}', b'{"currency": "\\ud800", "items": []}'])
def test_what_is_not_a_catalogue_is_refused(body: bytes) -> None:
    assert refusal(body).startswith("the catalogue cannot be read: ")


def test_a_catalogue_in_another_currency_is_refused() -> None:
    assert refusal({"currency": "USD", "items": []}) == ("the catalogue is in USD at `$.currency`, but this store sells in CNY")


def test_a_product_needs_a_name() -> None:
    assert refusal({"currency": "CNY", "items": [item(names={})]}) == ("milk has no name in any language at `$.items[0].names`")


def test_a_sku_stands_once() -> None:
    assert refusal({"currency": "CNY", "items": [item(), item()]}) == (
        "the SKU milk at `$.items[1].sku` stands at `$.items[0].sku` already"
    )


@pytest.mark.parametrize("code", ["036000291452", "0036000291452", "milk"])
def test_a_code_belongs_to_one_product(code: str) -> None:
    items = [item(codes=["036000291452"]), item(sku="other", codes=[code])]
    assert refusal({"currency": "CNY", "items": items}) == (
        f"the code {code} at `$.items[1]` belongs to milk at `$.items[0]` already"
    )


def test_a_product_may_repeat_its_own_code() -> None:
    parsed = parse_catalogue(msgspec.json.encode({"currency": "CNY", "items": [item(codes=["milk", "9", "9"])]}), "CNY")
    assert parsed.codes == (("9", "milk"), ("milk", "milk"))


def test_fifty_thousand_products_are_adopted(db: sqlite3.Connection, floor: Floor) -> None:
    items = [item(sku=f"S{number}", codes=[f"69{number:011}"]) for number in range(50_000)]
    floor.adopt(version=2, body={"currency": "CNY", "items": items})
    assert find_product(db, "6900000049999", "CNY").sku == "S49999"
