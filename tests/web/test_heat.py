"""The heat map is complete without a script: every cell in its place and colour, and walls where there is a plan."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import aiohttp

from edge.shop.footfall.drawing import change_floor, change_layout
from edge.shop.footfall.heat_code import encode
from edge.shop.footfall.heat_map import HeatMap
from edge.shop.footfall.hourly_events import HeatMapped
from edge.vision.layout import FloorPlan, Layout
from edge.web.heat import COLOURS, WIDE, draw

if TYPE_CHECKING:
    from tests.web.conftest import Opens, Shop

PLAN = FloorPlan(width_mm=10_000, height_mm=5_000, walls=(((0, 0), (10_000, 0), (10_000, 5_000)),))


def found(grid: str, **cells: int) -> HeatMap:
    return HeatMap(
        grid="floor" if grid == "floor" else "picture",
        columns=40,
        rows=20,
        cell_mm=250,
        until="2026-11-22T10:15Z",
        cameras=("cam-door",),
        hours=1,
        hottest=max(cells.values()),
        cells=tuple((int(cell[1:]), tenths) for cell, tenths in cells.items()),
    )


def test_a_cell_stands_where_its_floor_is_and_has_the_colour_of_its_time() -> None:
    drawn = draw(found("floor", c0=1, c41=100, c799=25), PLAN)
    assert drawn.height == WIDE / 2
    assert [(cell.x, cell.y) for cell in drawn.cells] == [(0, 0), (25, 25), (975, 475)]
    assert [cell.colour for cell in drawn.cells] == [COLOURS[1], COLOURS[-1], COLOURS[5]]
    assert drawn.cells[1].time == "0:10"
    assert drawn.walls == ("0.0,0.0 1000.0,0.0 1000.0,500.0",)


def test_a_picture_has_no_walls_and_a_floor_whose_plan_is_gone_its_own_size() -> None:
    assert draw(found("picture", c0=1), PLAN).walls == ()
    assert draw(found("floor", c0=1), None).height == WIDE / 2


async def heat(shop: Shop, camera: str, cells: dict[int, int]) -> None:
    now = datetime.now(UTC)
    grid = "floor" if camera == "cam-door" else "picture"
    said = {
        "since": "2026-11-22T10:00Z",
        "until": "2026-11-22T10:15Z",
        "hour": 10,
        "business_day": shop.view.desk.shop().day(now),
    }
    shape = {"columns": 40, "rows": 20, "cell_mm": 250 if grid == "floor" else 0, "cells": encode(cells)}
    await shop.record(HeatMapped(camera=camera, grid=grid, **said, **shape))  # type: ignore[arg-type]


async def test_the_page_shows_the_floor_or_one_camera(browser: aiohttp.ClientSession, opens: Opens) -> None:
    async with opens() as shop:
        for camera in ("cam-door", "cam-till"):
            await shop.view.desk.decide(change_layout(camera, Layout(), by="li"), place="test", asked="draw")
        async with browser.get(f"{shop.url}/vision/heat") as answer:
            assert "Nothing was recorded in this time." in await answer.text()
        await shop.view.desk.decide(change_floor(PLAN, by="li"), place="test", asked="draw")
        await heat(shop, "cam-door", {0: 30, 41: 600})
        await heat(shop, "cam-till", {7: 20})
        async with browser.get(f"{shop.url}/vision/heat?days=7") as answer:
            page = await answer.text()
        assert re.findall(r"<title>(\d+:\d\d)</title>", page) == ["0:03", "1:00"]
        assert "Longest in one place: 1:00" in page
        assert "polyline" in page
        async with browser.get(f"{shop.url}/vision/heat?camera=cam-till") as answer:
            page = await answer.text()
        assert re.findall(r"<title>(\d+:\d\d)</title>", page) == ["0:02"]
        assert "polyline" not in page
        async with browser.get(f"{shop.url}/vision/heat?days=30") as answer:
            assert answer.status == 400
            assert "days is 1 (today) or 7 (the last seven days)" in await answer.text()
