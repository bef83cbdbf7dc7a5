"""The document ``settings``: what headquarters says about how the shop works (config/remote.py says which settings).

    {"pickup": {"accept": "staff", "sla_minutes": 20}, "members": {"keep_seen_days": 180}}

It replaces the one before it; what it leaves out is the box's own again.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from pydantic import BaseModel

from config.mistakes import SettingsError
from config.remote import Remote, read_remote
from edge.shop.shop import Shop
from sync.adopters import Adopter, DocumentRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What is adopted: version 0 before the first. ``problem``: this storebox does not understand what an earlier one adopted."""

    version: int = 0
    settings: BaseModel
    problem: str = ""


def settings_adopter(_shop: Shop) -> Adopter:
    """Adopts documents of kind ``settings``."""
    return Adopter(kind="settings", parse=parse_settings, adopt=adopt_settings, shape=Remote)


def parse_settings(body: bytes) -> str:
    """``body`` as it is kept. Raises DocumentRefused with every mistake."""
    try:
        said = read_remote(body)
    except SettingsError as error:
        told = (each.problem + (f": {each.hint}" if each.hint else "") + f" - at `$.{each.key}`" for each in error.mistakes)
        raise DocumentRefused(*told) from error
    return said.model_dump_json(exclude_unset=True)


def adopt_settings(said: str, version: int, db: sqlite3.Connection) -> tuple[()]:
    """From now on headquarters says this."""
    db.execute("INSERT OR REPLACE INTO remote_settings (only, version, said) VALUES (1, ?, ?)", (version, said))
    return ()


def said_now(db: sqlite3.Connection) -> Said:
    """What headquarters says."""
    row = db.execute("SELECT version, said FROM remote_settings").fetchone()
    if row is None:
        return Said(settings=Remote())
    version, said = row
    try:
        return Said(version=version, settings=read_remote(said))
    except SettingsError as error:
        problem = f"version {version} of headquarters' settings is not understood any more: {error}; publish it anew"
        return Said(version=version, settings=Remote(), problem=problem)
