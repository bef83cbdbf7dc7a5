"""What an offer of goods could save at most, asked before anything is tried: the bounds that make the search short."""

from __future__ import annotations

from edge.shop.promotions.basket import Offer, Stack
from edge.shop.promotions.benefits import Combination, NthItem, Slot, off


def set_potential(offer: Offer, slots: tuple[tuple[int, ...], ...], stacks: tuple[Stack, ...]) -> tuple[int, dict[int, int]]:
    """What the sets of ``offer`` could save together, and the share in it of a piece of each stack."""
    match offer.benefit:
        case NthItem(every=every, percent=percent):
            return _nth_potential(every, percent, offer.most_times, [stacks[stack] for stack in slots[0]]), {
                stack: -(-off(stacks[stack].value, percent) // every) for stack in slots[0]
            }
        case Combination(slots=wanted, price_minor=price_minor):
            return _combination_potential(wanted, price_minor, offer.most_times, slots, stacks)
        case _:
            raise AssertionError("only sets are looked at here")


def _nth_potential(every: int, percent: int, most_times: int | None, stacks: list[Stack]) -> int:
    """Dearest with dearest, nobody else touching them: no other way of making groups saves more."""
    saved, held, left = 0, 0, most_times if most_times is not None else sum(stack.count for stack in stacks)
    for stack in stacks:
        held += stack.count
        times = min(left, held // every)
        saved += times * off(stack.value, percent)
        held -= times * every
        left -= times
    return saved


def _combination_potential(
    wanted: tuple[Slot, ...],
    price_minor: int,
    most_times: int | None,
    slots: tuple[tuple[int, ...], ...],
    stacks: tuple[Stack, ...],
) -> tuple[int, dict[int, int]]:
    """As if each set had the dearest pieces: a set of S saves S - price = S (1 - price / S), and no S is larger than this one."""
    dearest = sum(
        sum_of_dearest(slot.pieces, [(stacks[stack].value, stacks[stack].count) for stack in of])
        for slot, of in zip(wanted, slots, strict=True)
    )
    saves = dearest - price_minor
    if saves <= 0:
        return 0, {}
    times = min(sum(stacks[stack].count for stack in of) // slot.pieces for slot, of in zip(wanted, slots, strict=True))
    if most_times is not None:
        times = min(times, most_times)
    return times * saves, {stack: -(-stacks[stack].value * saves // dearest) for of in slots for stack in of}


def sum_of_dearest(most: int | None, worth: list[tuple[int, int]]) -> int:
    """The sum of the ``most`` largest of (value, count)."""
    if most is None:
        return sum(value * count for value, count in worth)
    total = 0
    for value, count in sorted(worth, reverse=True):
        taken = min(most, count)
        total += taken * value
        most -= taken
    return total
