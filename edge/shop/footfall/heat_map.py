"""Where visitors were how long, summed up over days: of one camera, or of all that see the floor plan."""

from __future__ import annotations

import sqlite3
import time
from typing import Literal

import msgspec

from edge.shop.footfall.heat_code import add


class HeatMap(msgspec.Struct, frozen=True, kw_only=True):
    """``cells`` are pairs of a cell and the tenths of a second that visitors were in it; cells of 0 are left out.

    Cells are numbered row by row from the top left, ``cell_mm`` wide and high on the floor plan, else parts of the picture.
    ``until`` (UTC): what is newer is told with the next quarter of an hour. Two cameras that see the same place both count there.
    """

    grid: Literal["floor", "picture"]
    columns: int
    rows: int
    cell_mm: int
    until: str
    cameras: tuple[str, ...]
    hours: int
    hottest: int
    cells: tuple[tuple[int, int], ...]


def heat_map(db: sqlite3.Connection, first: str, last: str, camera: str | None = None) -> HeatMap | None:
    """Of business days ``first`` to ``last``: of ``camera``, else of the floor plan; None when there is no heat.

    After a change of the layout the grid may be another one: then it is the heat since the change.
    """
    wanted = "grid = 'floor'" if camera is None else "camera = ?"
    asked = (first, last, *(() if camera is None else (camera,)))
    newest = db.execute(
        "SELECT grid, columns, rows, cell_mm, max(until) FROM footfall_heat "  # noqa: S608 - our own words
        f"WHERE day BETWEEN ? AND ? AND {wanted} GROUP BY grid, columns, rows, cell_mm ORDER BY max(until) DESC LIMIT 1",
        asked,
    ).fetchone()
    if newest is None:
        return None
    *shape, until = newest
    parts = _parts(db, wanted, (*asked, *shape))
    tenths = dict[int, int]()
    for *_, cells in parts:
        add(cells, tenths)
        time.sleep(0)  # orders are decided in the same interpreter
    return HeatMap(
        grid=shape[0],
        columns=shape[1],
        rows=shape[2],
        cell_mm=shape[3],
        until=until,
        cameras=tuple(sorted({each for _, _, each, _ in parts})),
        hours=len({(day, hour) for day, hour, _, _ in parts}),
        hottest=max(tenths.values(), default=0),
        cells=tuple(sorted(tenths.items())),
    )


def _parts(db: sqlite3.Connection, wanted: str, asked: tuple[object, ...]) -> list[tuple[str, int, str, str]]:
    """Day, hour, camera and cells of every part of that grid."""
    return db.execute(
        "SELECT day, hour, camera, cells FROM footfall_heat "  # noqa: S608 - our own words
        f"WHERE day BETWEEN ? AND ? AND {wanted} AND (grid, columns, rows, cell_mm) = (?, ?, ?, ?)",
        asked,
    ).fetchall()
