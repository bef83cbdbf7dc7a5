"""What the clock does to scenes and hours: each opening, closing, rule and campaign fires once, at its moment or when found.

What comes late (the box was off, the clock jumped on) is not played one by one: the last of it is what should hold now. What has
fired is a row by its key, so that neither a clock that jumps back nor a restart fires it again. A clock that had run ahead by
more than two hours was wrong: what it fired then does not keep earlier comings, which have not fired yet, from firing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta

from edge.shop.moment import Moment
from edge.shop.scenes.days import Almanac
from edge.shop.scenes.document import scenes_in
from edge.shop.scenes.events import SceneCalled, SceneReleased, note_occurrence
from edge.shop.scenes.layers import Call, calls, settle
from edge.shop.scenes.names import ONE_DAY
from edge.shop.scenes.occurrences import (
    GRACE,
    Occurrence,
    Turn,
    Window,
    is_open,
    last_rules_due,
    next_at,
    scenes_of,
    turns,
    windows,
)
from edge.shop.scenes.opening import almanac_in, store_state, turn_by_calendar
from edge.shop.shop import Shop
from sync.events import Event, rfc3339

AHEAD = timedelta(hours=2)
LOOK_AGAIN = timedelta(days=1)


def is_due(db: sqlite3.Connection, at: datetime, _shop: Shop) -> bool:
    """Whether something is due, or the clock went back, or something was changed that nobody has looked at."""
    row = db.execute("SELECT looked_at, due_at FROM scene_looks").fetchone()
    if row is None:
        tables = ("scene_plans", "scene_layers", "store_hours")
        return any(db.execute(f"SELECT 1 FROM {table}").fetchone() for table in tables)  # noqa: S608 - three names of our own
    looked_at, due_at = row
    now = rfc3339(at)
    return bool(now >= due_at or now < looked_at)


def look(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
    """Do what is due, and write down when the next look is."""
    almanac = almanac_in(db, shop)
    yield from _release(moment, db)
    if almanac is not None:
        yield from _turn(almanac, moment, db)
        yield from _campaigns(almanac, moment, db)
    yield from settle(moment, db)
    _note_look(almanac, moment.at, db)


def has_fired(db: sqlite3.Connection, key: str) -> bool:
    """Whether this coming has fired, or is over."""
    return db.execute("SELECT 1 FROM scene_occurrences WHERE key = ?", (key,)).fetchone() is not None


def _is_news(db: sqlite3.Connection, target: str, occurrence: Occurrence | Turn, at: datetime) -> bool:
    """Whether it may fire: it never has, and nothing later than it did."""
    if has_fired(db, occurrence.key):
        return False
    last = db.execute("SELECT at FROM scene_occurrences WHERE target = ? ORDER BY number DESC LIMIT 1", (target,)).fetchone()
    return last is None or last[0] < rfc3339(occurrence.at) or last[0] > rfc3339(at + AHEAD)


def _release(moment: Moment, db: sqlite3.Connection) -> Iterator[Event]:
    """End what is over, and begin anew to count what a clock that went back would keep for longer than was meant."""
    now = rfc3339(moment.at)
    planned = scenes_in(db)
    inputs = set() if planned is None else {f"{each.device}/{each.property}" for each in planned[1].safety}
    for call in calls(db):
        if call.layer == "manual" and call.until is not None and now < call.since:
            yield _counted_anew(call, moment.at)
        elif call.until is not None and call.layer != "campaign" and call.until <= now:
            yield _released(call, "its time is over")
        elif call.layer == "safety" and call.source not in inputs:
            yield _released(call, "it is no longer an input of the document")


def _counted_anew(call: Call, at: datetime) -> SceneCalled:
    lasts = datetime.fromisoformat(call.until or call.since) - datetime.fromisoformat(call.since)
    return SceneCalled(
        trigger=call.layer,
        source=call.source,
        scene=call.scene,
        cause=call.cause,
        since=rfc3339(at),
        until=rfc3339(at + lasts),
    )


def _released(call: Call, cause: str) -> SceneReleased:
    return SceneReleased(trigger=call.layer, source=call.source, scene=call.scene, cause=cause)


def _turn(almanac: Almanac, moment: Moment, db: sqlite3.Connection) -> Iterator[Event]:
    """Open or close the store, and call for the scene that was due last, of the hours and the rules together."""
    found = turns(almanac, moment.at - GRACE, moment.at)
    turn = next(reversed(found), None)
    if _must_turn(turn, moment.at, db, by_hours=is_open(almanac, moment.at)):
        yield from turn_by_calendar(turn, almanac, moment, db)
    state = store_state(db)
    by_person = state is not None and state.overridden
    due = [*([] if by_person else scenes_of(found, almanac)), *last_rules_due(almanac, moment.at)]
    last = max(reversed(due), key=lambda occurrence: occurrence.at, default=None)  # at one moment a rule has the last word
    wanted = next((call.scene for call in calls(db) if call.layer == "calendar"), None)
    # one that wants what is wanted already has nothing to do, and has not fired
    if last is not None and last.scene != wanted and _is_news(db, "calendar", last, moment.at):
        yield SceneCalled(
            trigger="calendar",
            scene=last.scene,
            cause=last.cause,
            since=rfc3339(moment.at),
            occurrence=last.key,
            planned_at=rfc3339(last.at),
        )


def _must_turn(turn: Turn | None, at: datetime, db: sqlite3.Connection, *, by_hours: bool) -> bool:
    """Whether the store must open or close, or do what its hours say because a person's word for it is over."""
    state = store_state(db)
    if state is None:
        return True
    if state.overridden:
        return state.is_over(at) or state.since > rfc3339(at + AHEAD)  # said by a clock that was wrong: it would hold too long
    if turn is None:
        return state.open != by_hours
    return state.open != turn.opens and _is_news(db, "store", turn, at)


def _campaigns(almanac: Almanac, moment: Moment, db: sqlite3.Connection) -> Iterator[Event]:
    """The campaign that began last holds, until it ends; one that ended does not come back with a clock that goes back."""
    at = moment.at
    near = windows(almanac, at - ONE_DAY, at + AHEAD)
    over = _ended(near, at, db)
    current = next((call for call in calls(db) if call.layer == "campaign"), None)
    holding = [
        window
        for window in near
        if at < window.ends
        and window.begins <= (at + AHEAD if current is not None and current.source == window.key else at)
        and window.key not in over
    ]
    wanted = max(holding, key=lambda window: window.begins, default=None)
    if current is not None and (wanted is None or wanted.key != current.source):
        yield _released(current, "its time is over")
    if wanted is not None and (current is None or wanted.key != current.source):
        yield SceneCalled(
            trigger="campaign",
            source=wanted.key,
            scene=wanted.scene,
            cause=wanted.name,
            since=rfc3339(at),
            until=rfc3339(wanted.ends),
            occurrence=wanted.key,
            planned_at=rfc3339(wanted.begins),
        )


def _ended(near: list[Window], at: datetime, db: sqlite3.Connection) -> set[str]:
    """The windows that are over; those that held are written down, for the clock may go back."""
    fired = {key for (key,) in db.execute("SELECT key FROM scene_occurrences WHERE target = 'campaign'")}
    over = {window.key for window in near if f"{window.key}/end" in fired}
    for window in near:
        if window.ends <= at and window.key in fired - over:
            note_occurrence(db, "campaign", f"{window.key}/end", rfc3339(window.ends))
            over.add(window.key)
    return over


def _note_look(almanac: Almanac | None, at: datetime, db: sqlite3.Connection) -> None:
    """When the next look is; nobody else need know."""
    due = [rfc3339(at + LOOK_AGAIN), *(call.until for call in calls(db) if call.until is not None)]
    coming = None if almanac is None else next_at(almanac, at, at + LOOK_AGAIN)
    state = store_state(db)
    due += [] if coming is None else [rfc3339(coming)]
    due += [] if state is None or state.until is None else [state.until]
    later = min((each for each in due if each > rfc3339(at)), default=rfc3339(at + LOOK_AGAIN))
    db.execute("INSERT OR REPLACE INTO scene_looks (only, looked_at, due_at) VALUES (1, ?, ?)", (rfc3339(at), later))
