"""The pages of staff and of the day's figures on a telephone: wide enough for a thumb, never wider than the screen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Page

from tests.web.test_insight import DAY, sold
from tests.web.test_staff import staff

if TYPE_CHECKING:
    from tests.web.browser.conftest import OpensTab
    from tests.web.conftest import Opens, Shop

PHONE = {"width": 360, "height": 740}
TOO_SMALL = """() => [...document.querySelectorAll("a, button, input")]
    .map((each) => (each.type === "radio" ? each.closest("label") : each).getBoundingClientRect())
    .filter((box) => box.width && (box.width < 44 || box.height < 44)).length"""
TOO_WIDE = "() => document.documentElement.scrollWidth - window.innerWidth"


def complaints(page: Page) -> list[str]:
    """Fills itself with what the browser's console and our script complain about."""
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    ("fill", "paths"),
    [(staff, ("/staff",)), (sold, (f"/insight?first={DAY}&last={DAY}", "/pickups", "/scenes", "/"))],
    ids=["staff", "figures"],
)
async def test_every_page_of_staff_fits_a_telephone(
    opens: Opens, new_tab: OpensTab, language: str, fill: Callable[[Shop], Awaitable[None]], paths: tuple[str, ...]
) -> None:
    async with opens(language=language) as shop, new_tab(viewport=PHONE) as page:
        heard = complaints(page)
        await fill(shop)
        for path in paths:
            await page.goto(f"{shop.url}{path}")
            assert await page.evaluate(TOO_WIDE) <= 0, path
            assert await page.evaluate(TOO_SMALL) == 0, path
        assert heard == []
