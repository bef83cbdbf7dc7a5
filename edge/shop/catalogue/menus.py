"""Menus: what is sold in the morning only, on weekdays, or on a holiday, and at which price. The clock switches them, offline.

    {"menus": [
        {"id": "breakfast", "days": ["mon", "fri"], "from": "06:30", "to": "10:00", "categories": ["breakfast"]},
        {"id": "evening", "from": "20:00", "to": "02:00", "skus": ["bread"], "price_group": "evening"},
        {"id": "spring-festival", "first_day": "2027-02-05", "last_day": "2027-02-12", "holiday": true, "skus": ["dumplings"]}]}

A product that stands on a menu is on sale while one of its menus is active; one that stands on none always is. While a holiday
menu is active, no other menu is. A menu with a price group makes the prices of that group count. Times are the shop's own; a
menu over midnight belongs to the day on which it began.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, ClassVar, Literal
from zoneinfo import ZoneInfo

import msgspec

from edge.shop.bodies import read_body
from edge.shop.catalogue.price_changes import look_again
from edge.shop.catalogue.prices import milliseconds
from edge.shop.moment import Moment
from edge.shop.part import Timer
from edge.shop.shop import Shop
from sync.adopters import Adopter, DocumentRefused
from sync.events import Event, EventClass, rfc3339

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WHOLE_DAY = 24 * 60
LOOK_AHEAD_DAYS = 2
"""The longest time for which nothing is looked at."""

Id = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]{1,32}\Z")]
Sku = Annotated[str, msgspec.Meta(pattern=r"^[^\s\x00-\x1f\x7f]{1,64}\Z")]
Clock = Annotated[str, msgspec.Meta(pattern=r"^(?:[01]\d|2[0-3]):[0-5]\d\Z|^24:00\Z")]
Day = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}\Z")]


class Menu(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """One menu; ``from`` and ``to`` are the shop's time, ``first_day`` and ``last_day`` belong to it."""

    id: Id
    days: tuple[Weekday, ...] = DAYS
    from_: Clock = "00:00"
    to: Clock = "24:00"
    first_day: Day | None = None
    last_day: Day | None = None
    holiday: bool = False
    skus: tuple[Sku, ...] = ()
    categories: Annotated[
        tuple[Annotated[str, msgspec.Meta(min_length=1, max_length=64)], ...], msgspec.Meta(max_length=200)
    ] = ()
    price_group: Annotated[str, msgspec.Meta(pattern=r"^[^\s\x00-\x1f\x7f]{0,32}\Z")] = ""


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """The whole document."""

    menus: Annotated[tuple[Menu, ...], msgspec.Meta(max_length=100)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A menu is active from ``begins`` until ``ends`` (UTC)."""

    menu: str
    begins: datetime
    ends: datetime
    holiday: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """When a menu is active: minutes of the shop's day; ``to_minute`` at or below ``from_minute`` is the next day's."""

    menu: str
    days: int
    from_minute: int
    to_minute: int
    first_day: str
    last_day: str
    holiday: bool

    def span(self, day: date, zone: ZoneInfo) -> Span | None:
        """From when to when it is active if it begins on ``day``."""
        if not self.days >> day.weekday() & 1 or not self.first_day <= day.isoformat() <= self.last_day:
            return None
        over_midnight = 0 if self.to_minute > self.from_minute else WHOLE_DAY
        ends = _at(day, self.to_minute + over_midnight, zone)
        return Span(menu=self.menu, begins=_at(day, self.from_minute, zone), ends=ends, holiday=self.holiday)


class CatalogueActivated(Event, frozen=True, kw_only=True):
    """From now on ``menus`` are active, and no other; it is looked at again at ``until``, or by a clock before ``since``."""

    type: ClassVar[str] = "storebox.catalogue.activated"
    event_class: ClassVar[EventClass] = EventClass.ORDER
    version: int
    menus: tuple[str, ...]
    since: str
    until: str

    def apply(self, db: sqlite3.Connection) -> None:
        """Switch the menus; their prices are looked at."""
        before = _active(db)
        db.execute("UPDATE menus SET active = 0")
        db.executemany("UPDATE menus SET active = 1 WHERE menu = ?", [(menu,) for menu in self.menus])
        spans = (milliseconds(datetime.fromisoformat(self.since)), milliseconds(datetime.fromisoformat(self.until)))
        db.execute("UPDATE menu_clock SET from_ms = ?, until_ms = ?", spans)
        if before != self.menus:
            look_again(db)


def menu_adopter(_shop: Shop) -> Adopter:
    """Adopts documents of kind ``menus``."""
    return Adopter(kind="menus", parse=parse_menus, adopt=adopt_menus, shape=Body)


def parse_menus(body: bytes) -> Body:
    """Check ``body`` (JSON). Raises DocumentRefused with the place of the first mistake."""
    parsed = read_body(body, Body, "the menus")
    for place, menu in enumerate(parsed.menus):
        for field, day in (("first_day", menu.first_day), ("last_day", menu.last_day)):
            _check_day(day, f"$.menus[{place}].{field}")
        if not (menu.skus or menu.categories):
            raise DocumentRefused(f"the menu {menu.id} at `$.menus[{place}]` has no goods: name skus or categories")
    name, times = next(iter(Counter(menu.id for menu in parsed.menus).most_common(1)), ("", 0))
    if times > 1:
        raise DocumentRefused(f"{times} menus are called {name} at `$.menus`: each needs a name of its own")
    return parsed


def adopt_menus(parsed: Body, version: int, db: sqlite3.Connection) -> tuple[()]:
    """Put them in the place of those before; the clock switches them on within a second."""
    db.execute("DELETE FROM menus")
    db.execute("DELETE FROM menu_goods")
    db.executemany("INSERT INTO menus VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)", [_row(menu) for menu in parsed.menus])
    goods = [("sku", sku, menu.id) for menu in parsed.menus for sku in menu.skus]
    goods += [("category", category, menu.id) for menu in parsed.menus for category in menu.categories]
    db.executemany("INSERT OR IGNORE INTO menu_goods (kind, word, menu) VALUES (?, ?, ?)", goods)
    db.execute("INSERT OR REPLACE INTO menu_clock (only, version, from_ms, until_ms) VALUES (1, ?, 0, 0)", (version,))
    look_again(db)
    return ()


def menus_due(db: sqlite3.Connection, at: datetime, _shop: Shop) -> bool:
    """Whether the menus must be looked at; also when the clock was set back before the last switch."""
    row = db.execute("SELECT from_ms, until_ms FROM menu_clock").fetchone()
    return row is not None and not row[0] <= milliseconds(at) < row[1]


def switch_menus(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
    """Say which menus are active now, and until when nothing changes."""
    row = db.execute("SELECT version FROM menu_clock").fetchone()
    if row is None:
        return
    zone, hours = ZoneInfo(shop.timezone), _hours(db)
    menus = active_menus(hours, moment.at, zone)
    until = next_switch(hours, moment.at, zone)
    yield CatalogueActivated(version=row[0], menus=menus, since=rfc3339(moment.at), until=rfc3339(until))


def active_menus(hours: list[Hours], at: datetime, zone: ZoneInfo) -> tuple[str, ...]:
    """The menus that are active at ``at``, in order of their names."""
    return _active_at(_spans(hours, at, zone), at)


def next_switch(hours: list[Hours], at: datetime, zone: ZoneInfo) -> datetime:
    """The first moment after ``at`` at which other menus are active, within ``LOOK_AHEAD_DAYS``."""
    spans = _spans(hours, at, zone)
    now = _active_at(spans, at)
    edges = sorted({edge for span in spans for edge in (span.begins, span.ends) if edge > at})
    return next((edge for edge in edges if _active_at(spans, edge) != now), at + timedelta(days=LOOK_AHEAD_DAYS))


MENU_TIMER = Timer(name="menus", is_due=menus_due, decide=switch_menus)


def _at(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """The moment (UTC) of a minute of ``day``; one that the clocks skip is the one after the gap."""
    later, rest = divmod(minute, WHOLE_DAY)
    return datetime.combine(day + timedelta(later), time(rest // 60, rest % 60), zone).astimezone(UTC)


def _spans(hours: list[Hours], at: datetime, zone: ZoneInfo) -> list[Span]:
    today = at.astimezone(zone).date()
    spans = (each.span(today + timedelta(ahead), zone) for each in hours for ahead in range(-1, LOOK_AHEAD_DAYS + 1))
    return [span for span in spans if span is not None]


def _active_at(spans: list[Span], at: datetime) -> tuple[str, ...]:
    active = [span for span in spans if span.begins <= at < span.ends]
    holiday = any(span.holiday for span in active)
    return tuple(sorted({span.menu for span in active if span.holiday or not holiday}))


def _active(db: sqlite3.Connection) -> tuple[str, ...]:
    return tuple(menu for (menu,) in db.execute("SELECT menu FROM menus WHERE active ORDER BY menu"))


def _hours(db: sqlite3.Connection) -> list[Hours]:
    rows = db.execute("SELECT menu, days, from_minute, to_minute, first_day, last_day, holiday FROM menus")
    return [
        Hours(menu=menu, days=days, from_minute=begins, to_minute=ends, first_day=first, last_day=last, holiday=bool(holiday))
        for menu, days, begins, ends, first, last, holiday in rows
    ]


def _row(menu: Menu) -> tuple[object, ...]:
    days = sum(1 << DAYS.index(day) for day in set(menu.days))
    hours = (_minute(menu.from_), _minute(menu.to))
    return (menu.id, days, *hours, menu.first_day or "0001-01-01", menu.last_day or "9999-12-31", menu.holiday, menu.price_group)


def _minute(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def _check_day(day: str | None, place: str) -> None:
    try:
        date.fromisoformat(day or "2000-01-01")
    except ValueError as error:
        raise DocumentRefused(f"{day} at `{place}` is no day of the calendar") from error
