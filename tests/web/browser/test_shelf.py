"""The screen of a shelf: idle at first, the card of what was taken within a moment, readable and for every eye."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import expect

from edge.web.words import load_words
from tests.web.browser.looks import PHONE, SMALL_TARGETS, WIDER, complaints, violations
from tests.web.test_goods import CATALOGUE, MEMBERS, SHELF, adopt, pick

if TYPE_CHECKING:
    from tests.web.browser.conftest import OpensTab
    from tests.web.conftest import Opens


async def test_a_screen_shows_what_is_taken_and_what_goes_with_it(opens: Opens, new_tab: OpensTab) -> None:
    words = load_words()["zh"]
    async with opens(language="zh", plugged=SHELF) as shop, new_tab() as page:
        heard = complaints(page)
        await adopt(shop, "catalogue", CATALOGUE)
        async with page.expect_response("**/stream"):
            await page.goto(f"{shop.url}/shelf/shelf-1")
        await expect(page.get_by_role("heading", name=words.say("shelf.idle"))).to_be_visible()
        assert await violations(page) == []
        await shop.record(pick("tea"))
        await expect(page.locator("#name")).to_have_text("龙井茶")
        await expect(page.locator("#price")).to_have_text("¥88.00 / 件")
        await expect(page.locator("#text")).to_have_text("产自杭州")
        await expect(page.locator("#matching")).to_contain_text("茶杯")
        await expect(page.locator("#idle")).to_be_hidden()
        assert await violations(page) == []
        await shop.record(pick("wine"))
        await expect(page.locator("#notes")).to_have_text("仅限成年人购买")
        await expect(page.locator("#beside")).to_be_hidden()
        assert heard == []


async def test_a_card_is_read_on_a_telephone(opens: Opens, new_tab: OpensTab) -> None:
    async with opens(language="en") as shop, new_tab(viewport=PHONE) as page:
        heard = complaints(page)
        await adopt(shop, "catalogue", CATALOGUE)
        await page.goto(f"{shop.url}/goods/6901234567892")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Longjing <tea>")
        await page.locator("a[hreflang=zh]").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("龙井茶")
        assert await violations(page) == []
        assert await page.evaluate(SMALL_TARGETS) == []
        assert await page.evaluate(WIDER) <= 0
        assert heard == []


async def test_a_member_who_is_named_at_a_shelf_sees_what_they_are_offered(opens: Opens, new_tab: OpensTab) -> None:
    words = load_words()["zh"]
    async with opens(language="zh", plugged=SHELF) as shop, new_tab() as page:
        await adopt(shop, "catalogue", CATALOGUE)
        await adopt(shop, "members", MEMBERS)
        async with page.expect_response("**/stream"):
            await page.goto(f"{shop.url}/shelf/shelf-1")
        for code, said in (("77009", words.say("declined.member-not-known")), ("77001", words.say("shelf.welcome"))):
            await page.get_by_label(words.say("shelf.member")).fill(code)
            await page.get_by_role("button", name=words.say("shelf.name")).click()
            await expect(page.locator("#named")).to_have_text(said)
            await expect(page.locator("#code")).to_have_value("")
        await shop.record(pick("tea"))
        await expect(page.locator("#offers")).to_have_text("茶 8 折")
        assert await violations(page) == []
        assert await page.evaluate(SMALL_TARGETS) == []
