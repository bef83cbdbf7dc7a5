"""A shop small enough to see through: sales change a stock table, members are seen, visitors are counted."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar, Literal

import pytest

from sync.entries import Entry, Happened, Limits, Origin, Stamp
from sync.events import Event, EventClass, Registry
from sync.journal import Journal
from sync.migrations import Migration
from sync.schema import JOURNAL_MIGRATIONS
from tests.tables import tables_in

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


class Sold(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "storebox.test.sold"
    event_class: ClassVar[EventClass] = EventClass.ORDER

    sku: str
    qty: int = 1
    note: str = ""

    def subject(self):
        return self.sku

    def day(self):
        return "2026-05-04"

    def apply(self, db):
        db.execute(
            "INSERT INTO stock (sku, sold) VALUES (?, ?) ON CONFLICT (sku) DO UPDATE SET sold = sold + excluded.sold",
            (self.sku, self.qty),
        )
        if self.qty < 0:
            raise ArithmeticError("a sale of less than nothing")


class Seen(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "storebox.test.seen"
    event_class: ClassVar[EventClass] = EventClass.MEMBER

    member: str


class Footfall(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "storebox.test.footfall"
    event_class: ClassVar[EventClass] = EventClass.TELEMETRY

    count: int
    note: str = ""


class Stray(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "storebox.test.stray"
    event_class: ClassVar[EventClass] = EventClass.ORDER


def _stock(db: Any) -> None:
    db.execute("CREATE TABLE stock (sku TEXT PRIMARY KEY, sold INTEGER NOT NULL)")


class Shop:
    """Makes journals and entries; ``alarms`` is what went up and down."""

    Sold, Seen, Footfall, Stray = Sold, Seen, Footfall, Stray
    NOON = NOON
    registry = Registry([Sold, Seen, Footfall])
    migrations = (*JOURNAL_MIGRATIONS, Migration(name="shop-0001", apply=_stock))

    def __init__(self, folder: Path) -> None:
        self.path = folder / "journal.db"
        self.clock: Literal["synced", "unsynced"] = "synced"
        self.alarms: list[tuple[str, str]] = []

    def limits(self, **changes: Any) -> Limits:
        plain = {
            "quota_bytes": 1 << 30,
            "ballast_bytes": 1 << 20,
            "keep_sent": timedelta(days=36_500),
            "keep_receipts": timedelta(days=36_500),
        }
        return Limits(**{**plain, **changes})

    def journal(self, path: Path | None = None, *, migrations: Any = None, registry: Any = None, **limits: Any) -> Journal:
        """A journal whose tables are there, or are still to be made if ``migrations`` are named."""
        path = path or self.path
        return Journal(
            path if migrations else tables_in(path, self.migrations),
            limits=self.limits(**limits),
            registry=registry or self.registry,
            migrations=migrations or self.migrations,
            stamp=Stamp(box="box-1", boot="boot-1", tz="Asia/Shanghai", clock=lambda: self.clock),
            alarm=lambda name, text: self.alarms.append((name, text)),
        )

    def entry(
        self,
        *events: Event,
        decide: Callable[[sqlite3.Connection], Any] | None = None,
        report: str | None = None,
        content: str = "",
        **changes: Any,
    ) -> Entry:
        origin = None
        if report is not None:
            origin = Origin(device="till-1", id=report, digest=sha256(content.encode()).digest())
        event_class = events[0].event_class if events else EventClass.ORDER
        plain = {"event_class": event_class, "at": NOON, "monotonic_ms": 1234, "origin": origin, "told": "what the till said"}
        return Entry(decide=decide or Happened(events), **{**plain, **changes})

    def sale(self, sku: str = "apple", **changes: Any) -> Entry:
        return self.entry(Sold(sku=sku), **changes)

    async def until(self, holds: Callable[[], Any], *, within_s: float = 30) -> Any:
        async with asyncio.timeout(within_s):
            while True:
                answer = holds()
                if asyncio.iscoroutine(answer):
                    answer = await answer
                if answer:
                    return answer
                await asyncio.sleep(0.02)

    def rows(self, query: str, *values: Any) -> list[Any]:
        db = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)
        try:
            return db.execute(query, values).fetchall()
        finally:
            db.close()


@pytest.fixture
def shop(tmp_path):
    return Shop(tmp_path)
