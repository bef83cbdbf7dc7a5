"""What each noun of the shop hands in: its events, tables, documents, and what it does by the clock.

Every folder of ``edge/shop`` has a ``part.py`` with one ``Part``; ``registry.py`` joins them. What follows from an event of
another noun is not here but in ``consequences.py``, where it can be read in one place.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from edge.shop.moment import Moment
from edge.shop.shop import Shop
from sync.adopters import Adopter
from sync.events import Event
from sync.migrations import Migration

Decision = Callable[[Moment, Shop, sqlite3.Connection], Iterable[Event]]
"""A decision that is asked for by a screen, a person or the clock. Raises EntryRefused, for people Declined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """What happens by the clock. ``is_due(db, at, shop)`` is asked about once a second, of a reader and in well under 1 ms.

    ``decide`` runs in the journal's transaction when it is, and again until it is not: one call does a bounded piece of work.
    A ``silent`` one changes tables and mostly says nothing: it searches, or tidies up. ``has_waited(db, moment, shop)`` is asked
    when ``is_due`` says no, for what is due by the clock that nobody can set.
    """

    name: str
    is_due: Callable[[sqlite3.Connection, datetime, Shop], bool]
    decide: Decision
    silent: bool = False
    has_waited: Callable[[sqlite3.Connection, Moment, Shop], bool] = lambda _db, _moment, _shop: False


def no_adopters(_shop: Shop) -> tuple[Adopter, ...]:
    """For a noun that headquarters says nothing about."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One noun of the shop. ``migrations`` are in order of release."""

    events: tuple[type[Event], ...] = ()
    migrations: tuple[Migration, ...] = ()
    adopters: Callable[[Shop], tuple[Adopter, ...]] = no_adopters
    timers: tuple[Timer, ...] = ()
