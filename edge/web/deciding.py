"""How a page or a program has the shop decide something, and asks how things stand; and what it hears when that cannot be."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

from aiohttp import web

from edge.shop.part import Decision
from edge.web.callers import CALLER
from edge.web.problems import Problem
from edge.web.view import View
from sync.disk import JournalUnavailable
from sync.entries import Origin, Recorded, Repeated

JOURNAL_DEADLINE_S = 5.0
RETRY_AFTER_S = 5

T = TypeVar("T")


async def decided(
    view: View, request: web.Request, decision: Decision, asked: str, origin: Origin | None = None
) -> Recorded | Repeated:
    """What came of it, on the disk. Raises Declined, and Problem (503) to be asked again."""
    try:
        return await view.desk.decide(decision, place=request[CALLER].name, asked=asked, origin=origin)
    except JournalUnavailable as error:
        told = f"not written down yet, try again: {error}"
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "not-recorded", told, retry_after_s=RETRY_AFTER_S) from error


async def asked_of(view: View, question: Callable[[sqlite3.Connection], T]) -> T:
    """The answer of the tables. Raises Problem (503) to be asked again."""
    try:
        async with asyncio.timeout(JOURNAL_DEADLINE_S):
            return await view.journal.query(question)
    except (JournalUnavailable, TimeoutError) as error:
        problem = f"the journal cannot be read now; recording goes on by itself ({error or 'no answer in time'})"
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "journal-unread", problem, retry_after_s=RETRY_AFTER_S) from error


def origin_of(request: web.Request, id_: str, body: bytes) -> Origin:
    """The name of a request that its program repeats until it is answered: the same again is decided once."""
    return Origin(device=f"{request.path} {request[CALLER].name}", id=id_, digest=hashlib.sha256(body).digest())
