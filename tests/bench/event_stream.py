"""Listens to the page as a browser does: server-sent events, each stamped the moment its bytes arrive."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import aiohttp


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One event: its kind, what it says, and when it was here (``time.perf_counter`` seconds)."""

    kind: str
    says: Any
    heard_s: float


class EventStream:
    """``async with EventStream(url) as stream: async for told in stream``; ``headers`` carry a token where one is needed."""

    def __init__(self, url: str, headers: dict[str, str] | None = None) -> None:
        self._url = url
        self._headers = headers or {}

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None, sock_read=60))
        self._answer = await self._session.get(f"{self._url}/stream", headers=self._headers)
        self._answer.raise_for_status()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._answer.close()
        await self._session.close()

    async def __aiter__(self) -> AsyncIterator[Told]:
        left = b""
        async for chunk in self._answer.content.iter_any():
            heard_s = time.perf_counter()
            *whole, left = (left + chunk).split(b"\n\n")
            for message in whole:
                fields = dict(line.split(b": ", 1) for line in message.split(b"\n"))
                if b"event" in fields:
                    yield Told(kind=fields[b"event"].decode(), says=json.loads(fields[b"data"]), heard_s=heard_s)
