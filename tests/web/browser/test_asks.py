"""A technician tries devices from their cards, and decides about a receipt that may have come out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from drivers.commands import Line, OpenDrawer, Print, Tare
from edge.asking import Asker
from edge.web.words import LANGUAGES, Language, load_words
from tests.web.browser.looks import PHONE, SMALL_TARGETS, WIDER, complaints, violations
from tests.web.test_asks import finish, show_printer

if TYPE_CHECKING:
    from tests.web.browser.conftest import OpensTab
    from tests.web.conftest import Opens

SUMMARIES = "() => Math.min(...[...document.querySelectorAll('summary')].map((each) => each.getBoundingClientRect().height))"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_technician_tries_a_device_and_decides_about_a_job(opens: Opens, new_tab: OpensTab, language: Language) -> None:
    words = load_words()[language]
    async with opens(language=language) as shop, new_tab(viewport=PHONE) as page:
        heard = complaints(page)
        shop.weigh("scale-1", 1234)
        show_printer(shop)
        await page.goto(shop.url)
        assert await page.evaluate(SUMMARIES) >= 44
        scale, printer = page.locator("[data-id=scale-1]"), page.locator("[data-id=printer-1]")
        await scale.locator("summary").click()
        await scale.get_by_role("button", name=words.say("command.tare"), exact=True).click()
        await expect(scale.locator(".told")).to_have_text(f"{words.say('ask.done')}: Z A")
        await printer.locator("summary").click()
        await printer.get_by_label(words.say("field.reason")).fill("change")
        await printer.get_by_role("button", name=words.say("command.open-drawer")).click()
        await expect(printer.locator(".told")).to_contain_text(words.say("ask.done"))
        assert shop.asked.commands == [("scale-1", Tare()), ("printer-1", OpenDrawer(reason="change"))]

        job = await shop.view.jobs.leave("printer-1", Print(blocks=(Line(text="a"),)), Asker(by="t", origin="page"))
        await finish(shop, job, "unknown", "it fell silent: look at the paper")
        await expect(page.locator("#jobs li")).to_contain_text(["it fell silent: look at the paper"])
        assert await violations(page) == []
        assert await page.evaluate(SMALL_TARGETS) == []
        assert await page.evaluate(WIDER) <= 0
        assert heard == []
        await page.locator("#jobs li").get_by_role("button", name=words.say("job.dismiss")).click()
        await expect(page.locator("#jobs")).to_be_hidden()
