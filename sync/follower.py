"""Hears from headquarters within a second: one long poll after the other, from a cursor that survives a restart.

The cursor moves only after everything before it is adopted, taken or refused, durably; after a crash in between the same
documents and commands come again and change nothing.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NoReturn

import msgspec

from sync.backoff import Backoff
from sync.cloud_client import CloudClient
from sync.cloud_errors import CloudError
from sync.command_desk import CommandDesk
from sync.commits import carry_out
from sync.disk import JournalUnavailable
from sync.document_desk import DocumentDesk
from sync.identity import Claim, SettingUnreadable
from sync.journal import Journal
from sync.line import RECHECK_S, Line, NotClaimed, required

WAIT_S = 25
HASTE_S = 1.0  # an empty answer sooner than this is not a long poll


class NewsAnswer(msgspec.Struct, frozen=True):
    """What is new behind the cursor."""

    cursor: str
    documents: list[str]
    commands: list[str]


class Follower:
    """Gives every document and every command to its desk."""

    def __init__(
        self,
        journal: Journal,
        desk: DocumentDesk,
        commands: CommandDesk,
        client: CloudClient,
        claim: Callable[[], Claim | None],
        *,
        wait_s: int = WAIT_S,
        recheck_s: float = RECHECK_S,
        backoff: Backoff | None = None,
    ) -> None:
        self.line = Line("documents", backoff=backoff, recheck_s=recheck_s)
        self._journal = journal
        self._desk = desk
        self._commands = commands
        self._client = client
        self._claim = claim
        self._wait_s = wait_s
        self._key = f"documents.cursor {client.address.base}"

    async def run(self) -> NoReturn:
        """Follow for ever; every failure of the cloud and of the disk is waited out."""
        while True:
            try:
                await self._poll(required(self._claim()))
            except (CloudError, NotClaimed, SettingUnreadable, JournalUnavailable) as error:
                await self.line.failed(error)

    async def _poll(self, claim: Claim) -> None:
        cursor = await self._journal.query(self._cursor)
        began = asyncio.get_running_loop().time()
        url = self._client.address.at("v1", "documents").with_query(after=cursor, wait=str(self._wait_s))
        answer = await self._client.ask("GET", url, NewsAnswer, token=claim.token)
        self.line.answered()
        self.line.shows("idle")
        for jws in answer.documents:
            await self._desk.adopt(jws)
        for jws in answer.commands:
            await self._commands.take(jws)
        if answer.cursor != cursor:
            await self._keep(answer.cursor)
        elif asyncio.get_running_loop().time() - began < HASTE_S:
            await asyncio.sleep(HASTE_S)

    def _cursor(self, db: sqlite3.Connection) -> str:
        row = db.execute("SELECT value FROM meta WHERE key = ?", (self._key,)).fetchone()
        return "" if row is None else str(row[0])

    async def _keep(self, cursor: str) -> None:
        """Durable on return. Raises JournalUnavailable."""

        def step(db: sqlite3.Connection) -> None:
            db.execute(
                "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                (self._key, cursor),
            )

        await carry_out(self._journal, step, datetime.now(UTC))
