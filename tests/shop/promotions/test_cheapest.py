"""The cheapest combination, against every legal combination tried one by one, and by its invariants."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.shop.promotions.basket import Basket, BasketLine, Offer, shared_out
from edge.shop.promotions.benefits import (
    Benefit,
    Combination,
    FullReduction,
    NthItem,
    Percentage,
    Price,
    Scope,
    Slot,
    Tier,
    off_the_order,
)
from edge.shop.promotions.cheapest import Cheapest, cheapest

PLENTY = 10_000_000
SKUS = ("a", "b", "c")


def line(number: int, sku: str, amount_minor: int, pieces: int = 1, **more: object) -> BasketLine:
    return BasketLine(line=number, sku=sku, amount_minor=amount_minor, pieces=pieces, **more)  # type: ignore[arg-type]


def found(lines: tuple[BasketLine, ...], *offers: Offer) -> Cheapest:
    best = cheapest(Basket(lines=lines), offers, PLENTY)
    assert best.proven
    return best


def of(*skus: str) -> Scope:
    return Scope(skus=frozenset(skus))


# Every combination, tried one by one: written from the rules, shares no code with the search.


@dataclass(frozen=True)
class Piece:
    line: int
    sku: str
    category: str
    value: int
    weighed: bool


def half_up_off(value: int, percent: int) -> int:
    pay, rest = divmod(value * (100 - percent), 100)
    return value - pay - (1 if rest >= 50 else 0)


def pieces_of(lines: tuple[BasketLine, ...]) -> list[Piece]:
    out = []
    for each in lines:
        for number in range(each.pieces):
            value = each.amount_minor // each.pieces + (1 if number < each.amount_minor % each.pieces else 0)
            out.append(Piece(each.line, each.sku, each.category, value, each.weighed))
    return out


def in_scope(piece: Piece, scope: Scope) -> bool:
    if piece.sku in scope.without:
        return False
    return piece.sku in scope.skus or piece.category in scope.categories or not (scope.skus or scope.categories)


def fits(group: tuple[Piece, ...], offer: Offer) -> int:
    """What a set saves; 0 when the pieces are no such set."""
    if any(piece.weighed for piece in group):
        return 0
    benefit = offer.benefit
    if isinstance(benefit, NthItem):
        if len(group) != benefit.every or not all(in_scope(piece, offer.scope) for piece in group):
            return 0
        return half_up_off(min(piece.value for piece in group), benefit.percent)
    assert isinstance(benefit, Combination)
    wanted = [slot for slot in benefit.slots for _ in range(slot.pieces)]
    if len(group) != len(wanted) or not matched(list(group), wanted):
        return 0
    return max(0, sum(piece.value for piece in group) - benefit.price_minor)


def matched(group: list[Piece], wanted: list[Slot]) -> bool:
    if not group:
        return True
    return any(
        in_scope(group[0], slot) and matched(group[1:], [*wanted[:place], *wanted[place + 1 :]])
        for place, slot in enumerate(wanted)
    )


def size(offer: Offer) -> int:
    benefit = offer.benefit
    if isinstance(benefit, NthItem):
        return benefit.every
    assert isinstance(benefit, Combination)
    return sum(slot.pieces for slot in benefit.slots)


Packed = list[tuple[Offer, tuple[int, ...], int]]


def packings(pieces: list[Piece], free: list[int], sets: list[Offer]) -> Iterator[Packed]:
    if not free:
        yield []
        return
    first, rest = free[0], free[1:]
    yield from packings(pieces, rest, sets)
    for offer in sets:
        for others in combinations(rest, size(offer) - 1):
            group = (first, *others)
            saves = fits(tuple(pieces[each] for each in group), offer)
            if saves:
                for more in packings(pieces, [each for each in rest if each not in others], sets):
                    yield [(offer, group, saves), *more]


def piece_saving(piece: Piece, offer: Offer) -> int:
    benefit = offer.benefit
    if not in_scope(piece, offer.scope):
        return 0
    if isinstance(benefit, Price):
        return 0 if piece.weighed else max(0, piece.value - benefit.price_minor)
    return half_up_off(piece.value, benefit.percent) if isinstance(benefit, Percentage) and benefit.of == "goods" else 0


def remainder_shares(amount: int, weights: dict[int, int]) -> dict[int, int]:
    total = sum(weights.values())
    parts = {key: amount * weight // total for key, weight in weights.items()}
    rest = sorted(weights, key=lambda key: -(amount * weights[key] % total))  # ties: as they stand
    for key in rest[: amount - sum(parts.values())]:
        parts[key] += 1
    return parts


def saved_by(  # noqa: C901, PLR0912 - one rule after the other, to be compared with their text
    lines: list[BasketLine], pieces: list[Piece], used: list[Offer], packed: Packed
) -> int | None:
    """What the combination saves; None when a set is made more often than it may be."""
    for offer in used:
        if offer.most_times is not None and sum(1 for made in packed if made[0] is offer) > offer.most_times:
            return None
    nets = {each.line: each.amount_minor for each in lines}
    touched = set()
    gone = set()
    by_offer: dict[str, tuple[int, dict[int, int]]] = {}
    for offer, group, saves in packed:
        gone |= set(group)
        weights: dict[int, int] = {}
        for each in group:
            weights[pieces[each].line] = weights.get(pieces[each].line, 0) + pieces[each].value
        # a set's saving stands on its own lines
        for key, part in remainder_shares(saves, dict(sorted(weights.items(), key=lambda pair: rank(lines, pair[0])))).items():
            nets[key] -= part
            if part:
                touched.add(key)
        by_offer[offer.id] = (0, {})
    free = [each for each in range(len(pieces)) if each not in gone]
    unlimited = [offer for offer in used if offer.most_pieces is None]

    def best(each: int) -> int:
        return max((piece_saving(pieces[each], offer) for offer in unlimited), default=0)

    savings: dict[int, int] = {}
    for offer in used:
        if offer.most_pieces is None:
            continue
        gains = sorted(
            (each for each in free if each not in savings and piece_saving(pieces[each], offer) > best(each)),
            key=lambda each: (
                best(each) - piece_saving(pieces[each], offer),
                -pieces[each].value,
                rank(lines, pieces[each].line),
            ),
        )
        for each in gains[: offer.most_pieces]:
            savings[each] = piece_saving(pieces[each], offer)
    for each in free:
        saving = savings.get(each, best(each))
        nets[pieces[each].line] -= saving
        if saving:
            touched.add(pieces[each].line)
    for offer in used:
        benefit = offer.benefit
        mine = {
            each.line: nets[each.line]
            for each in lines
            if nets[each.line]
            and in_scope(Piece(0, each.sku, each.category, 0, weighed=False), offer.scope)
            and not (offer.full_price_only and each.line in touched)
        }
        base = sum(mine.values())
        amount = 0
        if isinstance(benefit, Percentage) and benefit.of == "order":
            amount = half_up_off(base, benefit.percent)
            amount = amount if benefit.most_minor is None else min(amount, benefit.most_minor)
        if isinstance(benefit, FullReduction):
            reached = [tier for tier in benefit.tiers if tier.spend_minor <= base]
            amount = max((tier.off_minor for tier in reached), default=0)
            if benefit.repeat and reached:
                amount = base // max(1, reached[0].spend_minor) * reached[0].off_minor
            amount = min(amount, base)
        if amount:
            for key, part in remainder_shares(amount, mine).items():
                nets[key] -= part
    return sum(each.amount_minor for each in lines) - sum(nets.values())


def rank(lines: list[BasketLine], number: int) -> int:
    return next(place for place, each in enumerate(lines) if each.line == number)


def most_saved(lines: tuple[BasketLine, ...], offers: list[Offer]) -> int:
    ordered = sorted(
        lines, key=lambda each: (-(each.amount_minor // each.pieces), each.sku, each.category, each.pieces, each.line)
    )
    offers = sorted(offers, key=lambda offer: (offer.priority, offer.id))
    pieces = pieces_of(tuple(ordered))
    most = 0
    for count in range(len(offers) + 1):
        for used in combinations(offers, count):
            if any(clash(one, other) for one, other in combinations(used, 2)):
                continue
            sets = [offer for offer in used if isinstance(offer.benefit, NthItem | Combination)]
            for packed in packings(pieces, list(range(len(pieces))), sets):
                most = max(most, saved_by(ordered, pieces, list(used), packed) or 0)
    return most


def clash(one: Offer, other: Offer) -> bool:
    if one.alone or other.alone:
        return True
    if one.group == other.group != "":
        return True
    return bool({other.id, other.group} & one.excludes or {one.id, one.group} & other.excludes)


# Baskets and offers.

scopes = st.sets(st.sampled_from(SKUS), max_size=2).map(lambda skus: Scope(skus=frozenset(skus)))
slots = st.builds(Slot, skus=st.sets(st.sampled_from(SKUS), min_size=1, max_size=2).map(frozenset), pieces=st.integers(1, 2))
tiers = st.lists(st.builds(Tier, spend_minor=st.integers(1, 40), off_minor=st.integers(1, 15)), min_size=1, max_size=2).map(tuple)
benefits: st.SearchStrategy[Benefit] = st.one_of(
    st.builds(Percentage, percent=st.integers(1, 100)),
    st.builds(Percentage, percent=st.integers(1, 60), of=st.just("order"), most_minor=st.none() | st.integers(1, 9)),
    st.builds(Price, price_minor=st.integers(0, 12)),
    st.builds(NthItem, every=st.integers(2, 3), percent=st.sampled_from([30, 50, 100])),
    st.builds(Combination, slots=st.lists(slots, min_size=1, max_size=2).map(tuple), price_minor=st.integers(0, 25)),
    st.builds(FullReduction, tiers=tiers),
    st.builds(FullReduction, tiers=tiers.map(lambda found: found[:1]), repeat=st.just(value=True)),
)


@st.composite
def some_offers(draw: st.DrawFn, most: int = 4) -> list[Offer]:
    out = []
    for number in range(draw(st.integers(0, most))):
        benefit = draw(benefits)
        of_pieces = isinstance(benefit, Price) or (isinstance(benefit, Percentage) and benefit.of == "goods")
        out.append(
            Offer(
                id=f"p{number}",
                benefit=benefit,
                scope=draw(scopes),
                priority=draw(st.integers(1, 3)),
                group=draw(st.sampled_from(["", "", "g"])),
                excludes=draw(st.sampled_from([frozenset(), frozenset(), frozenset({"p0"}), frozenset({"g"})])),
                alone=draw(st.sampled_from([False, False, False, True])),
                full_price_only=draw(st.booleans()),
                most_pieces=draw(st.none() | st.integers(1, 2)) if of_pieces else None,
                most_times=draw(st.none() | st.integers(1, 2)),
                coupon=draw(st.sampled_from([None, None, f"c{number}"])),
            )
        )
    return out


@st.composite
def some_lines(draw: st.DrawFn, most_pieces: int = 5) -> tuple[BasketLine, ...]:
    out: list[BasketLine] = []
    left = most_pieces
    while left and draw(st.booleans()):
        pieces = draw(st.integers(1, left))
        left -= pieces
        weighed = pieces == 1 and draw(st.sampled_from([False, False, True]))
        out.append(
            line(
                len(out) + 1,
                draw(st.sampled_from(SKUS)),
                draw(st.integers(1, 20)) * pieces + draw(st.integers(0, pieces)),
                pieces,
                weighed=weighed,
            )
        )
    return tuple(out)


@settings(max_examples=60, deadline=None)
@given(lines=some_lines(), offers=some_offers())
def test_nothing_legal_is_cheaper(lines: tuple[BasketLine, ...], offers: list[Offer]) -> None:
    check_cheapest(lines, offers)


@pytest.mark.faults
@pytest.mark.timeout(600)
@settings(max_examples=5_000, deadline=None)
@given(lines=some_lines(), offers=some_offers())
def test_nothing_legal_is_cheaper_however_long_one_looks(lines: tuple[BasketLine, ...], offers: list[Offer]) -> None:
    check_cheapest(lines, offers)


def check_cheapest(lines: tuple[BasketLine, ...], offers: list[Offer]) -> None:
    best = cheapest(Basket(lines=lines), offers, PLENTY)
    assert best.proven
    assert best.saved_minor == most_saved(lines, offers)


def test_a_line_that_a_set_did_not_make_cheaper_has_its_full_price() -> None:
    """Its share of the set's reduction is rounded to nothing."""
    lines = (line(1, "a", 20, 4), line(2, "a", 4, 1))
    free_one = Combination(slots=(Slot(skus=frozenset({"a"}), pieces=1),), price_minor=0)
    offers = [
        Offer(id="p0", benefit=Percentage(percent=13, of="order"), full_price_only=True),
        Offer(id="p1", benefit=NthItem(every=2, percent=30)),
        Offer(id="p2", benefit=free_one, most_times=1),
    ]
    check_cheapest(lines, offers)
    assert cheapest(Basket(lines=lines), offers, PLENTY).saved_minor == 8


def test_equal_sets_come_to_the_same_found_together_or_one_by_one() -> None:
    """Each 3 off is 2 and 1. Shared out together, 6 would be 3 and 3, and of the 13 left on line 1 4 % would be another fen."""
    lines = (line(1, "a", 16, 2), line(2, "b", 16, 2))
    pair = Combination(slots=(Slot(skus=frozenset({"a"})), Slot(skus=frozenset({"b"}))), price_minor=13)
    offers = [Offer(id="p0", benefit=pair), Offer(id="p1", benefit=Percentage(percent=4, of="order"), scope=of("a"))]
    check_cheapest(lines, offers)
    assert cheapest(Basket(lines=lines), offers, PLENTY).saved_minor == 6


def test_the_odd_fen_of_a_set_is_the_earlier_lines_whichever_of_its_pieces_is_dearest() -> None:
    """Line 2 stands before line 1, whose two pieces cost 4 and 3: of 5 off 10, 3½ and 1½ are rounded."""
    lines = (line(1, "b", 7, 2), line(2, "a", 3))
    three = Combination(slots=(Slot(skus=frozenset({"b"}), pieces=2), Slot(skus=frozenset({"a"}))), price_minor=5)
    offers = [Offer(id="p0", benefit=three), Offer(id="p1", benefit=Percentage(percent=13, of="order"), scope=of("b"))]
    check_cheapest(lines, offers)
    assert cheapest(Basket(lines=lines), offers, PLENTY).saved_minor == 6


@given(base=st.integers(0, 100_000), percent=st.integers(1, 100), most=st.none() | st.integers(1, 2_000))
def test_of_one_fen_more_a_percentage_takes_one_more_or_none(base: int, percent: int, most: int | None) -> None:
    """On which the bound of the search rests."""
    benefit = Percentage(percent=percent, of="order", most_minor=most)
    assert off_the_order(benefit, base + 1) - off_the_order(benefit, base) in {0, 1}


@settings(max_examples=60, deadline=None)
@given(lines=some_lines(12), offers=some_offers(7), work=st.integers(1, 400), seed=st.integers(0, 99))
def test_no_line_costs_less_than_nothing_and_every_amount_is_on_its_lines(
    lines: tuple[BasketLine, ...], offers: list[Offer], work: int, seed: int
) -> None:
    best = cheapest(Basket(lines=lines), offers, work)
    nets = {each.line: each.amount_minor for each in lines}
    for applied in best.applied:
        assert applied.amount_minor > 0
        for number, amount in applied.shares:
            assert amount > 0
            nets[number] -= amount
    assert all(net >= 0 for net in nets.values())
    assert sum(each.amount_minor for each in lines) - sum(nets.values()) == best.saved_minor
    used = [applied.offer for applied in best.applied]
    coupons = [offer for offer in used if offer.coupon is not None]
    if best.proven:
        for coupon in coupons:
            without = cheapest(Basket(lines=lines), [offer for offer in offers if offer is not coupon], PLENTY)
            spent = sum(applied.offer.coupon is not None for applied in without.applied)
            assert without.saved_minor < best.saved_minor or spent >= len(coupons), "a coupon was spent for nothing"
    assert not any(clash(one, other) for one, other in combinations(used, 2))
    for applied in best.applied:
        assert applied.offer.most_times is None or applied.times <= applied.offer.most_times
        assert applied.offer.most_pieces is None or applied.pieces <= applied.offer.most_pieces
    mixed, other_way = list(lines), list(offers)
    random.Random(seed).shuffle(mixed)
    random.Random(seed).shuffle(other_way)
    again = cheapest(Basket(lines=tuple(mixed)), other_way, work)
    assert again == best


HALF = NthItem(every=2, percent=50)
TEN_OF_ORDER = Percentage(percent=10, of="order")


def reduced(best: Cheapest) -> dict[str, int]:
    return {applied.offer.id: applied.amount_minor for applied in best.applied}


def test_the_second_at_half_price_pairs_the_dearest() -> None:
    lines = (line(1, "a", 1_000), line(2, "b", 400), line(3, "c", 900), line(4, "a", 300))
    best = found(lines, Offer(id="half", benefit=HALF))
    assert reduced(best) == {"half": 450 + 150}
    assert best.applied[0].times == 2
    assert sum(amount for _, amount in best.applied[0].shares) == 600


def test_two_combinations_share_the_goods_so_that_both_are_made() -> None:
    """Taking the dearest drink for the first would leave none for the second."""
    lines = (line(1, "a", 500), line(2, "b", 400), line(3, "b", 400), line(4, "c", 300))
    two_drinks = Combination(slots=(Slot(skus=frozenset({"a", "b"}), pieces=2),), price_minor=600)
    menu = Combination(slots=(Slot(skus=frozenset({"a"})), Slot(skus=frozenset({"c"}))), price_minor=500)
    best = found(lines, Offer(id="drinks", benefit=two_drinks, priority=1), Offer(id="menu", benefit=menu, priority=2))
    assert reduced(best) == {"drinks": 200, "menu": 300}


def test_a_reduction_of_goods_is_given_up_where_it_would_cost_a_larger_one() -> None:
    lines = (line(1, "a", 10_500),)
    offers = (
        Offer(id="ten", benefit=Percentage(percent=10), scope=of("a")),
        Offer(id="full", benefit=FullReduction(tiers=(Tier(spend_minor=10_000, off_minor=2_000),))),
    )
    assert reduced(found(lines, *offers)) == {"full": 2_000}


def test_what_excludes_one_another_is_chosen_by_what_it_saves() -> None:
    lines = (line(1, "a", 1_000, 2), line(2, "b", 5_000))
    offers = (
        Offer(id="half", benefit=HALF, group="g"),
        Offer(id="ten", benefit=Percentage(percent=10), group="g"),
        Offer(id="alone", benefit=Percentage(percent=9, of="order"), alone=True),
    )
    assert reduced(found(lines, *offers)) == {"ten": 600}


def test_of_two_that_save_the_same_the_coupon_is_kept() -> None:
    lines = (line(1, "a", 1_000),)
    offers = (
        Offer(id="coupon", benefit=TEN_OF_ORDER, coupon="c-1", group="g", priority=1),
        Offer(id="promotion", benefit=TEN_OF_ORDER, group="g", priority=2),
    )
    assert reduced(found(lines, *offers)) == {"promotion": 100}
    alone = (offers[0], Offer(id="half", benefit=Percentage(percent=50), group="g"))
    assert reduced(found(lines, *alone)) == {"half": 500}


def test_a_tills_own_discount_is_a_line_that_nothing_reduces() -> None:
    lines = (line(1, "a", 1_000), line(2, "discount", -200))
    best = found(lines, Offer(id="ten", benefit=TEN_OF_ORDER))
    assert best.applied[0].shares == ((1, 100),)


def test_amounts_are_shared_out_to_the_last_fen() -> None:
    assert shared_out(2, [1, 1, 1]) == [1, 1, 0]
    assert shared_out(10, [3, 3, 5]) == [3, 3, 4]


def test_when_the_work_is_done_the_best_until_then_is_taken() -> None:
    lines = tuple(line(number, "abc"[number % 3], 1_000 + 37 * number, 3) for number in range(1, 9))
    sets = [
        Offer(id=f"p{number}", benefit=NthItem(every=3, percent=100 - number), scope=of("abc"[number % 3], "abc"[number % 2]))
        for number in range(6)
    ]
    best = cheapest(Basket(lines=lines), sets, work=1)
    assert not best.proven
    assert best.saved_minor > 0
    assert best == cheapest(Basket(lines=lines), sets, work=1)


@pytest.mark.parametrize("ids", [("p0", "p1"), ("p1", "p0")])
def test_of_two_equal_sets_the_one_that_spends_no_coupon_is_made(ids: tuple[str, str]) -> None:
    free, coupon = ids
    sets = NthItem(every=2, percent=100)
    offers = [Offer(id=free, benefit=sets), Offer(id=coupon, benefit=sets, coupon="c1")]
    best = cheapest(Basket(lines=(BasketLine(line=1, sku="a", amount_minor=2, pieces=2),)), offers)
    assert (best.saved_minor, [applied.offer.coupon for applied in best.applied]) == (1, [None])
