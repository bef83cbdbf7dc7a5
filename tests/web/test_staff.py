"""The page of staff: messages read and answered, orders served, goods taken back, refused in the reader's language."""

from __future__ import annotations

import hmac
from base64 import b64decode
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec

from edge.shop.catalogue.document import catalogue_adopter
from edge.shop.orders.events import OrderOpened
from edge.shop.staff.document import adopt_staff, parse_staff
from edge.shop.staff.messages import adopt_messages, parse_messages
from sync.entries import Entry, Recorded
from sync.events import EventClass
from tests.web.self_checkout import GOODS

if TYPE_CHECKING:
    from tests.web.conftest import Opens, Shop

ROSTER: dict[str, Any] = {
    "salt": "c3Nzc3Nzc3Nzc3Nzc3Nzcw==",
    "staff": [{"id": "g-17", "names": {"zh": "李敏", "en": "Li Min"}, "roles": ["guide"]}],
    "return_reasons": [{"code": "broken", "names": {"zh": "损坏", "en": "Broken"}}],
}
MESSAGE = {
    "id": "m-1",
    "to": ["guide"],
    "titles": {"zh": "<b>新品</b>", "en": "New goods"},
    "texts": {"zh": "请陈列", "en": "Put them up"},
    "wants_reply": True,
}
ORDER = OrderOpened(till="till-1", order="17", business_day="2026-03-01", lane=None, currency="CNY")


def _hashed(badge: str) -> str:
    return hmac.digest(b64decode(ROSTER["salt"]), badge.encode(), "sha256")[:16].hex()


async def staff(shop: Shop, badge: str = "") -> None:
    """A roster, a message, an open order; ``badge`` is that of the only person."""
    person = ROSTER["staff"][0] | ({"badge": _hashed(badge)} if badge else {})
    roster = ROSTER | {"staff": [person]}

    def adopt(db: Any) -> Any:
        adopt_staff(parse_staff(msgspec.json.encode(roster)), 1, db)
        goods = catalogue_adopter(shop.view.desk.shop())
        catalogue = goods.parse(msgspec.json.encode(GOODS))
        for step in goods.stage(catalogue, 1):
            step(db)
        goods.adopt(catalogue, 1, db)
        return [*adopt_messages(parse_messages(msgspec.json.encode({"messages": [MESSAGE]})), 1, db), ORDER]

    entry = Entry(decide=adopt, event_class=EventClass.ORDER, at=datetime.now(UTC), monotonic_ms=1)
    assert isinstance(await shop.view.journal.record(entry), Recorded)


async def post(browser: aiohttp.ClientSession, shop: Shop, path: str, key: dict[str, str], **form: str) -> tuple[int, str]:
    async with browser.post(f"{shop.url}{path}", data=form, headers=key | shop.origin | {"Accept": "text/html"}) as answer:
        return answer.status, await answer.text()


async def kinds(shop: Shop) -> list[str]:
    rows = await shop.view.journal.query(lambda db: db.execute("SELECT type FROM events ORDER BY sequence").fetchall())
    return [kind for (kind,) in rows]


async def test_a_person_reads_answers_serves_and_takes_goods_back(opens: Opens) -> None:
    async with opens(listen="127.0.0.1:0") as shop, aiohttp.ClientSession() as browser:
        await staff(shop)
        key = await shop.token("g-17", "staff")
        async with browser.get(f"{shop.url}/staff?language=zh", headers=key) as answer:
            page = await answer.text()
        assert "&lt;b&gt;新品&lt;/b&gt;" in page, "what headquarters writes is text, never HTML"
        assert "till-1 · 17" in page
        assert (await post(browser, shop, "/staff/messages/m-1/read", key))[0] == 200
        status, page = await post(browser, shop, "/staff/messages/m-1/reply", key, text="好的")
        assert "You answered: 好的" in page
        status, page = await post(browser, shop, "/staff/serve", key, till="till-1", order="17")
        assert "served by g-17" in page
        status, page = await post(browser, shop, "/staff/returns", key, sku="milk", qty="1", reason="broken", wish="repair")
        assert (status, "Taken back under number" in page) == (200, True)
        assert (await kinds(shop))[-4:] == [
            "storebox.message.read",
            "storebox.message.replied",
            "storebox.guide.served",
            "storebox.aftersale.received",
        ]


async def test_a_refusal_is_said_in_the_language_of_the_page(opens: Opens) -> None:
    async with opens(listen="127.0.0.1:0") as shop, aiohttp.ClientSession() as browser:
        await staff(shop)
        key = await shop.token("g-99", "staff")
        status, page = await post(browser, shop, "/staff/serve?language=zh", key, till="till-1", order="17")
        assert (status, "今天的名单中没有 g-99，请联系总部。" in page) == (409, True)
        status, page = await post(browser, shop, "/staff/badge?language=en", key, badge="nobody's")
        assert (status, "This badge is of nobody who works here today." in page) == (409, True)
        status, page = await post(
            browser, shop, "/staff/returns?language=en", key, sku="milk", qty="x", reason="broken", wish="gold"
        )
        assert (status, "Fill in the article, the pieces, the reason and the wish." in page) == (409, True)


async def test_a_program_takes_goods_back_and_hears_why_not(opens: Opens) -> None:
    async with opens(listen="127.0.0.1:0") as shop, aiohttp.ClientSession() as browser:
        await staff(shop)
        key = await shop.token("g-17", "staff")
        asked = {"sku": "milk", "qty": 1, "reason": "broken", "wish": "refund"}
        async with browser.post(f"{shop.url}/api/returns", json=asked, headers=key) as answer:
            assert (answer.status, len((await answer.json())["number"])) == (201, 8)
        async with browser.post(f"{shop.url}/api/returns", json=asked | {"reason": "mood"}, headers=key) as answer:
            assert (answer.status, (await answer.json())["type"].rpartition(":")[2]) == (409, "unknown-reason")


async def test_a_screen_is_no_staff(opens: Opens) -> None:
    async with opens(listen="0.0.0.0:0") as shop, aiohttp.ClientSession() as browser:
        async with browser.get(f"{shop.url}/staff", headers=await shop.token("lane-1", "screen")) as answer:
            assert answer.status == 403
        async with browser.get(f"{shop.url}/staff", headers=await shop.token("g-17", "staff")) as answer:
            assert answer.status == 200
