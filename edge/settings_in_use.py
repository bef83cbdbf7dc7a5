"""Which settings the box runs with: the file's, the last good ones when the file has mistakes, or none but the page.

A shop never stops selling because of a typing mistake: the mistakes are on the page and in the log, the rest goes on. But a
camera that the refused file declares to look into a private space is closed at once.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import structlog
from pydantic import ValidationError

from config.load import load
from config.mistakes import SettingsError
from config.private_spaces import private_spaces
from config.schema import Box, Settings
from config.source import read
from drivers.cameras.camera_settings import CameraSettings
from drivers.catalogue import Catalogue
from edge.status import Board
from sync.durable_file import write_private

log = structlog.get_logger()

LAST_GOOD = "settings.last-good.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class InUse:
    """``settings`` to run with; ``problem`` is empty when they are the file's own. ``private``: what a refused file calls so."""

    settings: Settings
    problem: str = ""
    private: frozenset[str] = frozenset()


def settings_in_use(path: Path, catalogue: Catalogue) -> InUse:
    """The settings of ``path``, or the best that can be had."""
    try:
        settings = load(path, catalogue.settings_classes())
    except SettingsError as error:
        return _without(path, error, catalogue)
    return InUse(settings=settings)


def keep_as_last_good(path: Path, data_dir: Path) -> None:
    """Remember the file that the box started well with. Raises OSError."""
    write_private(data_dir / LAST_GOOD, path.read_bytes())


def _without(path: Path, error: SettingsError, catalogue: Catalogue) -> InUse:
    box = _box_of(path)
    last_good = box.data_dir / LAST_GOOD
    try:
        settings = load(last_good, catalogue.settings_classes())
    except SettingsError:
        return InUse(
            settings=Settings(box=box), problem=f"safe mode, no device is driven; mend {path}, then restart the box:\n{error}"
        )
    private = private_spaces(path)
    closed = f"; closed all the same, for it is called a private space: {', '.join(sorted(private))}" if private else ""
    problem = f"the last good settings are in use{closed}; mend {path}, then reload the box:\n{error}"
    return InUse(settings=closed_off(settings, private), problem=problem, private=private)


def closed_off(settings: Settings, private: Collection[str]) -> Settings:
    """The same, but that the cameras among ``private`` are never opened."""
    closed = {
        name: each.model_copy(update={"settings": each.settings.model_copy(update={"private_space": True})})
        for name, each in settings.device.items()
        if name in private and isinstance(each.settings, CameraSettings)
    }
    return settings.model_copy(update={"device": {**settings.device, **closed}})


def _box_of(path: Path) -> Box:
    """The folders of a box whose settings have mistakes: what ``[box]`` says if that can be read, or else systemd."""
    usual = Box(data_dir=state_dir(), run_dir=run_dir())
    try:
        table = read(path).tables.get("box")
    except SettingsError:
        return usual
    told = {
        key: Path(table[key]) for key in ("data_dir", "run_dir") if isinstance(table, dict) and isinstance(table.get(key), str)
    }
    try:
        return Box.model_validate({**usual.model_dump(), **told})
    except ValidationError:
        return usual


def show_problem(board: Board, problem: str) -> None:
    """Put up what is wrong with the settings, or take it down."""
    if not problem:
        board.clear_alarm("settings")
        return
    board.raise_alarm("settings", problem)
    for line in problem.splitlines():
        log.error(line)


def state_dir() -> Path:
    """Where systemd says that the box may write; its usual place otherwise."""
    return Path(os.environ.get("STATE_DIRECTORY") or Box().data_dir).absolute()


def run_dir() -> Path:
    """Where systemd says that the control socket may be; its usual place otherwise."""
    return Path(os.environ.get("RUNTIME_DIRECTORY") or Box().run_dir).absolute()
