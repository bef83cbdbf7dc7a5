"""Staff hand a pickup order over by touch on a telephone; the list counts down and draws itself anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import expect

from edge.shop.pickups.steps import ready
from edge.web.words import load_words
from tests.web.browser.looks import PHONE, SMALL_TARGETS, WIDER, complaints, violations
from tests.web.test_pickups import announce, wanted

if TYPE_CHECKING:
    from tests.web.browser.conftest import OpensTab
    from tests.web.conftest import Opens


async def test_an_order_is_handed_over_by_touch(opens: Opens, new_tab: OpensTab) -> None:
    words = load_words()["zh"]
    async with opens(language="zh") as shop, new_tab(viewport=PHONE) as page:
        heard = complaints(page)
        await announce(shop, wanted(), wanted("P-2", priority=9, sla_minutes=5, delivery=True))
        await page.goto(f"{shop.url}/pickups")
        first, second = page.locator("#P-2"), page.locator("#P-1")
        await expect(first.locator(".countdown")).to_contain_text("04:")
        await expect(first).to_have_attribute("data-look", "warn")
        await expect(second).to_have_attribute("data-look", "moving")
        assert await violations(page) == []
        assert await page.evaluate(SMALL_TARGETS) == []
        assert await page.evaluate(WIDER) <= 0
        await second.get_by_role("button", name=words.say("pickup_step.picked")).click()
        await page.locator("#P-1").get_by_role("button", name=words.say("pickup_step.ready")).click()
        card = page.locator("#P-1")
        await card.get_by_label(words.say("pickups.code")).fill("111111")
        await card.get_by_role("button", name=words.say("pickups.hand_over")).click()
        await expect(page.get_by_role("alert")).to_contain_text("4")
        await page.locator("#P-1").get_by_label(words.say("pickups.code")).fill("482913")
        await page.locator("#P-1").get_by_role("button", name=words.say("pickups.hand_over")).click()
        await expect(page.locator("#P-1")).to_have_count(0)
        await shop.view.desk.decide(ready("P-2", "li"), place="test", asked="test")
        await expect(page.locator("#P-2").get_by_label(words.say("pickups.courier"))).to_be_visible()
        assert await page.evaluate(SMALL_TARGETS) == []
        assert [each for each in heard if "409" not in each] == []
