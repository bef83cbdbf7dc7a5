"""What a choice of offers and sets comes to: piece by piece, then the order, each amount on the lines it belongs to.

1. The sets that were made. What a set saves is shared out over its pieces.
2. Offers with a limited number of pieces, in order: where they save most above what the next step would save.
3. Every piece that is left: the offer in use that saves most on it.
4. The offers of the order, in order: each looks at what the earlier ones have left, and takes from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from edge.shop.promotions.basket import Offer, shared_out
from edge.shop.promotions.benefits import off_the_order
from edge.shop.promotions.layout import Layout


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """The set of ``offer`` made ``times`` of ``pieces`` (stack, count), each time saving ``saves``."""

    offer: int
    pieces: tuple[tuple[int, int], ...]
    saves: int
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What ``offer`` takes off each of ``shares`` (line, minor units); ``pieces`` that it gave a price, sets that it made."""

    offer: Offer
    shares: tuple[tuple[int, int], ...]
    pieces: int = 0
    times: int = 0

    @property
    def amount_minor(self) -> int:
        """All of it."""
        return sum(amount for _, amount in self.shares)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A choice, worked out; ``applied`` in order. ``total`` is what is saved."""

    total: int
    applied: tuple[Applied, ...]


@dataclass(slots=True)
class _Tally:
    """What one offer came to so far."""

    by_line: dict[int, int]
    pieces: int = 0
    times: int = 0


def settle(layout: Layout, in_use: int, made: Sequence[Made], singles: Sequence[tuple[int, int]]) -> Settled:
    """Work out the offers ``in_use`` with the sets ``made``; ``singles`` are ``singles_of`` them."""
    nets = [line.amount_minor for line in layout.lines]
    tallies: dict[int, _Tally] = {}
    free = [stack.count for stack in layout.stacks]
    for each in made:
        _count_set(layout, each, free, tallies)
    limited = list(taken_limited(layout, in_use, free, singles))
    rest = (
        (singles[stack][1], stack, count, singles[stack][0]) for stack, count in enumerate(free) if count and singles[stack][0]
    )
    for offer, stack, count, saving in (*limited, *rest):
        tally = tallies.setdefault(offer, _Tally({}))
        line = layout.stacks[stack].line
        tally.by_line[line] = tally.by_line.get(line, 0) + count * saving
        tally.pieces += count
    for tally in tallies.values():
        for line, amount in tally.by_line.items():
            nets[line] -= amount
    touched = {line for tally in tallies.values() for line, amount in tally.by_line.items() if amount}
    for number in layout.wide:
        if in_use >> number & 1:
            _reduce_order(layout, number, nets, touched, tallies)
    applied = tuple(
        Applied(
            offer=layout.offers[number],
            shares=tuple(sorted((layout.lines[line].line, amount) for line, amount in tally.by_line.items() if amount)),
            pieces=tally.pieces,
            times=tally.times,
        )
        for number, tally in sorted(tallies.items())
    )
    return Settled(total=layout.gross - sum(nets), applied=tuple(each for each in applied if each.shares))


def singles_of(layout: Layout, in_use: int) -> list[tuple[int, int]]:
    """For each stack the largest saving of a piece outside of sets and limits, and its offer; (0, -1) for none."""
    found = []
    for pairs in layout.each:
        best = (0, -1)
        for pair in pairs:
            if in_use >> pair[1] & 1:
                best = pair
                break
        found.append(best)
    return found


def taken_limited(
    layout: Layout, in_use: int, free: list[int], singles: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int, int, int]]:
    """(offer, stack, pieces, saving of one) of the offers with a limit; what they take is no longer in ``free``."""
    for number, savings in layout.limited.items():
        if not in_use >> number & 1:
            continue
        left = layout.offers[number].most_pieces or 0
        gains = [(singles[stack][0] - saving, stack, saving) for stack, saving in savings if free[stack]]
        for gain, stack, saving in sorted(gains):
            count = min(left, free[stack])
            if gain >= 0 or not count:
                break
            free[stack] -= count
            left -= count
            yield number, stack, count, saving


def _count_set(layout: Layout, made: Made, free: list[int], tallies: dict[int, _Tally]) -> None:
    """Every set is shared out by itself, so that it comes to the same whether equal sets were found together or one by one."""
    weights: dict[int, int] = {}
    for stack, count in made.pieces:
        free[stack] -= count * made.times
        line = layout.stacks[stack].line
        weights[line] = weights.get(line, 0) + layout.stacks[stack].value * count
    tally = tallies.setdefault(made.offer, _Tally({}))
    tally.times += made.times
    lines = sorted(weights)
    for line, amount in zip(lines, shared_out(made.saves, [weights[line] for line in lines]), strict=True):
        tally.by_line[line] = tally.by_line.get(line, 0) + amount * made.times


def _reduce_order(layout: Layout, number: int, nets: list[int], touched: set[int], tallies: dict[int, _Tally]) -> None:
    offer = layout.offers[number]
    lines = [line for line in layout.wide[number] if nets[line] and not (offer.full_price_only and line in touched)]
    base = sum(nets[line] for line in lines)
    amount = off_the_order(offer.benefit, base)
    if not amount:
        return
    shares = shared_out(amount, [nets[line] for line in lines])
    tallies[number] = _Tally(dict(zip(lines, shares, strict=True)))
    for line, share in zip(lines, shares, strict=True):
        nets[line] -= share
