"""Whether the store is open: by its hours, or because a person said so, for some minutes or until the next opening or closing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from edge.shop.declined import Declined
from edge.shop.moment import Moment
from edge.shop.part import Decision
from edge.shop.scenes.calendar_document import calendar_in
from edge.shop.scenes.days import Almanac
from edge.shop.scenes.events import SceneCalled
from edge.shop.scenes.layers import settle
from edge.shop.scenes.occurrences import GRACE, Turn, is_open, turns
from edge.shop.scenes.store_events import StoreClosed, StoreOpened
from edge.shop.shop import Shop
from sync.events import Event, rfc3339

MOST_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreState:
    """Open or closed since then. ``overridden``: by a person, ``until`` then (None: until it is cancelled)."""

    open: bool
    by: str
    since: str
    overridden: bool
    until: str | None

    def is_over(self, at: datetime) -> bool:
        """Whether a person's word no longer holds."""
        return self.until is not None and self.until <= rfc3339(at)


def store_state(db: sqlite3.Connection) -> StoreState | None:
    """None while nobody has ever said whether the store is open."""
    row = db.execute("SELECT open, by_whom, since, overridden, until FROM store_hours").fetchone()
    if row is None:
        return None
    open_, by, since, overridden, until = row
    return StoreState(open=bool(open_), by=by, since=since, overridden=bool(overridden), until=until)


def almanac_in(db: sqlite3.Connection, shop: Shop) -> Almanac | None:
    """The calendar at work in the zone of ``shop``."""
    calendar = calendar_in(db)
    return None if calendar is None else Almanac(calendar=calendar, zone=ZoneInfo(shop.timezone))


def turn_store(*, opens: bool, minutes: int | None, by: str) -> Decision:
    """A person opens or closes the store for ``minutes``; None: until its hours say otherwise next. Declined: bad-minutes."""

    def decide(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
        check_minutes(minutes)
        almanac, at = almanac_in(db, shop), moment.at
        until = None if minutes is None else at + timedelta(minutes=minutes)
        if until is None and almanac is not None:
            until = next((turn.at for turn in turns(almanac, at, at + GRACE)), None)
        turned = StoreOpened if opens else StoreClosed
        yield turned(trigger="manual", by=by, since=rfc3339(at), until=None if until is None else rfc3339(until))
        if almanac is not None:
            yield from _call_scene(almanac, moment, at, opens=opens)
        yield from settle(moment, db)

    return decide


def cancel_store() -> Decision:
    """From now on the store is open as its hours say. Declined: store-not-overridden."""

    def decide(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
        state, almanac = store_state(db), almanac_in(db, shop)
        if state is None or not state.overridden:
            raise Declined("store-not-overridden", "nobody has opened or closed the store by hand: there is nothing to cancel")
        if almanac is None:
            raise Declined("no-calendar", "this box has no opening hours: open or close the store by hand")
        yield from turn_by_calendar(None, almanac, moment, db)
        yield from settle(moment, db)

    return decide


def check_minutes(minutes: int | None) -> None:
    """Raises Declined."""
    if minutes is not None and not 1 <= minutes <= MOST_MINUTES:
        raise Declined("bad-minutes", f"minutes are from 1 to {MOST_MINUTES}", most=MOST_MINUTES)


def turn_by_calendar(turn: Turn | None, almanac: Almanac, moment: Moment, db: sqlite3.Connection) -> Iterator[Event]:
    """The store is as its hours say; ``turn`` is the last opening or closing, None where there was none for long."""
    state = store_state(db)
    opens = is_open(almanac, moment.at) if turn is None else turn.opens
    turned = StoreOpened if opens else StoreClosed
    yield turned(
        trigger="calendar",
        by="calendar",
        since=rfc3339(moment.at),
        occurrence=None if turn is None else turn.key,
        planned_at=None if turn is None else rfc3339(turn.at),
    )
    if state is not None and state.overridden and state.open != opens:
        yield from _call_scene(almanac, moment, moment.at, opens=opens)
    elif turn is None:  # a store that is always open, or never: every rule is later than that
        yield from _call_scene(almanac, moment, moment.at - GRACE, opens=opens)
    # otherwise the scene comes with the opening or closing itself


def _call_scene(almanac: Almanac, moment: Moment, since: datetime, *, opens: bool) -> Iterator[Event]:
    """The store opens or closes at a moment that no hours name; what was due before ``since`` is over."""
    scene = almanac.calendar.opened_scene if opens else almanac.calendar.closed_scene
    if scene is not None:
        now = rfc3339(moment.at)
        yield SceneCalled(
            trigger="calendar",
            scene=scene,
            cause="opening" if opens else "closing",
            since=now,
            occurrence=f"scene/now/{now}",
            planned_at=rfc3339(since),
        )
