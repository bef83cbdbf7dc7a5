"""The page of what was set aside: who sent it, why it is there, how often it came; in the reader's language, as text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import aiohttp

from edge.web.set_aside import MOST_SHOWN, SHOWN, show_letter
from sync.letters import KeptLetter, Letter, LetterKind, set_aside

if TYPE_CHECKING:
    from tests.web.conftest import Opens, Shop

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def letter(told: str, reason: str = "it is not JSON", kind: LetterKind = "unreadable") -> Letter:
    return Letter(kind=kind, device="till-1", reason=reason, told=told, at=AT)


async def page(shop: Shop, browser: aiohttp.ClientSession, language: str) -> str:
    async with browser.get(f"{shop.url}/set-aside?language={language}") as answer:
        assert answer.status == 200
        return await answer.text()


async def test_a_technician_sees_what_was_set_aside_and_why(opens: Opens, browser: aiohttp.ClientSession) -> None:
    refused = "order t1-7 of till-1 is paid already: if the money was really taken twice, give 650 back"
    async with opens() as shop:
        assert "Nothing was set aside." in await page(shop, browser, "en")
        for each in (letter("<b>{"), letter("<b>{"), letter("{}", refused, "refused")):
            await shop.view.journal.record(set_aside(each))
        english, chinese = await page(shop, browser, "en"), await page(shop, browser, "zh")
        async with browser.get(f"{shop.url}/?language=en") as answer:
            assert 'href="/set-aside"' in await answer.text()
    for word in ("till-1", "it is not JSON", "not understood", "2 times", "&lt;b&gt;{", refused, "refused by the shop"):
        assert word in english
    for word in ("无法读懂", "2 次", "till-1 的订单 t1-7 已经付过款"):
        assert word in chinese


async def test_only_the_newest_are_shown(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        for number in range(SHOWN + 1):
            await shop.view.journal.record(set_aside(letter(f"number-{number};")))
        shown = await page(shop, browser, "en")
    assert f"number-{SHOWN};" in shown
    assert "number-0;" not in shown


def test_of_a_bug_the_end_of_its_traceback_is_shown_and_of_a_long_message_the_beginning():
    kept = KeptLetter(id=1, first_at=AT, times=1, letter=letter("a" + "x" * 9999, "y" * 9999 + "ValueError: z", "failed"))
    shown = show_letter(kept, "en")
    assert (len(shown.reason), len(shown.told)) == (MOST_SHOWN + 1, MOST_SHOWN + 1)
    assert shown.reason.endswith("ValueError: z")
    assert shown.told.startswith("ax")
