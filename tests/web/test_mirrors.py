"""A mirror's page without a browser: who may use it, what it is answered, and which pictures it gets."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from config.schema import Plugged
from drivers.cameras.video_file import VideoFileSettings
from drivers.contract import Receipt, Wires
from drivers.mirrors.kiosk import KioskSettings
from drivers.mirrors.page import PageMirror, PageSettings
from drivers.readings import AnyReading, Reported
from drivers.room_readings import MirrorTouched, MirrorUsed
from drivers.wires.picture_ring import RingReader, RingWriter, make_ring
from drivers.wires.pictures import Rings
from edge.web import mirrors

if TYPE_CHECKING:
    from pathlib import Path

    from tests.web.conftest import Opens, Shop

LAN = "0.0.0.0:8080"
DEADLINE_S = 30


def plugged(path: Path, *, shown: bool = True) -> dict[str, Plugged]:
    return {
        "cam-1": Plugged(driver="camera/video-file", settings=VideoFileSettings(path=path, shown=shown)),
        "mirror-1": Plugged(driver="mirror/page", settings=PageSettings(camera="cam-1", shades=("rouge-01", "<b>"))),
        "mirror-2": Plugged(driver="mirror/kiosk", settings=KioskSettings()),
    }


class Camera:
    """Stands for cam-1: what the test puts is the newest picture."""

    def __init__(self, slot_bytes: int = 64) -> None:
        self.descriptor = make_ring("cam-1-jpeg", slot_bytes=slot_bytes, width_px=8, height_px=4)
        self.writer = RingWriter(self.descriptor)
        reader = RingReader(self.descriptor)
        self.rings = Rings(raw_fd=self.descriptor, raw=reader, jpeg=reader)

    def put(self, data: bytes) -> None:
        self.writer.room[: len(data)] = data
        self.writer.publish(len(data), 1)

    def close(self) -> None:
        self.writer.close()
        self.rings.raw.close()
        os.close(self.descriptor)


@pytest.fixture
def camera() -> Iterator[Camera]:
    made = Camera()
    yield made
    made.close()


@asynccontextmanager
async def attended(wires: Wires) -> AsyncIterator[list[AnyReading]]:
    """Stands for the box around the mirror's driver: records everything."""
    heard: list[AnyReading] = []
    async with PageMirror("mirror-1", PageSettings(camera="cam-1"), wires) as mirror:

        async def listen() -> None:
            async for reading in mirror.readings():
                heard.append(reading)
                if isinstance(reading, Reported):
                    await mirror.acknowledge(reading, Receipt(ok=True))

        listening = asyncio.create_task(listen(), name="readings")
        yield heard
        listening.cancel()
        await asyncio.wait([listening])


async def detail(browser: aiohttp.ClientSession, shop: Shop, path: str, headers: dict[str, str]) -> tuple[int, str]:
    async with browser.get(shop.url + path, headers=headers) as answer:
        return answer.status, (await answer.json())["detail"]


async def answer_of(wire: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    """The next word that is not about who stands there."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            told: dict[str, Any] = await wire.receive_json()
            if "present" not in told:
                return told


async def end_of(wire: aiohttp.ClientWebSocketResponse) -> aiohttp.WSMessage:
    """The word that closes the wire."""
    async with asyncio.timeout(DEADLINE_S):
        while (message := await wire.receive()).type is aiohttp.WSMsgType.TEXT:
            pass
    return message


async def next_picture(answer: aiohttp.ClientResponse) -> bytes:
    async with asyncio.timeout(DEADLINE_S):
        head = await answer.content.readuntil(b"\r\n\r\n")
        length = int(head.rpartition(b"Content-Length: ")[2])
        return await answer.content.readexactly(length)


async def test_a_mirror_is_used_by_its_own_screen_only(opens: Opens, browser: aiohttp.ClientSession, tmp_path: Path) -> None:
    async with opens(listen=LAN, plugged=plugged(tmp_path)) as shop:
        own, other = await shop.token("mirror-1"), await shop.token("lane-1")
        async with browser.get(f"{shop.url}/mirror/mirror-1", headers=own) as answer:
            assert answer.status == 200
            page = await answer.text()
        assert 'data-sku="rouge-01"' in page
        assert 'data-sku="&lt;b&gt;"' in page
        for path in ("", "/pictures", "/wire"):
            told = (403, "this screen is lane-1; pair it under the name mirror-1")
            assert await detail(browser, shop, f"/mirror/mirror-1{path}", other) == told
        for name in ("mirror-9", "cam-1"):
            told = (404, f"no mirror is called '{name}'; add [device.{name}] to the settings")
            assert await detail(browser, shop, f"/mirror/{name}", own) == told
        two = await shop.token("mirror-2")
        told = (404, 'this mirror has a program of its own; a page is for driver = "mirror/page"')
        assert await detail(browser, shop, "/mirror/mirror-2", two) == told
        told = (404, "this mirror has no camera; name one: camera = in its settings")
        assert await detail(browser, shop, "/mirror/mirror-2/pictures", two) == told


async def test_a_camera_is_shown_only_when_its_settings_say_so(
    opens: Opens, browser: aiohttp.ClientSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opens(plugged=plugged(tmp_path, shown=False)) as shop:
        told = (403, "cam-1 may not be shown on screens; set shown = true in [device.cam-1]")
        assert await detail(browser, shop, "/mirror/mirror-1/pictures", {}) == told
    monkeypatch.setattr(mirrors, "MOST_OPEN", 0)
    async with opens(plugged=plugged(tmp_path)) as shop:
        told = (503, "too many mirror pages are open; close one")
        assert await detail(browser, shop, "/mirror/mirror-1/pictures", {}) == told


async def test_a_slow_screen_gets_the_newest_picture_and_a_reopened_camera_goes_on(
    opens: Opens, browser: aiohttp.ClientSession, tmp_path: Path, camera: Camera
) -> None:
    async with opens(plugged=plugged(tmp_path)) as shop, browser.get(f"{shop.url}/mirror/mirror-1/pictures") as answer:
        assert answer.headers["Content-Type"] == "multipart/x-mixed-replace; boundary=picture"
        for each in (b"one", b"two", b"three"):
            camera.put(each)
        shop.view.wires.pictures.rings["cam-1"] = camera.rings
        assert await next_picture(answer) == b"three"
        again = Camera()
        again.put(b"again")
        shop.view.wires.pictures.rings["cam-1"] = again.rings
        assert await next_picture(answer) == b"again"
        del shop.view.wires.pictures.rings["cam-1"]
        again.close()
        shop.view.wires.pictures.rings["cam-1"] = camera.rings
        camera.put(b"four")
        assert await next_picture(answer) == b"four"


async def test_a_key_that_is_taken_back_ends_the_pictures(
    opens: Opens, browser: aiohttp.ClientSession, tmp_path: Path, camera: Camera
) -> None:
    async with opens(listen=LAN, plugged=plugged(tmp_path)) as shop:
        key = await shop.token("mirror-1")
        shop.view.wires.pictures.rings["cam-1"] = camera.rings
        camera.put(b"one")
        async with browser.get(f"{shop.url}/mirror/mirror-1/pictures", headers=key) as answer:
            assert await next_picture(answer) == b"one"
            await shop.built.locks.pairings.revoke(shop.built.locks.pairings.listed()[0].id)
            async with asyncio.timeout(DEADLINE_S):
                assert b"JPEG" not in await answer.content.read()


async def test_what_the_page_says_is_answered_and_what_the_box_wishes_arrives(
    opens: Opens, browser: aiohttp.ClientSession, tmp_path: Path
) -> None:
    async with opens(plugged=plugged(tmp_path)) as shop, attended(shop.view.wires) as heard:
        async with browser.ws_connect(f"{shop.url}/mirror/mirror-1/wire", headers=shop.origin) as wire:
            await wire.send_json({"n": 1, "name": "began", "body": {"id": "a", "session": "v-1"}})
            assert await answer_of(wire) == {"n": 1, "ok": True, "retry": False, "problem": ""}
            await wire.send_json({"n": 2, "name": "touch", "body": {"session": "v-1", "x": 1, "y": 2}})
            assert (await answer_of(wire))["n"] == 2
            shop.view.wires.wishes.ask("mirror-1", "message", "Hello")
            assert await answer_of(wire) == {"wish": {"message": "Hello"}}
            await wire.send_str("nonsense")
            assert (await end_of(wire)).type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}
        assert [type(reading) for reading in heard] == [MirrorUsed, MirrorTouched]


async def test_a_mirror_whose_driver_is_not_open_is_told_to_come_again(
    opens: Opens, browser: aiohttp.ClientSession, tmp_path: Path
) -> None:
    async with (
        opens(plugged=plugged(tmp_path)) as shop,
        browser.ws_connect(f"{shop.url}/mirror/mirror-1/wire", headers=shop.origin) as wire,
    ):
        await wire.send_json({"n": 1, "name": "hello", "body": {}})
        told = "mirror-1 is not ready: send it again in a moment"
        assert await answer_of(wire) == {"n": 1, "ok": False, "retry": True, "problem": told}


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://elsewhere.example"}])
async def test_another_site_s_page_opens_no_wire(
    opens: Opens, browser: aiohttp.ClientSession, tmp_path: Path, headers: dict[str, str]
) -> None:
    async with opens(plugged=plugged(tmp_path)) as shop:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await browser.ws_connect(f"{shop.url}/mirror/mirror-1/wire", headers=headers)
        assert refused.value.status == 403


async def test_a_screen_shows_its_code_once_and_is_in(opens: Opens, browser: aiohttp.ClientSession, tmp_path: Path) -> None:
    async with opens(listen=LAN, plugged=plugged(tmp_path)) as shop:
        offer = shop.built.locks.pairings.offer("mirror-1", "screen")
        form = {"code": f"{offer.code[:4]}-{offer.code[4:].lower()}", "to": "//evil.example"}
        async with browser.post(f"{shop.url}/screen", data=form, headers=shop.origin, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/mirror/mirror-1")
            cookie = answer.cookies["storebox-screen"]
            assert (cookie["httponly"], cookie["samesite"]) == (True, "Strict")
        async with browser.get(f"{shop.url}/mirror/mirror-1") as answer:
            assert answer.status == 200
        async with browser.get(f"{shop.url}/api/status") as answer:
            assert answer.status == 403
        async with browser.post(f"{shop.url}/screen", data=form, headers=shop.origin) as answer:
            assert answer.status == 403
            assert "This code is wrong, used or over; ask for a new one." in await answer.text()
        for _ in range(30):
            async with browser.post(f"{shop.url}/screen", data=form, headers=shop.origin) as answer:
                last = answer.status, await answer.text()
        assert last[0] == 429
        assert "Too many tries from this address; try again later." in last[1]
        await shop.built.locks.pairings.revoke(shop.built.locks.pairings.listed()[0].id)
        async with browser.get(f"{shop.url}/mirror/mirror-1") as answer:
            assert answer.status == 401


async def test_a_door_that_closes_lets_the_screens_go(
    opens: Opens, browser: aiohttp.ClientSession, tmp_path: Path, camera: Camera
) -> None:
    async with opens(plugged=plugged(tmp_path)) as shop:
        shop.view.wires.pictures.rings["cam-1"] = camera.rings
        camera.put(b"one")
        async with (
            browser.get(f"{shop.url}/mirror/mirror-1/pictures") as pictures,
            browser.ws_connect(f"{shop.url}/mirror/mirror-1/wire", headers=shop.origin) as wire,
        ):
            assert await next_picture(pictures) == b"one"
            shop.built.lookout.feed.end()
            async with asyncio.timeout(DEADLINE_S):
                await pictures.content.read()
                assert (await end_of(wire)).data == aiohttp.WSCloseCode.GOING_AWAY
