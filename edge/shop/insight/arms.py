"""Which arm of an experiment does better: of what was taken at its shelf how much was kept, of its zones' visits how many stayed.

Two arms differ when the 95 % interval of their difference leaves nothing out.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Literal

from edge.shop.insight.experiments import arms_of
from edge.shop.insight.proportions import Interval, difference, wilson


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """What was counted of one arm.

    ``kept``: the trials are pieces that were taken, the successes those not put back; ``stayed``: visits, and those of 10 s.
    """

    experiment: str
    arm: str
    measure: Literal["kept", "stayed"]
    trials: int
    successes: int

    @property
    def share(self) -> Interval:
        """How many of the trials are successes."""
        return wilson(self.successes, self.trials)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Two arms of one experiment by one measure. ``certain``: the interval of their difference does not hold 0."""

    one: Arm
    other: Arm
    difference: Interval

    @property
    def certain(self) -> bool:
        """Whether the arms differ for certain (95 %)."""
        return self.difference.excludes(0.0)


def count_arm(db: sqlite3.Connection, shelf: str, slot: str, at: datetime, day: str, *, trials: int, successes: int) -> None:
    """Count what happened at a slot for every experiment that runs there at ``at``."""
    for experiment, arm, _zone in arms_of(db, (f"{shelf}/{slot}", shelf), at):
        db.execute(
            "INSERT INTO insight_arms (experiment, arm, day, trials, successes) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET trials = trials + excluded.trials, successes = successes + excluded.successes",
            (experiment, arm, day, trials, successes),
        )


def counted_arms(db: sqlite3.Connection, first: str, last: str) -> list[Arm]:
    """Every arm that something was counted of from day ``first`` to ``last``.

    What is put back on a later day than it was taken makes a day's successes fewer than nothing: they are clipped in the sum.
    """
    rows = db.execute(
        """
        SELECT experiment, 'kept' AS measure, arm, sum(trials), sum(successes) FROM insight_arms
        WHERE day BETWEEN :first AND :last GROUP BY experiment, arm
        UNION ALL SELECT experiment, 'stayed', arm, sum(visits), sum(stays) FROM footfall_arms
        WHERE day BETWEEN :first AND :last GROUP BY experiment, arm
        ORDER BY experiment, measure, arm
        """,
        {"first": first, "last": last},
    )
    return [
        Arm(experiment=experiment, arm=arm, measure=measure, trials=trials, successes=min(max(successes, 0), trials))
        for experiment, measure, arm, trials, successes in rows.fetchall()
    ]


def compare(arms: Iterable[Arm]) -> list[Compared]:
    """Each pair of arms of one experiment by the same measure."""
    return [
        Compared(one=one, other=other, difference=difference(one.share, other.share))
        for one, other in combinations(arms, 2)
        if (one.experiment, one.measure) == (other.experiment, other.measure)
    ]
