"""A whole box whose kiosk recognises members by face: what it shows, what befalls its process, and what is there without it."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from edge.box import RESTART_NEEDED
from edge.faces.recognition import NO_KEY, NO_PLACE
from models.unstated import UNSTATED
from tests.edge.face_shop import FIRST, Screen, clip_of_noise, enrolled, made, readers_of_faces, settings, stands

if TYPE_CHECKING:
    from tests.edge.conftest import RunningBox

RunBox = Callable[..., AbstractAsyncContextManager[Any]]
Until = Callable[[Callable[[], bool]], Awaitable[None]]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clip_of_noise(tmp_path_factory.mktemp("clips") / "noise.avi")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return made(tmp_path)


def is_alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def rows(box: RunningBox, query: str) -> list[Any]:
    """What the box's journal has."""
    with closing(sqlite3.connect(f"file:{box.folder}/data/journal.db?mode=ro", uri=True)) as db:
        return db.execute(query).fetchall()


async def test_a_member_is_recognised_at_a_kiosk_and_a_stranger_is_not(
    run_box: RunBox, folder: Path, clip: Path, until: Until
) -> None:
    (anna,) = await enrolled(folder / "box" / "data", "anna")
    async with run_box(settings(folder, clip), first=FIRST) as box:
        screen = Screen(box)
        await screen.offered()
        assert box.log.count(UNSTATED) == 1, "whoever switches it on is told once"
        await box.until("/api/status", lambda status: status["faces"]["templates"] == 1 and not status["alarms"])
        attempt = await screen.touch()
        stands(folder, "anna")
        assert (await screen.ended(attempt))["ended"] == "named"
        named = "SELECT json_extract(data, '$.member_ref'), json_extract(data, '$.till') FROM events"
        named += " WHERE type = 'storebox.member.identified' AND json_extract(data, '$.method') = 'face'"
        assert rows(box, named) == [(anna, "kiosk-1")]
        stands(folder, "bob")
        told = await screen.ended(await screen.touch())
        assert (told["ended"], len(rows(box, named))) == ("failed", 1)
        assert not any(anna.encode() in each for each in screen.heard), "a screen never learns who it was"
        assert rows(box, "SELECT what, place FROM face_audit ORDER BY number") == [
            ("consented", "kiosk-1"),
            ("enrolled", "kiosk-1"),
            ("matched", "kiosk-1"),
        ]
        family = psutil.Process(box.process.pid).children(recursive=True)
        assert len(readers_of_faces(box)) == 1
        box.process.kill()
        await box.process.wait()
        await until(lambda: not any(is_alive(each) for each in family))


async def test_a_box_that_recognises_nobody_has_no_trace_of_it(run_box: RunBox, folder: Path, clip: Path) -> None:
    async with run_box(settings(folder, clip, wanted="[faces]\n"), first=FIRST) as box:
        await box.device("cam-1", "up")
        status = await box.until("/api/status", lambda status: status["ready"])
        assert status["faces"] is None
        assert status["alarms"] == {}
        assert readers_of_faces(box) == []
        assert UNSTATED not in box.log
        assert "recognised by face" not in box.log
        mapped = {each.path for each in psutil.Process(box.process.pid).memory_maps()}
        assert not [path for path in mapped if any(word in path for word in ("cv2", "onnxruntime", "mediapipe"))]
        refused, _ = await Screen(box).call("POST", "/api/places/kiosk-1/face")
        assert refused == 409
        assert not (folder / "models" / "opened").exists()


async def test_without_a_key_faces_are_off_and_everything_else_runs(run_box: RunBox, folder: Path, clip: Path) -> None:
    async with run_box(settings(folder, clip, key=False), first=FIRST) as box:
        assert await box.alarm("faces") == NO_KEY
        await box.device("cam-1", "up")
        screen = Screen(box)
        assert (await screen.call("GET", "/api/places/kiosk-1/face"))[1] == {"offered": False}
        assert (await screen.call("POST", "/api/places/kiosk-1/face"))[0] == 409
        status, _ = await screen.call("POST", "/api/kiosks/kiosk-1/member", code="13800138000")
        assert status < 300, "a telephone number goes on"
        assert readers_of_faces(box) == []
        assert (await box.ask("/api/status"))["ready"] is True


async def test_the_key_may_be_a_credential_of_systemd(run_box: RunBox, folder: Path, clip: Path) -> None:
    credentials = folder / "credentials"
    credentials.mkdir()
    (folder / "face-key").rename(credentials / "box_face-key")
    first = FIRST + f"import os\nos.environ['CREDENTIALS_DIRECTORY'] = {str(credentials)!r}\n"
    async with run_box(settings(folder, clip, key=False), first=first) as box:
        await Screen(box).offered()
        opened = {each.path for each in psutil.Process(box.process.pid).open_files()}
        assert not [path for path in opened if "face-key" in path]


async def test_a_kiosk_that_a_reload_takes_away_ends_the_process(run_box: RunBox, folder: Path, clip: Path, until: Until) -> None:
    async with run_box(settings(folder, clip), first=FIRST) as box:
        await Screen(box).offered()
        box.settings(settings(folder, clip, kiosk=""))
        box.process.send_signal(signal.SIGHUP)
        assert await box.alarm("faces") == NO_PLACE
        await until(lambda: readers_of_faces(box) == [])
        assert "restart" not in (await box.ask("/api/status"))["alarms"]
        box.settings(settings(folder, clip, kiosk="kiosk-2"))
        box.process.send_signal(signal.SIGHUP)
        await Screen(box, "kiosk-2").offered()


async def test_a_reload_that_switches_recognition_off_needs_no_restart(
    run_box: RunBox, folder: Path, clip: Path, until: Until
) -> None:
    async with run_box(settings(folder, clip), first=FIRST) as box:
        screen = Screen(box)
        await screen.offered()
        attempt = await screen.touch()
        box.settings(settings(folder, clip, wanted="", key=False))
        box.process.send_signal(signal.SIGHUP)
        assert (await screen.ended(attempt))["ended"] == "failed"
        await until(lambda: readers_of_faces(box) == [])
        status = await box.until("/api/status", lambda status: status["faces"]["state"] == "off")
        assert status["alarms"] == {}
        assert (await screen.call("GET", "/api/places/kiosk-1/face"))[1] == {"offered": False}
        box.settings(settings(folder, clip))
        box.process.send_signal(signal.SIGHUP)
        assert await box.alarm("restart") == RESTART_NEEDED, "to switch it on again is another matter"


async def test_with_an_entrance_camera_at_the_kiosk_no_face_is_read(run_box: RunBox, folder: Path, clip: Path) -> None:
    async with run_box(settings(folder, clip, kind="entrance"), first=FIRST) as box:
        await box.until("/api/status", lambda status: status["alarms"])
        assert readers_of_faces(box) == []
        assert not (folder / "models" / "opened").exists()


async def test_refused_settings_change_nothing_but_that_a_camera_called_private_goes_dark(
    run_box: RunBox, folder: Path, clip: Path
) -> None:
    private = settings(folder, clip) + "private_space = true\n"
    async with run_box(settings(folder, clip), first=FIRST) as box:
        await Screen(box).offered()
        box.settings(settings(folder, clip, kind="entrance"))
        box.process.send_signal(signal.SIGHUP)
        assert "cam-1" in await box.alarm("settings"), "a reload with it is refused, what was read before goes on"
        await Screen(box).offered()
        box.settings(private)
        box.process.send_signal(signal.SIGHUP)
        assert "is never opened" in (await box.device("cam-1", "gone"))["problem"]
        assert "closed all the same, for it is called a private space: cam-1" in await box.alarm("settings")
        assert (await Screen(box).call("GET", "/api/places/kiosk-1/face"))[1] == {"offered": False}
        assert "into a private space" in await box.alarm("face cameras")
        box.process.kill()
        await box.process.wait()
    async with run_box(private, first=FIRST) as box:
        await box.device("cam-1", "gone")
        assert "it is called a private space: cam-1" in await box.alarm("settings"), "a restart opens it no more than a reload"


async def test_a_member_is_forgotten_within_the_minute_while_the_process_hangs(
    run_box: RunBox, folder: Path, clip: Path, until: Until
) -> None:
    anna, bob = await enrolled(folder / "box" / "data", "anna", "bob")
    async with run_box(settings(folder, clip), first=FIRST) as box:
        screen = Screen(box)
        await screen.offered()
        sealed = dict(rows(box, "SELECT member_ref, sealed FROM face_templates"))[anna]
        files = sorted((box.folder / "data").glob("journal.db*"))
        assert [path for path in files if sealed in path.read_bytes()], "or the test is blind"
        (process,) = readers_of_faces(box)
        os.kill(process.pid, signal.SIGSTOP)
        status, _ = await screen.call("POST", f"/api/members/{anna}/forget", id="F-1")
        assert status < 300
        await until(lambda: not is_alive(process))
        await until(lambda: rows(box, "SELECT 1 FROM face_remains") == [])
        assert not [path for path in (box.folder / "data").glob("journal.db*") if sealed in path.read_bytes()]
        assert rows(box, "SELECT member_ref FROM face_templates") == [(bob,)]
        stands(folder, "anna")
        await screen.offered()
        assert (await screen.ended(await screen.touch()))["ended"] == "failed"
        stands(folder, "bob")
        assert (await screen.ended(await screen.touch()))["ended"] == "named", "the next process knows the others"
