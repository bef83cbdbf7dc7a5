"""Money is integers, rounded half-up once."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import floor

from hypothesis import given
from hypothesis import strategies as st

from edge.shop.orders.pricing import amount_of_pieces, amount_of_weight, share, weight_of_amount

prices = st.integers(0, 1_000_000_000)
grams = st.integers(0, 1_000_000)


def test_half_a_fen_is_rounded_up() -> None:
    assert amount_of_weight(798, 1_234) == 985  # 984.732
    assert amount_of_weight(1_000, 1) == 1
    assert amount_of_weight(500, 1) == 1  # 0.5
    assert amount_of_weight(499, 1) == 0
    assert amount_of_weight(1_500, 1) == 2  # 1.5


@given(prices, grams)
def test_an_amount_is_the_exact_product_rounded_half_up(price_minor: int, weight: int) -> None:
    amount = amount_of_weight(price_minor, weight)
    assert amount == floor(Fraction(price_minor * weight, 1_000) + Fraction(1, 2))
    assert amount == (Decimal(price_minor) * weight / 1_000).quantize(Decimal(1), ROUND_HALF_UP)


def test_pieces_cost_their_price_each() -> None:
    assert amount_of_pieces(650, 3) == 1_950


@given(st.integers(1, 1_000_000), st.integers(1, 100_000))
def test_a_label_s_price_leads_back_to_a_weight_of_that_price(price_minor: int, weight: int) -> None:
    amount = amount_of_weight(price_minor, weight)
    back = weight_of_amount(price_minor, amount)
    assert abs(amount_of_weight(price_minor, back) - amount) <= price_minor // 2_000 + 1


@given(st.integers(-1_000_000, 1_000_000), st.lists(st.integers(1, 1_000), min_size=1, max_size=8))
def test_shares_of_growing_parts_end_at_the_whole(amount_minor: int, parts: list[int]) -> None:
    whole, until, given_minor = sum(parts), 0, 0
    for part in parts:
        until += part
        exact = Fraction(amount_minor * until, whole)
        given_minor = share(amount_minor, until, whole)
        assert abs(given_minor - exact) <= Fraction(1, 2)
    assert given_minor == amount_minor


def test_the_share_of_nothing_is_nothing() -> None:
    assert share(500, 0, 0) == 500
    assert share(500, 1, 0) == 0
    assert share(500, 0, 7) == 0
