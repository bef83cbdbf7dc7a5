"""A good way to make sets, found at once: each offer takes the dearest pieces that are left. The search begins with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from edge.shop.promotions.benefits import Combination, NthItem, off
from edge.shop.promotions.layout import Layout
from edge.shop.promotions.settling import Made


def quick_sets(layout: Layout, numbers: Sequence[int], singles: Sequence[tuple[int, int]]) -> list[Made]:
    """Each offer of ``numbers`` in turn makes what sets it can of the dearest pieces that are left, where they save more."""
    free = [stack.count for stack in layout.stacks]
    made: list[Made] = []
    for number in numbers:
        match layout.offers[number].benefit:
            case NthItem(every=every, percent=percent):
                groups = _nth_groups(layout, number, every, free)
                made += _worthwhile(layout, number, groups, percent, free=free, singles=singles)
            case Combination():
                made += _combinations(layout, number, free, singles)
            case _:
                raise AssertionError("only sets are made")
    return made


def _nth_groups(layout: Layout, number: int, every: int, free: list[int]) -> Iterator[tuple[tuple[tuple[int, int], ...], int]]:
    """Groups of ``every`` pieces and how often, the dearest together."""
    begun: list[tuple[int, int]] = []
    held = 0
    for stack in layout.sets[number][0]:
        count = free[stack]
        if held and held + count >= every:
            yield (*begun, (stack, every - held)), 1
            count -= every - held
            begun, held = [], 0
        if not held and count >= every:
            yield ((stack, every),), count // every
            count %= every
        if count:
            begun.append((stack, count))
            held += count


def _worthwhile(
    layout: Layout,
    number: int,
    groups: Iterator[tuple[tuple[tuple[int, int], ...], int]],
    percent: int,
    *,
    free: list[int],
    singles: Sequence[tuple[int, int]],
) -> Iterator[Made]:
    left = layout.offers[number].most_times
    for pieces, most in list(groups):
        times = most if left is None else min(most, left)
        saves = off(layout.stacks[pieces[-1][0]].value, percent)
        if times and saves > sum(singles[stack][0] * count for stack, count in pieces):
            yield Made(offer=number, pieces=pieces, saves=saves, times=times)
            left = None if left is None else left - times
            for stack, count in pieces:
                free[stack] -= count * times


def _combinations(layout: Layout, number: int, free: list[int], singles: Sequence[tuple[int, int]]) -> Iterator[Made]:
    left = layout.offers[number].most_times
    while left is None or left > 0:
        pieces = _dearest_set(layout, number, free)
        saves = 0 if pieces is None else saves_of(layout, number, pieces)
        if pieces is None or saves <= sum(singles[stack][0] * count for stack, count in pieces):
            return
        times = min(free[stack] // count for stack, count in pieces)
        times = times if left is None else min(times, left)
        left = None if left is None else left - times
        for stack, count in pieces:
            free[stack] -= count * times
        yield Made(offer=number, pieces=pieces, saves=saves, times=times)


def _dearest_set(layout: Layout, number: int, free: list[int]) -> tuple[tuple[int, int], ...] | None:
    benefit = layout.offers[number].benefit
    slots = benefit.slots if isinstance(benefit, Combination) else ()
    taken: dict[int, int] = {}
    for slot, stacks in zip(slots, layout.sets[number], strict=True):
        wanted = slot.pieces
        for stack in stacks:
            if free[stack]:
                count = min(wanted, free[stack] - taken.get(stack, 0))
                if count > 0:
                    taken[stack] = taken.get(stack, 0) + count
                    wanted -= count
                    if not wanted:
                        break
        if wanted:
            return None
    return tuple(sorted(taken.items()))


def saves_of(layout: Layout, number: int, pieces: tuple[tuple[int, int], ...]) -> int:
    """What one set of ``pieces`` saves."""
    match layout.offers[number].benefit:
        case NthItem(percent=percent):
            return off(min(layout.stacks[stack].value for stack, _ in pieces), percent)
        case Combination(price_minor=price_minor):
            return sum(layout.stacks[stack].value * count for stack, count in pieces) - price_minor
        case _:
            raise AssertionError("only sets are made")
