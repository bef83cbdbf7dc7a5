"""The cheapest legal combination of offers for a basket, found by branch and bound: no shopper pays more than the rules ask.

A combination is a set of offers of which no two exclude each other, and sets of pieces made for them; ``settling.py`` says what
it comes to. An offer in use holds for every piece that it fits. Of combinations that save the same

* the one with fewer coupons is taken: a coupon is not spent where it brings nothing;
* then the one that is found first: offers that could save most are tried first, then those with the smaller priority, then by id.

The search is exact while the work lasts (``WORK`` steps, some milliseconds); beyond, the best combination found until then is
taken, and ``proven`` is false. Steps are counted, not timed: the same basket and offers always come to the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from edge.shop.promotions.basket import Basket, Offer
from edge.shop.promotions.benefits import FullReduction, Percentage, off_the_order
from edge.shop.promotions.layout import Layout, laid_out, offer_set
from edge.shop.promotions.packing import Packing, Work, goods_worth
from edge.shop.promotions.settling import Applied, Made, Settled, settle, singles_of

WORK = 320
LAID_OUT_AT_ONCE = 40
"""Pairs of goods and offers that are laid out in the time of one step of the search."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cheapest:
    """What is saved, by which offers on which lines. ``proven``: nothing legal is cheaper."""

    saved_minor: int
    applied: tuple[Applied, ...]
    proven: bool


def cheapest(basket: Basket, offers: Sequence[Offer], work: int = WORK) -> Cheapest:
    """The cheapest legal combination of ``offers`` for ``basket``."""
    layout = laid_out(basket, offers)
    if not layout.offers:
        return Cheapest(saved_minor=0, applied=(), proven=True)
    search = _Search(layout, Work(work - len(layout.stacks) * len(layout.offers) // LAID_OUT_AT_ONCE))
    search.run()
    best = search.best_without_needless_coupons()
    return Cheapest(saved_minor=best.total, applied=best.applied, proven=not search.cut)


@dataclass(slots=True)
class _Search:
    layout: Layout
    work: Work
    best: Settled = field(default_factory=lambda: Settled(total=-1, applied=()))
    best_use: int = 0
    best_made: tuple[Made, ...] = ()
    cut: bool = False

    def run(self) -> None:
        """Decide the offers one by one: in use, then not."""
        everything = (1 << len(self.layout.offers)) - 1
        calm = self._is_calm(everything)
        rivals = self._rivals()
        doubtful = [number for number in offer_set(everything) if self.layout.excluded[number] or number in rivals or not calm]
        settled = everything
        for number in doubtful:
            settled &= ~(1 << number)
        potential = {number: self._potential(number) for number in doubtful}
        doubtful.sort(key=lambda number: (-potential[number], number))
        self._decide(doubtful, 0, settled, everything, self._ceiling(everything))

    def _rivals(self) -> set[int]:
        """Offers with a limited number of pieces that could take them from one another: one more may do harm."""
        takers: dict[int, list[int]] = {}
        for number, savings in self.layout.limited.items():
            for stack, _ in savings:
                takers.setdefault(stack, []).append(number)
        return {number for rivals in takers.values() if len(rivals) > 1 for number in rivals}

    def _decide(self, doubtful: list[int], at: int, in_use: int, possible: int, ceiling: int | None) -> None:
        """``possible`` are the offers in use and those that still may be; ``ceiling`` is what they save at most, if known."""
        if self.best.total >= 0 and not self.work.spend(1):
            self.cut = True
            return
        if ceiling is None:
            ceiling = self._ceiling(possible)
        if ceiling < self.best.total or (ceiling == self.best.total and not _coupons(self.best)):
            return
        while at < len(doubtful) and not possible >> doubtful[at] & 1:
            at += 1
        if at == len(doubtful):
            self._finish(in_use)
            return
        number = doubtful[at]
        still = possible & ~self.layout.excluded[number]
        self._decide(doubtful, at + 1, in_use | 1 << number, still, ceiling if still == possible else None)
        self._decide(doubtful, at + 1, in_use, possible & ~(1 << number), None)

    def _finish(self, in_use: int) -> None:
        singles = singles_of(self.layout, in_use)
        made = self._packed(in_use, singles)
        self.work.spend(len(self.layout.stacks) // 2)
        settled = settle(self.layout, in_use, made, singles)
        if (settled.total, -_coupons(settled)) > (self.best.total, -_coupons(self.best)):
            self.best, self.best_use, self.best_made = settled, in_use, made

    def _packed(self, in_use: int, singles: Sequence[tuple[int, int]]) -> tuple[Made, ...]:
        """The best sets. While the order looks at nothing but the total, each cluster of stacks is searched by itself."""
        layout = self.layout
        if not any(in_use >> number & 1 for number in layout.sets):
            return ()
        made: list[Made] = []
        if self._is_calm(in_use):
            for stacks, offers in layout.clusters:
                here = in_use & offers
                if any(here >> number & 1 for number in layout.sets):
                    made += self._pack(stacks, here, singles)
            return tuple(made)
        everywhere = tuple(sorted({stack for stacks, _ in layout.clusters for stack in stacks}))
        packing = Packing(
            layout=layout,
            in_use=in_use,
            stacks=everywhere,
            singles=singles,
            worth=lambda made: settle(layout, in_use, made, singles).total,
            ceiling=partial(self._with_order, in_use),
            work=self.work,
        )
        packed = packing.find(self._goods_ceiling(in_use))
        self.cut = self.cut or not packed.proven
        return packed.made

    def _pack(self, stacks: tuple[int, ...], in_use: int, singles: Sequence[tuple[int, int]]) -> tuple[Made, ...]:
        packing = Packing(
            layout=self.layout,
            in_use=in_use,
            stacks=stacks,
            singles=singles,
            worth=partial(goods_worth, self.layout, in_use, stacks, singles),
            ceiling=lambda saved: saved,
            work=self.work,
        )
        packed = packing.find(self._goods_ceiling(in_use))
        self.cut = self.cut or not packed.proven
        return packed.made

    def _potential(self, number: int) -> int:
        """What the offer could save with no other."""
        layout = self.layout
        if number not in layout.wide:
            return layout.alone[number]
        return off_the_order(layout.offers[number].benefit, layout.wide_gross[number])

    def _ceiling(self, possible: int) -> int:
        """What the offers ``possible`` save at most."""
        self.work.spend(1 + len(self.layout.stacks) // 16)
        return self._with_order(possible, self._goods_ceiling(possible))

    def _goods_ceiling(self, possible: int) -> int:
        """At most what each offer could save alone, and at most the best share for every piece."""
        layout, total = self.layout, 0
        for stacks, offers in layout.clusters:
            here = possible & offers
            if not here:
                continue
            alone = sum(layout.alone[number] for number in offer_set(here))
            shares = 0
            for stack in stacks:
                for share, offer in layout.shares[stack]:
                    if here >> offer & 1:
                        shares += layout.stacks[stack].count * share
                        break
            total += min(alone, shares)
        return total

    def _with_order(self, possible: int, goods: int) -> int:
        """What is saved at most when goods save at most ``goods``: every offer of the order takes all that it ever could.

        No choice saves more, to the last fen: an offer looks at no more than is left and than its scope cost, and takes no less
        of more. What it leaves of more is never less either, for of one fen more a percentage, rounded, takes one more or none.
        So from one offer to the next, whether it is in use or not, at least ``left`` is left.
        """
        layout = self.layout
        left = max(0, layout.gross - goods)
        for number, gross in layout.wide_gross.items():
            if possible >> number & 1:
                left -= min(left, _most_off(layout.offers[number], left, gross))
        return layout.gross - left

    def _is_calm(self, in_use: int) -> bool:
        """Whether the order's offers are sure to look at nothing but the total, so that saving more on goods never costs more."""
        layout = self.layout
        low, everything = max(0, layout.gross - self._goods_ceiling(in_use)), len(layout.lines)
        for number, lines in layout.wide.items():
            if not in_use >> number & 1:
                continue
            offer = layout.offers[number]
            if offer.full_price_only or len(lines) != everything:
                return False
            benefit = offer.benefit
            if isinstance(benefit, FullReduction) and off_the_order(benefit, low) != off_the_order(benefit, layout.gross):
                return False
            low -= min(low, _most_off(offer, low, layout.gross))
        return True

    def best_without_needless_coupons(self) -> Settled:
        """The best, without the coupons that it does not need; the last in order is given back first."""
        for number in reversed(range(len(self.layout.offers))):
            if self.layout.offers[number].coupon is None or not self.best_use >> number & 1:
                continue
            use = self.best_use & ~(1 << number)
            singles = singles_of(self.layout, use)
            kept = tuple(each for each in self.best_made if each.offer != number)
            for made in (kept, self._packed(use, singles)):  # another offer may make the same sets for nothing
                without = settle(self.layout, use, made, singles)
                if without.total >= self.best.total:
                    self.best, self.best_use, self.best_made = without, use, made
                    break
        return self.best


def _coupons(settled: Settled) -> int:
    """How many coupons it spends."""
    return sum(applied.offer.coupon is not None for applied in settled.applied)


def _most_off(offer: Offer, left: int, gross: int) -> int:
    """What an offer of the order takes at most when ``left`` remains of the basket and its scope cost ``gross``."""
    return off_the_order(offer.benefit, min(left, gross) if isinstance(offer.benefit, Percentage) else gross)
