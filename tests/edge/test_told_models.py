"""Models that headquarters wants are fetched and tried by processes of their own; until all are here and work, the last do."""

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

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from edge.bringing_models import FETCH, TRIAL, Bringing
from edge.shop.models.document import adopt_models, parse_models
from edge.shop.shop import Shop
from edge.shop_desk import ShopDesk
from edge.told_models import ALARM, ToldModels
from models.manifest import Task, models_of, shipped_models
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


@pytest.fixture
async def headquarters(tmp_path: Path) -> AsyncIterator[Headquarters]:
    """One that has said nothing yet."""
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


async def test_models_count_when_their_files_are_there(headquarters: Headquarters) -> None:
    headquarters.publish(1, "first")
    async with running(headquarters.told()):
        await headquarters.say(1, "first")
        await until(lambda: headquarters.renewed)
    assert headquarters.used() == {f"{name}-1.bin" for name in NEEDED}
    assert sorted(path.name for path in headquarters.folder.iterdir()) == [
        "manifest.json",
        "pose-landmarker-full-1.bin",
        "yolox-nano-1.bin",
    ]
    # After a restart nothing is new, but what got lost meanwhile is fetched again.
    (headquarters.folder / "yolox-nano-1.bin").unlink()
    async with running(headquarters.told()):
        await until((headquarters.folder / "yolox-nano-1.bin").exists)
        await until(lambda: not (headquarters.folder / "manifest.next.json").exists())
    assert headquarters.renewed == 1


async def test_until_they_can_be_had_the_last_ones_are_used(headquarters: Headquarters) -> None:
    headquarters.publish(1, "first")
    async with running(headquarters.told(again_s=0.1)):
        await headquarters.say(1, "first")
        await until(lambda: headquarters.renewed)
        await headquarters.say(2, "second")
        await headquarters.counter.shown(lambda board: ALARM in board.alarms)
        problem = headquarters.counter.board.alarms[ALARM]
        assert problem.startswith("headquarters' models (version 2) are not all here: yolox-nano-2.bin is nowhere to be had: ")
        assert headquarters.used() == {f"{name}-1.bin" for name in NEEDED}
        headquarters.publish(2, "second")
        await headquarters.counter.shown(lambda board: ALARM not in board.alarms)
    assert headquarters.used() == {f"{name}-2.bin" for name in NEEDED}
    assert headquarters.renewed == 2
    # The disk gets back what nobody knows any more.
    assert not list(headquarters.folder.glob("*-1.bin"))


async def test_a_damaged_list_is_replaced(headquarters: Headquarters) -> None:
    headquarters.publish(1, "first")
    headquarters.folder.mkdir()
    (headquarters.folder / "manifest.json").write_bytes(b"{")
    async with running(headquarters.told()):
        await headquarters.say(1, "first")
        await until(lambda: headquarters.renewed)
    assert headquarters.used() == {f"{name}-1.bin" for name in NEEDED}


def a_program(*, says: str = "", complains: str = "", waits: bool = False) -> Sequence[str]:
    """In place of ``storebox models fetch``; it fails."""
    lines = f"import sys, time; print({says!r}, end=''); print({complains!r}, file=sys.stderr); time.sleep({600 * waits})"
    return (sys.executable, "-c", f"{lines}; sys.exit(1)")


@pytest.mark.parametrize(
    ("program", "says"),
    [
        (a_program(complains="first\nno space in /models"), "no space in /models"),
        (a_program(), "storebox models fetch ended without a word"),
        (a_program(waits=True), "not done within 0 s"),
    ],
)
async def test_what_the_fetching_says_last_is_an_alarm(
    headquarters: Headquarters, monkeypatch: pytest.MonkeyPatch, program: Sequence[str], says: str
) -> None:
    if says.startswith("not done"):
        monkeypatch.setattr("edge.bringing_models.FETCHED_WITHIN_S", 0.3)
    async with running(headquarters.told(fetch=program)):
        await headquarters.say(7, "any")
        await headquarters.counter.shown(lambda board: ALARM in board.alarms)
    expected = f"headquarters' models (version 7) are not all here: {says}"
    assert headquarters.counter.board.alarms[ALARM] == expected
    assert headquarters.renewed == 0


async def test_a_folder_that_cannot_be_written_is_an_alarm(headquarters: Headquarters) -> None:
    headquarters.folder.write_text("a file")
    async with running(headquarters.told(fetch=FETCH)):
        await headquarters.say(1, "first")
        await headquarters.counter.shown(lambda board: ALARM in board.alarms)
    told = f"{headquarters.folder} cannot be written: File exists; mend its rights or the disk"
    assert headquarters.counter.board.alarms[ALARM] == told


async def test_models_that_do_not_work_leave_the_old_ones_at_work(headquarters: Headquarters) -> None:
    async with running(headquarters.told(fetch=WORKS)):
        await headquarters.say(1, "first")
        await until(lambda: headquarters.renewed)
    for name in NEEDED:
        (headquarters.folder / f"{name}-2.bin").write_bytes(b"no model")
    async with running(headquarters.told(fetch=WORKS, trial=TRIAL)):
        await headquarters.say(2, "no model")
        await headquarters.counter.shown(lambda board: ALARM in board.alarms)
    told = headquarters.counter.board.alarms[ALARM]
    problem = "model yolox-nano: onnxruntime cannot load it: "
    assert told.startswith(f"headquarters' models (version 2) do not work on this box, those of before go on: {problem}")
    assert headquarters.used() == {f"{name}-1.bin" for name in NEEDED}
    assert headquarters.renewed == 1


@pytest.mark.parametrize(
    ("program", "says"),
    [
        (a_program(says="yolox-nano\n", complains="Traceback\nRuntimeError: bad op"), "yolox-nano: RuntimeError: bad op"),
        ((sys.executable, "-c", "import os; print('yunet', flush=True); os.abort()"), "yunet: its trial was killed"),
        (a_program(waits=True), "models.trial: its trial was killed"),
    ],
)
async def test_a_trial_that_dies_is_no_proof(
    headquarters: Headquarters, monkeypatch: pytest.MonkeyPatch, program: Sequence[str], says: str
) -> None:
    if "models.trial" in says:
        monkeypatch.setattr("edge.bringing_models.TRIED_WITHIN_S", 0.3)
    async with running(headquarters.told(fetch=WORKS, trial=program)):
        await headquarters.say(1, "first")
        await headquarters.counter.shown(lambda board: ALARM in board.alarms)
    told = f"headquarters' models (version 1) do not work on this box, those of before go on: {says}"
    assert headquarters.counter.board.alarms[ALARM] == told
    assert headquarters.renewed == 0


async def test_a_model_that_somebody_asked_for_is_fetched_anew_and_only_its_process_is_started_anew(
    headquarters: Headquarters,
) -> None:
    (shipped,) = shipped_models()["face-landmarker"].files
    headquarters.folder.mkdir()
    (headquarters.folder / shipped.name).write_bytes(b"old")
    headquarters.files["points.task"] = b"new"
    file = {"name": "points.task", "bytes": 3, "sha256": hashlib.sha256(b"new").hexdigest()}
    models = {"face-landmarker": {"task": "face-landmarks", "licence": "none", "files": [file]}}
    async with running(headquarters.told()):
        await headquarters.tell(1, models)
        await until(lambda: headquarters.faces.renewed)
    assert (headquarters.folder / "points.task").read_bytes() == b"new"
    assert headquarters.renewed == 0


async def test_where_nothing_looks_at_pictures_no_model_is_fetched(headquarters: Headquarters) -> None:
    for version in (1, 2):
        headquarters.publish(version, "content")
    uses, headquarters.counting.uses, headquarters.faces.uses = headquarters.counting.uses, frozenset(), frozenset()
    async with running(headquarters.told()):
        await headquarters.say(1, "content")
        await until(lambda: headquarters.counting.asked)
        headquarters.counting.uses = uses
        await headquarters.say(2, "content")
        await until(lambda: headquarters.renewed)
    assert sorted(headquarters.asked) == [f"{name}-2.bin" for name in sorted(NEEDED)]
