"""A self-checkout lane on the shop floor: its scanner, its scales, its screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import pytest

from config.schema import Lane
from drivers.counter_readings import PaymentCodeShown, Scanned
from drivers.one_attempt import OneAttempt
from drivers.readings import Weight
from edge.shop.declined import Declined
from edge.shop.lanes.answers import charged, doubt_payment, not_charged
from edge.shop.lanes.attendant import attend, call_attendant
from edge.shop.lanes.bags import Bags, bags_of
from edge.shop.lanes.goods import choose_goods, give_up, remove_goods
from edge.shop.lanes.lane import LaneState, lane_state
from edge.shop.lanes.paying import bill, bill_card, resume
from sync.events import Event

if TYPE_CHECKING:
    from tests.shop.conftest import Floor

AT = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
GOODS: dict[str, Any] = {
    "currency": "CNY",
    "items": [
        {"sku": "4011", "names": {"zh": "香蕉", "en": "Bananas"}, "codes": ["2100001000004"], "price_minor": 798, "unit": "kg"},
        {
            "sku": "milk",
            "names": {"zh": "牛奶", "en": "Milk"},
            "codes": ["6901234567892"],
            "price_minor": 650,
            "unit": "piece",
            "unit_grams": 1_030,
            "tolerance_grams": 15,
        },
        {
            "sku": "wine",
            "names": {"zh": "红酒", "en": "Wine"},
            "codes": ["6901234567908"],
            "price_minor": 8_800,
            "unit": "piece",
            "adult": True,
        },
        {"sku": "cider", "names": {"zh": "散装苹果酒"}, "price_minor": 4_000, "unit": "kg", "adult": True},
        {"sku": "bread", "names": {"zh": "面包"}, "codes": ["2200003000000"], "price_minor": 900, "unit": "piece"},
    ],
}


@dataclass
class SelfCheckout:
    """Lane ``sco-1``: what its devices say and what its screen asks for."""

    floor: Floor
    name: str = "sco-1"

    def scan(self, code: str = "", **read: Any) -> tuple[Event, ...]:
        """The scanner reads something."""
        return self.floor.hear(Scanned(**self.floor.stamp("scanner-7"), code=code or str(read.get("gtin") or ""), **read))

    def show_payment_code(self, wallet: Literal["wechat", "alipay", "unionpay"] = "wechat") -> tuple[Event, ...]:
        """The scanner reads a payment code."""
        code = OneAttempt("134567890123456789")
        return self.floor.hear(PaymentCodeShown(**self.floor.stamp("scanner-7"), wallet=wallet, length=18, code=code))

    def put_in_bag(self, grams: int) -> tuple[Event, ...]:
        """All that lies under the bags now."""
        return self.floor.hear(Weight(**self.floor.stamp("scale-8"), grams=grams, state="stable"))

    def choose(self, code: str, qty: int = 1, **where: Any) -> tuple[Event, ...]:
        """Touch goods on the screen."""
        return self.floor.ask(choose_goods(self.name, code, qty, **where), AT)

    def remove(self, line: int) -> tuple[Event, ...]:
        """Touch the line's cross."""
        return self.floor.ask(remove_goods(self.name, line), AT)

    def give_up(self) -> tuple[Event, ...]:
        """Touch cancel."""
        return self.floor.ask(give_up(self.name), AT)

    def call(self) -> tuple[Event, ...]:
        """Touch the bell."""
        return self.floor.ask(call_attendant(self.name), AT)

    def attend(self, verdict: Any, by: str = "ann") -> tuple[Event, ...]:
        """The attendant's word."""
        return self.floor.ask(attend(self.name, verdict, by), AT)

    def bill(self, at: datetime = AT) -> tuple[Event, ...]:
        """Touch pay."""
        return self.floor.ask(bill(self.name), at)

    def bill_card(self) -> tuple[Event, ...]:
        """Touch pay by card."""
        return self.floor.ask(bill_card(self.name), AT)

    def resume(self) -> tuple[Event, ...]:
        """Touch back."""
        return self.floor.ask(resume(self.name), AT)

    def charged(self, amount_minor: int, order: str = "1", receipt: str = "") -> tuple[Event, ...]:
        """The terminal took the money."""
        return self.floor.ask(charged(self.name, order, amount_minor, receipt), AT)

    def not_charged(self, reason: str = "declined", order: str = "1", *, offline: bool = False) -> tuple[Event, ...]:
        """The terminal took nothing."""
        return self.floor.ask(not_charged(self.name, order, reason, offline=offline), AT)

    def doubt(self, detail: str = "no answer", order: str = "1") -> tuple[Event, ...]:
        """The terminal says nothing that can be understood."""
        return self.floor.ask(doubt_payment(self.name, order, detail), AT)

    @property
    def state(self) -> LaneState:
        return lane_state(self.floor.db, self.name, self.floor.shop)

    def weighed(self) -> Bags:
        """How the bags compare with the order."""
        order = self.state.open_order
        assert order is not None
        return bags_of(self.state, order, self.floor.shop, self.floor.db)


def taking_codes(lane: SelfCheckout) -> SelfCheckout:
    """The lane, with payment codes of WeChat Pay and without a scale under the bags."""
    settings = lane.floor.shop.lanes["sco-1"].model_copy(update={"bag_scale": None, "wechat": "wechat-7"})
    lane.floor = lane.floor.with_shop(lanes={"sco-1": settings}, box="box-1")
    return lane


@pytest.fixture
def lane(floor: Floor) -> SelfCheckout:
    """A lane with everything; the catalogue has milk, bananas by weight, wine for adults, bread of unknown weight."""
    settings = Lane(
        scanner="scanner-7",
        scale="scale-7",
        bag_scale="scale-8",
        terminal="terminal-7",
        printer="printer-7",
        bag_tolerance_grams=20,
    )
    floor = floor.with_shop(lanes={**floor.shop.lanes, "sco-1": settings})
    floor.adopt(2, GOODS)
    return SelfCheckout(floor)


@pytest.fixture
def refusal() -> Callable[[Callable[[], object]], tuple[str, str]]:
    """The key and the text with which something is refused."""

    def refused(ask: Callable[[], object]) -> tuple[str, str]:
        with pytest.raises(Declined) as declined:
            ask()
        return declined.value.key, str(declined.value)

    return refused
