"""The way to an OpenEPaperLink access point: HTTP and one WebSocket, to the host of the settings and nowhere else.

DeviceGone      no such host, nothing listens, the line was cut
DeviceSilent    no answer within the deadline
BadFrame        something else answers: a redirect, another status, an endless body
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Self

from drivers.contract import BadFrame, DeviceGone, DeviceSilent
from drivers.shelves.openepaperlink import LONGEST_WORDS
from drivers.wires.tape import Reel, reel_here

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession, ClientWebSocketResponse, TraceRequestRedirectParams

ANSWER_MS = 5_000
CLOSING_S = 0.5
MOST_CALLS = 2
"""One listens, one asks: an access point is a small computer, and others wait for their turn."""


class AccessPoint:
    """An access point at ``host``:``port``, listened to while inside ``async with``."""

    def __init__(self, host: str, port: int) -> None:
        self.address = f"{host}:{port}"
        self._host, self._port = host, port
        self._reel = Reel()
        self._ends: tuple[ClientSession, ClientWebSocketResponse] | None = None
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Connect and listen. Raises DeviceGone, DeviceSilent, BadFrame."""
        import aiohttp

        redirects = aiohttp.TraceConfig()
        redirects.on_request_redirect.append(self._redirected)
        self._reel = reel_here()
        async with AsyncExitStack() as opening:
            # The deadlines are asyncio.timeout's alone: aiohttp's own would be rounded up to whole seconds.
            session = await opening.enter_async_context(
                aiohttp.ClientSession(
                    f"http://{f'[{self._host}]' if ':' in self._host else self._host}:{self._port}",
                    connector=aiohttp.TCPConnector(limit=MOST_CALLS),
                    cookie_jar=aiohttp.DummyCookieJar(),
                    timeout=aiohttp.ClientTimeout(total=None),
                    trace_configs=[redirects],
                )
            )
            closing = aiohttp.ClientWSTimeout(ws_close=CLOSING_S)
            async with self._spoken("/ws", ANSWER_MS):
                socket = await session.ws_connect("/ws", timeout=closing, max_msg_size=LONGEST_WORDS)
            opening.push_async_callback(socket.close)
            self._ends, self._open = (session, socket), opening.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._ends = None
        await self._open.__aexit__(kind, error, trace)

    async def hear(self, deadline_ms: int) -> str | None:
        """What it says by itself, None when it says nothing. Raises DeviceGone, BadFrame for what is no text."""
        import aiohttp

        _, socket = self._connected()
        try:
            async with asyncio.timeout(deadline_ms / 1000):
                message = await socket.receive()
        except TimeoutError:
            return None
        if message.type is aiohttp.WSMsgType.TEXT:
            text = str(message.data)
            self._reel.heard(text.encode("utf-8", "replace"), "/ws")
            return text
        if message.type in {aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.ERROR}:
            raise BadFrame(f"{self.address} says what is no text, or too much of it; is it an OpenEPaperLink access point?", b"")
        raise DeviceGone(f"{self.address} hung up: was it switched off, or does it restart?")

    async def ask(self, path: str, query: Mapping[str, str] | None = None, *, deadline_ms: int = ANSWER_MS) -> bytes:
        """The answer to GET ``path``. Raises DeviceGone, DeviceSilent, BadFrame."""
        session, _ = self._connected()
        self._reel.said(f"GET {path} {dict(query or {})}".encode(), path)
        async with self._spoken(path, deadline_ms), session.get(path, params=query or {}, allow_redirects=False) as answer:
            status, body = answer.status, await self._body(answer)
        if status != 200:
            raise BadFrame(
                f"{self.address} answers {path} with status {status}; is it an OpenEPaperLink access point, and not too old?",
                body,
            )
        return body

    async def upload(self, fields: Mapping[str, str], jpeg: bytes, *, deadline_ms: int) -> tuple[int, str]:
        """Hand in a picture; the status and words of the answer. Raises DeviceGone, DeviceSilent, BadFrame."""
        import aiohttp

        session, _ = self._connected()
        form = aiohttp.FormData(dict(fields))
        form.add_field("image", jpeg, filename="label.jpg", content_type="image/jpeg")  # last: the label must be known by then
        self._reel.said(f"POST /imgupload {dict(fields)} {len(jpeg)} bytes".encode(), "/imgupload")
        async with (
            self._spoken("/imgupload", deadline_ms),
            session.post("/imgupload", data=form, allow_redirects=False) as answer,
        ):
            return answer.status, (await self._body(answer)).decode("utf-8", "replace")

    def _connected(self) -> tuple[ClientSession, ClientWebSocketResponse]:
        if self._ends is None:
            raise DeviceGone(f"{self.address} is not connected")
        return self._ends

    async def _body(self, answer: ClientResponse) -> bytes:
        body = bytearray()
        async for piece in answer.content.iter_any():
            body += piece
            if len(body) > LONGEST_WORDS:
                raise BadFrame(
                    f"an answer of {self.address} does not end; is it an OpenEPaperLink access point?", bytes(body[:100])
                )
        self._reel.heard(bytes(body), answer.url.path)
        return bytes(body)

    async def _redirected(self, _session: ClientSession, _context: object, told: TraceRequestRedirectParams) -> None:
        """A WebSocket cannot be told not to follow: so nobody follows."""
        told.response.close()
        raise BadFrame(f"{self.address} sends us elsewhere, and we do not go: write the address of the access point itself", b"")

    @asynccontextmanager
    async def _spoken(self, path: str, deadline_ms: int) -> AsyncIterator[None]:
        """What aiohttp raises in here is told in our words."""
        import aiohttp

        try:
            async with asyncio.timeout(deadline_ms / 1000):
                yield
        except TimeoutError as error:
            raise DeviceSilent(f"no answer from {self.address}{path} within {deadline_ms} ms: is it on, is it hung?") from error
        except aiohttp.ClientConnectorError as error:
            told = error.os_error.strerror or str(error.os_error)
            raise DeviceGone(f"cannot connect to {self.address} ({told}): is it on, and are address and port right?") from error
        except aiohttp.ClientResponseError as error:
            raise BadFrame(
                f"{self.address}{path} answers what no access point does (status {error.status}); are address and port right?",
                b"",
            ) from error
        except (aiohttp.ClientError, OSError) as error:
            raise DeviceGone(f"the connection to {self.address} was lost ({error}); it is opened again") from error
