"""A technician draws lines and zones on the picture of a camera: checked like headquarters' own, and told to headquarters."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from edge.shop.declined import Declined
from edge.shop.footfall.layouts import FloorChanged, ZonesChanged, digest_of, floor_plan, layout_of
from edge.shop.moment import Moment
from edge.shop.part import Decision
from edge.shop.shop import Shop
from edge.vision.layout import FloorPlan, Layout
from edge.vision.layout_check import Mistake, layout_mistakes, plan_mistakes
from sync.events import Event


def change_layout(camera: str, layout: Layout, *, by: str) -> Decision:
    """``camera`` is to look at ``layout`` from now on; the decision raises Declined with all that is wrong with it."""

    def decide(_moment: Moment, _shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
        _decline(layout_mistakes(layout, floor_plan(db)))
        if layout_of(db, camera) != layout:
            yield ZonesChanged(camera=camera, digest=digest_of(layout), by=by, layout=layout)

    return decide


def change_floor(plan: FloorPlan, *, by: str) -> Decision:
    """The shop's floor is ``plan`` from now on; the decision raises Declined with all that is wrong with it."""

    def decide(_moment: Moment, _shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
        _decline(plan_mistakes(plan))
        if floor_plan(db) != plan:
            yield FloorChanged(by=by, plan=plan)

    return decide


def _decline(mistakes: list[Mistake]) -> None:
    if mistakes:
        told = "; ".join(mistake.text for mistake in mistakes)
        raise Declined("layout-wrong", f"it cannot be counted by this: {told}", mistakes=told)
