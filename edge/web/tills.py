"""Where tills report finished orders over HTTP: answered when the order is on the disk, or with what to do.

A till that hears nothing, or 503, sends the same again under the same key: it is recorded once. A 4xx is final.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

import msgspec
from aiohttp import web

from edge.web.api import json_answer
from edge.web.body import read_bytes
from edge.web.callers import CALLER
from edge.web.problems import Problem
from edge.web.view import View
from sync.recorder import OTHER_CONTENT

DRIVER = "till/http"
LONGEST_BYTES = 64 * 1024
RECORDED_WITHIN_MS = 20_000
RETRY_AFTER_S = 5


class OrderTaken(msgspec.Struct, frozen=True, kw_only=True):
    """The order is on the disk. ``repeat``: it was before."""

    recorded: bool
    repeat: bool


class _Key(msgspec.Struct, frozen=True):
    business_day: str
    sequence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tills:
    """Hands the orders of paired tills to their drivers."""

    view: View

    async def take(self, request: web.Request) -> web.Response:
        """``POST /api/till/{id}/orders``: 200 after COMMIT, 503 to send it again, 4xx when that would help nobody."""
        till = request.match_info["id"]
        self._check_till(till, request[CALLER].name)
        body = await read_bytes(request, LONGEST_BYTES)
        _check_key(request.headers.get("Idempotency-Key"), till, body)
        receipt = await self.view.wires.post.deliver(till, "order", body, deadline_ms=RECORDED_WITHIN_MS)
        if receipt.ok:
            return json_answer(OrderTaken(recorded=True, repeat=receipt.repeat))
        if receipt.retry:
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "not-recorded", receipt.problem, retry_after_s=RETRY_AFTER_S)
        if receipt.problem == OTHER_CONTENT:
            told = f"{receipt.problem}: every order of a business day needs its own sequence"
            raise Problem(HTTPStatus.CONFLICT, "other-content", told)
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "order-refused", receipt.problem, title=receipt.title)

    def _check_till(self, till: str, caller: str) -> None:
        if caller != till:
            problem = f"this token is of {caller}, which reports its own orders only: pair the till under the name {till[:40]!r}"
            raise Problem(HTTPStatus.FORBIDDEN, "another-till", problem)
        plugged = self.view.plugged().get(till)
        if plugged is None or plugged.driver != DRIVER:
            problem = (
                f'no till that reports by HTTP is called {till!r}: add [device.{till}] with driver = "{DRIVER}" to the settings'
            )
            raise Problem(HTTPStatus.NOT_FOUND, "unknown-till", problem)


def _check_key(named: str | None, till: str, body: bytes) -> None:
    """Raise Problem unless the key, where one is named, is that of the body: ``[STORE/]TILL/DAY/SEQUENCE``."""
    if named is None:
        return
    try:
        key = msgspec.json.decode(body, type=_Key)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return  # the driver says what is wrong with it
    own = f"{till}/{key.business_day}/{key.sequence}"
    if named != own and not (named.endswith(f"/{own}") and named.count("/") == own.count("/") + 1):
        problem = f"Idempotency-Key must be {own} for this order, or that behind the store's name and a slash; or leave it out"
        raise Problem(HTTPStatus.BAD_REQUEST, "wrong-key", problem)
