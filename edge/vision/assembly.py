"""From the settings of a box to the eyes that it counts people with, or to none."""

from __future__ import annotations

import sqlite3
from functools import partial
from pathlib import Path

from config.schema import Vision
from drivers.wires.pictures import Pictures
from edge.shop.footfall.layouts import floor_plan, layouts
from edge.status import Board
from edge.vision.eyes import Eyes
from edge.vision.layout import Body
from edge.vision.process import Program
from sync.journal import Journal


def eyes_of(settings: Vision, data_dir: Path, pictures: Pictures, journal: Journal, board: Board) -> Eyes | None:
    """The eyes of ``settings``; without cameras that count there are none."""
    if not settings.cameras:
        return None
    return Eyes(
        names=settings.cameras,
        fps=settings.fps,
        program=Program(
            detector=settings.detector, models_dir=settings.models_dir or data_dir / "models", threads=settings.threads
        ),
        pictures=pictures,
        board=board,
        layouts=partial(journal.query, drawn),
    )


def drawn(db: sqlite3.Connection) -> Body:
    """What every camera is to look at."""
    return Body(cameras=layouts(db), floor=floor_plan(db))
