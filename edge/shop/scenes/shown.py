"""What a person sees of the scenes: which holds and why, what the devices made of it, whether the store is open."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

import msgspec

from edge.shop.scenes.calendar_document import calendar_in
from edge.shop.scenes.document import scenes_in
from edge.shop.scenes.events import Result, Trigger
from edge.shop.scenes.following import results
from edge.shop.scenes.layers import Call, calls, held
from edge.shop.scenes.names import Names
from edge.shop.scenes.opening import store_state


class SceneShown(msgspec.Struct, frozen=True, kw_only=True):
    """One scene that can be chosen."""

    name: str
    names: Names
    holds: bool


class CallShown(msgspec.Struct, frozen=True, kw_only=True):
    """Who wants which scene, the first has the word; times are RFC 3339, UTC. ``names`` are those of a campaign."""

    trigger: Trigger
    source: str
    scene: str
    cause: str
    since: str
    until: str | None
    names: Names


class StoreShown(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the store is open; ``open`` is None while nobody has said so."""

    open: bool | None
    by: str = ""
    since: str | None = None
    overridden: bool = False
    until: str | None = None
    has_hours: bool = False


class ScenesShown(msgspec.Struct, frozen=True, kw_only=True):
    """Everything. ``outcome``: ``reached``, ``partial``, or empty while it is on the way."""

    scene: str
    trigger: Trigger
    problem: str
    began_at: str | None
    outcome: str
    result: tuple[Result, ...]
    calls: tuple[CallShown, ...]
    scenes: tuple[SceneShown, ...]
    store: StoreShown


def scenes_shown(db: sqlite3.Connection) -> ScenesShown:
    """As it is now."""
    planned, now, calendar = scenes_in(db), held(db), calendar_in(db)
    campaigns = {} if calendar is None else {each.name: each.names for each in calendar.campaigns}
    wanted = tuple(_call(call, campaigns if call.layer == "campaign" else {}) for call in calls(db))
    name = "" if now is None else now.scene
    scenes = () if planned is None else planned[1].scenes
    return ScenesShown(
        scene=name,
        trigger=wanted[0].trigger if wanted else "default",
        problem="" if now is None else now.problem,
        began_at=None if now is None else now.began_at,
        outcome="" if now is None else now.told,
        result=results(db),
        calls=wanted,
        scenes=tuple(SceneShown(name=each.name, names=each.names, holds=each.name == name) for each in scenes),
        store=_store(db, has_hours=calendar is not None),
    )


def _call(call: Call, named: Mapping[str, Names]) -> CallShown:
    return CallShown(
        trigger=call.layer,
        source=call.source,
        scene=call.scene,
        cause=call.cause,
        since=call.since,
        until=call.until,
        names=named.get(call.cause, Names()),
    )


def _store(db: sqlite3.Connection, *, has_hours: bool) -> StoreShown:
    state = store_state(db)
    if state is None:
        return StoreShown(open=None, has_hours=has_hours)
    return StoreShown(
        open=state.open,
        by=state.by,
        since=state.since,
        overridden=state.overridden,
        until=state.until,
        has_hours=has_hours,
    )
