"""Whatever befalls the process that reads faces: nobody waits for ever, and what is to be forgotten is forgotten."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest
import structlog

from edge.child import ProcessFailed
from edge.faces import gallery as gallery_file
from edge.faces import life as life_file
from edge.faces.window import Failed, Named
from edge.parts import Parts
from edge.shop.faces.consent import withdraw_consent
from tests.edge.facing import (
    KIOSK,
    PATIENCE_S,
    TWO_CAMERAS,
    TWO_KIOSKS,
    facing,
    fails,
    outcome_of,
    patient,
    processes,
    shop_with,
)

KILLED = (
    "the inference process has ended by signal 9 (SIGKILL: somebody killed it, or the kernel for want of memory);"
    " it is started again"
)


@pytest.fixture(autouse=True)
def a_busy_machine_is_no_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    patient(monkeypatch)


async def test_the_process_lets_go_of_whoever_withdraws_and_that_is_waited_for(tmp_path: Path) -> None:
    async with facing(tmp_path) as box:
        anna, bob = await box.enrolled("anna", "13800138000"), await box.enrolled("bob", "13800138001")
        await box.knows(2)
        await box.offered()
        await box.desk.decide(withdraw_consent(anna, KIOSK, "member"), place=KIOSK, asked="test")
        async with asyncio.timeout(PATIENCE_S):
            await box.recognition.forgotten()
        assert box.gallery is not None
        assert box.gallery.known == {"t-13800138001"}
        box.stands("anna")
        assert await outcome_of(box.recognition.identify(KIOSK)) == Failed(why="stranger")
        box.stands("bob")
        assert await outcome_of(box.recognition.identify(KIOSK)) == Named(member_ref=bob, verified=False)


async def test_who_wants_to_be_forgotten_waits_for_nobody_who_is_learnt(tmp_path: Path) -> None:
    async with facing(tmp_path) as box:
        anna = await box.enrolled("anna", "13800138000")
        await box.knows(1)
        box.stands("!deaf")
        await box.until((box.folder / "deaf").exists)
        await box.enrolled("bob", "13800138001")
        await box.until(lambda: box.gallery is not None and box.gallery._learning)
        await box.desk.decide(withdraw_consent(anna, KIOSK, "member"), place=KIOSK, asked="test")
        await box.until(lambda: box.gallery is not None and box.gallery.forgetting == {"t-13800138000"})
        box.stands("")
        await box.recognition.forgotten()
        assert box.gallery is not None
        assert box.gallery.known == {"t-13800138001"}


@pytest.mark.parametrize("how", ["stopped", "deaf"])
async def test_a_process_that_does_not_let_go_is_killed(tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery_file, "FORGETS_WITHIN_S", 1.0)
    async with facing(tmp_path) as box:
        ref = await box.enrolled("anna", "13800138000")
        await box.knows(1)
        await box.offered()
        (process,) = processes()
        if how == "stopped":
            os.kill(process.pid, signal.SIGSTOP)
        else:
            box.stands("!deaf")
            await box.until((box.folder / "deaf").exists)
        await box.desk.decide(withdraw_consent(ref, KIOSK, "member"), place=KIOSK, asked="test")
        async with asyncio.timeout(PATIENCE_S):
            await box.recognition.forgotten()
        assert not process.is_running()
        assert (
            await fails(box) == "the process that reads faces has not let go of templates in time: it is killed and started again"
        )


async def test_nothing_is_waited_for_where_no_process_is(tmp_path: Path) -> None:
    async with facing(tmp_path, key=None) as box:
        ref = await box.enrolled("anna", "13800138000")
        await box.desk.decide(withdraw_consent(ref, KIOSK, "member"), place=KIOSK, asked="test")
        async with asyncio.timeout(PATIENCE_S):
            await box.recognition.forgotten()


async def test_a_process_that_never_answers_is_not_waited_for(tmp_path: Path) -> None:
    async with facing(tmp_path) as box:
        await box.offered()
        box.stands("!wait")
        attempt = box.recognition.identify(KIOSK)
        box.recognition.attempts.now_s = lambda: 1e9
        assert await outcome_of(attempt) == Failed(why="timeout")


async def test_a_process_that_dies_of_a_picture_ends_the_attempt_and_is_started_again(tmp_path: Path) -> None:
    with structlog.testing.capture_logs() as logged:
        await dies_of_a_picture(tmp_path)
    assert [each["event"] for each in logged if each["log_level"] in {"warning", "error"}] == [KILLED], "that is no bug"


async def dies_of_a_picture(folder: Path) -> None:
    async with facing(folder) as box, asyncio.TaskGroup() as group:
        box.running.cancel()
        await asyncio.wait([box.running])
        part = Parts(board=box.board, group=group).start("faces", box.recognition.run, accidents=(ProcessFailed,))
        box.running = part
        ref = await box.enrolled("anna", "13800138000")
        await box.offered()
        box.stands("!die")
        assert await outcome_of(box.recognition.identify(KIOSK)) == Failed(why="off")
        box.stands("anna")
        await box.until(lambda: "faces" in box.board.alarms)
        assert box.board.alarms["faces"] == KILLED
        await box.until(lambda: box.recognition.shown().restarts >= 1)
        await box.offered()
        await box.knows(1)
        assert await outcome_of(box.recognition.identify(KIOSK)) == Named(member_ref=ref, verified=False)
        part.cancel()


async def test_other_models_wait_for_whoever_looks_and_the_process_is_started_anew_for_them(tmp_path: Path) -> None:
    async with facing(tmp_path, shop_with(kiosk=TWO_KIOSKS, device=TWO_CAMERAS), cameras=("cam-1", "cam-2")) as box:
        ref = await box.enrolled("anna", "13800138000")
        await box.knows(1)
        await box.offered("kiosk-2")
        (first,) = processes()
        box.stands("!wait")
        looking = box.recognition.identify(KIOSK)
        box.recognition.renew()
        assert not box.recognition.offered("kiosk-2")
        assert box.recognition.identify("kiosk-2").outcome == Failed(why="off")
        assert processes() == [first]
        box.stands("anna")
        assert await outcome_of(looking) == Named(member_ref=ref, verified=False)
        await box.until(lambda: processes() and first not in processes())
        await box.offered("kiosk-2")
        assert await outcome_of(box.recognition.identify("kiosk-2")) == Named(member_ref=ref, verified=False)
        assert (box.board.alarms, box.recognition.shown().restarts) == ({}, 1)


async def test_a_box_that_stops_ends_what_goes_on(tmp_path: Path) -> None:
    async with facing(tmp_path) as box:
        await box.offered()
        attempt = box.recognition.identify(KIOSK)
        box.running.cancel()
        assert await outcome_of(attempt) == Failed(why="off")
        assert processes() == []


async def test_a_process_that_hangs_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with facing(tmp_path) as box:
        await box.offered()
        monkeypatch.setattr(life_file, "BEATS_WITHIN_S", 1.0)
        attempt = box.recognition.identify(KIOSK)
        (process,) = processes()
        os.kill(process.pid, signal.SIGSTOP)
        assert box.recognition._life is not None
        box.recognition._life._patience.wait(1.0)
        assert await fails(box) == "the inference process has not beaten in time: it hangs, is killed and started again"
        assert attempt.outcome == Failed(why="off")


async def test_a_process_that_does_not_learn_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery_file, "LEARNS_WITHIN_S", 1.0)
    async with facing(tmp_path) as box:
        box.stands("!deaf")
        await box.until((box.folder / "deaf").exists)
        await box.enrolled("anna", "13800138000")
        assert await fails(box) == "the process that reads faces has not learnt templates in time: it is killed and started again"


async def test_a_process_that_raves_or_enrols_another_is_killed(tmp_path: Path) -> None:
    async with facing(tmp_path) as box:
        await box.offered()
        box.stands("!rave")
        box.recognition.identify(KIOSK)
        assert await fails(box) == "a word of 4294967295 bytes is announced; 1048576 are taken; it is started again"
        box.stands("!other")
        box.running = asyncio.ensure_future(box.recognition.run())
        await box.offered()
        attempt = box.recognition.enrol(KIOSK, "m-1", "c-1")
        assert await fails(box) == (
            "the process that reads faces enrolled another than was asked for: it is killed and started again"
        )
        assert attempt.outcome == Failed(why="off")


async def test_a_process_that_leaks_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(life_file, "MOST_BYTES", 1)
    async with facing(tmp_path) as box:
        problem = await fails(box)
    assert problem.startswith("the process that reads faces takes ")
    assert problem.endswith(" MiB: it leaks, is killed and started again")
