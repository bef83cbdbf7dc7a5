"""A shop with one self-checkout lane behind a real page: scanner and scales are played, the terminal answers as it is told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec

from config.schema import Lane
from drivers.counter_readings import PaymentCodeShown, Scanned
from drivers.one_attempt import OneAttempt
from drivers.readings import AnyReading, Weight
from edge.lanes.codes import ShownCodes
from edge.lanes.payers import Payers
from edge.lanes.payments import LanePayments
from edge.shop.catalogue.document import catalogue_adopter
from edge.shop.decide import entry_for
from sync.entries import Entry, Recorded
from sync.events import EventClass

if TYPE_CHECKING:
    from tests.web.conftest import Opens, Shop

SETTINGS = Lane(
    scanner="scanner-1", scale="scale-1", bag_scale="scale-2", terminal="terminal-1", printer="printer-1", bag_tolerance_grams=50
)
LANES: Mapping[str, Lane] = MappingProxyType({"sco-1": SETTINGS})
GOODS: dict[str, Any] = {
    "currency": "CNY",
    "items": [
        {"sku": "4011", "names": {"zh": "香蕉", "en": "Bananas"}, "price_minor": 798, "unit": "kg"},
        {
            "sku": "milk",
            "names": {"zh": "全脂牛奶 1 升", "en": "Whole milk 1 l"},
            "codes": ["6901234567892"],
            "price_minor": 1_250,
            "unit": "piece",
            "unit_grams": 1_030,
        },
        {"sku": "wine", "names": {"zh": "红酒", "en": "Red wine"}, "price_minor": 8_800, "unit": "piece", "adult": True},
    ],
}


@dataclass
class SelfCheckout:
    """The lane ``sco-1`` of ``shop``; ``codes`` has the payment codes that its scanner read."""

    shop: Shop
    codes: ShownCodes

    async def hear(self, reading: AnyReading) -> None:
        """A device of the lane says something."""
        outcome = await self.shop.view.journal.record(entry_for(reading, self.shop.view.desk.shop()))
        assert isinstance(outcome, Recorded), outcome

    async def scan(self, gtin: str, **read: Any) -> None:
        """The scanner."""
        await self.hear(Scanned(**self._stamp("scanner-1"), code=gtin, gtin=gtin.zfill(14), **read))

    async def weigh(self, device: str, *grams: int) -> None:
        """The pan of ``device`` comes to rest at each of ``grams``."""
        for each in grams:
            await self.hear(Weight(**self._stamp(device), grams=each, state="stable"))

    async def show_payment_code(self, code: str) -> None:
        """A payment code of WeChat Pay at the scanner."""
        shown = PaymentCodeShown(**self._stamp("scanner-1"), wallet="wechat", length=len(code), code=OneAttempt(code))
        self.codes.keep(shown)
        await self.hear(shown)

    async def show(self, code: str) -> None:
        """A member code at the scanner."""
        await self.hear(Scanned(**self._stamp("scanner-1"), code=code))

    @staticmethod
    def _stamp(device: str) -> dict[str, Any]:
        return {"device": device, "at": datetime.now(UTC), "monotonic_ms": time.monotonic_ns() // 1_000_000}


@asynccontextmanager
async def self_checkout(opens: Opens, lanes: Mapping[str, Lane] = LANES, **options: Any) -> AsyncIterator[SelfCheckout]:
    """The shop with its catalogue, open."""
    async with opens(lanes=lanes, **options) as shop:
        adopter = catalogue_adopter(shop.view.desk.shop())
        catalogue = adopter.parse(msgspec.json.encode(GOODS))
        for step in adopter.stage(catalogue, 1):
            await _change(shop, step)
        await _change(shop, lambda db: list(adopter.adopt(catalogue, 1, db)))
        codes = ShownCodes(shop=shop.view.desk.shop)
        payments = LanePayments(payers=Payers(desk=shop.view.desk, asking=shop.view.ask), codes=codes)
        part = asyncio.create_task(payments.run(), name="lanes")
        try:
            yield SelfCheckout(shop, codes)
        finally:
            part.cancel()
            await asyncio.wait([part])


async def _change(shop: Shop, change: Callable[[Any], object]) -> None:
    def decide(db: Any) -> tuple[()]:
        change(db)
        return ()

    entry = Entry(decide=decide, event_class=EventClass.ORDER, at=datetime.now(UTC), monotonic_ms=1)
    assert isinstance(await shop.view.journal.record(entry), Recorded)
