"""A basket laid out for the search: which offer could touch which pieces, what it could bring at most, what excludes what.

Offers are numbered in the order in which they are applied (priority, then id, then coupon); a set of them is a bit mask.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter

from edge.shop.promotions.basket import Basket, BasketLine, Offer, Stack, in_order, stacks_of
from edge.shop.promotions.benefits import Combination, FullReduction, NthItem, Percentage, Price, Scope
from edge.shop.promotions.potential import set_potential, sum_of_dearest


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """``each[s]`` are pairs (saving of a piece of stack s, offer), the largest first, of offers with no limit of pieces;
    ``limited`` has those with one, as pairs (stack, saving). ``shares[s]`` are pairs (share, offer) of all offers of goods: no
    set of pieces ever saves more than the sum of their shares. ``sets`` has the stacks of each slot of an offer, ``wide`` the
    lines of an offer of the order, ``alone`` what an offer of goods could save if it were the only one. ``clusters`` are the
    stacks that offers of goods connect, with the mask of those.
    """

    lines: tuple[BasketLine, ...]
    stacks: tuple[Stack, ...]
    offers: tuple[Offer, ...]
    gross: int
    each: tuple[tuple[tuple[int, int], ...], ...]
    limited: dict[int, tuple[tuple[int, int], ...]]
    shares: tuple[tuple[tuple[int, int], ...], ...]
    sets: dict[int, tuple[tuple[int, ...], ...]]
    wide: dict[int, tuple[int, ...]]
    wide_gross: dict[int, int]
    alone: dict[int, int]
    excluded: tuple[int, ...]
    clusters: tuple[tuple[tuple[int, ...], int], ...]


def laid_out(basket: Basket, offers: Sequence[Offer]) -> Layout:
    """``basket`` with those of ``offers`` that could bring anything."""
    lines = in_order(basket.lines)
    draft = _Draft(lines, stacks_of(lines))
    for offer in sorted(offers, key=lambda offer: (offer.priority, offer.id, offer.coupon or "")):
        draft.add(offer)
    return draft.done()


class _Draft:
    """A layout in the making. Lines are found by SKU and by category, for a basket has few and a scope may have thousands."""

    def __init__(self, lines: tuple[BasketLine, ...], stacks: tuple[Stack, ...]) -> None:
        self.lines = lines
        self.stacks = stacks
        self.offers: list[Offer] = []
        self.each: list[list[tuple[int, int]]] = [[] for _ in stacks]
        self.shares: list[list[tuple[int, int]]] = [[] for _ in stacks]
        self.limited: dict[int, tuple[tuple[int, int], ...]] = {}
        self.sets: dict[int, tuple[tuple[int, ...], ...]] = {}
        self.wide: dict[int, tuple[int, ...]] = {}
        self.alone: dict[int, int] = {}
        self.touched: dict[int, tuple[int, ...]] = {}
        self._every_line = tuple(range(len(lines)))
        self._by_sku: dict[str, list[int]] = {}
        self._by_category: dict[str, list[int]] = {}
        for place, line in enumerate(lines):
            self._by_sku.setdefault(line.sku, []).append(place)
            self._by_category.setdefault(line.category, []).append(place)
        self._skus, self._categories = frozenset(self._by_sku), frozenset(self._by_category)
        self._stacks_of: list[list[int]] = [[] for _ in lines]
        for place, stack in enumerate(stacks):
            self._stacks_of[stack.line].append(place)

    def add(self, offer: Offer) -> None:
        """Number ``offer``, unless it fits nothing here."""
        match offer.benefit:
            case Percentage(of="order") | FullReduction():
                self._add_wide(offer)
            case NthItem() | Combination():
                self._add_sets(offer)
            case Percentage() | Price():
                self._add_each(offer)

    def _add_wide(self, offer: Offer) -> None:
        lines = self._lines_of(offer.scope)
        if lines:
            self.wide[len(self.offers)] = lines
            self.offers.append(offer)

    def _add_sets(self, offer: Offer) -> None:
        scopes = offer.benefit.slots if isinstance(offer.benefit, Combination) else (offer.scope,)
        slots = tuple(tuple(sorted(self._pieces_of(scope))) for scope in scopes)
        alone, shares = set_potential(offer, slots, self.stacks) if all(slots) else (0, {})
        if alone <= 0:
            return
        number = len(self.offers)
        self.sets[number], self.alone[number], self.touched[number] = slots, alone, tuple(shares)
        self.offers.append(offer)
        for stack, share in shares.items():
            self.shares[stack].append((share, number))

    def _add_each(self, offer: Offer) -> None:
        savings = tuple(self._savings_of(offer))
        if not savings:
            return
        number, stacks = len(self.offers), self.stacks
        self.alone[number] = sum_of_dearest(offer.most_pieces, [(saving, stacks[stack].count) for stack, saving in savings])
        self.touched[number] = tuple(stack for stack, _ in savings)
        self.offers.append(offer)
        if offer.most_pieces is not None:
            self.limited[number] = savings
        places = (self.shares, self.each) if offer.most_pieces is None else (self.shares,)
        for stack, saving in savings:
            pair = (saving, number)
            for place in places:
                place[stack].append(pair)

    def done(self) -> Layout:
        """The layout."""
        amounts, wide = [line.amount_minor for line in self.lines], self.wide.items()
        gross = sum(amounts)
        return Layout(
            lines=self.lines,
            stacks=self.stacks,
            offers=tuple(self.offers),
            gross=gross,
            each=tuple(map(_largest_first, self.each)),
            limited=self.limited,
            shares=tuple(map(_largest_first, self.shares)),
            sets=self.sets,
            wide=self.wide,
            wide_gross={number: gross if of == self._every_line else sum([amounts[line] for line in of]) for number, of in wide},
            alone=self.alone,
            excluded=_exclusions(self.offers),
            clusters=tuple(_clusters(self.touched)),
        )

    def _lines_of(self, scope: Scope) -> tuple[int, ...]:
        """The places of the lines in ``scope``."""
        if not (scope.skus or scope.categories):
            found = self._every_line
        else:
            of = {line for sku in scope.skus & self._skus for line in self._by_sku[sku]}
            of.update(line for each in scope.categories & self._categories for line in self._by_category[each])
            found = tuple(sorted(of))
        if not scope.without:
            return found
        return tuple(line for line in found if self.lines[line].sku not in scope.without)

    def _pieces_of(self, scope: Scope) -> list[int]:
        """The stacks in ``scope`` that are no goods by weight."""
        lines = self.lines
        return [stack for line in self._lines_of(scope) if not lines[line].weighed for stack in self._stacks_of[line]]

    def _savings_of(self, offer: Offer) -> list[tuple[int, int]]:
        """The stacks where ``offer`` saves anything, and what it saves on a piece."""
        stacks, lines = self.stacks, self._lines_of(offer.scope)
        match offer.benefit:
            case Percentage(percent=percent):
                keep = 2 * (100 - percent)  # as benefits.off, which a trolley would call a thousand times
                of = [stack for line in lines for stack in self._stacks_of[line]]
                found = [(stack, (value := stacks[stack].value) - (value * keep + 100) // 200) for stack in of]
            case Price(price_minor=price_minor):
                found = [(stack, stacks[stack].value - price_minor) for stack in self._pieces_of(offer.scope)]
            case _:
                raise AssertionError("only offers of each piece are looked at here")
        return [pair for pair in found if pair[1] > 0]


def _largest_first(pairs: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Pairs that came in order of their offers; of equal ones the earlier offer stays first."""
    if len(pairs) > 1:
        pairs.sort(key=itemgetter(0), reverse=True)
    return tuple(pairs)


def _exclusions(offers: Sequence[Offer]) -> tuple[int, ...]:
    """For each offer the mask of those that it cannot be applied with."""
    named: dict[str, int] = {}
    for number, offer in enumerate(offers):
        named[offer.id] = named.get(offer.id, 0) | 1 << number
        if offer.group:
            named[offer.group] = named.get(offer.group, 0) | 1 << number
    masks = [0] * len(offers)
    for number, offer in enumerate(offers):
        mask = (1 << len(offers)) - 1 if offer.alone else named[offer.group] if offer.group else 0
        for name in offer.excludes & named.keys():
            mask |= named[name]
        mask &= ~(1 << number)
        masks[number] |= mask
        for other in offer_set(mask):
            masks[other] |= 1 << number
    return tuple(masks)


def _clusters(touched: dict[int, tuple[int, ...]]) -> Iterator[tuple[tuple[int, ...], int]]:
    """Stacks that are connected by offers of goods, with the mask of those offers."""
    of_stack: dict[int, int] = {}
    clusters: dict[int, tuple[set[int], int]] = {}
    for number, stacks in touched.items():
        joined = {of_stack[stack] for stack in stacks if stack in of_stack}
        together, mask = set(stacks), 1 << number
        for other in joined:
            more, offers = clusters.pop(other)
            together |= more
            mask |= offers
        if not together:
            continue
        clusters[number] = (together, mask)
        of_stack.update(dict.fromkeys(together, number))
    for together, mask in clusters.values():
        yield tuple(sorted(together)), mask


def offer_set(mask: int) -> Iterator[int]:
    """The numbers in ``mask``."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest
