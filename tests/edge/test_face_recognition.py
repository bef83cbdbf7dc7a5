"""The box and the process that reads faces, a real one with made-up eyes: nobody is named before the journal has it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from config.schema import Kiosk, Lane
from edge.child import ProcessFailed
from edge.faces import attempts as attempts_file
from edge.faces import gallery as gallery_file
from edge.faces import life as life_file
from edge.faces import recognition as recognition_file
from edge.faces.recognition import NO_KEY, NO_PLACE
from edge.faces.standing import FILING, FILING_DUE, REFUSED, Standing
from edge.faces.window import Failed, Kept, Named
from edge.parts import Parts
from edge.shop.faces.consent import withdraw_consent
from edge.shop.members.events import MemberIdentified
from edge.status import Board
from tests.edge.facing import KIOSK, PATIENCE_S, Facing, camera, facing, outcome_of, processes, shop_with

TWO_KIOSKS = {"kiosk-1": Kiosk(camera="cam-1"), "kiosk-2": Kiosk(camera="cam-2")}
TWO_CAMERAS = {"cam-1": camera(), "cam-2": camera(kind="mirror")}


@pytest.fixture(autouse=True)
def a_busy_machine_is_no_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(life_file, "FOLLOW_S", 0.02)
    monkeypatch.setattr(recognition_file, "LOOK_S", 0.05)
    monkeypatch.setattr(life_file, "BEATS_WITHIN_S", 60.0)
    monkeypatch.setattr(gallery_file, "FORGETS_WITHIN_S", 60.0)


async def named_by_face(box: Facing) -> list[tuple[str, str]]:
    """Who was recorded as recognised, and where."""
    told = await box.counter.events(MemberIdentified)
    return [(each["member_ref"], each["till"]) for each in told if each["method"] == "face"]


async def fails(box: Facing) -> str:
    async with asyncio.timeout(PATIENCE_S):
        with pytest.raises(ProcessFailed) as caught:
            await box.running
    assert processes() == []
    return str(caught.value)


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


async def test_without_a_key_nobody_is_recognised_and_one_alarm_says_what_to_do(tmp_path: Path) -> None:
    async with facing(tmp_path, key=None) as box:
        await box.until(lambda: box.board.alarms == {"faces": NO_KEY})
        assert processes() == []
        assert not box.recognition.offered(KIOSK)
        assert await outcome_of(box.recognition.identify(KIOSK)) == Failed(why="off")
        ref = await box.enrolled("anna", "13800138000")
        assert [each["member_ref"] for each in await box.counter.events(MemberIdentified)] == [ref], "the rest runs"
        assert box.recognition.shown().state == "down"


async def test_a_damaged_key_is_told_by_the_process_and_recovers_with_the_key(tmp_path: Path) -> None:
    async with facing(tmp_path, key=b"short") as box:
        await box.until(lambda: "faces" in box.board.alarms)
        assert box.board.alarms["faces"].endswith("is no key: AESGCM key must be 128, 192, or 256 bits.")
        assert await outcome_of(box.recognition.identify(KIOSK)) == Failed(why="off")
        (tmp_path / "face-key").write_bytes(b"\x07" * 32)
        (process,) = processes()
        process.kill()
        await fails(box)
        box.running = asyncio.ensure_future(box.recognition.run())
        await box.offered()
        assert "faces" not in box.board.alarms


async def test_templates_of_another_key_are_refused_with_an_alarm(tmp_path: Path) -> None:
    async with facing(tmp_path, key=b"\x01" * 32) as box:
        for number in range(3):
            await box.enrolled("anna", f"1380013800{number}")
        await box.knows(3)
        (process,) = processes()
        (tmp_path / "face-key").write_bytes(b"\x02" * 32)
        process.kill()
        await fails(box)
        box.running = asyncio.ensure_future(box.recognition.run())
        await box.until(lambda: box.board.alarms.get("face templates") == REFUSED.format(count=3))
        box.stands("anna")
        assert await outcome_of(box.recognition.identify(KIOSK)) == Failed(why="stranger")


async def test_swapped_rows_name_nobody_and_raise_an_alarm(tmp_path: Path) -> None:
    async with facing(tmp_path) as box:
        anna = await box.enrolled("anna", "13800138000", template="t-1")
        await box.enrolled("bob", "13800138001", template="t-2")
        carol = await box.enrolled("carol", "13800138002", template="t-3")
        await box.knows(3)
        (process,) = processes()
        process.kill()
        await fails(box)
        (one,), (two,) = await box.table("SELECT sealed FROM face_templates WHERE template IN ('t-1', 't-2') ORDER BY template")

        def swapped(_moment: object, _shop: object, db: object) -> tuple[()]:
            for template, sealed in (("t-1", two), ("t-2", one)):
                db.execute("UPDATE face_templates SET sealed = ? WHERE template = ?", (sealed, template))  # type: ignore[attr-defined]
            return ()

        await box.desk.decide(swapped, place="thief", asked="test")
        box.running = asyncio.ensure_future(box.recognition.run())
        await box.until(lambda: box.board.alarms.get("face templates") == REFUSED.format(count=2))
        for face, outcome in (
            ("anna", Failed(why="stranger")),
            ("bob", Failed(why="stranger")),
            ("carol", Named(member_ref=carol, verified=False)),
        ):
            box.stands(face)
            assert await outcome_of(box.recognition.identify(KIOSK)) == outcome
        await box.desk.decide(withdraw_consent(anna, KIOSK, "member"), place=KIOSK, asked="test")
        await box.until(lambda: box.board.alarms.get("face templates") == REFUSED.format(count=1))


async def test_only_cameras_of_a_place_that_are_there_for_it_are_opened(tmp_path: Path) -> None:
    cameras = {
        "cam-kiosk": camera(),
        "cam-door": camera(kind="entrance"),
        "cam-room": camera(kind="room"),
        "cam-fitting": camera(private_space=True),
        "cam-other": camera(),
    }
    kiosks = {f"at-{name}": Kiosk(camera=name) for name in ("cam-kiosk", "cam-door", "cam-fitting", "printer-1")}
    lanes = {"sco-1": Lane(camera="cam-room")}
    async with facing(tmp_path, shop_with(device=cameras, kiosk=kiosks, lane=lanes), cameras=tuple(cameras)) as box:
        await box.offered("at-cam-kiosk")
        assert (box.folder / "opened").read_text() == "cam-kiosk kiosk\n"
        await box.until(lambda: "face cameras" in box.board.alarms)
        assert box.board.alarms["face cameras"].split("; ") == [
            "no face is read at at-cam-door: cam-door is of kind entrance",
            'a camera that only looks at who touches this screen has kind = "kiosk" in [device.cam-door]',
            "no face is read at at-cam-fitting: cam-fitting looks into a private space, where that is never done",
            "no face is read at at-printer-1: printer-1 is no camera",
            "add [device.printer-1] with the driver of a camera",
            "no face is read at sco-1: cam-room is of kind room",
            'a camera that only looks at who touches this screen has kind = "kiosk" in [device.cam-room]',
        ]
        for place in ("at-cam-door", "at-cam-fitting", "at-printer-1", "sco-1", "nowhere"):
            assert not box.recognition.offered(place)
            assert await outcome_of(box.recognition.identify(place)) == Failed(why="off")


async def test_a_camera_that_becomes_another_kind_by_a_reload_is_closed_and_names_nobody(tmp_path: Path) -> None:
    async with facing(tmp_path, shop_with(kiosk=TWO_KIOSKS, device=TWO_CAMERAS), cameras=("cam-1", "cam-2")) as box:
        await box.enrolled("anna", "13800138000")
        await box.knows(1)
        await box.offered("kiosk-1")
        attempt = box.recognition.identify("kiosk-1")
        await box.until(lambda: attempt.changes)
        box.settings = shop_with(kiosk=TWO_KIOSKS, device=TWO_CAMERAS | {"cam-1": camera(kind="entrance")})
        box.stands("anna")
        assert await outcome_of(attempt) == Failed(why="camera-gone")
        assert not box.recognition.offered("kiosk-1")
        await box.offered("kiosk-2")
        assert await named_by_face(box) == []


async def test_a_reload_that_removes_the_kiosk_ends_the_attempt_and_the_process(tmp_path: Path) -> None:
    async with facing(tmp_path) as box:
        await box.offered()
        attempt = box.recognition.identify(KIOSK)
        await box.until(lambda: attempt.changes)
        box.settings = shop_with(kiosk={})
        assert isinstance(await outcome_of(attempt), Failed)
        await box.until(lambda: box.board.alarms == {"faces": NO_PLACE})
        await box.until(lambda: processes() == [])
        box.settings = shop_with()
        await box.offered()
        assert box.board.alarms == {}


async def test_a_camera_that_is_lost_offers_nothing_until_it_is_back(tmp_path: Path) -> None:
    async with facing(tmp_path, cameras=()) as box:
        await box.until(lambda: box.recognition.shown().state == "on")
        assert not box.recognition.offered(KIOSK)
        assert await outcome_of(box.recognition.identify(KIOSK)) == Failed(why="camera-gone")


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


async def test_a_process_that_never_answers_is_not_waited_for(tmp_path: Path) -> None:
    async with facing(tmp_path) as box:
        await box.offered()
        box.stands("!wait")
        attempt = box.recognition.identify(KIOSK)
        box.recognition.attempts.now_s = lambda: 1e9
        assert await outcome_of(attempt) == Failed(why="timeout")


async def test_a_process_that_dies_of_a_picture_ends_the_attempt_and_is_started_again(tmp_path: Path) -> None:
    async with facing(tmp_path) as box, asyncio.TaskGroup() as group:
        box.running.cancel()
        await asyncio.wait([box.running])
        part = Parts(board=box.board, group=group).start("faces", box.recognition.run)
        box.running = part
        ref = await box.enrolled("anna", "13800138000")
        await box.offered()
        box.stands("!die")
        assert await outcome_of(box.recognition.identify(KIOSK)) == Failed(why="off")
        box.stands("anna")
        await box.until(lambda: "faces" in box.board.alarms)
        assert box.board.alarms["faces"] == "the inference process has ended by signal 9; it is started again"
        await box.until(lambda: box.recognition.shown().restarts >= 1)
        await box.offered()
        await box.knows(1)
        assert await outcome_of(box.recognition.identify(KIOSK)) == Named(member_ref=ref, verified=False)
        part.cancel()


async def test_a_box_that_stops_ends_what_goes_on(tmp_path: Path) -> None:
    async with facing(tmp_path) as box:
        await box.offered()
        attempt = box.recognition.identify(KIOSK)
        box.running.cancel()
        assert await outcome_of(attempt) == Failed(why="off")
        assert processes() == []


async def test_what_the_journal_does_not_take_names_nobody(tmp_path: Path) -> None:
    async with facing(tmp_path, quota_mib=0) as box:
        await box.offered()
        box.stands("!ghost t-1 m-1")
        assert await outcome_of(box.recognition.identify(KIOSK)) == Failed(why="not-recorded")
        box.stands("anna")
        assert await outcome_of(box.recognition.enrol(KIOSK, "m-1", "c-1")) == Failed(why="not-recorded")


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
