"""Which pieces go into which sets (combinations, n-th items): first a quick good answer, then, with work left, the best one.

The search looks at the dearest piece that is not decided yet: it goes into one of the sets that begin with it, or into none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from edge.shop.promotions.benefits import Combination, NthItem
from edge.shop.promotions.layout import Layout, offer_set
from edge.shop.promotions.quick_sets import quick_sets, saves_of
from edge.shop.promotions.settling import Made, taken_limited

MOST_PIECES = 40
"""Of more pieces than this only the quick answer is known."""

MOST_SETS = 400
"""Ways to make a set around one piece that are looked at."""


@dataclass(slots=True)
class Work:
    """How many more steps a search may take; counted, not timed, so that every box decides alike."""

    left: int

    def spend(self, steps: int) -> bool:
        """Whether there was work left."""
        self.left -= steps
        return self.left > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """Sets to make; ``proven`` when no other way is better."""

    made: tuple[Made, ...]
    proven: bool


@dataclass(slots=True, kw_only=True)
class Packing:
    """The search among the sets of the offers ``in_use`` that begin in ``stacks``.

    ``worth(made)`` is what a whole answer is worth, ``ceiling(saved)`` the most that it can be worth when goods save at most
    ``saved`` in these stacks.
    """

    layout: Layout
    in_use: int
    stacks: tuple[int, ...]
    singles: Sequence[tuple[int, int]]
    worth: Callable[[Sequence[Made]], int]
    ceiling: Callable[[int], int]
    work: Work
    best: int = -1
    best_made: tuple[Made, ...] = ()
    cut: bool = False
    _free: list[int] = field(default_factory=list)
    _made: list[Made] = field(default_factory=list)
    _times: dict[int, int] = field(default_factory=dict)
    _share: list[int] = field(default_factory=list)
    _outside: list[int] = field(default_factory=list)

    def find(self, most: int) -> Packed:
        """The best sets; ``most`` is a bound on what goods can save here that is known already."""
        layout = self.layout
        numbers = [number for number in offer_set(self.in_use) if number in layout.sets]
        by_promise = sorted(numbers, key=lambda number: (-layout.alone[number], number))
        for order in (numbers, by_promise) if numbers != by_promise else (numbers,):
            if self.best >= 0 and self.work.left < len(self.stacks):
                self.cut = True
                break
            self._try(quick_sets(layout, order, self.singles))
        self._free = [stack.count for stack in layout.stacks]
        proven = self.best >= self.ceiling(most)
        if not proven and numbers and sum(self._free[stack] for stack in self.stacks) <= MOST_PIECES:
            self._share = [self._best(layout.shares[stack]) for stack in range(len(self._free))]
            self._outside = self._most_outside()
            self._go(0, 0, sum(self._free[stack] * self._share[stack] for stack in self.stacks), None, 0)
            proven = not self.cut
        return Packed(made=self.best_made, proven=proven or not numbers)

    def _best(self, pairs: tuple[tuple[int, int], ...]) -> int:
        return next((saving for saving, offer in pairs if self.in_use >> offer & 1), 0)

    def _most_outside(self) -> list[int]:
        """What a piece of each stack saves at most outside of sets."""
        found = [saving for saving, _ in self.singles]
        for number, savings in self.layout.limited.items():
            if self.in_use >> number & 1:
                for stack, saving in savings:
                    found[stack] = max(found[stack], saving)
        return found

    def _try(self, made: Sequence[Made]) -> None:
        worth = self.worth(made)
        self.work.spend(1 + len(self.stacks) // 2)
        if worth > self.best:
            self.best, self.best_made = worth, tuple(made)

    def _go(self, place: int, saved: int, potential: int, ways: list[Made] | None, first: int) -> None:
        """Decide the pieces of ``stacks[place]`` and behind; ``ways[first:]`` are the sets that may still begin here."""
        if not self.work.spend(1):
            self.cut = True
            return
        if self.ceiling(saved + potential) <= self.best:
            return
        while place < len(self.stacks) and not self._free[self.stacks[place]]:
            place, ways, first = place + 1, None, 0
        if place == len(self.stacks):
            self._try(self._made)
            return
        stack = self.stacks[place]
        if ways is None:
            ways = self._ways(stack)
        for number in range(first, len(ways)):
            way = ways[number]
            if self._can(way):
                self._take(way, 1)
                lost = sum(self._share[each] * count for each, count in way.pieces)
                self._go(place, saved + way.saves, potential - lost, ways, number)
                self._take(way, -1)
        rest = self._free[stack]
        self._go(place + 1, saved, potential - rest * (self._share[stack] - self._outside[stack]), None, 0)

    def _can(self, way: Made) -> bool:
        most = self.layout.offers[way.offer].most_times
        if most is not None and self._times.get(way.offer, 0) >= most:
            return False
        return all(self._free[stack] >= count for stack, count in way.pieces)

    def _take(self, way: Made, sign: int) -> None:
        for stack, count in way.pieces:
            self._free[stack] -= sign * count
        self._times[way.offer] = self._times.get(way.offer, 0) + sign
        if sign > 0:
            self._made.append(way)
        else:
            self._made.pop()

    def _ways(self, stack: int) -> list[Made]:
        """Every set with a piece of ``stack`` and none of an earlier one, the best first."""
        found = []
        for number in offer_set(self.in_use):
            if number not in self.layout.sets or not any(stack in of for of in self.layout.sets[number]):
                continue
            chosen = list(islice(_sets_around(self.layout, number, stack, self._free), MOST_SETS + 1))
            self.cut = self.cut or len(chosen) > MOST_SETS
            self.work.spend(len(chosen) // 4)
            for pieces in sorted(set(chosen[:MOST_SETS])):
                saves = saves_of(self.layout, number, pieces)
                if saves > 0:
                    found.append(Made(offer=number, pieces=pieces, saves=saves))
        return sorted(found, key=self._promise)

    def _promise(self, way: Made) -> tuple[int, int, tuple[tuple[int, int], ...]]:
        singly = sum(self.singles[stack][0] * count for stack, count in way.pieces)
        return (singly - way.saves, way.offer, way.pieces)


def _sets_around(layout: Layout, number: int, stack: int, free: list[int]) -> Iterator[tuple[tuple[int, int], ...]]:
    match layout.offers[number].benefit:
        case NthItem(every=every):
            slots: list[tuple[tuple[int, ...], int]] = [(layout.sets[number][0], every)]
        case Combination(slots=wanted):
            slots = [(of, slot.pieces) for of, slot in zip(layout.sets[number], wanted, strict=True)]
        case _:
            raise AssertionError("only sets are made")
    behind = [(tuple(each for each in of if each >= stack), pieces) for of, pieces in slots]
    for taken in _filled(behind, 0, free, {}):
        if stack in taken:
            yield tuple(sorted(taken.items()))


def _filled(
    slots: list[tuple[tuple[int, ...], int]], at: int, free: list[int], taken: dict[int, int]
) -> Iterator[dict[int, int]]:
    """Every way to fill ``slots[at:]`` with pieces that are free, the dearest first."""
    if at == len(slots):
        yield dict(taken)
        return
    stacks, pieces = slots[at]
    if not pieces:
        yield from _filled(slots, at + 1, free, taken)
        return
    for place, stack in enumerate(stacks):
        able = min(pieces, free[stack] - taken.get(stack, 0))
        for count in range(able, 0, -1):
            taken[stack] = taken.get(stack, 0) + count
            rest = [*slots[:at], (stacks[place + 1 :], pieces - count), *slots[at + 1 :]]
            yield from _filled(rest, at, free, taken)
            taken[stack] -= count
            if not taken[stack]:
                del taken[stack]


def goods_worth(
    layout: Layout, in_use: int, stacks: Sequence[int], singles: Sequence[tuple[int, int]], made: Sequence[Made]
) -> int:
    """What goods save in ``stacks``, by offers ``in_use`` that touch no others, with the sets ``made``."""
    free = [stack.count for stack in layout.stacks]
    saved = 0
    for each in made:
        saved += each.saves * each.times
        for stack, count in each.pieces:
            free[stack] -= count * each.times
    saved += sum(count * saving for _, _, count, saving in taken_limited(layout, in_use, free, singles))
    return saved + sum(free[stack] * singles[stack][0] for stack in stacks)
