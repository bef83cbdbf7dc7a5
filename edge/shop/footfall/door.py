"""Who came in and went out, beside the orders of the same hours: without it nobody knows what part of the visitors buys.

An hour in which a camera that watches the door did not look says nothing of visitors: it is blind, never empty.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

SEEN = """
    SELECT day, hour, camera FROM footfall_watched WHERE entrance AND watched_ms > 0 AND day BETWEEN :first AND :last
    UNION SELECT day, hour, camera FROM footfall_lines WHERE entrance AND day BETWEEN :first AND :last
"""
DOOR_WATCHED = f"""
    WITH seen AS ({SEEN}),
    doors AS (SELECT day, count(DISTINCT camera) AS cameras FROM seen GROUP BY day),
    looked AS (SELECT seen.day, hour FROM seen JOIN doors USING (day) GROUP BY seen.day, hour HAVING count(*) = max(cameras))
"""  # noqa: S608 - our own words
"""``looked``: the hours in which every camera that watched a door on that day did so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Visitors, beside the orders of the same hours. ``watched_ms`` sums up all cameras at doors; 0: nobody watched one.

    ``blind_hours`` had orders, and not every door was watched: neither their orders nor their visitors are compared.
    """

    entered: int
    departed: int
    watched_ms: int
    compared_entered: int
    compared_orders: int
    blind_hours: int


def door(db: sqlite3.Connection, first: str, last: str) -> Door:
    """Who came in and went out by the entrances, and the orders to compare them with."""
    days = {"first": first, "last": last}
    entered, departed = db.execute(
        "SELECT coalesce(sum(entered), 0), coalesce(sum(departed), 0) FROM footfall_lines "
        "WHERE entrance AND day BETWEEN :first AND :last",
        days,
    ).fetchone()
    (watched_ms,) = db.execute(
        "SELECT coalesce(sum(watched_ms), 0) FROM footfall_watched WHERE entrance AND day BETWEEN :first AND :last", days
    ).fetchone()
    compared_entered, compared_orders, blind_hours = db.execute(
        f"""
        {DOOR_WATCHED} SELECT
            (SELECT coalesce(sum(entered), 0) FROM footfall_lines JOIN looked USING (day, hour) WHERE entrance),
            (SELECT coalesce(sum(orders), 0) FROM insight_hours JOIN looked USING (day, hour)),
            (SELECT count(*) FROM insight_hours WHERE orders > 0 AND day BETWEEN :first AND :last
                AND (day, hour) NOT IN (SELECT day, hour FROM looked))
        """,  # noqa: S608 - our own words
        days,
    ).fetchone()
    return Door(
        entered=entered,
        departed=departed,
        watched_ms=watched_ms,
        compared_entered=compared_entered,
        compared_orders=compared_orders,
        blind_hours=blind_hours,
    )
