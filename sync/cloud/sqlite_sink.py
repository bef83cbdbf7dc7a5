"""The sink that needs nothing set up: one SQLite file, one thread that writes it, each call one durable transaction."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from sync.cloud import intake, notices, registrations
from sync.cloud.sink import Answer, Behind, BoxDetail, BoxView, Notice, Received, Registered, Rejection, SinkDown
from sync.cloud.tables import connect
from sync.commands import LONGEST_LIFE
from sync.events import rfc3339

T = TypeVar("T")
PREFIX = "sqlite:///"


class SinkRefused(ValueError):
    """The sink's address is not understood or cannot be opened."""


def sink_file(url: str) -> Path:
    """The file in ``sqlite:///FILE`` (three slashes: relative, four: absolute). Raises SinkRefused."""
    if not url.startswith(PREFIX) or url == PREFIX:
        raise SinkRefused(f"no sink is called {url!r}; write sqlite:///FILE")
    return Path(url.removeprefix(PREFIX))


class SqliteSink:
    """Open on construction; raises SinkRefused."""

    def __init__(self, path: Path) -> None:
        try:
            self._db = connect(str(path))
        except sqlite3.Error as error:
            raise SinkRefused(f"{path} cannot be opened: {error}; is its folder there and writable?") from error
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="cloud-sink")

    async def accept(self, box: str, events: Sequence[Received], refused: Sequence[Rejection]) -> Answer:
        return await self._write(lambda db: intake.accept(db, box, events, refused, _now()))

    async def issue_code(self, store: str, *, valid_s: int) -> str:
        return await self._write(lambda db: registrations.issue_code(db, store, valid_s=valid_s, now=datetime.now(UTC)))

    async def redeem(self, code: str, *, box: str, public_key: str) -> tuple[Registered, str]:
        return await self._write(lambda db: registrations.redeem(db, code, box=box, public_key=public_key, now=datetime.now(UTC)))

    async def box_of(self, token: str) -> Registered | None:
        return await self._read(lambda db: registrations.box_of(db, token))

    async def published_version(self, kind: str, *, store: str, box: str) -> int:
        return await self._read(lambda db: notices.published_version(db, kind, store=store, box=box))

    async def publish(self, notice: Notice) -> int:
        def run(db: sqlite3.Connection) -> int:
            notices.forget_commands(db, rfc3339(datetime.now(UTC) - LONGEST_LIFE))
            return notices.publish(db, notice, _now())

        return await self._write(run)

    async def last_cursor(self) -> int:
        return await self._read(notices.last_cursor)

    async def notices_after(self, cursor: int, to: Registered) -> Behind:
        return await self._read(lambda db: notices.notices_after(db, cursor, to))

    async def fleet(self) -> list[BoxView]:
        return await self._read(intake.fleet)

    async def box(self, box: str) -> BoxDetail | None:
        return await self._read(lambda db: intake.one_box(db, box))

    async def close(self) -> None:
        await asyncio.to_thread(self._thread.shutdown)
        self._db.close()

    async def _write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._in_thread(partial(_transaction, self._db, work))

    async def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._in_thread(partial(work, self._db))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except sqlite3.Error as error:
            raise SinkDown(f"the sink cannot be used: {error}") from error


def _transaction(db: sqlite3.Connection, work: Callable[[sqlite3.Connection], T]) -> T:
    db.execute("BEGIN IMMEDIATE")
    try:
        result = work(db)
        db.execute("COMMIT")
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")
    return result


def _now() -> str:
    return rfc3339(datetime.now(UTC))
