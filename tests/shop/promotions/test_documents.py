"""Promotions and coupons as headquarters may send them, and every mistake with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge.shop.promotions import coupon_document, document
from edge.shop.promotions.coupon_document import parse_coupons
from edge.shop.promotions.document import parse_promotions
from sync.adopters import DocumentRefused

EXAMPLES = Path(__file__).parents[3] / "config" / "examples"
NAMES = {"zh": "名", "en": "Name"}
X = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"


def promotion(**more: Any) -> dict[str, Any]:
    return {"id": "p", "names": NAMES, "benefit": {"kind": "percentage", "percent": 10}} | more


def promotions(*rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"currency": "CNY", "promotions": rules} | more


def coupon(**more: Any) -> dict[str, Any]:
    return promotion(id="c") | more


def coupons(**more: Any) -> dict[str, Any]:
    return {"currency": "CNY", "classes": [coupon()]} | more


def test_the_examples_hold() -> None:
    told = parse_promotions((EXAMPLES / "promotions.json").read_bytes(), "CNY")
    assert {type(rule.benefit).__name__ for rule in told.promotions} == {
        *("NthItem", "Combination", "Price", "Percentage", "FullReduction"),
    }
    assert isinstance(told, document.Body)
    assert isinstance(parse_coupons((EXAMPLES / "coupons.json").read_bytes(), "CNY"), coupon_document.Body)


def test_what_a_newer_headquarters_adds_is_left_alone() -> None:
    assert parse_promotions(msgspec.json.encode(promotions(promotion(colour="red"), weather=1)), "CNY").promotions[0].id == "p"


REDUCTION = {"kind": "full-reduction", "tiers": [{"spend_minor": 100, "off_minor": 10}]}


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (promotions(promotion(id="P")), "the promotions cannot be read: Expected `str` matching regex"),
        (
            promotions(promotion(day_parts=[{"from": "14:00:00Z"}])),
            "the promotions cannot be read: Expected `time` with no timezone",
        ),
        ({"currency": "EUR"}, "the promotions are in EUR at `$.currency`, but this store sells in CNY"),
        (promotions(promotion(), promotion()), "p at `$.promotions[1].id` stands at `$.promotions[0].id` already"),
        (
            promotions(promotion(begins="2026-03-02T00:00:00", ends="2026-03-02T00:00:00")),
            "it ends before it begins: `$.promotions[0].ends`",
        ),
        (
            promotions(promotion(begins="2026-03-02T00:00:00", ends="2026-03-03T00:00:00Z")),
            "begins and ends both name a zone, or none of them does: `$.promotions[0].ends`",
        ),
        (
            promotions(promotion(benefit=REDUCTION | {"tiers": [*REDUCTION["tiers"], *REDUCTION["tiers"]]})),
            "each tier needs more spent than the one before: `$.promotions[0].benefit.tiers`",
        ),
        (
            promotions(promotion(benefit=REDUCTION | {"tiers": [{"spend_minor": 0, "off_minor": 1}], "repeat": True})),
            "what repeats has one tier, for more than 0 spent: `$.promotions[0].benefit.repeat`",
        ),
        (
            promotions(promotion(benefit={"kind": "percentage", "percent": 1, "most_minor": 5})),
            'most_minor is for a percentage of the order, with "of": "order": `$.promotions[0].benefit.most_minor`',
        ),
        (
            promotions(promotion(benefit=REDUCTION, most_pieces=1)),
            "only a price or a percentage of goods has most_pieces: `$.promotions[0].most_pieces`",
        ),
        (
            promotions(promotion(benefit=REDUCTION, quota=1)),
            "only a price or a percentage of goods has a quota: `$.promotions[0].quota`",
        ),
        (promotions(promotion(most_times=1)), "only a combination or an n-th item has most_times: `$.promotions[0].most_times`"),
        (
            promotions(promotion(full_price_only=True)),
            "full_price_only is for what reduces the whole order: `$.promotions[0].full_price_only`",
        ),
        (
            promotions(gifts=[{"id": "g", "names": NAMES, "on": "entry", "sku": "a", "coupon_class": "b"}]),
            "a gift is a product or a coupon, not both: `$.gifts[0]`",
        ),
    ],
)
def test_a_promotions_document_with_a_mistake_is_refused(body: dict[str, Any], text: str) -> None:
    with pytest.raises(DocumentRefused) as refused:
        parse_promotions(msgspec.json.encode(body), "CNY")
    assert str(refused.value).startswith(text)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (coupons(keys=[{"x": "short", "classes": ["c"]}]), "the coupons cannot be read: Expected `str` matching regex"),
        (coupons(currency="EUR"), "the coupons are in EUR at `$.currency`, but this store sells in CNY"),
        (coupons(classes=[coupon(), coupon()]), "c at `$.classes[1].id` stands at `$.classes[0].id` already"),
        (coupons(classes=[coupon(most_times=1)]), "only a combination or an n-th item has most_times: `$.classes[0].most_times`"),
        (
            coupons(classes=[coupon(begins="2026-03-02T00:00:00", ends="2026-03-01T00:00:00")]),
            "it ends before it begins: `$.classes[0].ends`",
        ),
        (coupons(keys=[{"x": X, "classes": ["d"]}]), "there is no class d: `$.keys[0].classes`"),
        (coupons(keys=[{"x": X, "classes": ["c"]}] * 2), "the key at `$.keys[1]` stands at `$.keys[0]` already"),
        (coupons(codes=[{"class": "d", "sha256": "0" * 64}]), "there is no class d: `$.codes[0].class`"),
        (coupons(codes=[{"class": "c", "sha256": "0" * 64}] * 2), "the code at `$.codes[1]` stands at `$.codes[0]` already"),
    ],
)
def test_a_coupons_document_with_a_mistake_is_refused(body: dict[str, Any], text: str) -> None:
    with pytest.raises(DocumentRefused) as refused:
        parse_coupons(msgspec.json.encode(body), "CNY")
    assert str(refused.value).startswith(text)
