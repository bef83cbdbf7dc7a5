"""Whether the bags weigh what the order says: goods that were put in unscanned are heavier than nothing.

Each line weighs what the scale or the catalogue says, with the tolerance of its goods; goods whose weight nobody gave may weigh
anything, so with them on the order nothing can be too heavy. Weights are told by headquarters, never learnt from shoppers.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from drivers.readings import Weight
from edge.shop.catalogue.products import product_of
from edge.shop.lanes.events import BagsWeighed
from edge.shop.lanes.lane import LaneState, lane_settings
from edge.shop.orders.order import Order, SoldLine, sold_lines
from edge.shop.shop import Shop

DUST_G = 5
"""A change of the weight under the bags that is no goods."""

WEIGHING_PERMILLE = 20
"""Two scales that weigh the same goods may differ by so much: the one that sold them and the one under the bags."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bags:
    """``extra``: ``grams`` too much lie there; ``missing``: so much is not there yet; ``unchecked``: no scale is there."""

    verdict: Literal["right", "extra", "missing", "unchecked"]
    grams: int = 0


def hear_bags(weight: Weight, lane: str, db: sqlite3.Connection) -> Iterable[BagsWeighed]:
    """Write a settled weight of the bags down; anything else says nothing."""
    if weight.state != "stable" or weight.grams is None:
        return
    row = db.execute("SELECT grams FROM lane_bags WHERE scale = ?", (weight.device,)).fetchone()
    if row is None or abs(weight.grams - row[0]) > DUST_G or (weight.grams <= DUST_G < row[0]):
        yield BagsWeighed(lane=lane, scale=weight.device, grams=max(0, weight.grams))


def bags_of(state: LaneState, order: Order, shop: Shop, db: sqlite3.Connection) -> Bags:
    """How the bags of ``order`` compare with its lines."""
    settings = lane_settings(shop, state.lane)
    if settings.bag_scale is None:
        return Bags(verdict="unchecked")
    expected, slack, certain = 0, settings.bag_tolerance_grams, True
    for line in sold_lines(db, order.till, order.order):
        weighs = _weighs(line, db)
        if weighs is None:
            certain = False
        else:
            expected, slack = expected + weighs[0], slack + weighs[1]
    measured = state.bag_grams - state.base_grams
    if measured < expected - slack:
        return Bags(verdict="missing", grams=expected - measured)
    if certain and measured > expected + slack:
        return Bags(verdict="extra", grams=measured - expected)
    return Bags(verdict="right")


def base_that_fits(state: LaneState, order: Order, db: sqlite3.Connection) -> int:
    """What must be taken to lie there beside the goods, so that the bags of now are right."""
    known = (_weighs(line, db) for line in sold_lines(db, order.till, order.order))
    return state.bag_grams - sum(weighs[0] for weighs in known if weighs is not None)


def _weighs(line: SoldLine, db: sqlite3.Connection) -> tuple[int, int] | None:
    """The grams of a line and by how much they may be off; None if nobody knows."""
    if line.grams is not None:
        return line.grams, line.grams * WEIGHING_PERMILLE // 1_000
    product = product_of(db, line.sku)
    if product is None or product.unit_grams is None or line.qty is None:
        return None
    return product.unit_grams * line.qty, (product.tolerance_grams or 0) * line.qty
