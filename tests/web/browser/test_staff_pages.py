"""The pages of staff and of the day's figures on a telephone: wide enough for a thumb, never wider than the screen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import product
from typing import TYPE_CHECKING

import pytest

from edge.web.words import LANGUAGES
from tests.web.browser.looks import PHONE, SMALL_TARGETS, WIDER, complaints
from tests.web.test_footfall import counted
from tests.web.test_insight import DAY, sold
from tests.web.test_staff import staff

if TYPE_CHECKING:
    from tests.web.browser.conftest import OpensTab
    from tests.web.conftest import Opens, Shop


@pytest.mark.parametrize(
    ("fill", "paths"),
    [
        (staff, ("/staff?",)),
        (sold, (f"/insight?first={DAY}&last={DAY}", "/pickups?", "/scenes?", "/?")),
        (counted, (f"/insight?first={DAY}&last={DAY}",)),
    ],
    ids=["staff", "figures", "visitors"],
)
async def test_every_page_of_staff_fits_a_telephone(
    opens: Opens, new_tab: OpensTab, fill: Callable[[Shop], Awaitable[None]], paths: tuple[str, ...]
) -> None:
    async with opens() as shop, new_tab(viewport=PHONE) as page:
        heard = complaints(page)
        await fill(shop)
        for path, language in product(paths, LANGUAGES):
            await page.goto(f"{shop.url}{path}&language={language}")
            assert await page.evaluate(WIDER) <= 0, (path, language)
            assert await page.evaluate(SMALL_TARGETS) == [], (path, language)
        assert heard == []
