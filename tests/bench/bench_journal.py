"""How fast the journal is durable, beside what it is made of: a bare sqlite3 behind the same kind of thread, and the disk itself.

Run by ``make bench``, or alone: ``python tests/bench/bench_journal.py [ROUNDS] [FOLDER]``. What is compared runs in turn, round
after round, in one process and on one disk; fdatasync is measured in every round, because a disk's mood changes by the minute.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from sync.entries import Entry, Happened, Limits, Origin, Recorded, Stamp
from sync.events import Event, EventClass, Registry
from sync.journal import Journal
from sync.migrations import Migration
from sync.schema import JOURNAL_MIGRATIONS
from tests.bench.bare_sqlite import BareSqlite
from tests.bench.fdatasync import fdatasync_ms

READY_ROW = (
    *(0, "0197" * 9, "box-1", "storebox.bench.sold", "2026-05-04T12:00:00.000Z", "boot-1", 1, "synced"),
    *(None, None, None, '{"order":"o-17","sku":"apple","note":"' + "x" * 200 + '"}'),
)
"""What is stored of ``Sold``, byte for byte, but made beforehand."""
SKUS = 500
IN_GROUPS, SLICES = 6400, 10
IN_CROWDS = 10_240
LONE = 200

ABOVE_FDATASYNC = "lone event p50 above fdatasync"
RATIO = "64 a commit, journal / bare sqlite3"
CROWD, CROWD_DECIDED = "256 producers, plain events", "256 producers, 3 SELECTs + 2 UPSERTs"
AT_LEAST = {RATIO: 0.8, CROWD: 10_000, CROWD_DECIDED: 4_000}
AT_MOST = {ABOVE_FDATASYNC: 0.5}
"""What is promised of the medians."""


class Sold(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "storebox.bench.sold"
    event_class: ClassVar[EventClass] = EventClass.ORDER

    order: str = "o-17"
    sku: str = "apple"
    note: str = "x" * 200


class Weighed(Sold, frozen=True, kw_only=True):
    """A decision of the shop's size: three questions before it, two changes after it."""

    type: ClassVar[str] = "storebox.bench.weighed"

    def apply(self, db: sqlite3.Connection) -> None:
        db.execute("INSERT INTO stock (sku, sold) VALUES (?, 1) ON CONFLICT (sku) DO UPDATE SET sold = sold + 1", (self.sku,))
        db.execute("INSERT INTO orders (id, lines) VALUES (?, 1) ON CONFLICT (id) DO UPDATE SET lines = lines + 1", (self.order,))


def _tables(db: Any) -> None:
    db.execute("CREATE TABLE stock (sku TEXT PRIMARY KEY, sold INTEGER NOT NULL)")
    db.execute("CREATE TABLE orders (id TEXT PRIMARY KEY, lines INTEGER NOT NULL)")
    db.execute("CREATE TABLE prices (sku TEXT PRIMARY KEY, minor INTEGER NOT NULL)")
    for number in range(SKUS):
        db.execute("INSERT INTO prices VALUES (?, 250)", (f"sku-{number}",))


def journal_in(folder: Path) -> Journal:
    return Journal(
        folder / "journal.db",
        limits=Limits(quota_bytes=8 << 30, ballast_bytes=1 << 20, keep_sent=timedelta(days=30), keep_receipts=timedelta(days=30)),
        registry=Registry([Sold, Weighed]),
        migrations=[*JOURNAL_MIGRATIONS, Migration(name="bench", apply=_tables)],
        stamp=Stamp(box="box-1", boot="boot-1", tz="Asia/Shanghai", clock=lambda: "synced"),
    )


def sold(number: int) -> Sold:
    return Sold(order=f"o-{number % 100}")


def plain(number: int) -> Entry:
    return Entry(decide=Happened((sold(number),)), event_class=EventClass.ORDER, at=datetime.now(UTC), monotonic_ms=1)


def decided(number: int) -> Entry:
    sku, order = f"sku-{number % SKUS}", f"o-{number % 1000}"

    def decide(db: sqlite3.Connection) -> list[Event]:
        db.execute("SELECT minor FROM prices WHERE sku = ?", (sku,)).fetchone()
        db.execute("SELECT lines FROM orders WHERE id = ?", (order,)).fetchone()
        db.execute("SELECT sold FROM stock WHERE sku = ?", (sku,)).fetchone()
        return [Weighed(sku=sku, order=order)]

    return Entry(decide=decide, event_class=EventClass.ORDER, at=datetime.now(UTC), monotonic_ms=1)


def reported(number: int) -> Entry:
    origin = Origin(device="till-1", id=f"r-{number}-{time.monotonic_ns()}", digest=b"0" * 32)
    return Entry(
        decide=Happened((sold(number),)), event_class=EventClass.ORDER, at=datetime.now(UTC), monotonic_ms=1, origin=origin
    )


Note = Callable[[str, str, float], None]


@dataclass
class Series:
    """The same measurement, round after round."""

    unit: str
    values: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def __str__(self) -> str:
        return f"{min(self.values):>10.3f} {self.median:>10.3f} {max(self.values):>10.3f}  {self.unit:<8}"


async def per_second(count: int, producers: int, record: Callable[[int], Awaitable[Any]]) -> float:
    async def produce(first: int) -> None:
        for number in range(first, count, producers):
            await record(number)

    began = time.perf_counter()
    await asyncio.gather(*(produce(first) for first in range(producers)))
    return count / (time.perf_counter() - began)


async def in_groups_s(count: int, group: int, submit: Callable[[int], Awaitable[asyncio.Future[Any]]]) -> float:
    """Seconds for ``count`` events of which exactly ``group`` share a commit."""
    began = time.perf_counter()
    for first in range(0, count, group):
        told = [await submit(first + number) for number in range(group)]
        for future in told:
            await future
    return time.perf_counter() - began


async def lone_ms(times: int, record: Callable[[int], Awaitable[Any]]) -> list[float]:
    took = []
    for number in range(times):
        began = time.perf_counter()
        await record(number)
        took.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(0)
    return took


def raw_groups(folder: Path, count: int, group: int) -> float:
    """Events a second appended and flushed in groups, without any database."""
    handle = os.open(folder / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    began = time.perf_counter()
    for _ in range(0, count, group):
        os.write(handle, b"x" * 300 * group)
        os.fdatasync(handle)
    os.close(handle)
    return count / (time.perf_counter() - began)


async def measure(rounds: int, under: Path | None) -> dict[str, Series]:
    """Every series, each round on fresh files."""
    figures: dict[str, Series] = {}

    def note(name: str, unit: str, value: float) -> None:
        figures.setdefault(name, Series(unit)).values.append(value)

    for turn in range(rounds):
        with tempfile.TemporaryDirectory(dir=under) as name:
            folder = Path(name)
            async with (
                journal_in(folder) as journal,
                BareSqlite(folder / "bare.db") as bare,
                BareSqlite(folder / "ready.db", row_of=lambda _asked: READY_ROW) as ready,
            ):
                assert isinstance(await journal.record(plain(0)), Recorded)
                await lone_events(note, folder, journal, bare)
                await groups(note, turn, journal, bare, ready)
                note("64 a commit, raw append + fdatasync", "events/s", raw_groups(folder, IN_GROUPS, 64))
                await crowds(note, journal, bare)
    return figures


async def lone_events(note: Note, folder: Path, journal: Journal, bare: BareSqlite) -> None:
    """In turns of ten with the disk's own flush, which is not the same from one moment to the next."""
    flushes: list[float] = []
    journals: list[float] = []
    bares: list[float] = []
    for _ in range(LONE // 10):
        flushes += fdatasync_ms(folder, 10)
        journals += await lone_ms(10, lambda number: journal.record(plain(number)))
        bares += await lone_ms(10, lambda number: bare.record(sold(number)))
    flush, lone = statistics.median(flushes), statistics.median(journals)
    note("fdatasync p50", "ms", flush)
    note("lone event p50", "ms", lone)
    note(ABOVE_FDATASYNC, "ms", lone - flush)
    note("lone event p50, bare sqlite3", "ms", statistics.median(bares))


async def groups(note: Note, turn: int, journal: Journal, bare: BareSqlite, ready: BareSqlite) -> None:
    """64 events a commit, in short turns, because a disk's mood changes; who begins changes from round to round."""
    runs: list[tuple[str, Callable[[int], Awaitable[asyncio.Future[Any]]]]] = [
        ("journal", lambda number: journal.submit(plain(number))),
        ("bare sqlite3", lambda number: bare.submit(sold(number))),
        ("rows made beforehand", lambda number: ready.submit(sold(number))),
    ]
    took_s = dict.fromkeys((who for who, _ in runs), 0.0)
    for _ in range(SLICES):
        for who, submit in runs[turn % 3 :] + runs[: turn % 3]:
            took_s[who] += await in_groups_s(IN_GROUPS // SLICES, 64, submit)
    for who, _ in runs:
        note(f"64 a commit, {who}", "events/s", IN_GROUPS / took_s[who])
    note(RATIO, "", took_s["bare sqlite3"] / took_s["journal"])
    note("64 a commit, journal / rows made beforehand", "", took_s["rows made beforehand"] / took_s["journal"])


async def crowds(note: Note, journal: Journal, bare: BareSqlite) -> None:
    """256 producers, each waiting for its own event."""
    count = IN_CROWDS
    note(CROWD, "events/s", await per_second(count, 256, lambda n: journal.record(plain(n))))
    note("256 producers, bare sqlite3", "events/s", await per_second(count, 256, lambda n: bare.record(sold(n))))
    note("256 producers, with a receipt each", "events/s", await per_second(count, 256, lambda n: journal.record(reported(n))))
    note(CROWD_DECIDED, "events/s", await per_second(count // 2, 256, lambda n: journal.record(decided(n))))


def main() -> int:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    under = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    figures = asyncio.run(measure(rounds, under))
    print(f"journal, {rounds} rounds, sqlite {sqlite3.sqlite_version}, python {sys.version.split()[0]}, {os.cpu_count()} cores")
    print(f"{'':<44}{'min':>10} {'median':>10} {'max':>10}")
    for name, series in figures.items():
        promised = f"promised >= {AT_LEAST[name]}" if name in AT_LEAST else ""
        promised = f"promised <= {AT_MOST[name]}" if name in AT_MOST else promised
        print(f"{name:<44}{series}  {promised}".rstrip())
    kept = all(figures[name].median >= least for name, least in AT_LEAST.items())
    return 0 if kept and all(figures[name].median <= most for name, most in AT_MOST.items()) else 1


if __name__ == "__main__":
    sys.exit(main())
