"""Where faces are read and by which key: no key, a wrong one, changed rows, cameras of something else, reloads."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from config.schema import Faces, Kiosk, Lane, Plugged
from drivers.mirrors.page import PageSettings
from edge.faces import gallery as gallery_file
from edge.faces.places import Place, places
from edge.faces.recognition import NO_KEY, NO_PLACE
from edge.faces.standing import REFUSED
from edge.faces.window import Failed, Named
from edge.shop.faces.consent import withdraw_consent
from edge.shop.members.events import MemberIdentified
from tests.edge.facing import (
    KIOSK,
    TWO_CAMERAS,
    TWO_KIOSKS,
    camera,
    facing,
    fails,
    named_by_face,
    outcome_of,
    patient,
    processes,
    shop_with,
)


@pytest.fixture(autouse=True)
def a_busy_machine_is_no_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    patient(monkeypatch)


async def test_without_a_key_nobody_is_recognised_and_one_alarm_says_what_to_do(tmp_path: Path) -> None:
    async with facing(tmp_path, key=None) as box:
        await box.until(lambda: box.board.alarms == {"faces": NO_KEY})
        assert processes() == []
        assert not box.recognition.offered(KIOSK)
        assert await outcome_of(box.recognition.identify(KIOSK)) == Failed(why="off")
        ref = await box.enrolled("anna", "13800138000")
        assert [each["member_ref"] for each in await box.counter.events(MemberIdentified)] == [ref], "the rest runs"
        assert box.recognition.shown().state == "down"


async def test_no_screen_offers_it_before_every_member_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery_file, "LEARN_AT_ONCE", 1)
    async with facing(tmp_path) as box:
        for number in range(6):
            await box.enrolled("anna", f"1380013800{number}")
        await box.offered()
        processes()[0].kill()
        await fails(box)
        box.running = asyncio.ensure_future(box.recognition.run())
        await box.offered()
        assert box.gallery is not None
        assert len(box.gallery.known) == 6, "whoever is not known yet would be called a stranger"


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


async def test_a_screen_that_gets_another_camera_by_a_reload_names_nobody_by_the_one_before(tmp_path: Path) -> None:
    async with facing(tmp_path, shop_with(device=TWO_CAMERAS), cameras=("cam-1", "cam-2")) as box:
        ref = await box.enrolled("anna", "13800138000", template="t-1")
        await box.knows(1)
        await box.offered()
        attempt = box.recognition.identify(KIOSK)
        await box.until(lambda: attempt.changes)
        box.settings = shop_with(device=TWO_CAMERAS, kiosk={KIOSK: Kiosk(camera="cam-2")})
        box.stands(f"!ghost t-1 {ref}")
        assert await outcome_of(attempt) == Failed(why="camera-gone")
        await box.offered()
        assert await outcome_of(box.recognition.identify(KIOSK)) == Named(member_ref=ref, verified=False)
        assert len(await named_by_face(box)) == 1


async def test_a_reload_that_switches_recognition_off_ends_the_attempt_and_the_process_without_an_alarm(tmp_path: Path) -> None:
    async with facing(tmp_path) as box:
        await box.enrolled("anna", "13800138000")
        await box.knows(1)
        await box.offered()
        attempt = box.recognition.identify(KIOSK)
        await box.until(lambda: attempt.changes)
        box.settings = shop_with(faces=Faces())
        box.stands("anna")
        assert await outcome_of(attempt) in (Failed(why="off"), Failed(why="camera-gone"))
        await box.until(lambda: processes() == [])
        await box.until(lambda: box.recognition.shown().state == "off")
        assert (box.board.alarms, await named_by_face(box)) == ({}, [])
        box.settings = shop_with()
        await box.offered()


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


def test_a_mirror_reads_faces_when_its_camera_is_there_for_that_and_paints_in_any_case() -> None:
    cameras = {
        "cam-1": camera(kind="mirror"),
        "cam-2": camera(kind="kiosk"),
        "cam-3": camera(kind="room"),
        "cam-4": camera(kind="mirror", private_space=True),
    }
    mirrors = {
        f"mirror-{number}": Plugged(driver="mirror/page", settings=PageSettings(camera=f"cam-{number}")) for number in range(1, 6)
    }
    found = places(shop_with(kiosk={}, device=cameras | mirrors))
    assert found.allowed == {"mirror-1": Place(camera="cam-1", kind="mirror")}
    assert found.refused == {}
