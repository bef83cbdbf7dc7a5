"""A shop with two lanes and its tables in memory; what a device says is decided and applied as the journal does it."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from functools import lru_cache
from hashlib import sha256
from typing import Any

import msgspec
import pytest

from config.schema import Lane
from drivers.reading import Report
from drivers.readings import (
    AnyReading,
    ItemChosen,
    ItemRemoved,
    MemberShown,
    OrderOpened,
    OrderPaid,
    OrderVoided,
    ShelfMoved,
    Weight,
)
from edge.shop.catalogue.document import catalogue_adopter, parse_catalogue
from edge.shop.consequences import WithConsequences
from edge.shop.decide import entry_for, notice
from edge.shop.moment import Moment
from edge.shop.part import Decision, Timer
from edge.shop.registry import EVENTS
from edge.shop.shop import Shop
from sync.box_events import BOX_EVENTS
from sync.document_events import SYNC_EVENTS
from sync.entries import Decide
from sync.events import Event, rfc3339
from tests.tables import tables_in_memory

AT = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
CATALOGUE: dict[str, Any] = {
    "currency": "CNY",
    "items": [
        {"sku": "4011", "names": {"zh": "香蕉", "en": "Bananas"}, "codes": ["banana"], "price_minor": 798, "unit": "kg"},
        {"sku": "4017", "names": {"zh": "青苹果"}, "price_minor": 1299, "unit": "kg"},
        {"sku": "milk", "names": {"en": "Milk"}, "codes": ["6901234567892"], "price_minor": 650, "unit": "piece"},
    ],
}
TOLD = frozenset((*EVENTS, *BOX_EVENTS, *SYNC_EVENTS))
FLOORS_AT_ONCE = 8
"""Of ``fresh_floor``; the oldest is closed then."""

parsed_once = lru_cache(maxsize=16)(parse_catalogue)
"""Most tests sell out of the same few catalogues, and to look up the initials of a name takes longer than most tests."""


@dataclass(frozen=True)
class Slot:
    """Goods of a slot, as a shelf's settings say them."""

    sku: str
    unit_grams: int


class Floor:
    """The shop floor: every method is one device saying one thing, and returns the events that came of it."""

    def __init__(self, db: sqlite3.Connection, shop: Shop) -> None:
        self.db = db
        self.shop = shop
        self.catalogue = CATALOGUE
        self.reports = 0
        self.monotonic_ms = 0

    def hear(self, reading: AnyReading) -> tuple[Event, ...]:
        """Decide ``reading`` and apply the events, all or nothing."""
        decide = entry_for(reading, self.shop).decide
        first = self._decided(decide, undo=True)
        assert first == self._decided(decide), "the same input and tables decide alike"
        return first

    def ask(self, decision: Decision, at: datetime = AT) -> tuple[Event, ...]:
        """What a screen, a person or the clock asks for."""
        moment = Moment(at=at, monotonic_ms=self.monotonic_ms)

        def decide(db: sqlite3.Connection) -> Iterable[Event]:
            return decision(moment, self.shop, db)

        decided = WithConsequences(decide=decide, moment=moment, shop=self.shop, place="screen-1", asked="test")
        first = self._decided(decided, at, undo=True)
        assert first == self._decided(decided, at), "the same input and tables decide alike"
        return first

    def tick(self, timer: Timer, at: datetime) -> tuple[Event, ...]:
        """Everything that ``timer`` has to do at ``at``."""
        events: list[Event] = []
        while timer.is_due(self.db, at, self.shop):
            events += self.ask(timer.decide, at)
        return tuple(events)

    def _decided(self, decide: Decide, at: datetime = AT, *, undo: bool = False) -> tuple[Event, ...]:
        self.db.execute("SAVEPOINT entry")
        try:
            events = []
            for event in decide(self.db):
                assert type(event) in TOLD
                self._journal(event, at)
                event.apply(self.db)
                events.append(event)
        except BaseException:
            self.db.execute("ROLLBACK TO entry")
            raise
        else:
            if undo:
                self.db.execute("ROLLBACK TO entry")
        finally:
            self.db.execute("RELEASE entry")
        return tuple(events)

    def _journal(self, event: Event, at: datetime) -> None:
        """Give ``event`` the next number, as the journal does before it is applied."""
        self.db.execute(
            "INSERT INTO events (class, id, box, type, time, boot, monotonic_ms, clock, subject, data)"
            " VALUES (?, '', '', ?, ?, '', 0, 'synced', ?, ?)",
            (int(event.event_class), event.type, rfc3339(at), event.subject(), msgspec.json.encode(event).decode()),
        )

    def report(self, device_at: str | None = None) -> Report:
        """A report that nobody made before."""
        self.reports += 1
        return Report(id=f"r{self.reports}", digest=sha256(str(self.reports).encode()).digest(), device_at=device_at)

    def stamp(self, device: str) -> dict[str, Any]:
        """What every reading carries; the monotonic clock goes on by 200 ms."""
        self.monotonic_ms += 200
        return {"device": device, "at": AT, "monotonic_ms": self.monotonic_ms}

    def adopt(self, version: int = 1, body: dict[str, Any] | None = None) -> None:
        """Adopt a catalogue as the desk does: sweep, stage, adopt, sweep."""
        adopter = catalogue_adopter(self.shop)
        parsed = parsed_once(msgspec.json.encode(body or self.catalogue), self.shop.currency)
        while adopter.sweep(self.db):
            pass
        for step in adopter.stage(parsed, version):
            step(self.db)
        assert tuple(adopter.adopt(parsed, version, self.db)) == ()
        while adopter.sweep(self.db):
            pass

    def till(self, name: str = "till-1") -> Till:
        """A till of this floor."""
        return Till(self, name)

    def scale(self, name: str = "scale-1") -> Scale:
        """A scale of this floor."""
        return Scale(self, name)

    def with_shop(self, **changes: Any) -> Floor:
        """The same tables under other settings, as after a restart."""
        return Floor(self.db, replace(self.shop, **changes))


@dataclass
class Till:
    """A till of the floor."""

    floor: Floor
    name: str

    def open(self, order: str = "17", business_day: str | None = None, device_at: str | None = None) -> tuple[Event, ...]:
        """Open an order."""
        report = self.floor.report(device_at)
        return self.floor.hear(OrderOpened(**self.floor.stamp(self.name), report=report, order=order, business_day=business_day))

    def choose(self, code: str, qty: int | None = None, order: str = "17") -> tuple[Event, ...]:
        """Choose goods."""
        return self.floor.hear(
            ItemChosen(**self.floor.stamp(self.name), report=self.floor.report(), order=order, code=code, qty=qty)
        )

    def remove(self, line: int, order: str = "17") -> tuple[Event, ...]:
        """Take a line off."""
        return self.floor.hear(ItemRemoved(**self.floor.stamp(self.name), report=self.floor.report(), order=order, line=line))

    def pay(self, amount_minor: int, order: str = "17", tender: str = "cash") -> tuple[Event, ...]:
        """Take the money."""
        return self.floor.hear(
            OrderPaid(
                **self.floor.stamp(self.name),
                report=self.floor.report(),
                order=order,
                amount_minor=amount_minor,
                tender=tender,
            )
        )

    def void(self, order: str = "17", reason: str = "changed mind") -> tuple[Event, ...]:
        """Give the order up."""
        return self.floor.hear(OrderVoided(**self.floor.stamp(self.name), report=self.floor.report(), order=order, reason=reason))

    def show_member(self, code: str, order: str | None = "17") -> tuple[Event, ...]:
        """Show a member code."""
        return self.floor.hear(MemberShown(**self.floor.stamp(self.name), report=self.floor.report(), order=order, code=code))


@dataclass
class Scale:
    """A scale of the floor; only what ``notice`` lets through is decided, as in the box."""

    floor: Floor
    name: str
    previous: Weight | None = None
    decided: int = 0

    def says(self, grams: int | None, state: Any = "stable") -> tuple[Event, ...]:
        """One poll."""
        weight = Weight(**self.floor.stamp(self.name), grams=grams, state=state)
        noticed = notice(self.previous, weight)
        self.previous = weight
        if not noticed:
            return ()
        self.decided += 1
        return self.floor.hear(weight)

    def settle(self, grams: int) -> tuple[Event, ...]:
        """Goods are laid on or taken off: the pan moves, then rests for two seconds."""
        self.says(None, "moving")
        return tuple(event for _ in range(10) for event in self.says(grams))


@dataclass
class Shelf:
    """A shelf of the floor."""

    floor: Floor
    name: str = "shelf-1"

    def moves(self, kind: Any, delta_g: int, slot: str = "a", before_g: int = 5_000, **told: Any) -> tuple[Event, ...]:
        """A settled change; ``told`` are candidates, or after how long it was put back."""
        return self.floor.hear(
            ShelfMoved(
                **self.floor.stamp(self.name),
                report=self.floor.report(),
                slot=slot,
                kind=kind,
                delta_g=delta_g,
                before_g=before_g,
                after_g=before_g + delta_g,
                **told,
            )
        )


def build_shop() -> Shop:
    """Two lanes with a scale each, and a shelf with two planned slots."""
    return Shop(
        timezone="Asia/Shanghai",
        day_starts_at=time(4),
        currency="CNY",
        member_key=b"k" * 32,
        lanes={"1": Lane(till="till-1", scale="scale-1"), "2": Lane(till="till-2", scale="scale-2"), "3": Lane(till="till-3")},
        slots={
            ("shelf-1", "a"): (Slot("milk", 1_030),),
            ("shelf-1", "b"): (Slot("tea", 250),),
            ("shelf-1", "d"): (Slot("tea", 250), Slot("gum", 125)),
        },
    )


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    db = tables_in_memory()
    yield db
    db.close()


@pytest.fixture
def floor(db: sqlite3.Connection) -> Floor:
    """A floor with a catalogue."""
    floor = Floor(db, build_shop())
    floor.adopt()
    return floor


@pytest.fixture(scope="session")
def fresh_floor() -> Iterator[Callable[[], Floor]]:
    """A maker of floors, for tests that run many examples."""
    opened: deque[sqlite3.Connection] = deque()

    def make() -> Floor:
        if len(opened) == FLOORS_AT_ONCE:
            opened.popleft().close()
        db = tables_in_memory()
        opened.append(db)
        floor = Floor(db, build_shop())
        floor.adopt()
        return floor

    yield make
    for db in opened:
        db.close()


@pytest.fixture
def till(floor: Floor) -> Till:
    return floor.till()


@pytest.fixture
def scale(floor: Floor) -> Scale:
    return floor.scale()


@pytest.fixture
def shelf(floor: Floor) -> Shelf:
    return Shelf(floor)
