"""Smoke, water, a door that must be shut: while an input of the document says so, its scene holds before everything else."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from edge.shop.moment import Moment
from edge.shop.part import Decision
from edge.shop.scenes.document import SafetyInput
from edge.shop.scenes.events import SceneCalled, SceneReleased
from edge.shop.scenes.layers import calls, settle
from edge.shop.shop import Shop
from sync.events import Event, rfc3339


def source_of(safety: SafetyInput) -> str:
    """What an alarm of this input is called."""
    return f"{safety.device}/{safety.property}"


def raised(db: sqlite3.Connection) -> frozenset[str]:
    """The inputs that have raised an alarm."""
    return frozenset(call.source for call in calls(db) if call.layer == "safety")


def raise_alarm(safety: SafetyInput) -> Decision:
    """``safety`` says that it is not safe."""

    def decide(moment: Moment, _shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
        source = source_of(safety)
        if source not in raised(db):
            yield SceneCalled(
                trigger="safety",
                source=source,
                scene=safety.scene,
                cause=f"{source} = {safety.value}",
                since=rfc3339(moment.at),
            )
            yield from settle(moment, db)

    return decide


def end_alarm(source: str, cause: str) -> Decision:
    """It is safe again, or the input is no longer in the settings."""

    def decide(moment: Moment, _shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
        for call in calls(db):
            if call.layer == "safety" and call.source == source:
                yield SceneReleased(trigger="safety", source=source, scene=call.scene, cause=cause)
        yield from settle(moment, db)

    return decide
