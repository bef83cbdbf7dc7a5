"""A member pays the price of the tier from the moment on in which the member was shown; a stranger pays everybody's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from edge.shop.catalogue.price_document import price_adopter
from edge.shop.orders.events import ItemAdded
from tests.shop.members.conftest import member

if TYPE_CHECKING:
    from sync.events import Event
    from tests.shop.conftest import Floor, Till
    from tests.shop.members.conftest import Headquarters


def price_of(events: tuple[Event, ...]) -> int:
    return next(event.price_minor for event in events if isinstance(event, ItemAdded))


def publish_prices(floor: Floor) -> None:
    change = {"sku": "milk", "price_minor": 500, "effective_at": "2026-01-01T00:00:00Z", "group": "gold"}
    adopter = price_adopter(floor.shop)
    prices = adopter.parse(msgspec.json.encode({"currency": "CNY", "changes": [change]}))
    for step in adopter.stage(prices, 1):
        step(floor.db)
    assert tuple(adopter.adopt(prices, 1, floor.db)) == ()


def test_a_member_pays_the_price_of_the_tier(floor: Floor, till: Till, hq: Headquarters) -> None:
    hq.publish(member(1, tier="gold"), member(2))
    publish_prices(floor)
    assert price_of(till.choose("milk", 1)) == 650
    till.show_member("77001")
    assert price_of(till.choose("milk", 1)) == 500
    till.show_member("77002", order="18")
    assert price_of(till.choose("milk", 1, order="18")) == 650
