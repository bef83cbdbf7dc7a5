"""The page of scenes on a telephone: everyone can read and touch it, and what became of a scene appears by itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.async_api import expect

from edge.shop.jobs import finish_job, next_job
from edge.shop.moment import Moment
from edge.shop.registry import adopters
from edge.shop.scenes.following import follow_up
from edge.shop.shop import Shop as Floor
from sync.events import Event
from tests.web.browser.looks import PHONE, WIDER, complaints

if TYPE_CHECKING:
    from tests.web.browser.conftest import OpensTab
    from tests.web.conftest import Opens

EXAMPLES = Path(__file__).parents[3] / "config" / "examples"
TOO_SMALL = """() => [...document.querySelectorAll("a, button, input")]
    .map((each) => (each.type === "radio" ? each.closest("label") : each).getBoundingClientRect())
    .filter((box) => box.width < 44 || box.height < 44).length"""


def adopt_examples(_moment: Moment, shop: Floor, db: sqlite3.Connection) -> Iterable[Event]:
    """Headquarters has sent scenes and a calendar."""
    for adopter in adopters(shop):
        if adopter.kind in {"scenes", "calendar"}:
            content = (EXAMPLES / f"{adopter.kind}.json").read_bytes()
            yield from adopter.adopt(adopter.parse(content), 1, db)


def obey(_moment: Moment, _shop: Floor, db: sqlite3.Connection) -> Iterable[Event]:
    """Every device does what the scene wants."""
    for device in ("lamp-1", "hvac-1", "music-1", "photo-wall"):
        while (job := next_job(db, device)) is not None:
            yield from finish_job(job.id, "confirmed", "", db)


async def test_a_thumb_chooses_a_scene_and_sees_what_becomes_of_it(opens: Opens, new_tab: OpensTab) -> None:
    async with opens(language="zh") as shop, new_tab(viewport=PHONE) as page:
        heard = complaints(page)
        await shop.view.desk.decide(adopt_examples, place="test", asked="adopt")
        await page.goto(f"{shop.url}/scenes")
        await page.click("text=240 分钟")
        await page.click("button:has-text('周末活力')")
        await expect(page.locator("#now .value")).to_have_text("周末活力")
        await expect(page.locator("#now .chip")).to_have_text("正在切换")
        assert await page.evaluate(WIDER) <= 0
        assert await page.evaluate(TOO_SMALL) == 0
        await shop.view.desk.decide(obey, place="test", asked="obey")
        await shop.view.desk.decide(follow_up({}), place="test", asked="follow")
        await expect(page.locator("#now .chip")).to_have_text("已全部到位")
        await expect(page.locator("#results li").first).to_contain_text("已到位")
        await page.click("text=取消，恢复日程")
        await expect(page.locator("#now .value")).not_to_have_text("周末活力")
        assert heard == []
