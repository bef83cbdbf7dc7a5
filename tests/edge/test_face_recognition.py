"""The box and the process that reads faces, a real one with made-up eyes: nobody is named before the journal has it."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from edge.faces import attempts as attempts_file
from edge.faces.standing import FILING, FILING_DUE, Standing
from edge.faces.window import Failed, Kept, Named
from edge.shop.faces.consent import withdraw_consent
from edge.status import Board
from tests.edge.facing import (
    KIOSK,
    TWO_CAMERAS,
    TWO_KIOSKS,
    facing,
    named_by_face,
    outcome_of,
    patient,
    shop_with,
)


@pytest.fixture(autouse=True)
def a_busy_machine_is_no_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    patient(monkeypatch)


async def test_a_member_is_recognised_and_recorded_before_anybody_is_told(tmp_path: Path) -> None:
    async with facing(tmp_path) as box:
        ref = await box.enrolled("anna", "13800138000")
        await box.knows(1)
        await box.offered()
        attempt = box.recognition.identify(KIOSK)
        await box.until(lambda: attempt.changes)
        assert (attempt.step, attempt.outcome) == ("looking", None)
        box.stands("anna")
        assert await outcome_of(attempt) == Named(member_ref=ref, verified=False)
        assert await named_by_face(box) == [(ref, KIOSK)]
        assert box.recognition.attempt(attempt.request) is attempt
        shown = box.recognition.shown()
        assert (shown.state, shown.problem, shown.templates, shown.restarts) == ("on", "", 1, 0)
        assert shown.rss_bytes > 1_000_000
        assert box.board.faces == shown
        assert ref not in repr(attempt)


async def test_a_stranger_leaves_nothing(tmp_path: Path) -> None:
    async with facing(tmp_path) as box:
        await box.offered()
        before = await box.counter.journal.latest(10)
        box.stands("bob")
        assert await outcome_of(box.recognition.identify(KIOSK)) == Failed(why="stranger")
        box.stands("!unsure")
        assert await outcome_of(box.recognition.identify(KIOSK)) == Failed(why="unsure")
        assert await box.counter.journal.latest(10) == before


async def test_whoever_enrols_is_kept_sealed_and_known_from_then_on(tmp_path: Path) -> None:
    async with facing(tmp_path) as box:
        await box.offered()
        ref, consent = await box.agrees("13800138000")
        box.stands("anna")
        kept = await outcome_of(box.recognition.enrol(KIOSK, ref, consent))
        assert isinstance(kept, Kept)
        ((member, sealed, expires),) = await box.table("SELECT member_ref, sealed, expires_at FROM face_templates")
        assert (member, expires[:10]) == (ref, kept.expires)
        assert b"anna" not in sealed
        await box.knows(1)
        assert await outcome_of(box.recognition.identify(KIOSK)) == Named(member_ref=ref, verified=False)
        again = await outcome_of(box.recognition.enrol(KIOSK, ref, consent))
        assert again == Failed(why="not-recorded"), "one consent, one template"
        assert len(await box.table("SELECT * FROM face_templates")) == 1


async def test_no_template_without_a_consent_that_is_still_there(tmp_path: Path) -> None:
    async with facing(tmp_path) as box:
        await box.offered()
        ref, consent = await box.agrees("13800138000")
        attempt = box.recognition.enrol(KIOSK, ref, consent)
        await box.until(lambda: attempt.changes)
        await box.desk.decide(withdraw_consent(ref, KIOSK, "member"), place=KIOSK, asked="test")
        box.stands("anna")
        assert await outcome_of(attempt) == Failed(why="declined", declined="face-consent-withdrawn")
        assert await box.table("SELECT * FROM face_templates") == []


async def test_a_process_that_names_whom_it_was_told_to_forget_is_not_believed(tmp_path: Path) -> None:
    async with facing(tmp_path) as box:
        ref = await box.enrolled("anna", "13800138000", template="t-1")
        await box.knows(1)
        await box.offered()
        attempt = box.recognition.identify(KIOSK)
        await box.until(lambda: attempt.changes)
        await box.desk.decide(withdraw_consent(ref, KIOSK, "member"), place=KIOSK, asked="test")
        box.stands(f"!ghost t-1 {ref}")
        assert await outcome_of(attempt) == Failed(why="declined", declined="face-consent-withdrawn")
        assert await named_by_face(box) == []


async def test_whoever_withdraws_while_being_matched_is_not_named_afterwards(tmp_path: Path) -> None:
    async with facing(tmp_path) as box:
        await box.offered()
        for number in range(4):
            ref = await box.enrolled("anna", f"1380013800{number}")
            await box.knows(1)
            box.stands("")
            attempt = box.recognition.identify(KIOSK)
            await box.until(lambda attempt=attempt: attempt.changes)  # type: ignore[misc]
            box.stands("anna")
            await asyncio.sleep(number * 0.01)
            await box.desk.decide(withdraw_consent(ref, KIOSK, "member"), place=KIOSK, asked="test")
            outcome = await outcome_of(attempt)
            rows = await box.table("SELECT type, data FROM events ORDER BY sequence DESC LIMIT 10")
            told = [(type_, json.loads(data)) for type_, data in rows]
            by_face = [
                at for at, (_type, each) in enumerate(told) if (each.get("member_ref"), each.get("method")) == (ref, "face")
            ]
            assert len(by_face) == isinstance(outcome, Named)
            assert all(at > 0 for at in by_face), "the newest comes first, and that is the withdrawal"
            assert told[0][0] == "storebox.face.withdrawn" or by_face == []
            await box.knows(0)


async def test_two_screens_recognise_two_members_at_once(tmp_path: Path) -> None:
    async with facing(tmp_path, shop_with(kiosk=TWO_KIOSKS, device=TWO_CAMERAS), cameras=("cam-1", "cam-2")) as box:
        ref = await box.enrolled("anna", "13800138000")
        await box.knows(1)
        await box.offered("kiosk-1")
        await box.offered("kiosk-2")
        both = [box.recognition.identify(place) for place in ("kiosk-1", "kiosk-2")]
        second = box.recognition.identify("kiosk-1")
        assert second.outcome == Failed(why="busy"), "one at a time"
        box.stands("anna")
        assert [await outcome_of(each) for each in both] == [Named(member_ref=ref, verified=False)] * 2
        assert sorted(await named_by_face(box)) == [(ref, "kiosk-1"), (ref, "kiosk-2")]


async def test_whoever_plays_with_the_button_has_to_wait(tmp_path: Path) -> None:
    async with facing(tmp_path) as box:
        await box.offered()
        box.stands("bob")
        for _ in range(attempts_file.TOUCHES_A_MINUTE):
            assert await outcome_of(box.recognition.identify(KIOSK)) == Failed(why="stranger")
        assert await outcome_of(box.recognition.identify(KIOSK)) == Failed(why="busy")
        box.recognition.attempts.now_s = lambda: 1e9
        assert await outcome_of(box.recognition.identify(KIOSK)) == Failed(why="stranger"), "a minute later"


async def test_an_attempt_that_nobody_waits_for_ends_and_names_nobody(tmp_path: Path) -> None:
    async with facing(tmp_path) as box:
        await box.enrolled("anna", "13800138000")
        await box.knows(1)
        await box.offered()
        attempt = box.recognition.identify(KIOSK)
        box.recognition.cancel(attempt.request)
        assert attempt.outcome == Failed(why="cancelled")
        box.recognition.cancel("unknown")
        box.stands("bob")
        assert await outcome_of(box.recognition.identify(KIOSK)) == Failed(why="stranger")
        assert await named_by_face(box) == []
        box.recognition.attempts.now_s = lambda: 1e9
        assert box.recognition.attempt(attempt.request) is None, "a minute later nothing is left of it"


async def test_what_the_journal_does_not_take_names_nobody(tmp_path: Path) -> None:
    async with facing(tmp_path, quota_mib=0) as box:
        await box.offered()
        box.stands("!ghost t-1 m-1")
        assert await outcome_of(box.recognition.identify(KIOSK)) == Failed(why="not-recorded")
        box.stands("anna")
        assert await outcome_of(box.recognition.enrol(KIOSK, "m-1", "c-1")) == Failed(why="not-recorded")


def test_at_100_000_faces_an_alarm_asks_for_the_filing() -> None:
    board = Board()
    standing = Standing(board=board)
    standing.stored(FILING - 1)
    assert board.alarms == {}
    standing.stored(FILING)
    assert board.alarms == {"face filing": FILING_DUE.format(count=100_000)}
    assert "filed with the cyberspace administration" in board.alarms["face filing"]
    standing.stored(5)
    assert board.alarms == {}


def test_the_box_s_side_needs_no_model_s_library_and_no_key() -> None:
    heavy = ("numpy", "cv2", "onnxruntime", "mediapipe", "edge.faces.key", "edge.faces.vault")
    program = f"import sys, edge.faces.assembly; print([each for each in {heavy} if each in sys.modules])"
    told = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout.strip() == "[]"
