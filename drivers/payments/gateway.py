"""The way to a payment gateway: one HTTPS call at a time, each on a connection and a deadline of its own.

NotSent       nothing of the call left this box: nobody can have been charged
DeviceSilent  it was sent, and nothing came back in time
DeviceGone    it was sent, and the line was cut
BadFrame      it was sent, and something else than an answer came back

No call is recorded, and none is in the text of an error: it may hold a payment code.
"""

from __future__ import annotations

import asyncio
import ssl
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import TYPE_CHECKING, Literal, Self
from urllib.parse import urlsplit

from drivers.contract import BadFrame, DeviceGone, DeviceSilent

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession, TraceConnectionCreateEndParams

CONNECT_MS = 4_000
LONGEST_ANSWER = 64 * 1024


class NotSent(DeviceGone):
    """The gateway cannot be reached: nothing was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What a merchant proves itself with (TLS client certificate), as PEM files."""

    chain: Path
    key: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """A call under way: connecting has a deadline of its own, so that a shop without a line knows it soon."""

    limit: asyncio.Timeout
    answer_ms: int
    connected: asyncio.Event


class Gateway:
    """The gateway at ``url``, while inside ``async with``."""

    def __init__(self, url: str, certificate: Certificate | None = None) -> None:
        self._url, self._certificate = url.rstrip("/"), certificate
        self.host = urlsplit(url).netloc
        self._session: ClientSession | None = None
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Make ready; nothing is said yet. Raises DeviceGone when the certificate cannot be used."""
        import aiohttp

        tls = await asyncio.to_thread(self._tls)
        traces = aiohttp.TraceConfig()
        traces.on_connection_create_end.append(_is_connected)
        async with AsyncExitStack() as opening:
            # A connection that is used again may have been shut by the gateway: nobody could tell whether the call arrived.
            self._session = await opening.enter_async_context(
                aiohttp.ClientSession(
                    connector=aiohttp.TCPConnector(ssl=tls, force_close=True),
                    cookie_jar=aiohttp.DummyCookieJar(),
                    timeout=aiohttp.ClientTimeout(total=None),
                    trace_configs=[traces],
                )
            )
            self._open = opening.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._session = None
        await self._open.__aexit__(kind, error, trace)

    async def post(self, path: str, body: bytes, *, content_type: str, answer_ms: int) -> bytes:
        """The answer to ``body``. Raises NotSent, DeviceSilent, DeviceGone, BadFrame."""
        import aiohttp

        if self._session is None:
            raise NotSent(f"the gateway {self.host} is not connected")
        connected = asyncio.Event()
        try:
            async with asyncio.timeout(CONNECT_MS / 1000) as limit:
                call = _Call(limit=limit, answer_ms=answer_ms, connected=connected)
                async with self._session.post(
                    f"{self._url}{path}",
                    data=body,
                    headers={"Content-Type": content_type},
                    allow_redirects=False,
                    trace_request_ctx=call,
                ) as answer:
                    return await self._body(answer)
        except TimeoutError as error:
            if connected.is_set():
                raise DeviceSilent(f"the gateway {self.host} did not answer within {answer_ms} ms") from error
            raise NotSent(f"the gateway {self.host} cannot be reached within {CONNECT_MS} ms: is the internet there?") from error
        except aiohttp.ClientConnectorError as error:
            told = error.os_error.strerror or str(error.os_error)
            raise NotSent(f"the gateway {self.host} cannot be reached ({told}): is the internet there?") from error
        except (aiohttp.ClientError, OSError) as error:
            if connected.is_set():
                raise DeviceGone(f"the line to the gateway {self.host} was cut ({type(error).__name__})") from error
            raise NotSent(
                f"the gateway {self.host} cannot be reached ({type(error).__name__}): is the internet there?"
            ) from error

    async def _body(self, answer: ClientResponse) -> bytes:
        if answer.status != 200:
            raise BadFrame(f"the gateway {self.host} answers with status {answer.status}", b"")
        body = bytearray()
        async for piece in answer.content.iter_any():
            body += piece
            if len(body) > LONGEST_ANSWER:
                raise BadFrame(f"an answer of the gateway {self.host} does not end", b"")
        return bytes(body)

    def _tls(self) -> ssl.SSLContext | Literal[True]:
        if self._certificate is None and self._url.startswith("http:"):
            return True  # what aiohttp would check anyway: to read every authority takes 40 ms, and there is nothing to check
        tls = ssl.create_default_context()
        if self._certificate is not None:
            files = f"certificate_file {self._certificate.chain} and certificate_key_file {self._certificate.key}"
            try:
                tls.load_cert_chain(self._certificate.chain, self._certificate.key)
            except (OSError, ssl.SSLError) as error:
                raise DeviceGone(f"{files} cannot be used ({error}): download the merchant's certificate anew") from error
        return tls


async def _is_connected(_session: ClientSession, context: SimpleNamespace, _told: TraceConnectionCreateEndParams) -> None:
    call = context.trace_request_ctx
    if isinstance(call, _Call):
        call.connected.set()
        call.limit.reschedule(asyncio.get_running_loop().time() + call.answer_ms / 1000)
