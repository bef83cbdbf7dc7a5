"""Wakes long polls when a document is published, by this process or another one on the same sink."""

from __future__ import annotations

import asyncio
from typing import NoReturn

from sync.cloud.sink import Sink, SinkDown

LOOK_EVERY_S = 0.25


class News:
    """``version`` grows when the sink's cursor moves; one look at the sink serves every waiting box."""

    def __init__(self, sink: Sink) -> None:
        self.version = 0
        self._sink = sink
        self._moved = asyncio.Event()

    async def watch(self) -> NoReturn:
        """Look at the sink for ever; a sink that is down is looked at again."""
        seen = -1
        while True:
            try:
                cursor = await self._sink.last_cursor()
            except SinkDown:
                cursor = seen
            if cursor != seen:
                seen = cursor
                self.version += 1
                self._moved.set()
                self._moved = asyncio.Event()
            await asyncio.sleep(LOOK_EVERY_S)

    async def newer(self, seen: int, *, timeout_s: float) -> None:
        """Wait until the version is another than ``seen``, at most ``timeout_s``."""
        moved = self._moved
        if self.version != seen:
            return
        try:
            async with asyncio.timeout(timeout_s):
                await moved.wait()
        except TimeoutError:
            return
