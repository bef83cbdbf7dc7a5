"""A kiosk without a browser: who may use it, what it is answered, and that nothing of a visit outlives it."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from drivers.counter_readings import Scanned
from drivers.wires.picture_ring import RingReader, RingWriter, make_ring
from drivers.wires.pictures import Rings
from edge.web import kiosks, long_poll, visits
from edge.web.kiosk_scans import FRESH_MS
from tests.web.at_kiosk import AT, at_kiosk
from tests.web.headquarters import PHONE, members
from tests.web.puppet_faces import NOTICE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.web.conftest import Opens, Shop

DEADLINE_S = 30


@pytest.fixture
def stands(opens: Opens, tmp_path: Path, browser: aiohttp.ClientSession) -> Any:
    """``async with stands() as kiosk``."""
    return partial(at_kiosk, opens, browser, tmp_path)


@pytest.fixture
def ring() -> Iterator[Rings]:
    descriptor = make_ring("cam-1-jpeg", slot_bytes=64, width_px=8, height_px=4)
    writer, reader = RingWriter(descriptor), RingReader(descriptor)
    writer.room[:4] = b"JPEG"
    writer.publish(4, 1)
    yield Rings(raw_fd=descriptor, raw=reader, jpeg=reader)
    writer.close()
    reader.close()
    os.close(descriptor)


async def everything(shop: Shop) -> str:
    """All that the database says."""
    return "\n".join(await shop.view.journal.query(lambda db: list(db.iterdump())))


async def test_a_kiosk_is_for_its_own_screen_and_for_staff(stands: Any, browser: aiohttp.ClientSession) -> None:
    async with stands() as kiosk:
        told = {}
        for who, role in (("kiosk-1", "screen"), ("kiosk-2", "screen"), ("g-17", "staff"), ("till-1", "device")):
            async with browser.get(f"{kiosk.shop.url}/kiosk/kiosk-1", headers=await kiosk.shop.token(who, role)) as answer:
                told[who] = answer.status
        assert told == {"kiosk-1": 200, "kiosk-2": 403, "g-17": 200, "till-1": 403}
        other = await kiosk.shop.token("kiosk-2")
        async with browser.get(f"{kiosk.shop.url}/kiosk/kiosk-1", headers=other) as answer:
            assert (await answer.json())["detail"] == "this screen is kiosk-2; pair it under the name kiosk-1"
        async with browser.get(f"{kiosk.shop.url}/kiosk/hall", headers=kiosk.key) as answer:
            assert (await answer.json())["detail"] == "no kiosk is called 'hall': add [kiosk.hall] to the settings"


async def test_the_page_says_all_that_the_law_wants_said(stands: Any, browser: aiohttp.ClientSession) -> None:
    async with stands() as kiosk:
        for language, purpose in (("zh", NOTICE.purpose_zh), ("en", NOTICE.purpose_en)):
            async with browser.get(f"{kiosk.shop.url}/kiosk/kiosk-1?language={language}", headers=kiosk.key) as answer:
                page = await answer.text()
            for said in (purpose, NOTICE.assessment, NOTICE.contact, str(NOTICE.keep_days)):
                assert said in page
            assert "checked" not in page


async def test_a_number_opens_a_visit_and_is_kept_nowhere(stands: Any, caplog: pytest.LogCaptureFixture) -> None:
    async with stands() as kiosk:
        told = await kiosk.come()
        assert told["visit"]["member"] == "Member ****01 · gold"
        assert told["visit"]["has"] == ["1200 points to use", "Stored value ¥50.00"]
        assert told["faces"] is True
        assert "m-0001" not in str(told)
        assert PHONE not in await everything(kiosk.shop) + caplog.text
        assert (await kiosk.ask("end"))["visit"] is None
        assert await kiosk.agree() == ("visit-over", "this visit is over: name the member anew")
        assert await kiosk.rows("members_at") == 0


async def test_what_a_phone_number_does_not_prove_is_not_shown(stands: Any) -> None:
    async with stands() as kiosk:
        await members(kiosk.shop)
        told = (await kiosk.come())["visit"]
        assert (told["has"], told["why"]) == (
            [],
            "Points and stored value are not shown for a phone number alone. Please scan your member code or card.",
        )
        assert await kiosk.ask("forget", "zh", visit=kiosk.visit, id="w-1") == (
            "forget-show-code",
            "只报手机号不能证明是您本人。请扫描会员码或会员卡，也可以找店员办理。",
        )
        told = (await kiosk.come("77001"))["visit"]
        assert told["has"] == ["1200 points to use", "Stored value ¥50.00"]
        told = (await kiosk.come("13912345678"))["visit"]
        assert told["why"] == "Headquarters has not sent your membership yet. Points and offers will appear soon."


async def test_members_cannot_be_found_by_trying(stands: Any) -> None:
    async with stands() as kiosk:
        for _ in range(60):
            assert (await kiosk.come("1380013"))[0] == "member-not-found"
        assert (await kiosk.come())[0] == "too-many-guesses"


async def test_what_the_scanner_reads_is_told_its_own_screen_once(stands: Any) -> None:
    async with stands() as kiosk:
        now_ms = time.monotonic_ns() // 1_000_000
        stamp: dict[str, Any] = {"device": "scanner-9", "at": datetime.now(UTC)}
        old = Scanned(code="77002", monotonic_ms=now_ms - FRESH_MS - 1, **stamp)
        kiosk.shop.show("scanner-9", kind="scanner", reading=old)
        told = (await kiosk.get(AT))[1]
        assert told["scanned"] == "", "whoever scanned it has gone"
        waiting = asyncio.ensure_future(kiosk.get(f"{AT}?after={told['changes']}"))
        kiosk.shop.show("scanner-9", reading=Scanned(code=" 77001 ", monotonic_ms=now_ms, **stamp))
        assert (await waiting)[1]["scanned"] == "77001"
        assert (await kiosk.get(AT))[1]["scanned"] == ""
        for shown in (
            Scanned(code="6901234567892", gtin="06901234567892", monotonic_ms=now_ms + 1, **stamp),
            Scanned(code="77001", monotonic_ms=now_ms + 2, **stamp | {"device": "scanner-1"}),
        ):
            kiosk.shop.show(shown.device, reading=shown)
            assert (await kiosk.get(AT))[1]["scanned"] == ""


async def test_with_faces_off_the_kiosk_works_by_code(stands: Any) -> None:
    async with stands(is_configured=False) as kiosk:
        told = await kiosk.come()
        assert (told["faces"], told["visit"]["has"][0]) == (False, "1200 points to use")
        assert await kiosk.agree() == (
            "face-off",
            "This shop recognises nobody by face. Please use the member code or the phone number.",
        )
        assert (await kiosk.get("/api/places/kiosk-1/face"))[1] == {"offered": False}
        async with kiosk.browser.post(
            f"{kiosk.shop.url}/api/places/kiosk-1/face", json={}, headers=kiosk.key | kiosk.shop.origin
        ) as answer:
            assert (await answer.json())["detail"].startswith("No face can be read here now.")
        assert (await kiosk.ask("forget", visit=kiosk.visit, id="w-1"))["visit"] is None


async def test_a_visit_that_is_left_alone_is_over(stands: Any) -> None:
    async with stands() as kiosk:
        changes = (await kiosk.come())["changes"]
        clock = kiosk.shop.asked.clock
        clock.now += visits.LEFT_S - 1
        assert (await kiosk.get(f"{AT}?after={changes - 1}&stays=1"))[1]["visit"] is not None
        clock.now += visits.LEFT_S - 1
        assert (await kiosk.get(f"{AT}?after={changes - 1}"))[1]["visit"] is not None
        clock.now += 2
        assert (await kiosk.get(f"{AT}?after={changes - 1}"))[1]["visit"] is None
        assert (await kiosk.agree())[0] == "visit-over"
        assert (await kiosk.get(f"{AT}?after=x"))[1]["detail"] == "after is the number of changes that the screen has seen"


async def test_a_screen_that_asks_is_answered_though_nothing_happens(stands: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_poll, "PATIENCE_S", 0.01)
    async with stands() as kiosk:
        told = await kiosk.come()
        assert (await kiosk.get(f"{AT}?after={told['changes']}"))[1] == told


async def test_without_consent_nobody_is_enrolled(stands: Any) -> None:
    async with stands() as kiosk:
        await kiosk.come()
        assert await kiosk.ask("enrol", visit=kiosk.visit) == ("consent-first", "Please agree to the notice first.")
        assert (await kiosk.agree(agreed=False))[0] == "bad-body"
        assert (await kiosk.agree(notice="0")) == ("face-notice-changed", "The notice has changed. Please read the new one.")
        assert kiosk.faces.begun == []
        assert await kiosk.rows("face_consents") == 0


async def test_a_member_enrols_and_the_picture_is_shown_meanwhile_only(stands: Any, ring: Rings) -> None:
    async with stands() as kiosk:
        kiosk.shop.view.wires.pictures.rings["cam-1"] = ring
        await kiosk.come()
        await kiosk.agree()
        assert await kiosk.agree()  # sent again: it is one consent
        assert await kiosk.rows("face_consents") == 1
        assert (await kiosk.get("/kiosk/kiosk-1/pictures"))[1]["detail"] == (
            "pictures are shown while somebody is being enrolled, and only then"
        )
        attempt = await kiosk.ask("enrol", visit=kiosk.visit)
        assert (attempt["ended"], attempt["step"]) == ("", "looking")
        async with kiosk.browser.get(f"{kiosk.shop.url}/kiosk/kiosk-1/pictures", headers=kiosk.key) as pictures:
            async with asyncio.timeout(DEADLINE_S):
                assert b"JPEG" in await pictures.content.readuntil(b"JPEG")
            kiosk.faces.begun[-1].tell("turn-left")
            told = await kiosk.follow(attempt["request"])
            assert (told["says"], told["step"], told["changes"]) == ("Turn your head slowly to the left", "turn-left", 1)
            waiting = asyncio.ensure_future(kiosk.follow(attempt["request"], after=1))
            await kiosk.faces.keep(kiosk.shop)
            told = await waiting
            assert (told["ended"], told["until"]) == ("kept", "2027-11-22")
            async with asyncio.timeout(DEADLINE_S):
                await pictures.content.read()  # it ends with the enrolment
        assert (await kiosk.get(f"{AT}?after=0"))[1]["visit"]["enrolled"] > "2026"
        assert await kiosk.rows("face_templates") == 1
        jobs = await kiosk.shop.view.journal.query(
            lambda db: db.execute("SELECT device, content FROM job_contents JOIN jobs USING (id)").fetchall()
        )
        ((printer, slip),) = jobs
        assert printer == "printer-1"
        assert "m-0001" not in slip


async def test_a_camera_that_may_not_be_shown_is_not(stands: Any) -> None:
    async with stands(shown=False) as kiosk:
        await kiosk.come()
        await kiosk.agree()
        await kiosk.ask("enrol", visit=kiosk.visit)
        status, told = await kiosk.get("/kiosk/kiosk-1/pictures")
        assert (status, told["detail"]) == (
            403,
            "the camera of kiosk-1 may not be shown on screens; set shown = true in its settings",
        )


async def test_too_many_pictures_are_refused(stands: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kiosks, "MOST_STREAMS", 0)
    async with stands() as kiosk:
        await kiosk.come()
        await kiosk.agree()
        await kiosk.ask("enrol", visit=kiosk.visit)
        assert (await kiosk.get("/kiosk/kiosk-1/pictures"))[1]["detail"] == "too many pictures are open; close a page"


async def test_whoever_is_recognised_has_a_visit_as_by_code(stands: Any) -> None:
    async with stands() as kiosk:
        await kiosk.enrol()
        await kiosk.ask("end")
        address = f"{kiosk.shop.url}/api/places/kiosk-1/face?language=en"
        async with kiosk.browser.post(address, json={}, headers=kiosk.key | kiosk.shop.origin) as answer:
            attempt = await answer.json()
        await kiosk.faces.recognise(kiosk.shop)
        told = await kiosk.follow(attempt["request"])
        assert (told["ended"], told["says"]) == ("named", "Welcome back")
        assert "m-0001" not in str(told)
        first = (await kiosk.get(f"{AT}?after=0"))[1]["visit"]
        await kiosk.follow(attempt["request"])
        assert (await kiosk.get(f"{AT}?after=0"))[1]["visit"] == first
        await kiosk.ask("end")
        assert (await kiosk.follow(attempt["request"]))["ended"] == "named"
        assert (await kiosk.get(AT))[1]["visit"] is None, "whoever has gone is not there again when it is told again"
        assert (first["member"], first["has"][0]) == ("Member ****01 · gold", "1200 points to use")
        assert kiosk.faces.orders == [None]
        kinds = await kiosk.shop.view.journal.query(
            lambda db: db.execute("SELECT json_extract(data, '$.method') FROM events WHERE type LIKE '%identified'").fetchall()
        )
        assert kinds == [("phone",), ("face",)]


async def test_an_attempt_is_of_its_own_screen_and_can_be_stopped(stands: Any) -> None:
    async with stands() as kiosk:
        post = kiosk.browser.post
        async with post(f"{kiosk.shop.url}/api/places/kiosk-1/face", json={}, headers=kiosk.key | kiosk.shop.origin) as answer:
            request = (await answer.json())["request"]
        other = await kiosk.shop.token("kiosk-2")
        async with kiosk.browser.get(f"{kiosk.shop.url}/api/places/kiosk-2/attempts/{request}", headers=other) as answer:
            assert (await answer.json())["detail"] == "This look is over. Please touch again."
        async with kiosk.browser.get(f"{kiosk.shop.url}/api/places/kiosk-1/attempts/{request}", headers=other) as answer:
            assert (await answer.json())["detail"] == "this screen is kiosk-2; pair it under the name kiosk-1"
        status, told = await kiosk.get("/api/places/hall/face")
        assert (status, told["detail"]) == (
            404,
            "no kiosk, self-checkout lane or mirror is called 'hall': name one of the settings",
        )
        cancel = f"{kiosk.shop.url}/api/places/kiosk-1/attempts/{request}/cancel"
        async with post(cancel, headers=kiosk.key | kiosk.shop.origin) as answer:
            assert answer.status == 204
        told = await kiosk.follow(request)
        assert (told["ended"], told["says"], told["hint"]) == (
            "failed",
            "Stopped.",
            "Phone number, member code and card always work.",
        )
