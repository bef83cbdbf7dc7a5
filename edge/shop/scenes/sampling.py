"""What the rooms are like: one event a minute at most, of what headquarters asked to hear."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import datetime

from edge.shop.moment import Moment
from edge.shop.part import Decision
from edge.shop.scenes.store_events import MOST_SAMPLES, EnvironmentSampled, Sample
from edge.shop.shop import Shop
from sync.events import Event


def minute_of(at: datetime) -> str:
    """The minute of ``at`` (UTC) as it is told."""
    return f"{at:%Y-%m-%dT%H:%MZ}"


def is_sampled(db: sqlite3.Connection, at: datetime) -> bool:
    """Whether this minute has been told."""
    return db.execute("SELECT 1 FROM environment_samples WHERE minute = ?", (minute_of(at),)).fetchone() is not None


def sample(samples: tuple[Sample, ...]) -> Decision:
    """Tell ``samples`` once for this minute."""

    def decide(moment: Moment, _shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
        if samples and not is_sampled(db, moment.at):
            yield EnvironmentSampled(minute=minute_of(moment.at), samples=samples[:MOST_SAMPLES])

    return decide
