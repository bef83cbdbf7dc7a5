"""The box's side of the sync API: one request each, under a deadline, never redirected, every answer read with suspicion.

Raises the errors of ``sync.cloud_errors``; retries nothing.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import aiohttp
import msgspec
from yarl import URL

from sync.backoff import retry_after_s
from sync.cloud_address import CloudAddress, tls
from sync.cloud_errors import BatchRefused, BatchTooLarge, CloudAway, CloudError, CloudOdd, TokenRefused

T = TypeVar("T")
MAX_ANSWER_BYTES = 64 * 1024 * 1024  # a long poll may bring a whole catalogue; nothing honest is larger
MAX_PROBLEM_CHARS = 300


class Problem(msgspec.Struct, frozen=True):
    """What is read of an RFC 9457 problem."""

    title: str = ""
    detail: str = ""


class CloudClient:
    """Connections to one cloud, kept open while inside ``async with``. Raises AddressRefused for an unsafe ``url``.

    ``deadline_s`` bounds each request as a whole, from connecting to the last byte of the answer.
    """

    def __init__(self, url: str, *, ca_file: Path | None = None, deadline_s: float = 30.0) -> None:
        self.address = CloudAddress.parse(url)
        self.deadline_s = deadline_s
        encrypted = ca_file is not None or self.address.base.scheme == "https"
        self._tls = tls(ca_file) if encrypted else True  # to read the system's authorities in vain takes 25 ms
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(ssl=self._tls, limit=4)
        # The deadline is asyncio.timeout's alone: aiohttp's own would be rounded up to whole seconds.
        self._session = aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), timeout=aiohttp.ClientTimeout(total=None)
        )
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def ask(
        self,
        method: str,
        url: URL,
        answer: type[T],
        *,
        token: str | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> T:
        """Send one request and read its JSON ``answer``. Raises a CloudError."""
        try:
            async with asyncio.timeout(self.deadline_s):
                async with self.open(method, url, token=token, body=body, headers=headers) as response:
                    content = await _read(response)
        except TimeoutError as error:
            raise CloudAway(
                f"{url.origin()} gave no answer within {self.deadline_s:g} s; is the line slow?", late=True
            ) from error
        return _decoded(content, answer, response)

    @asynccontextmanager
    async def open(
        self,
        method: str,
        url: URL,
        *,
        token: str | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """A good answer whose body is still to be read; the caller keeps the deadline. Raises a CloudError."""
        if self._session is None:
            raise RuntimeError("CloudClient is used outside `async with`")
        sent = {"Accept": "application/json", **(headers or {})}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        try:
            async with self._session.request(method, url, data=body, headers=sent, allow_redirects=False) as response:
                if response.status not in (200, 206):
                    raise await _refusal(response)
                yield response
        except ssl.SSLCertVerificationError as error:
            raise CloudAway(_certificate(url, error)) from error
        except aiohttp.ClientResponseError as error:
            seen = f"{url.origin()} answers what is no HTTP ({_in_a_line(error.message)})"
            raise CloudOdd(f"{seen}; is [cloud] url the address of a storebox cloud?") from error
        except (aiohttp.ClientError, OSError) as error:
            raise CloudAway(f"no connection to {url.origin()}: {_cause(error)}; events are kept until there is one") from error


def _cause(error: Exception) -> str:
    """What the system says, without aiohttp's wrapping: "Connection refused", "Name or service not known"."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(cause, OSError) and cause.errno is not None:
        return cause.strerror or "" if isinstance(cause, socket.gaierror) else os.strerror(cause.errno)
    return _in_a_line(str(cause)) or type(cause).__name__


def _in_a_line(text: str) -> str:
    return " ".join(text.split())[:MAX_PROBLEM_CHARS]


def _certificate(url: URL, error: Exception) -> str:
    return f"the certificate of {url.origin()} is not accepted: {error}; is the box's clock right, is [cloud] ca_file set?"


async def _read(response: aiohttp.ClientResponse) -> bytes:
    content = bytearray()
    async for chunk in response.content.iter_any():
        content += chunk
        if len(content) > MAX_ANSWER_BYTES:
            raise CloudOdd(f"the answer of {response.url} is longer than {MAX_ANSWER_BYTES} bytes; it was not read")
    return bytes(content)


def _decoded(content: bytes, answer: type[T], response: aiohttp.ClientResponse) -> T:
    try:
        return msgspec.json.decode(content, type=answer)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        seen = f"{response.url} answered {response.status} with {response.content_type}"
        raise CloudOdd(f"{seen} that is no answer of this API ({error}); is a login page of the network in between?") from error


async def _refusal(response: aiohttp.ClientResponse) -> CloudError:
    """The error that ``response`` stands for."""
    seen = f"{response.url} answered {response.status}{await _told(response)}"
    match response.status:
        case 401 | 403:
            return TokenRefused(f"{seen}; claim the box again (`storebox claim CODE`) or renew its token")
        case 413:
            return BatchTooLarge(seen)
        case 400 | 422:
            return BatchRefused(seen)
        case status if status >= 500 or status in (408, 429):
            return CloudAway(seen, retry_after_s=_asked(response))
        case status if 300 <= status < 400:
            return CloudOdd(f"{seen}: redirects are not followed; put the final address into [cloud] url")
        case _:
            missing = response.status in (404, 410)
            return CloudOdd(f"{seen}; is [cloud] url the address of a storebox cloud?", missing=missing)


def _asked(response: aiohttp.ClientResponse) -> float | None:
    return retry_after_s(response.headers.get("Retry-After"), response.headers.get("Date"), datetime.now(UTC))


async def _told(response: aiohttp.ClientResponse) -> str:
    """The problem's own words, cut short: they come from outside."""
    try:
        problem = msgspec.json.decode(await response.content.read(65536), type=Problem)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""
    words = ": ".join(part for part in (problem.title, problem.detail) if part)
    printable = "".join(letter if letter.isprintable() else " " for letter in words[:MAX_PROBLEM_CHARS])
    return f" ({printable})" if printable else ""
