"""The cameras that count, on the page: how they are, what they look at, and a person who counts along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from edge.vision.words import Crossed
from edge.web import vision
from tests.web.eyes import DOOR, JPEG, Eyes

if TYPE_CHECKING:
    from tests.web.conftest import Opens, Shop

LAYOUT = "/api/vision/cameras/cam-door/layout"
FLOOR = "/api/vision/floor"
AUDIT = "/api/vision/cameras/cam-door/audit"
NOTHING: dict[str, Any] = {"lines": [], "zones": [], "floor": []}
Browser = aiohttp.ClientSession


@dataclass
class Program:
    """A program on the box itself that asks ``shop``."""

    browser: aiohttp.ClientSession
    shop: Shop

    async def __call__(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """The status and the answer."""
        url, origin = f"{self.shop.url}{path}", self.shop.origin
        async with self.browser.request(method, url, json=body, headers=origin) as answer:
            return answer.status, await answer.json(content_type=None)


async def test_a_program_hears_how_every_camera_and_model_is(browser: Browser, opens: Opens, eyes: Eyes) -> None:
    async with opens(eyes=eyes) as shop:
        _, said = await Program(browser, shop)("GET", "/api/vision")
    assert said["cameras"]["cam-door"]["state"] == "watched"
    assert said["cameras"]["cam-door"]["figures"]["starved"] == 5
    assert said["cameras"]["cam-till"]["problem"] == "cam-till is not open"
    assert said["inferences"]["hands"]["state"] == "off"
    assert said["inferences"]["people"]["ms"] == 21.4


async def test_a_box_whose_cameras_count_nobody_says_so(browser: Browser, opens: Opens) -> None:
    async with opens() as shop:
        call = Program(browser, shop)
        assert await call("GET", "/api/vision") == (200, {"cameras": {}, "inferences": {}})
        status, said = await call("GET", LAYOUT)
        assert status == 404
        assert "no camera that counts is called 'cam-door'; add it to cameras in [vision]" in said["detail"]


async def test_a_layout_is_drawn_and_read_again(browser: Browser, opens: Opens, eyes: Eyes) -> None:
    async with opens(eyes=eyes) as shop:
        call = Program(browser, shop)
        assert await call("GET", LAYOUT) == (200, NOTHING)
        assert await call("PUT", LAYOUT, DOOR) == (200, DOOR)
        assert await call("GET", LAYOUT) == (200, DOOR)
        assert await call("GET", LAYOUT.replace("door", "till")) == (200, NOTHING)


async def test_a_layout_that_cannot_be_is_refused_with_its_mistakes(browser: Browser, opens: Opens, eyes: Eyes) -> None:
    bow = {"name": "bow", "kind": "area", "corners": [[0.1, 0.1], [0.9, 0.9], [0.9, 0.1], [0.1, 0.9]], "shelf": None}
    async with opens(eyes=eyes) as shop:
        call = Program(browser, shop)
        await call("PUT", LAYOUT, DOOR)
        status, said = await call("PUT", LAYOUT, DOOR | {"zones": [bow]})
        assert status == 409
        assert said["detail"] == "Edges 1 and 3 of zone bow cross: go round it from corner to corner."
        _, said = await call("PUT", f"{LAYOUT}?language=zh", DOOR | {"zones": [bow]})
        assert said["detail"] == "区域 bow 的第 1 条和第 3 条边相交：请按顺序绕一圈画各个角。"
        outside = DOOR["lines"][0] | {"a": [-0.1, 0.4]}
        status, said = await call("PUT", LAYOUT, DOOR | {"lines": [outside], "zones": [bow]})
        assert status == 409
        assert said["detail"].startswith("Line door leaves the picture: draw it where the camera sees the floor. Edges 1 and 3")
        status, _ = await call("PUT", LAYOUT, NOTHING | {"lines": [{"name": "DOOR"}]})
        assert status == 400
        assert await call("GET", LAYOUT) == (200, DOOR)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"lines": [], "zones": []}, "Object missing required field `floor`"),
        (NOTHING | {"linez": []}, "Object contains unknown field `linez`"),
    ],
)
async def test_a_slip_of_the_pen_wipes_no_layout_out(
    browser: Browser, opens: Opens, eyes: Eyes, body: dict[str, Any], told: str
) -> None:
    async with opens(eyes=eyes) as shop:
        call = Program(browser, shop)
        await call("PUT", LAYOUT, DOOR)
        status, said = await call("PUT", LAYOUT, body)
        assert (status, said["detail"]) == (400, f"the body is not what this address takes: {told}")
        assert await call("GET", LAYOUT) == (200, DOOR)


async def test_a_floor_plan_is_given_and_read_again(browser: Browser, opens: Opens, eyes: Eyes) -> None:
    plan = {"width_mm": 12_000, "height_mm": 8_000, "walls": [[[0, 0], [12_000, 0]]]}
    async with opens(eyes=eyes) as shop:
        call = Program(browser, shop)
        assert await call("GET", FLOOR) == (200, None)
        assert await call("PUT", FLOOR, plan) == (200, plan)
        status, said = await call("PUT", f"{FLOOR}?language=en", plan | {"walls": [[[0, 0], [12_001, 0]]]})
        assert (status, said["detail"]) == (409, "Wall 1 leaves the floor.")
        assert await call("GET", FLOOR) == (200, plan)


async def test_the_live_picture_comes_as_it_is_in_the_ring(browser: Browser, opens: Opens, eyes: Eyes) -> None:
    async with opens(eyes=eyes) as shop, browser.get(f"{shop.url}/vision/cameras/cam-door/pictures") as answer:
        assert answer.headers["Content-Type"] == "multipart/x-mixed-replace; boundary=picture"
        assert JPEG in await answer.content.readuntil(b"\xff\xd9")


async def test_too_many_live_pictures_are_refused(
    browser: Browser, opens: Opens, eyes: Eyes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vision, "MOST_OPEN", 0)
    async with opens(eyes=eyes) as shop:
        status, said = await Program(browser, shop)("GET", "/vision/cameras/cam-door/pictures")
    assert (status, said["detail"]) == (503, "too many live pictures are open; close one")


@pytest.mark.parametrize("path", ["/vision", "/vision/cameras/cam-door", "/vision/cameras/cam-door/audit"])
async def test_every_page_says_what_it_shows_in_both_languages(browser: Browser, opens: Opens, eyes: Eyes, path: str) -> None:
    async with opens(eyes=eyes) as shop:
        for language in ("zh", "en"):
            async with browser.get(f"{shop.url}{path}?language={language}") as answer:
                assert answer.status == 200
                assert "cam-door" in await answer.text()


async def test_a_person_counts_along(browser: Browser, opens: Opens, eyes: Eyes) -> None:
    async with opens(eyes=eyes) as shop:
        call = Program(browser, shop)
        await call("PUT", LAYOUT, DOOR)
        assert "nobody counts along with cam-door" in (await call("GET", AUDIT))[1]["detail"]
        status, said = await call("POST", AUDIT, {"line": "window"})
        assert (status, said["detail"]) == (409, "cam-door has no line 'window'; it has: door")
        assert (await call("POST", AUDIT, {"line": "door"}))[0] == 200
        for direction in ("in", "in", "out", "out"):
            shop.asked.clock.now += 5
            assert (await call("POST", f"{AUDIT}/marks", {"direction": direction}))[0] == 200
        await call("DELETE", f"{AUDIT}/marks")
        eyes.crossed.append(Crossed(camera="cam-door", line="door", direction="in", at_ns=1005 * 10**9))
        _, said = await call("GET", AUDIT)
        assert said["compared"] == {
            "seconds": 20,
            "by_hand_in": 2,
            "by_hand_out": 1,
            "box_in": 1,
            "box_out": 0,
            "matched": 1,
            "missed": 2,
            "extra": 0,
            "error_percent": -66.7,
        }
        assert (await call("DELETE", AUDIT))[1]["over"]
        status, said = await call("POST", f"{AUDIT}/marks", {"direction": "in"})
        assert (status, said["detail"]) == (409, "this count is over; begin another")
