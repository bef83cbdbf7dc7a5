"""What a camera is to look at, read and changed by a technician's page or program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

import msgspec
from aiohttp import web

from edge.shop.declined import Declined
from edge.shop.footfall.drawing import change_floor, change_layout
from edge.shop.footfall.layouts import floor_plan, layout_of
from edge.shop.part import Decision
from edge.vision.layout import Floor, FloorPlan, Layout, Lines, Zones
from edge.vision.layout_check import Mistake, layout_mistakes, plan_mistakes
from edge.web.api import json_answer
from edge.web.body import read_json
from edge.web.callers import CALLER
from edge.web.deciding import asked_of, decided
from edge.web.declining import as_problem
from edge.web.layout_words import in_words
from edge.web.problems import Problem
from edge.web.template import Template
from edge.web.view import View
from edge.web.watched import watched

LARGEST_BYTES = 128 * 1024
"""Thirty-two zones of as many corners."""


class Drawing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of ``PUT …/layout``: all of a layout, for what a slip of the pen left out would be counted no more."""

    lines: Lines
    zones: Zones
    floor: Floor


@dataclass(frozen=True, slots=True, kw_only=True)
class Layouts:
    """``GET, PUT /api/vision/cameras/{camera}/layout`` and ``/api/vision/floor``."""

    view: View
    template: Template

    async def read(self, request: web.Request) -> web.Response:
        """The layout as it counts now; an empty one where nothing was drawn yet."""
        name = request.match_info["camera"]
        watched(self.view, name)
        return json_answer(await layout_now(self.view, name))

    async def change(self, request: web.Request) -> web.Response:
        """Count by another layout from now on; every mistake in it is named at once."""
        name = request.match_info["camera"]
        watched(self.view, name)
        drawing = await read_json(request, Drawing, LARGEST_BYTES)
        layout = Layout(lines=drawing.lines, zones=drawing.zones, floor=drawing.floor)
        self._check(request, layout_mistakes(layout, await asked_of(self.view, floor_plan)))
        await self._decide(request, change_layout(name, layout, by=request[CALLER].name), "another layout")
        return json_answer(layout)

    async def read_floor(self, _request: web.Request) -> web.Response:
        """The floor plan that heat is drawn over; null where there is none yet."""
        return json_answer(await asked_of(self.view, floor_plan))

    async def change_floor(self, request: web.Request) -> web.Response:
        """Another floor plan from now on; floor marks are measured on it."""
        plan = await read_json(request, FloorPlan, LARGEST_BYTES)
        self._check(request, plan_mistakes(plan))
        await self._decide(request, change_floor(plan, by=request[CALLER].name), "another floor plan")
        return json_answer(plan)

    def _check(self, request: web.Request, mistakes: Sequence[Mistake]) -> None:
        if mistakes:
            told = " ".join(in_words(mistakes, self.template.words(request)))
            raise Problem(HTTPStatus.CONFLICT, "layout-wrong", told)

    async def _decide(self, request: web.Request, decision: Decision, what: str) -> None:
        try:
            await decided(self.view, request, decision, what)
        except Declined as refusal:
            raise as_problem(refusal) from refusal


async def layout_now(view: View, camera: str) -> Layout:
    """What ``camera`` is to look at. Raises Problem (503) to be asked again."""
    return await asked_of(view, lambda db: layout_of(db, camera)) or Layout()
