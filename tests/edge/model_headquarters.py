"""A headquarters that names models, its mirror of files, and the part of the box that hears of them."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from edge.bringing_models import Bringing
from edge.shop.models.document import adopt_models, parse_models
from edge.shop.shop import Shop
from edge.shop_desk import ShopDesk
from edge.told_models import ToldModels
from models.manifest import Task, models_of
from sync.commits import carry_out
from tests.edge.facing import shop_with
from tests.edge.puppets import Counter, open_counter

WORKS = (sys.executable, "-c", "")
"""In place of the fetching and of the trial: all is there, and whatever is there works."""

SHOP = Shop.from_settings(shop_with(), b"k" * 32)
NEEDED = {"yolox-nano": "people", "pose-landmarker-full": "poses"}


@dataclass
class Looker:
    """A part with a process of its own, that counts how often it was started anew."""

    uses: frozenset[Task]
    renewed: int = 0
    asked: int = 0

    @property
    def tasks(self) -> frozenset[Task]:
        self.asked += 1
        return self.uses

    def renew(self) -> None:
        self.renewed += 1


class Headquarters:
    """A counter, the models it was told to use, and the mirror of headquarters: ``files`` by their names."""

    def __init__(self, counter: Counter, folder: Path, mirror: str, files: dict[str, bytes], asked: list[str]) -> None:
        self.counter = counter
        self.folder = folder
        self.mirror = mirror
        self.files = files
        self.asked = asked
        self.counting = Looker(frozenset({"people", "poses"}))
        self.faces = Looker(frozenset({"face-vector", "face-landmarks"}))

    @property
    def renewed(self) -> int:
        """How often the people's process was started anew."""
        return self.counting.renewed

    async def say(self, version: int, content: str) -> None:
        """A document with a file of this content for each model that a box needs."""
        models = {}
        for name, task in NEEDED.items():
            digest = hashlib.sha256(content.encode()).hexdigest()
            file = {"name": f"{name}-{version}.bin", "bytes": len(content), "sha256": digest}
            models[name] = {"task": task, "licence": "none", "fetch": "always", "files": [file]}
        await self.tell(version, models)

    async def tell(self, version: int, models: dict[str, Any], **more: Any) -> None:
        """A document."""
        body = parse_models(json.dumps({"mirror": self.mirror, "models": models, **more}).encode())

        def adopt(db: sqlite3.Connection) -> None:
            adopt_models(body, version, db)

        await carry_out(self.counter.journal, adopt, datetime.now(UTC))

    def publish(self, version: int, content: str) -> None:
        """Put the files of a version on the mirror."""
        self.files |= {f"{name}-{version}.bin": content.encode() for name in NEEDED}

    def told(self, again_s: float = 600.0, shop: Shop = SHOP, **more: Any) -> ToldModels:
        """The part of the box."""
        desk = ShopDesk(journal=self.counter.journal, shop=lambda: shop, now=lambda: datetime.now(UTC))
        bringing = Bringing(**{"models_dir": self.folder, "trial": WORKS, **more})
        lookers = (self.counting, self.faces)
        return ToldModels(desk=desk, board=self.counter.board, bringing=bringing, lookers=lookers, look_s=0.01, again_s=again_s)

    def used(self) -> set[str]:
        """The files of the models in use."""
        models = models_of(self.folder)
        return {file.name for name in NEEDED for file in models[name].files}


@asynccontextmanager
async def running(told: ToldModels) -> AsyncIterator[None]:
    task = asyncio.create_task(told.run(), name="told")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(holds: Callable[[], object]) -> None:
    """Whatever is waited for is done by another process, or in the folder."""
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@asynccontextmanager
async def model_headquarters(tmp_path: Path) -> AsyncIterator[Headquarters]:
    """One that has said nothing yet, with its mirror."""
    files: dict[str, bytes] = {}
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.match_info["name"])
        content = files.get(request.match_info["name"])
        return web.Response(status=404) if content is None else web.Response(body=content)

    app = web.Application()
    app.router.add_get("/models/{name}", answer)
    async with TestServer(app, host="127.0.0.1") as server, open_counter(tmp_path, work=False) as counter:
        yield Headquarters(counter, tmp_path / "models", str(server.make_url("/models")), files, asked)


def a_program(*, says: str = "", complains: str = "", waits: bool = False) -> Sequence[str]:
    """In place of ``storebox models fetch``; it fails."""
    lines = f"import sys, time; print({says!r}, end=''); print({complains!r}, file=sys.stderr); time.sleep({600 * waits})"
    return (sys.executable, "-c", f"{lines}; sys.exit(1)")
