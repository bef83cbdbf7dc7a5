"""A till in a process of its own that prints the number of every acknowledged sale, to be killed at any moment.

``early`` acknowledges before the commit: the control that shows the test can fail.
``normal`` does not flush a commit: the control of the power cut.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

import sync.opening
from sync.disk import open_writer
from sync.entries import Entry, Limits, NotRecorded, Origin, Stamp
from sync.events import Event, EventClass, Registry
from sync.journal import Journal
from sync.migrations import Migration
from sync.schema import JOURNAL_MIGRATIONS

TILLS = 24


class Sold(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "storebox.test.sold"
    event_class: ClassVar[EventClass] = EventClass.ORDER

    report: str
    note: str = "x" * 100

    def apply(self, db: Any) -> None:
        db.execute("INSERT INTO stock (sku, sold) VALUES ('apple', 1) ON CONFLICT (sku) DO UPDATE SET sold = sold + 1")


def _stock(db: Any) -> None:
    db.execute("CREATE TABLE stock (sku TEXT PRIMARY KEY, sold INTEGER NOT NULL)")


def journal_at(path: Path) -> Journal:
    return Journal(
        path,
        limits=Limits(quota_bytes=1 << 30, ballast_bytes=1 << 20, keep_sent=timedelta(days=30), keep_receipts=timedelta(days=30)),
        registry=Registry([Sold]),
        migrations=[*JOURNAL_MIGRATIONS, Migration(name="shop-0001", apply=_stock)],
        stamp=Stamp(box="box-1", boot=str(os.getpid()), tz="Asia/Shanghai", clock=lambda: "synced"),
    )


def sale(report: str) -> Entry:
    return Entry(
        decide=lambda _db: [Sold(report=report)],
        event_class=EventClass.ORDER,
        at=datetime.now(UTC),
        monotonic_ms=0,
        origin=Origin(device="till-1", id=report, digest=sha256(report.encode()).digest()),
    )


def unflushed(path: Path) -> sqlite3.Connection:
    db = open_writer(path)
    db.execute("PRAGMA synchronous = NORMAL")
    return db


def acknowledge(report: str) -> None:
    os.write(1, f"{report}\n".encode())


async def sell(path: Path, name: str, mode: str) -> None:
    async def till(number: int) -> None:
        before: asyncio.Future[Any] | None = None
        for count in range(1_000_000):
            report = f"{name}-{number}-{count}"
            if mode == "early":  # one ahead: what is written and only not flushed yet survives a kill
                told = await journal.submit(sale(report))
                acknowledge(report)
                if before is not None:
                    await before
                before = told
                continue
            outcome = await journal.record(sale(report))
            if isinstance(outcome, NotRecorded):
                os.write(2, f"{outcome.problem}\n".encode())
                await asyncio.sleep(0.05)
            else:
                acknowledge(report)

    if mode == "normal":
        sync.opening.open_writer = unflushed  # type: ignore[attr-defined]
    async with journal_at(path) as journal:
        os.write(1, b"ready\n")
        async with asyncio.TaskGroup() as tills:
            for number in range(TILLS):
                tills.create_task(till(number), name=f"till {number}")


def sell_until_killed(path: Path, name: str, mode: str = "honest") -> None:
    """Print ``ready``, and sell."""
    asyncio.run(sell(path, name, mode))


if __name__ == "__main__":
    sell_until_killed(Path(sys.argv[1]), *sys.argv[2:])
