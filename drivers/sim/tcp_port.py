"""The network end of a device: one host at a time, as printers do it, and a plug that can be pulled.

The same verbs as ``PtyPort``, so that one simulated device speaks on either.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress

BULK = 4096


class TcpPort:
    """Listens on ``host``:``port``; with port 0 on a free one, which it keeps. A second host is hung up on."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self.host, self.port = host, port
        self._listening: socket.socket | None = None
        self._client: socket.socket | None = None
        self._paused = False
        self._heard: asyncio.Queue[bytes] = asyncio.Queue()

    @property
    def address(self) -> str:
        """``127.0.0.1:9100``."""
        return f"{self.host}:{self.port}"

    @property
    def plugged(self) -> bool:
        return self._listening is not None

    def plug(self) -> None:
        """Take connections again. Raises OSError when the address is taken."""
        if self.plugged:
            return
        listening = socket.create_server((self.host, self.port))
        listening.setblocking(False)
        self._listening, self.port = listening, listening.getsockname()[1]
        asyncio.get_running_loop().add_reader(listening, self._accept, listening)

    def unplug(self) -> None:
        """Vanish: nobody can connect, and who is connected is cut off."""
        self.hang_up()
        listening, self._listening = self._listening, None
        if listening is not None:
            asyncio.get_running_loop().remove_reader(listening)
            listening.close()

    def hang_up(self) -> None:
        """End the connection and take another."""
        client, self._client = self._client, None
        if client is not None:
            asyncio.get_running_loop().remove_reader(client)
            client.close()

    async def read(self) -> bytes:
        """The next bytes from the host; waits, also while nobody is connected."""
        return await self._heard.get()

    def write(self, data: bytes) -> int:
        """Put bytes on the wire; returns how many went out. What nobody reads is lost."""
        if self._client is None:
            return 0
        try:
            return self._client.send(data)
        except OSError:
            return 0

    def pause(self) -> None:
        """Take no more bytes until ``resume``."""
        self._paused = True
        if self._client is not None:
            asyncio.get_running_loop().remove_reader(self._client)

    def resume(self) -> None:
        self._paused = False
        if self._client is not None:
            asyncio.get_running_loop().add_reader(self._client, self._on_bytes, self._client)

    def _accept(self, listening: socket.socket) -> None:
        client, _ = listening.accept()
        client.setblocking(False)
        if self._client is not None:
            client.close()
            return
        self._client = client
        if not self._paused:
            self.resume()

    def _on_bytes(self, client: socket.socket) -> None:
        data = b""
        with suppress(OSError):
            data = client.recv(BULK)
        if data:
            self._heard.put_nowait(data)
        else:
            self.hang_up()
