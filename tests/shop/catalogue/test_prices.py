"""A price counts from its moment on, for the group it was made for, and nothing is sold for nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from edge.shop.catalogue.price_document import parse_prices
from edge.shop.catalogue.prices import milliseconds, moment_of
from edge.shop.catalogue.products import find_product, product_of
from edge.shop.declined import Declined
from sync.adopters import DocumentRefused

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.shop.conftest import Floor, Till

AT = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def change(price_minor: Any, effective_at: str = "2026-03-01T10:00:00Z", sku: str = "4011", **more: Any) -> dict[str, Any]:
    return {"sku": sku, "price_minor": price_minor, "effective_at": effective_at} | more


def prices(*changes: dict[str, Any], currency: str = "CNY") -> dict[str, Any]:
    return {"currency": currency, "changes": list(changes)}


def refusal(*changes: dict[str, Any], **about: Any) -> str:
    with pytest.raises(DocumentRefused) as refused:
        parse_prices(msgspec.json.encode(prices(*changes, **about)), "CNY", "Asia/Shanghai")
    return str(refused.value)


def declined(floor: Floor, code: str, currency: str = "CNY") -> Declined:
    with pytest.raises(Declined) as refused:
        find_product(floor.db, code, currency, AT)
    return refused.value


def test_a_price_counts_from_its_moment_on(floor: Floor, adopts: Callable[..., Any]) -> None:
    adopts("prices", prices(change(698), change(None, "2026-03-01T19:00:00"), change(500, "2026-03-01T13:00:00+01:00")))
    seen = [find_product(floor.db, "4011", "CNY", AT + at * HOUR).price_minor for at in (-0.001, 0, 1.999, 2)]
    assert seen == [798, 698, 798, 500], "19:00 in Shanghai is 11:00 UTC"


def test_the_latest_of_two_moments_in_different_zones_wins(floor: Floor, adopts: Callable[..., Any]) -> None:
    adopts("prices", prices(change(698, "2026-03-01T18:00:00"), change(650, "2026-03-01T10:00:00.001Z")))
    assert find_product(floor.db, "4011", "CNY", AT).price_minor == 698
    assert find_product(floor.db, "4011", "CNY", AT + HOUR).price_minor == 650


def test_a_newer_document_replaces_all_of_the_older(floor: Floor, adopts: Callable[..., Any]) -> None:
    adopts("prices", prices(change(698)), version=1)
    adopts("prices", prices(change(555, sku="4017")), version=2)
    assert find_product(floor.db, "4011", "CNY", AT).price_minor == 798
    found = find_product(floor.db, "4017", "CNY", AT)
    assert (found.price_minor, found.version, found.prices_version) == (555, 1, 2)
    assert floor.db.execute("SELECT DISTINCT version FROM price_rows").fetchall() == [(2,)]


def test_a_group_pays_its_price_where_it_is_cheaper(floor: Floor, adopts: Callable[..., Any]) -> None:
    adopts("prices", prices(change(698), change(598, group="gold"), change(900, group="channel:app")))
    asked = {group: find_product(floor.db, "4011", "CNY", AT, (group,)).price_minor for group in ("gold", "channel:app", "tin")}
    assert asked == {"gold": 598, "channel:app": 698, "tin": 698}


def test_a_known_product_is_found_by_its_sku_on_sale_or_not(floor: Floor) -> None:
    found = product_of(floor.db, "4011")
    assert found is not None
    assert (found.name_zh, found.name_en, found.adult, found.unit_grams) == ("香蕉", "Bananas", False, None)
    assert product_of(floor.db, "banana") is None


def test_an_order_is_charged_the_price_of_its_moment(floor: Floor, till: Till, adopts: Callable[..., Any]) -> None:
    adopts("prices", prices(change(600, sku="milk")))
    (_opened, added, *_rest) = till.choose("milk", 2)
    assert (added.price_minor, added.amount_minor) == (600, 1200)  # type: ignore[attr-defined]


def test_what_costs_nothing_is_not_sold(floor: Floor) -> None:
    floor.adopt(2, {"currency": "CNY", "items": [{"sku": "bag", "names": {"zh": "袋"}, "price_minor": 0, "unit": "piece"}]})
    refused = declined(floor, "bag")
    assert (refused.key, str(refused)) == ("price-zero", "bag has a price of 0: a person gives it a price at headquarters")


def test_an_unknown_barcode_says_what_to_do(floor: Floor) -> None:
    refused = declined(floor, "apple")
    assert refused.key == "unknown-barcode"
    assert str(refused) == "no product of the catalogue has the code apple: add it at headquarters, or sell under another code"
    assert "<13 digits>" in str(declined(floor, "4111111111111")), "no long number that may be a card stands in a log"


def test_an_order_in_another_currency_is_refused(floor: Floor) -> None:
    refused = declined(floor, "milk", "EUR")
    assert refused.key == "other-currency"
    assert "the catalogue is in CNY but the order is in EUR" in str(refused)


def test_without_a_catalogue_nothing_is_sold(floor: Floor) -> None:
    floor.db.execute("DELETE FROM catalogue")
    refused = declined(floor, "milk")
    assert refused.key == "no-catalogue"
    assert str(refused).startswith("this box has no catalogue yet")


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (change(0), "Expected `int` >= 1 - at `$.changes[0].price_minor`"),
        (change(-5), "Expected `int` >= 1 - at `$.changes[0].price_minor`"),
        (change(5, "tomorrow"), "`$.changes[0].effective_at`"),
        (
            change(5, "2026-02-30T10:00"),
            "2026-02-30T10:00 at `$.changes[0].effective_at` is no moment: write 2026-11-27T08:00:00",
        ),
        (change(5, group="a b"), "`$.changes[0].group`"),
        ({"sku": "a"}, "Object missing required field `price_minor` - at `$.changes[0]`"),
    ],
)
def test_a_change_that_cannot_be_is_refused_with_its_place(told: dict[str, Any], said: str) -> None:
    assert said in refusal(told)


def test_prices_in_another_currency_are_refused() -> None:
    assert refusal(currency="EUR") == "the prices are in EUR at `$.currency`, but this store sells in CNY"


def test_one_product_cannot_change_twice_at_a_moment() -> None:
    told = refusal(change(5), change(6, sku="b"), change(7, "2026-03-01T18:00:00"))
    assert told == "4011 changes twice for default at 2026-03-01T10:00:00Z: at `$.changes[0]` and at `$.changes[2]`"


def test_prices_that_are_no_json_are_refused() -> None:
    with pytest.raises(DocumentRefused, match="the prices cannot be read"):
        parse_prices(b"{", "CNY", "Asia/Shanghai")


def test_moments_are_kept_to_the_millisecond() -> None:
    assert moment_of(milliseconds(AT + timedelta(milliseconds=7))) == AT + timedelta(milliseconds=7)
