"""Request bodies: read under a deadline, unpacked under a cap, so that a slow or a swollen one costs nothing."""

from __future__ import annotations

import asyncio
import io
import zlib

import zstandard
from aiohttp import web

from sync.cloud.problems import Problem

READ_DEADLINE_S = 30.0
MAX_WINDOW_BYTES = 8 * 1024 * 1024


async def read_body(request: web.Request, *, media_type: str, max_bytes: int) -> bytes:
    """The unpacked body, at most ``max_bytes``. Raises Problem 400, 408, 413 or 415."""
    if request.content_type != media_type:
        raise Problem(415, "unsupported-media-type", f"send {media_type}, not {request.content_type}")
    coding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if coding not in ("identity", "gzip", "zstd"):
        raise Problem(
            415, "unsupported-content-encoding", f"send zstd, gzip or identity, not {coding}", {"Accept-Encoding": "zstd, gzip"}
        )
    body = await _received(request)
    match coding:
        case "zstd":
            body = _zstd(body, max_bytes)
        case "gzip":
            body = _gzip(body, max_bytes)
    if len(body) > max_bytes:
        raise Problem(413, "batch-too-large", f"the body is larger than {max_bytes} bytes when unpacked; send less at once")
    return body


async def _received(request: web.Request) -> bytes:
    try:
        async with asyncio.timeout(READ_DEADLINE_S):
            return await request.read()
    except TimeoutError as error:
        raise Problem(408, "body-too-slow", f"the body did not arrive within {READ_DEADLINE_S:g} s") from error


def _zstd(body: bytes, max_bytes: int) -> bytes:
    """At most one byte more than ``max_bytes``, so that a bomb stops there."""
    unpacker = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW_BYTES)
    try:
        with unpacker.stream_reader(io.BytesIO(body)) as stream:
            return bytes(stream.read(max_bytes + 1))
    except zstandard.ZstdError as error:
        raise Problem(400, "body-unreadable", f"the body is not zstd: {error}") from error


def _gzip(body: bytes, max_bytes: int) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)  # gzip with its header (zlib manual, inflateInit2)
    try:
        return unpacker.decompress(body, max_bytes + 1)
    except zlib.error as error:
        raise Problem(400, "body-unreadable", f"the body is not gzip: {error}") from error
