"""What lies where, what goes with what, and what a shopper reads about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from edge.shop.catalogue.cards import card_of, last_pick
from edge.shop.catalogue.planogram import goods_in, parse_planogram
from edge.shop.catalogue.price_changes import PRICE_TIMER
from edge.shop.catalogue.proofs import price_changes
from sync.adopters import DocumentRefused

if TYPE_CHECKING:
    from tests.shop.conftest import Floor, Shelf

AT = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
LABEL = {"device": "labels-1", "label": "0000021AB2C3", "sku": "milk"}
Adopts = Callable[..., Any]


def item(sku: str, price_minor: int = 100, **more: Any) -> dict[str, Any]:
    return {"sku": sku, "names": {"zh": sku}, "price_minor": price_minor, "unit": "piece"} | more


def test_a_card_tells_what_it_is_and_what_goes_with_it(floor: Floor, adopts: Adopts) -> None:
    told = {"zh": "产自云南", "en": "From Yunnan"}
    tea = item("tea", 900, codes=["6901234567892"], unit_grams=250, recommends=["milk", "gone", "free", "tea"], card=told)
    floor.adopt(2, {"currency": "CNY", "items": [tea, item("milk"), item("cup"), item("free", 0)]})
    adopts("planogram", {"matching": [{"sku": "tea", "others": ["cup", "milk"]}]})
    card = card_of(floor.db, "06901234567892", AT)
    assert card is not None
    assert (card.product.sku, card.product.unit_grams, card.texts.zh, card.texts.en) == ("tea", 250, "产自云南", "From Yunnan")
    assert card.on_sale
    assert [other.sku for other in card.matching] == ["cup", "milk"], "the planogram first; nothing that cannot be bought"
    assert card_of(floor.db, "ghost", AT) is None


def test_goods_of_another_menu_are_not_recommended(floor: Floor, adopts: Adopts) -> None:
    floor.adopt(2, {"currency": "CNY", "items": [item("tea", recommends=["bun"]), item("bun")]})
    adopts("menus", {"menus": [{"id": "never", "first_day": "2000-01-01", "last_day": "2000-01-01", "skus": ["bun"]}]})
    card, bun = card_of(floor.db, "tea", AT), card_of(floor.db, "bun", AT)
    assert card is not None
    assert bun is not None
    assert (card.matching, card.on_sale, bun.on_sale) == ((), True, False)


def test_the_planogram_says_what_lies_in_a_slot_before_the_settings_do(floor: Floor, adopts: Adopts) -> None:
    floor.adopt(2, {"currency": "CNY", "items": [item("tea", unit_grams=240), item("gum")]})
    slots = [
        {"shelf": "shelf-1", "slot": "a", "sku": "tea"},
        {"shelf": "shelf-1", "slot": "b", "sku": "gum", "unit_grams": 30},
        {"shelf": "shelf-1", "slot": "d", "sku": "gum"},
    ]
    adopts("planogram", {"slots": slots})

    def planned(slot: str) -> list[tuple[str, int]] | None:
        goods = goods_in(floor.db, floor.shop, "shelf-1", slot)
        return None if goods is None else [(each.sku, each.unit_grams) for each in goods]

    assert planned("a") == [("tea", 240)], "the catalogue knows what it weighs"
    assert planned("b") == [("gum", 30)]
    assert planned("d") == [("tea", 250), ("gum", 125)], "nobody knows what gum weighs: the settings say more"
    assert planned("z") is None


def test_the_last_pick_of_a_shelf_is_known_and_counted(floor: Floor, shelf: Shelf) -> None:
    assert last_pick(floor.db, "shelf-1") is None
    shelf.moves("pick", -1_030)
    shelf.moves("pick", -250, slot="b")
    shelf.moves("put", 250, slot="b")
    pick = last_pick(floor.db, "shelf-1")
    assert pick is not None
    assert (pick.sku, pick.picks) == ("tea", 2)


def test_the_proof_of_a_price_is_told_with_its_places(floor: Floor, adopts: Adopts) -> None:
    adopts("planogram", {"labels": [LABEL]})
    adopts(
        "prices", {"currency": "CNY", "changes": [{"sku": "milk", "price_minor": 600, "effective_at": "2026-03-01T09:59:58Z"}]}
    )
    floor.tick(PRICE_TIMER, AT)
    (change,) = price_changes(floor.db, 10)
    assert (change.sku, change.price_minor, change.effective_at, change.late_ms) == (
        "milk",
        600,
        "2026-03-01T09:59:58.000Z",
        2000,
    )
    assert [(each.kind, each.place, each.state, each.at) for each in change.places] == [("label", "0000021AB2C3", "asked", None)]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"labels": [LABEL, LABEL | {"label": "0000021ab2c3"}]}, "label 0000021AB2C3 stands 2 times at `$.labels`: leave one"),
        ({"labels": [LABEL | {"label": "12"}]}, "`$.labels[0].label`"),
        ({"scales": [{"device": "s", "sku": "a"}, {"device": "s", "sku": "b"}]}, "scale s stands 2 times at `$.scales`"),
        ({"slots": [{"shelf": "s", "slot": "a", "sku": "a"}] * 2}, "slot a of s stands 2 times at `$.slots`"),
        ({"matching": [{"sku": "a", "others": []}] * 2}, "a stands 2 times at `$.matching`"),
        ({"goods_url": "ftp://x"}, "the planogram cannot be read"),
    ],
)
def test_a_planogram_that_cannot_be_is_refused(body: dict[str, Any], said: str) -> None:
    with pytest.raises(DocumentRefused) as refused:
        parse_planogram(msgspec.json.encode(body))
    assert said in str(refused.value)
