"""A cloud that answers anything at all: the box stays what it is, asks nobody else, and sends everything once it is sane."""

from __future__ import annotations

import asyncio
import gzip
import os
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.edge.conftest import TOKEN, claimed

if TYPE_CHECKING:
    from tests.edge.conftest import FarCloud

RunBox = Callable[..., AbstractAsyncContextManager[Any]]
IMPATIENT = "from sync.backoff import Backoff\nBackoff.__init__.__kwdefaults__.update(first_s=0.01, ceiling_s=0.02)\n"
"""The box asks again at once, so that it hears everything within the test."""
REDIRECTS = (301, 302, 303, 307, 308)
BOMB_MIB = 256
GARBAGE: tuple[tuple[int, bytes, dict[str, str]], ...] = (
    (200, b"", {}),
    (200, b"<!doctype html><title>Please log in to the WiFi</title>", {"Content-Type": "text/html"}),
    (200, os.urandom(5000), {"Content-Type": "application/json"}),
    (200, b"null", {}),
    (200, b"[" * 200_000, {}),
    (200, b'{"accepted": 1' + b"0" * 5000 + b', "duplicates": 0, "rejected": []}', {}),
    (200, b'{"accepted": -1, "duplicates": 0, "rejected": []}', {}),
    (200, b'{"accepted": 0, "duplicates": 0, "rejected": [{"id": "none of yours", "problem": "\\u0000"}]}', {}),
    (200, b'{"cursor": 7, "documents": {}, "commands": null}', {}),
    (200, b"not gzip", {"Content-Encoding": "gzip"}),
    (204, b"", {}),
    (206, b'{"accepted"', {"Content-Range": "bytes 0-10/7"}),
    (404, b"", {}),
    (418, b"\xff\xfe", {"Content-Type": "application/problem+json"}),
    (500, b'{"title": "' + b"x" * 100_000 + b'", "detail": "\\ud800"}', {"Content-Type": "application/problem+json"}),
    (503, b"", {"Retry-After": "-1"}),
    (999, b"", {}),
)
RAW = (
    b"\x00\xff\xfe what is HTTP?\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
    b"",
)


def places(cloud: FarCloud, somebody: FarCloud) -> list[str]:
    """Where a redirect may want to lead the box, and its token with it."""
    host = somebody.url.removeprefix("http:")
    return [
        f"{somebody.url}/v1/events",
        host,
        f"{cloud.url}/elsewhere",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "",
        "%",
    ]


def at_most_mib(pid: int) -> int:
    """The largest that a process has been."""
    return int(Path(f"/proc/{pid}/status").read_text().split("VmHWM:")[1].split()[0]) >> 10


async def raw(request: web.BaseRequest, answer: bytes) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.write(answer)
    request.transport.close()
    return web.Response()


async def test_whatever_the_cloud_answers_nothing_is_lost_and_nobody_else_is_asked(
    run_box: RunBox, tmp_path: Path, far_cloud: FarCloud, somebody_else: FarCloud
) -> None:
    redirects = [
        web.Response(status=each, headers={"Location": to}) for each in REDIRECTS for to in places(far_cloud, somebody_else)
    ]
    bomb = await asyncio.to_thread(gzip.compress, bytes(BOMB_MIB << 20), 1)
    garbage = (*GARBAGE, (200, bomb, {"Content-Encoding": "gzip"}))
    told = {"/v1/events": 0, "/v1/documents": 0}

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        told[request.path] += 1
        number = told[request.path] - 1
        if number < len(RAW):
            return await raw(request, RAW[number])
        number -= len(RAW)
        if number < len(redirects):
            return web.Response(status=redirects[number].status, headers=redirects[number].headers)
        status, body, headers = garbage[(number - len(redirects)) % len(garbage)]
        return web.Response(status=status, body=body, headers=headers)

    far_cloud.answer = answer
    everything = len(RAW) + len(redirects) + len(garbage)
    claimed(tmp_path / "box" / "data")
    async with run_box(f'[cloud]\nurl = "{far_cloud.url}"\n', first=IMPATIENT) as box:
        await box.until("/api/status", lambda _status: min(told.values()) >= everything)
        before = await box.ask("/api/status")
        assert before["sync"]["sent"] == 0, "an event was taken for sent"
        far_cloud.answer = None
        await box.until("/api/status", lambda status: status["sync"]["sent"] and status["journal"]["queued"] == {"order": 0})
        most_mib = at_most_mib(box.process.pid)
        letters = await box.ask("/api/dead-letters")
    assert {int(event["sequence"]) for event in far_cloud.events} == set(range(1, len(far_cloud.events) + 1))
    assert somebody_else.heard == []
    assert {path for _head, path, _body in far_cloud.heard} == set(told)
    assert letters == []
    assert "answers what is no HTTP (Bad status line: Expected HTTP/" in box.log
    assert "Traceback" not in box.log
    assert TOKEN not in box.log
    assert most_mib < BOMB_MIB, "the bomb went off"
