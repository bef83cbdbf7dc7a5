"""Models of a few bytes, and a server on the loopback that has them and misbehaves as it is told."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from models.manifest import Model, ModelFile, Source

TINY = bytes(range(256)) * 40
NAME = "tiny.onnx"


def file_of(content: bytes, *sources: Source, name: str = NAME) -> ModelFile:
    """What a manifest says of a file with this content."""
    return ModelFile(name=name, bytes=len(content), sha256=hashlib.sha256(content).hexdigest(), sources=sources)


def model_of(*files: ModelFile, fetch: str = "always", task: str = "people") -> Model:
    """A model of these files."""
    return Model(task=task, licence="none", fetch=fetch, files=files)  # type: ignore[arg-type]


class Shelf:
    """A server with ``content`` under every path that ends in a file's name; ``ranges`` is what it was asked for."""

    def __init__(self) -> None:
        self.content = TINY
        self.breaks_after: int | None = None
        self.knows_ranges = True
        self.hangs = False
        self.status = 200
        self.chunked = False
        self.ranges: list[str] = []
        self.url = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Send it, from where it was asked for, and break off where that is told."""
        asked = request.headers.get("Range", "")
        self.ranges.append(asked)
        if self.status != 200:
            return web.Response(status=self.status)
        if self.hangs:
            await asyncio.sleep(3600)
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and self.knows_ranges else 0
        body = self.content[start:]
        if start and not body:
            return web.Response(status=416)
        response = web.StreamResponse(status=206 if start else 200)
        if self.chunked:
            response.enable_chunked_encoding()
        else:
            response.content_length = len(body)
        await response.prepare(request)
        if self.breaks_after is not None:
            await response.write(body[: self.breaks_after])
            await asyncio.sleep(0)
            assert request.transport is not None
            request.transport.close()
            return response
        await response.write(body)
        return response


@pytest.fixture
async def shelf() -> AsyncIterator[Shelf]:
    """The server; its address is ``url``."""
    shelf = Shelf()
    app = web.Application()
    app.router.add_get("/{path:.*}", shelf.answer)
    async with TestServer(app, host="127.0.0.1") as server:
        shelf.url = str(server.make_url("/models"))
        yield shelf


def parts(folder: Path) -> Sequence[str]:
    """What lies in a folder, hidden files too."""
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []
