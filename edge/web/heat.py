"""Where people are and how long, drawn over the floor plan, or over a camera's picture where there is none. Sums only.

GET /vision/heat?days=7&camera=cam-door      of today, or of the last seven business days; without a camera: the floor plan
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from http import HTTPStatus

from aiohttp import web

from edge.shop.footfall.heat_map import HeatMap, heat_map
from edge.shop.footfall.layouts import floor_plan, layouts
from edge.vision.layout import FloorPlan
from edge.web.deciding import asked_of
from edge.web.problems import Problem
from edge.web.quantities import minutes
from edge.web.roles import Role
from edge.web.routes import Route
from edge.web.template import Template
from edge.web.view import View

SPANS = {"1": 1, "7": 7}
COLOURS = ("#2c7fb8", "#41b6c4", "#7fcdbb", "#c7e9b4", "#ffffb2", "#fed976", "#feb24c", "#fd8d3c", "#f03b20", "#bd0026")
WIDE = 1_000
"""The drawing's own units from left to right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of the map, in units of the drawing."""

    x: float
    y: float
    width: float
    height: float
    colour: str
    time: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A map as it is drawn. ``walls`` are points for SVG."""

    width: int
    height: float
    cells: tuple[Cell, ...]
    walls: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatPage:
    """Serves the page."""

    view: View
    template: Template

    def routes(self) -> tuple[Route, ...]:
        """For everyone of the store: it shows no person."""
        return (Route(method="GET", path="/vision/heat", role=Role.STAFF, handler=self.page),)

    async def page(self, request: web.Request) -> web.Response:
        """``GET /vision/heat``."""
        days, camera = request.query.get("days", "1"), request.query.get("camera") or None
        if days not in SPANS:
            raise Problem(HTTPStatus.BAD_REQUEST, "bad-days", "days is 1 (today) or 7 (the last seven days)")
        now, shop = self.view.desk.now(), self.view.desk.shop()
        first, last = shop.day(now - timedelta(days=SPANS[days] - 1)), shop.day(now)
        cameras, plan, found = await asked_of(self.view, partial(_asked, first=first, last=last, camera=camera))
        drawn = None if found is None else draw(found, plan)
        longest = "" if found is None else minutes(found.hottest * 100)
        return self.template.page(
            request, "vision_heat", drawn=drawn, cameras=cameras, camera=camera, days=days, plan=plan, longest=longest
        )


def _asked(
    db: sqlite3.Connection, first: str, last: str, camera: str | None
) -> tuple[list[str], FloorPlan | None, HeatMap | None]:
    return sorted(layouts(db)), floor_plan(db), heat_map(db, first, last, camera)


def draw(found: HeatMap, plan: FloorPlan | None) -> Drawn:
    """The map of a floor in the floor's proportions, of a picture as 16 to 9; colours by the root of the time.

    By the time itself one who works at the till would leave every other place blue.
    """
    if found.grid == "floor":
        # A cell at the far edge may be a part of one: the floor need not be a multiple of a cell.
        whole = (found.columns * found.cell_mm, found.rows * found.cell_mm)
        width_mm, height_mm = (plan.width_mm, plan.height_mm) if plan else whole
        cell_x = cell_y = WIDE * found.cell_mm / width_mm
        height = WIDE * height_mm / width_mm
    else:
        height = WIDE * 9 / 16
        cell_x, cell_y = WIDE / found.columns, height / found.rows
    return Drawn(
        width=WIDE,
        height=round(height, 1),
        cells=tuple(_cells(found, cell_x, cell_y)),
        walls=tuple(_walls(plan)) if found.grid == "floor" and plan else (),
    )


def _cells(found: HeatMap, cell_x: float, cell_y: float) -> Iterator[Cell]:
    for cell, tenths in found.cells:
        row, column = divmod(cell, found.columns)
        rank = min(len(COLOURS) - 1, int(math.sqrt(tenths / found.hottest) * len(COLOURS)))
        yield Cell(
            x=round(column * cell_x, 1),
            y=round(row * cell_y, 1),
            width=round(cell_x, 1),
            height=round(cell_y, 1),
            colour=COLOURS[rank],
            time=minutes(tenths * 100),
        )


def _walls(plan: FloorPlan) -> Iterator[str]:
    for wall in plan.walls:
        yield " ".join(f"{round(WIDE * x / plan.width_mm, 1)},{round(WIDE * y / plan.width_mm, 1)}" for x, y in wall)
