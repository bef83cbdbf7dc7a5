"""What programs can read: JSON over HTTP for the CLI on the control socket, for screens, for monitoring.

``docs/api.md`` describes every address with an example; what programs can change is in ``changes.py``.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from drivers.commands import Command
from edge.shop.jobs import newest_jobs
from edge.web.body import read_count
from edge.web.pairing import Pairings
from edge.web.problems import Problem
from edge.web.records import (
    DeviceRecord,
    DocumentRecord,
    PairingRecord,
    StatusRecord,
    SyncRecord,
    device_record,
    event_record,
    job_record,
    journal_record,
    letter_record,
)
from edge.web.takings import takings_now
from edge.web.view import View
from sync.disk import JournalUnavailable
from sync.letters import letters
from sync.outbox import latest

MOST_ROWS = 500
USUAL_ROWS = 50
JOURNAL_DEADLINE_S = 5.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """Answers with what is."""

    view: View
    pairings: Pairings

    async def healthz(self, _request: web.Request) -> web.Response:
        """``GET /healthz``: the process answers."""
        return web.Response(text="ok\n")

    async def readyz(self, _request: web.Request) -> web.Response:
        """``GET /readyz``: whether the box records; no details for strangers."""
        if self.view.ready():
            return web.Response(text="ready\n")
        return web.Response(text="not ready\n", status=HTTPStatus.SERVICE_UNAVAILABLE)

    async def metrics(self, _request: web.Request) -> web.Response:
        """``GET /metrics``: the Prometheus text format 0.0.4."""
        return web.Response(body=await self.view.metrics(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    async def devices(self, _request: web.Request) -> web.Response:
        """``GET /api/devices``: every device with its last reading."""
        return json_answer(self._devices())

    async def status(self, _request: web.Request) -> web.Response:
        """``GET /api/status``: everything at once; it answers also while the journal cannot be read."""
        view, sync = self.view, self.view.board.sync
        try:
            async with asyncio.timeout(JOURNAL_DEADLINE_S):
                figures, today = await view.journal.figures(), await takings_now(view)
        except (JournalUnavailable, TimeoutError):
            figures, today = None, None
        return json_answer(
            StatusRecord(
                box=view.settings.box.name,
                store=view.settings.store.name,
                version=view.version,
                ready=view.ready(),
                devices=self._devices(),
                journal=journal_record(figures) if figures else None,
                takings=today,
                sync=SyncRecord(
                    state=sync.state,
                    since=sync.since,
                    problem=sync.problem,
                    sent=sync.sent,
                    rejected=sync.rejected,
                    last_sent_at=sync.last_sent_at,
                ),
                vision=view.board.vision,
                faces=view.board.faces,
                alarms=dict(view.board.alarms),
            )
        )

    async def events(self, request: web.Request) -> web.Response:
        """``GET /api/events?limit=``: the newest events first."""
        return json_answer([event_record(kept) for kept in await self._ask(partial(latest, limit=_limit(request)))])

    async def dead_letters(self, request: web.Request) -> web.Response:
        """``GET /api/dead-letters?limit=``: inputs that could not become events, the newest first."""
        return json_answer([letter_record(kept) for kept in await self._ask(partial(letters, limit=_limit(request)))])

    async def jobs(self, request: web.Request) -> web.Response:
        """``GET /api/jobs?limit=``: what was left to be done, the newest first."""
        return json_answer([job_record(job) for job in await self._ask(partial(newest_jobs, limit=_limit(request)))])

    async def documents(self, _request: web.Request) -> web.Response:
        """``GET /api/documents``: what headquarters has told the store."""
        return json_answer(await self._ask(_documents))

    async def pairings_listed(self, _request: web.Request) -> web.Response:
        """``GET /api/pairings``: the paired screens and tills, never their tokens."""
        return json_answer(
            [
                PairingRecord(id=pairing.id, name=pairing.name, role=pairing.role, paired_at=pairing.paired_at)
                for pairing in self.pairings.listed()
            ]
        )

    def _devices(self) -> list[DeviceRecord]:
        return [device_record(status, self._commands(status.driver)) for status in self.view.board.devices.values()]

    def _commands(self, driver: str) -> tuple[type[Command], ...]:
        known = self.view.drivers.get(driver)
        return known.commands if known else ()

    async def _ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        try:
            async with asyncio.timeout(JOURNAL_DEADLINE_S):
                return await self.view.journal.query(question)
        except (JournalUnavailable, TimeoutError) as error:
            problem = f"the journal cannot be read now; recording goes on by itself ({error or 'no answer in time'})"
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "journal-unread", problem, retry_after_s=5) from error


def json_answer(record: Any, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    """``record`` as JSON."""
    return web.Response(body=msgspec.json.encode(record), status=status, content_type="application/json")


def _limit(request: web.Request) -> int:
    return read_count(request, "limit", usual=USUAL_ROWS, most=MOST_ROWS)


def _documents(db: sqlite3.Connection) -> list[DocumentRecord]:
    rows = db.execute("SELECT kind, version, digest, adopted_at FROM documents ORDER BY kind")
    return [
        DocumentRecord(kind=kind, version=version, digest=bytes(digest).hex(), adopted_at=adopted_at)
        for kind, version, digest, adopted_at in rows
    ]
