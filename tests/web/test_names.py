"""Names in addresses and bodies: no card number becomes the name of something, nothing unprintable, no count beyond the most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
from yarl import URL

if TYPE_CHECKING:
    from tests.web.conftest import Opens

CARD = "4929107853461286"
CARD_TOLD = "holds what may be a card number: number it otherwise, for example with a letter in front"
UNPRINTABLE = "has at most 100 characters, and each of them can be printed"


CARDS: tuple[tuple[str, dict[str, Any], str], ...] = (
    (f"/api/orders/till-1/{CARD}/refunds", {"reason": "sour"}, "order"),
    (f"/api/orders/{CARD}/1/handover", {}, "till"),
    ("/api/orders/till-1/1/refunds", {"reason": "sour", "refund": CARD}, "refund"),
    (f"/api/tills/till-1/orders/{CARD}/points", {"points": 1}, "order"),
    ("/api/joins", {"till": CARD}, "till"),
    ("/api/joins", {"till": "t", "guide": CARD}, "guide"),
    ("/api/joins", {"till": "t", "order": CARD}, "order"),
    (f"/api/pickups/{CARD}/ready", {}, "id"),
    ("/api/returns", {"sku": CARD, "qty": 1, "reason": "broken", "wish": "repair"}, "sku"),
    ("/api/returns", {"sku": "milk", "qty": 1, "reason": "broken", "wish": "repair", "till": CARD}, "till"),
    ("/api/returns", {"sku": "milk", "qty": 1, "reason": "broken", "wish": "repair", "order": CARD}, "order"),
)


async def test_a_card_number_is_no_name(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        for path, body, what in CARDS:
            async with browser.post(shop.url + path, json=body, headers=shop.origin) as answer:
                assert answer.status == 400, path
                assert (await answer.json())["detail"] == f"{what} {CARD_TOLD}"
        rows = await shop.view.journal.query(lambda db: db.execute("SELECT data FROM events").fetchall())
        assert CARD not in str(rows)


async def test_a_job_is_found_whose_number_looks_like_a_card(opens: Opens, browser: aiohttp.ClientSession) -> None:
    """The box numbers jobs itself: of 32 hexadecimal digits many may be decimal."""
    job = f"019a{CARD}abcdefabcdef"
    async with opens() as shop:
        for path in (f"/api/jobs/{job}/dismiss", f"/jobs/{job}/again"):
            async with browser.post(shop.url + path, headers=shop.origin) as answer:
                assert answer.status == 409, path
                assert (await answer.json())["detail"] == f"no job is called {job}; list them: storebox jobs"


async def test_an_address_has_nothing_that_cannot_be_shown(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        for name in ("a%00b", "a%0Ab", "%E2%80%AE", "a" * 101):
            for path in (f"/api/orders/till-1/{name}/handover", f"/api/scenes/{name}", f"/api/lanes/{name}/pay"):
                async with browser.post(URL(shop.url + path, encoded=True), json={}, headers=shop.origin) as answer:
                    assert answer.status == 400, (path, await answer.text())
                    assert (await answer.json())["detail"].endswith(UNPRINTABLE)
        async with browser.post(URL(f"{shop.url}/api/scenes/%ED%A0%80", encoded=True), json={}, headers=shop.origin) as answer:
            assert answer.status < 500, await answer.text()
        letters = await shop.view.journal.query(lambda db: db.execute("SELECT kind FROM letters").fetchall())
        assert ("failed",) not in letters


async def test_a_limit_is_kept(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        for path, most in (("catalogue", 100), ("prices/changes", 500), ("events", 500), ("jobs", 500), ("dead-letters", 500)):
            for limit in ("0", "-1", str(most + 1), "0000001009999", "9" * 5000, "１", "1e2", ""):
                async with browser.get(f"{shop.url}/api/{path}", params={"limit": limit}) as answer:
                    assert answer.status == 400, (path, limit)
                    assert (await answer.json())["detail"] == f"limit is a number from 1 to {most}"
