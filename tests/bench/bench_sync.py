"""How fast a shop that was cut off gets its events to the cloud, and what an event weighs on the line.

Run by ``make bench``, or alone: ``python tests/bench/bench_sync.py [ROUNDS] [FOLDER]``. The whole path is measured: journal,
CloudEvents, zstd, HTTP on loopback to a cloud in a process of its own, its SQLite sink committed before it answers, the answer
durable in the journal.
Exits non-zero when the drain is slower than ten times the live rate.
"""

from __future__ import annotations

import asyncio
import gzip
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import ClassVar

from sync import cloudevents
from sync.claims import claim
from sync.cloud.publish import issue_code
from sync.cloud_client import CloudClient
from sync.entries import Entry, Limits, Stamp
from sync.events import Event, EventClass, Registry
from sync.identity import Claim, IdentityFile
from sync.journal import Journal
from sync.schema import JOURNAL_MIGRATIONS
from sync.uploader import Uploader

LIVE_PER_S = 50
"""A busy shop: four lanes that scan an item each second, ten shelves, footfall; rounded up generously."""
PROMISED = 10
CUT_OFF = 20_000
CLOUD = """
import asyncio, sys
from sync.cloud.server import serve
asyncio.run(serve("127.0.0.1", 0, sys.argv[1], ready=lambda address: print(address, flush=True)))
"""


class ItemSold(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "storebox.bench.item-sold"
    event_class: ClassVar[EventClass] = EventClass.ORDER

    order: str
    sku: str
    grams: int
    amount_minor: int
    lane: str

    def subject(self) -> str:
        return self.order

    def day(self) -> str:
        return "2026-03-01"


@dataclass
class Series:
    unit: str
    values: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        low, middle, high = min(self.values), statistics.median(self.values), max(self.values)
        return f"{low:>10,.1f} {middle:>10,.1f} {high:>10,.1f}  {self.unit}"


@contextmanager
def cloud_at(sink: Path) -> Iterator[str]:
    """A cloud in a process of its own."""
    process = subprocess.Popen([sys.executable, "-c", CLOUD, f"sqlite:///{sink}"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@asynccontextmanager
async def journal_at(folder: Path, box: str) -> AsyncIterator[Journal]:
    keep = timedelta(days=30)
    journal = Journal(
        folder / "journal.db",
        limits=Limits(quota_bytes=1 << 30, ballast_bytes=1 << 20, keep_sent=keep, keep_receipts=keep),
        registry=Registry([ItemSold]),
        migrations=JOURNAL_MIGRATIONS,
        stamp=Stamp(box=box, boot="0197f3c2b1a4", tz="Asia/Shanghai", clock=lambda: "synced"),
    )
    async with journal:
        yield journal


async def sell(journal: Journal, count: int, dice: random.Random) -> None:
    """Record ``count`` items as a shop's lanes do."""
    told = []
    for _ in range(count):
        event = ItemSold(
            order=f"{dice.getrandbits(64):016x}",
            sku=f"{dice.randrange(10**12, 10**13)}",
            grams=dice.randrange(5, 3000),
            amount_minor=dice.randrange(50, 20_000),
            lane=f"lane-{dice.randrange(1, 5)}",
        )
        at, monotonic_ms = datetime.now(UTC), time.monotonic_ns() // 1_000_000
        entry = Entry(decide=partial(_say, event), event_class=EventClass.ORDER, at=at, monotonic_ms=monotonic_ms)
        told.append(await journal.submit(entry))
    await asyncio.gather(*told)


def _say(event: ItemSold, _db: sqlite3.Connection) -> list[Event]:
    return [event]


async def drain_s(journal: Journal, client: CloudClient, held: Claim, *, live: bool) -> float:
    """Seconds until nothing is queued, with or without the shop selling on meanwhile."""
    uploader = Uploader(journal, client, lambda: held)
    dice = random.Random(2)
    began = time.perf_counter()
    upload = asyncio.create_task(uploader.run(), name="upload")
    while uploader.line.standing.sent < CUT_OFF:
        if live:
            await sell(journal, LIVE_PER_S // 10, dice)
        await asyncio.sleep(0.1 if live else 0.002)
    took = time.perf_counter() - began
    upload.cancel()
    await asyncio.wait({upload})
    return took


async def one_round(folder: Path, figures: dict[str, Series]) -> None:
    """Fresh files, a fresh cloud."""

    def note(name: str, unit: str, value: float) -> None:
        figures.setdefault(name, Series(unit)).values.append(value)

    sink = folder / "cloud.db"
    identity = IdentityFile(folder).identity
    with cloud_at(sink) as url:
        async with CloudClient(url) as client, journal_at(folder, identity.box) as journal:
            held = await claim(client, await issue_code(f"sqlite:///{sink}", "s-1"), identity)
            for live, name in ((False, "drain"), (True, "drain while the shop sells on")):
                await sell(journal, CUT_OFF, random.Random(1))
                if not live:
                    batch = cloudevents.batch(
                        [cloudevents.encode(event, held.store) for event in await journal.pending(limit=500, max_bytes=1 << 20)]
                    )
                    note("an event, plain", "bytes", len(batch) / 500)
                    note("an event, zstd level 1", "bytes", len(cloudevents.zstd(batch)) / 500)
                    note("an event, gzip level 6", "bytes", len(gzip.compress(batch, 6)) / 500)
                rate = CUT_OFF / await drain_s(journal, client, held, live=live)
                note(name, "events/s", rate)
                note(f"{name} / live rate of {LIVE_PER_S}", "x", rate / LIVE_PER_S)


async def measure(rounds: int, under: Path | None) -> dict[str, Series]:
    figures: dict[str, Series] = {}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(dir=under) as name:
            await one_round(Path(name), figures)
    return figures


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    under = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    figures = asyncio.run(measure(rounds, under))
    print(f"sync, {rounds} rounds of {CUT_OFF} events, python {sys.version.split()[0]}, {os.cpu_count()} cores")
    print(f"{'':<48}{'min':>10} {'median':>10} {'max':>10}")
    for name, series in figures.items():
        print(f"{name:<48}{series}")
    slowest = min(min(series.values) for name, series in figures.items() if series.unit == "x")
    if slowest < PROMISED:
        sys.exit(f"the drain is only {slowest:.1f} x the live rate; {PROMISED} x is promised")


if __name__ == "__main__":
    main()
