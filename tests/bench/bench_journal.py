"""How fast the journal is durable, beside what it is made of: a bare sqlite3 behind the same kind of thread, and the disk itself.

Run by ``make bench``, or alone: ``python tests/bench/bench_journal.py [ROUNDS] [FOLDER]``. What is compared runs in turn, round
after round, in one process and on one disk; fdatasync is measured in every round, because a disk's mood changes by the minute.
"""

from __future__ import annotations

import asyncio
import os
import queue
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from sync.entries import Entry, Limits, Origin, Recorded, Stamp
from sync.events import Event, EventClass, Registry
from sync.journal import Journal
from sync.migrations import Migration, migrate
from sync.outbox import COLUMNS
from sync.schema import JOURNAL_MIGRATIONS

NOW = datetime.now(UTC)
DATA = '{"order":"o-17","sku":"apple","note":"' + "x" * 200 + '"}'
ROW = (0, "0197" * 9, "box-1", "storebox.bench.sold", "2026-05-04T12:00:00.000Z", "boot-1", 1, "synced", None, None, None, DATA)
"""What the journal stores of ``Sold``, byte for byte, but made beforehand."""
SKUS = 500


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


SOLD = Sold()


def plain(_number: int) -> Entry:
    return Entry(decide=lambda _db: (SOLD,), event_class=EventClass.ORDER, at=NOW, monotonic_ms=1)


def decided(number: int) -> Entry:
    sku, order = f"sku-{number % SKUS}", f"o-{number % 1000}"

    def decide(db: sqlite3.Connection) -> list[Event]:
        db.execute("SELECT minor FROM prices WHERE sku = ?", (sku,)).fetchone()
        db.execute("SELECT lines FROM orders WHERE id = ?", (order,)).fetchone()
        db.execute("SELECT sold FROM stock WHERE sku = ?", (sku,)).fetchone()
        return [Weighed(sku=sku, order=order)]

    return Entry(decide=decide, event_class=EventClass.ORDER, at=NOW, monotonic_ms=1)


def reported(number: int) -> Entry:
    origin = Origin(device="till-1", id=f"r-{number}-{time.monotonic_ns()}", digest=b"0" * 32)
    return Entry(decide=lambda _db: (SOLD,), event_class=EventClass.ORDER, at=NOW, monotonic_ms=1, origin=origin)


class Bare:
    """sqlite3 behind a thread of the same kind: a queue in, one commit for what waits, one wake-up per commit out.

    The same table and index, the same bytes in a row; no decision, no savepoint, no number, no id made, nothing encoded.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "bare.db"
        self.inbox: queue.SimpleQueue[asyncio.Future[None] | None] = queue.SimpleQueue()
        self.room = asyncio.Semaphore(4096)

    async def __aenter__(self) -> Bare:
        self.loop = asyncio.get_running_loop()
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.inbox.put(None)
        await asyncio.to_thread(self.thread.join)

    async def submit(self) -> asyncio.Future[None]:
        await self.room.acquire()
        told: asyncio.Future[None] = self.loop.create_future()
        self.inbox.put(told)
        return told

    async def record(self, _number: int) -> None:
        await (await self.submit())

    def _run(self) -> None:
        db = sqlite3.connect(self.path, isolation_level=None)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        migrate(db, JOURNAL_MIGRATIONS)
        columns = COLUMNS.removeprefix("sequence, ")
        insert = f"INSERT INTO events ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
        while True:
            waiting = [self.inbox.get()]
            while len(waiting) < 512 and not self.inbox.empty():
                waiting.append(self.inbox.get_nowait())
            futures = [told for told in waiting if told is not None]
            db.execute("BEGIN IMMEDIATE")
            db.executemany(insert, [ROW] * len(futures))
            db.commit()
            self.loop.call_soon_threadsafe(self._resolve, futures)
            if len(futures) < len(waiting):
                db.close()
                return

    def _resolve(self, futures: list[asyncio.Future[None]]) -> None:
        for told in futures:
            self.room.release()
            told.set_result(None)


@dataclass
class Series:
    """The same measurement, round after round."""

    unit: str
    values: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        low, middle, high = min(self.values), statistics.median(self.values), max(self.values)
        return f"{low:>10.3f} {middle:>10.3f} {high:>10.3f}  {self.unit}"


async def per_second(count: int, producers: int, record: Callable[[int], Awaitable[Any]]) -> float:
    async def produce(first: int) -> None:
        for number in range(first, count, producers):
            await record(number)

    began = time.perf_counter()
    await asyncio.gather(*(produce(first) for first in range(producers)))
    return count / (time.perf_counter() - began)


async def in_groups(count: int, group: int, submit: Callable[[int], Awaitable[asyncio.Future[Any]]]) -> float:
    """Events a second when exactly ``group`` events share a commit."""
    began = time.perf_counter()
    for first in range(0, count, group):
        told = [await submit(first + number) for number in range(group)]
        for future in told:
            await future
    return count / (time.perf_counter() - began)


async def lone_ms(times: int, record: Callable[[int], Awaitable[Any]]) -> list[float]:
    took = []
    for number in range(times):
        began = time.perf_counter()
        await record(number)
        took.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(0)
    return took


def fdatasync_ms(folder: Path, times: int) -> list[float]:
    """One appended row and a flush: what the disk alone takes."""
    took = []
    handle = os.open(folder / "raw", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for _ in range(times):
        os.write(handle, b"x" * 4096)
        began = time.perf_counter()
        os.fdatasync(handle)
        took.append((time.perf_counter() - began) * 1000)
    os.close(handle)
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
            async with journal_in(folder) as journal, Bare(folder) as bare:
                assert isinstance(await journal.record(plain(0)), Recorded)
                flush = statistics.median(fdatasync_ms(folder, 100))
                note("fdatasync p50", "ms", flush)
                lone = statistics.median(await lone_ms(200, lambda number: journal.record(plain(number))))
                note("lone event p50", "ms", lone)
                note("lone event p50 above fdatasync", "ms", lone - flush)
                note("lone event p50, bare sqlite3", "ms", statistics.median(await lone_ms(200, bare.record)))
                pair: list[tuple[str, Callable[[], Awaitable[float]]]] = [
                    ("journal", lambda: in_groups(6400, 64, lambda number: journal.submit(plain(number)))),
                    ("bare", lambda: in_groups(6400, 64, lambda _number: bare.submit())),
                ]
                rates = {which: await run() for which, run in (pair if turn % 2 else pair[::-1])}
                note("64 a commit, journal", "events/s", rates["journal"])
                note("64 a commit, bare sqlite3", "events/s", rates["bare"])
                note("64 a commit, journal / bare", "", rates["journal"] / rates["bare"])
                note("64 a commit, raw append + fdatasync", "events/s", raw_groups(folder, 6400, 64))
                note("256 producers, bare events", "events/s", await per_second(10_240, 256, lambda n: journal.record(plain(n))))
                note("256 producers, bare sqlite3", "events/s", await per_second(10_240, 256, bare.record))
                note(
                    "256 producers, with a receipt each",
                    "events/s",
                    await per_second(10_240, 256, lambda n: journal.record(reported(n))),
                )
                note(
                    "256 producers, 3 SELECTs + 2 UPSERTs",
                    "events/s",
                    await per_second(5120, 256, lambda n: journal.record(decided(n))),
                )
    return figures


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    under = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    figures = asyncio.run(measure(rounds, under))
    print(f"journal, {rounds} rounds, sqlite {sqlite3.sqlite_version}, python {sys.version.split()[0]}, {os.cpu_count()} cores")
    print(f"{'':<42}{'min':>10} {'median':>10} {'max':>10}")
    for name, series in figures.items():
        print(f"{name:<42}{series}")


if __name__ == "__main__":
    main()
