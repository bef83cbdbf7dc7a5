"""The network end of a device that many may talk to at once: each line is served by itself, and all of them can be cut.

``TcpPort`` is the one for a device that takes a single host and knows bytes only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Self

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class TcpServer:
    """Listens on ``host``:``port``; with port 0 on a free one, which it keeps. A line that ``serve`` returns from is hung up."""

    def __init__(self, serve: Serve, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.host, self.port = host, port
        self._serve = serve
        self._server: asyncio.Server | None = None
        self._lines: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        await self.plug()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.unplug()

    @property
    def address(self) -> str:
        """``127.0.0.1:6600``."""
        return f"{self.host}:{self.port}"

    async def plug(self) -> None:
        """Take connections, on the same port as before. Raises OSError when the address is taken."""
        self._server = await asyncio.start_server(self._talk, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def unplug(self) -> None:
        """Vanish: nobody can connect, and every line is cut."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        self.hang_up()
        while self._lines:  # noqa: ASYNC110 - they end in a moment, each by itself
            await asyncio.sleep(0.001)

    def hang_up(self) -> None:
        """Cut every line."""
        for line in self._lines:
            line.transport.abort()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._lines.add(writer)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._serve(reader, writer)
        finally:
            self._lines.discard(writer)
            writer.close()
