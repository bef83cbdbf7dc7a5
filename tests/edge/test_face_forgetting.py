"""A deleted template is in no process and in no byte of the journal's files within a minute, whatever the process does."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from edge.faces import gallery as gallery_file
from edge.forgetting import Forgetting
from edge.parts import Parts
from edge.shop.faces.consent import withdraw_consent
from edge.shop.members.forget import forget_member
from edge.shop.members.search import FORGETTING
from edge.timers import Timers
from sync.document_events import CommandFinished
from tests.edge.facing import KIOSK, PATIENCE_S, Facing, facing, patient, processes


@pytest.fixture(autouse=True)
def a_busy_machine_is_no_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    patient(monkeypatch)


@asynccontextmanager
async def forgetful(folder: Path, *, key: bytes | None = b"\x07" * 32) -> AsyncIterator[Facing]:
    """A shop that forgets: the part that reads faces is kept running, as in a box."""
    async with facing(folder, key=key) as box, asyncio.TaskGroup() as group:
        box.running.cancel()
        await asyncio.wait([box.running])
        parts = Parts(board=box.board, group=group)
        box.running = parts.start("faces", box.recognition.run)
        others = [
            parts.start("timers", Timers(desk=box.desk, board=box.board, timers=(FORGETTING,), look_s=0.02).run),
            parts.start("forgetting", Forgetting(desk=box.desk, board=box.board, faces=box.recognition, look_s=0.02).run),
        ]
        try:
            yield box
        finally:
            for task in (box.running, *others):
                task.cancel()


async def sealed_bytes(box: Facing) -> bytes:
    ((sealed,),) = await box.table("SELECT sealed FROM face_templates")
    return bytes(sealed)


def files_with(folder: Path, sealed: bytes) -> list[str]:
    """Every file of the journal that has any ten bytes of it."""
    windows = [sealed[at : at + 10] for at in range(0, len(sealed) - 10, 5)]
    return [
        path.name
        for path in sorted(folder.glob("journal.db*"))
        if (content := path.read_bytes()) and any(each in content for each in windows)
    ]


async def wiped(box: Facing) -> None:
    """Wait until the files are said to be clean."""
    async with asyncio.timeout(PATIENCE_S):
        seen = -1
        while await box.table("SELECT 1 FROM face_remains"):
            seen = await box.counter.journal.watch(seen)


@pytest.mark.parametrize("process", ["runs", "stopped", "absent"])
async def test_a_withdrawn_template_is_in_no_process_and_no_file(
    tmp_path: Path, process: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if process == "stopped":
        monkeypatch.setattr(gallery_file, "FORGETS_WITHIN_S", 1.0)
    async with forgetful(tmp_path, key=None if process == "absent" else b"\x07" * 32) as box:
        ref = await box.enrolled("anna", "13800138000")
        sealed = await sealed_bytes(box)
        assert files_with(tmp_path, sealed), "or the test is blind"
        if process != "absent":
            await box.knows(1)
        before = processes()
        if process == "stopped":
            os.kill(before[0].pid, signal.SIGSTOP)
        await box.desk.decide(withdraw_consent(ref, KIOSK, "member"), place=KIOSK, asked="test")
        await wiped(box)
        assert files_with(tmp_path, sealed) == []
        assert len(before) == (process != "absent")
        for each in before:
            assert each.is_running() == (process == "runs"), "one that does not answer is dead"
        if process == "runs":
            assert box.gallery is not None
            assert box.gallery.known == frozenset()


@pytest.mark.parametrize("process", ["runs", "stopped"])
async def test_headquarters_hears_of_a_forgotten_member_when_no_process_knows_the_face(
    tmp_path: Path, process: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if process == "stopped":
        monkeypatch.setattr(gallery_file, "FORGETS_WITHIN_S", 1.0)
    async with forgetful(tmp_path) as box:
        ref = await box.enrolled("anna", "13800138000")
        sealed = await sealed_bytes(box)
        await box.knows(1)
        (before,) = processes()
        if process == "stopped":
            os.kill(before.pid, signal.SIGSTOP)
        await box.desk.decide(forget_member(ref, "c-1", "headquarters"), place="test", asked="test")
        (told,) = await box.counter.told(CommandFinished)
        assert told["outcome"] == "confirmed"
        assert before.is_running() == (process == "runs")
        assert box.gallery is None or box.gallery.known == frozenset()
        assert await box.table("SELECT * FROM face_templates") == await box.table("SELECT * FROM face_consents") == []
        assert files_with(tmp_path, sealed) == []


async def test_nothing_is_wiped_while_a_process_still_knows_the_face(tmp_path: Path) -> None:
    async with forgetful(tmp_path) as box:
        ref = await box.enrolled("anna", "13800138000")
        await box.knows(1)
        box.stands("!deaf")
        await box.until((box.folder / "deaf").exists)
        await box.desk.decide(withdraw_consent(ref, KIOSK, "member"), place=KIOSK, asked="test")
        await box.until(lambda: box.gallery is not None and box.gallery.forgetting)
        assert await box.table("SELECT count(*) FROM face_remains") == [(1,)]
        box.stands("")
        await wiped(box)
