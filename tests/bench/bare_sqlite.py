"""What the journal is compared with: sqlite3 behind a thread of the same kind, as anyone writes it who needs durable events."""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from uuid_utils import uuid7

from sync.events import Event, rfc3339
from sync.migrations import migrate
from sync.rows import COLUMNS
from sync.schema import JOURNAL_MIGRATIONS

Row = tuple[Any, ...]
_COLUMNS = COLUMNS.removeprefix("sequence, ")
_INSERT = f"INSERT INTO events ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
_WAITING_MOST = 4096
_BATCH_MOST = 512


@dataclass(slots=True)
class Asked:
    event: Event
    at: datetime
    told: asyncio.Future[None]


def row_made(asked: Asked) -> Row:
    """Encode, make an id and a time: what an event needs before it can be stored, with the fastest libraries there are."""
    event = asked.event
    data = msgspec.json.encode(event).decode()
    return (
        *(int(event.event_class), str(uuid7()), "box-1", event.type, rfc3339(asked.at), "boot-1", 1, "synced"),
        *(event.subject(), None, event.day(), data),
    )


class BareSqlite:
    """A queue in, one executemany and one commit for what waits, one wake-up per commit out; the journal's table and indexes.

    No decision, no receipt, no gap-free number, no watch over the space, no outcome: nothing but durable rows.
    ``row_of`` may hand out a row that was made beforehand, which no user of sqlite3 has: the harder peer.
    """

    def __init__(self, path: Path, row_of: Callable[[Asked], Row] = row_made) -> None:
        self._path = path
        self._row_of = row_of
        self._inbox: queue.SimpleQueue[Asked | None] = queue.SimpleQueue()
        self._room = asyncio.Semaphore(_WAITING_MOST)

    async def __aenter__(self) -> BareSqlite:
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="bare-sqlite")
        self._thread.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._inbox.put(None)
        await asyncio.to_thread(self._thread.join)

    async def submit(self, event: Event) -> asyncio.Future[None]:
        await self._room.acquire()
        told: asyncio.Future[None] = self._loop.create_future()
        self._inbox.put(Asked(event, datetime.now(UTC), told))
        return told

    async def record(self, event: Event) -> None:
        await (await self.submit(event))

    def _run(self) -> None:
        db = sqlite3.connect(self._path, isolation_level=None)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        migrate(db, JOURNAL_MIGRATIONS)
        more = True
        while more:
            waiting = [self._inbox.get()]
            while len(waiting) < _BATCH_MOST and not self._inbox.empty():
                waiting.append(self._inbox.get_nowait())
            asked = [one for one in waiting if one is not None]
            more = len(asked) == len(waiting)
            db.execute("BEGIN IMMEDIATE")
            db.executemany(_INSERT, [self._row_of(one) for one in asked])
            db.commit()
            self._loop.call_soon_threadsafe(self._resolve, asked)
        db.close()

    def _resolve(self, asked: list[Asked]) -> None:
        for one in asked:
            self._room.release()
            one.told.set_result(None)
