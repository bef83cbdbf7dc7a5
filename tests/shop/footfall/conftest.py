"""Heat as an event, for the tables."""

from __future__ import annotations

import msgspec

from edge.shop.footfall.heat_code import encode
from edge.shop.footfall.hourly_events import HeatMapped

DAY = "2026-03-01"


def mapped(cells: dict[int, int], *, hour: int = 8, day: str = DAY, camera: str = "cam-1", grid: str = "floor") -> HeatMapped:
    return msgspec.convert(
        {
            "camera": camera,
            "business_day": day,
            "hour": hour,
            "since": f"{day}T00:00Z",
            "until": f"{day}T00:{hour:02}Z",
            "grid": grid,
            "columns": 4,
            "rows": 3,
            "cell_mm": 250 if grid == "floor" else 0,
            "cells": encode(cells),
        },
        HeatMapped,
    )
