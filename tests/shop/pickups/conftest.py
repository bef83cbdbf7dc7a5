"""A counter for pickup orders: headquarters says what it wants, staff take steps, the clock goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from config.schema import Pickup as PickupSettings
from edge.shop.consequences import WithConsequences
from edge.shop.moment import Moment
from edge.shop.part import Decision, Timer
from edge.shop.pickups.codes import code_hash
from edge.shop.pickups.document import adopt_pickups, parse_pickups
from edge.shop.pickups.lateness import LATENESS
from edge.shop.pickups.news import NEWS
from edge.shop.pickups.pickup import Pickup, find_pickup
from edge.shop.stock.counting import book_goods
from edge.shop.stock.handled import Handled
from sync.events import Event

if TYPE_CHECKING:
    from tests.shop.conftest import Floor

AT = datetime.fromisoformat("2026-03-01T10:00:00+00:00")


@dataclass
class Counter:
    """One counter. ``at`` is the wall, ``monotonic_ms`` runs beside it within ``boot``."""

    floor: Floor
    at: datetime = AT
    monotonic_ms: int = 1_000_000
    boot: str = "boot-1"
    wanted: dict[str, dict[str, Any]] = field(default_factory=dict)

    def pass_(self, **time: float) -> None:
        """Time goes by."""
        passed = timedelta(**time)
        self.at += passed
        self.monotonic_ms += passed // timedelta(milliseconds=1)

    def restart(self, downtime: timedelta = timedelta(0)) -> None:
        """The machine boots anew: another boot id, the monotonic clock begins at nothing."""
        self.at += downtime
        self.boot += "+"
        self.monotonic_ms = 5_000

    def want(self, order: str = "P-1", code: str = "1234", **more: Any) -> None:
        """Headquarters wants one more order; call ``tell`` to have it known."""
        self.wanted[order] = {
            "order": order,
            "items": [{"sku": "milk", "qty": 1}],
            "code_hash": code_hash(order, code),
        } | more

    def tell(self) -> tuple[Event, ...]:
        """The whole list is adopted and taken up."""
        adopt_pickups(parse_pickups(msgspec.json.encode({"orders": list(self.wanted.values())})), 1, self.floor.db)
        return self.tick(NEWS)

    def ask(self, decision: Decision) -> tuple[Event, ...]:
        """Have something decided now."""
        moment = Moment(at=self.at, monotonic_ms=self.monotonic_ms, boot=self.boot)

        def decide(db: Any) -> Iterable[Event]:
            return decision(moment, self.floor.shop, db)

        place, shop = "staff-1", self.floor.shop
        return self.floor._decided(WithConsequences(decide=decide, moment=moment, shop=shop, place=place, asked="test"))

    def tick(self, timer: Timer = LATENESS) -> tuple[Event, ...]:
        """Everything that is due now."""
        events: list[Event] = []
        while self._is_due(timer):
            assert len(events) < 1_000, "the timer is due for ever"
            done = self.ask(timer.decide)
            assert done, "a timer that is due does something"
            events += done
        return tuple(events)

    def _is_due(self, timer: Timer) -> bool:
        """As the box asks."""
        db, shop, moment = self.floor.db, self.floor.shop, Moment(at=self.at, monotonic_ms=self.monotonic_ms, boot=self.boot)
        return timer.is_due(db, moment.at, shop) or timer.has_waited(db, moment, shop)

    def deliver(self, sku: str = "milk", qty: int = 10, unit: Any = "piece") -> None:
        """Goods come."""
        self.ask(book_goods("delivery", "D-1", (Handled(code=sku, qty=qty, unit=unit),)))

    def order(self, order: str = "P-1") -> Pickup:
        """The order as it stands."""
        found = find_pickup(self.floor.db, order)
        assert found is not None
        return found

    def set_up(self, **settings: Any) -> None:
        """Other settings, as after a restart of the box."""
        self.floor.shop = replace(self.floor.shop, pickup=PickupSettings(**settings))


@pytest.fixture
def counter(floor: Floor) -> Counter:
    """A counter with ten bottles of milk in the books."""
    counter = Counter(floor)
    counter.deliver()
    return counter


@pytest.fixture
def kinds() -> Callable[[Iterable[Event]], list[str]]:
    """The types of events, without the word that all share."""
    return lambda events: [event.type.removeprefix("storebox.") for event in events]
