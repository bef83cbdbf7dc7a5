"""Staff see tier, tags and points; a screen invites; whoever has the password erases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec

from edge.shop.members.cache import members_adopter
from edge.shop.members.events import MemberIdentified
from edge.shop.members.search import FORGETTING
from edge.shop.orders.events import ItemAdded, OrderOpened
from edge.shop.staff.document import adopt_staff, parse_staff

if TYPE_CHECKING:
    from tests.web.conftest import Opens, Shop

DOCUMENT = {
    "salts": [b"s" * 16],
    "points": {
        "rate": {"points": 1, "per_minor": 100},
        "unit": 10,
        "unit_minor": 1,
        "offline_cap": {"per_order": 100, "per_day": 100},
    },
    "balance": {"offline_cap": {"per_order": 100, "per_day": 100}},
    "join": {"qr": "https://join.example.com/?g={guide}&t={till}&k={token}"},
    "members": [{"ref": "m-1", "phone": b"p" * 16, "tier": "gold", "tags": ["tea", "baby"], "points": 70, "balance_minor": 9}],
}


ROSTER = parse_staff(
    b'{"salt": "c3Nzc3Nzc3Nzc3Nzc3Nzcw==", "staff": [{"id": "g-07", "names": {"zh": "Li", "en": "Li"}, "roles": ["guide"]}]}'
)


async def tell(shop: Shop) -> None:
    """Members of headquarters."""
    adopter = members_adopter(shop.view.desk.shop())
    members = adopter.parse(msgspec.json.encode(DOCUMENT))

    def adopt(_moment: Any, _shop: Any, db: Any) -> Any:
        for step in adopter.stage(members, 1):
            step(db)
        return adopter.adopt(members, 1, db)

    await shop.view.desk.decide(adopt, place="test", asked="test")


async def test_staff_see_tier_tags_and_points_and_no_more(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        await tell(shop)
        async with browser.get(f"{shop.url}/api/members/m-1") as answer:
            assert await answer.json() == {"member": "m-1", "tier": "gold", "tags": ["baby", "tea"], "points": 70}
        async with browser.get(f"{shop.url}/api/members/m-2") as answer:
            assert answer.status == 404
            assert (await answer.json())["detail"] == "headquarters has told this box of no such member"


async def test_an_invitation_is_written_down_before_it_is_shown(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        asked = {"till": "till-1", "guide": "g-07"}
        async with browser.post(f"{shop.url}/api/joins", json=asked, headers=shop.origin) as answer:
            assert answer.status == 409
            assert (await answer.json())["type"] == "urn:storebox:problem:join-nothing-to-show"
        await tell(shop)
        async with browser.post(f"{shop.url}/api/joins", json=asked, headers=shop.origin) as answer:
            assert answer.status == 409, "whoever is on no roster is credited with nobody"
            assert (await answer.json())["type"] == "urn:storebox:problem:not-on-roster"
        await shop.view.desk.decide(lambda _moment, _shop, db: adopt_staff(ROSTER, 1, db), place="test", asked="test")
        async with browser.post(f"{shop.url}/api/joins", json=asked, headers=shop.origin) as answer:
            invited = await answer.json()
        assert invited["qr"] == f"https://join.example.com/?g=g-07&t=till-1&k={invited['token']}"
        (told,) = await events(shop, "storebox.join.intended")
        assert (told["guide"], told["till"], told["token"]) == ("g-07", "till-1", invited["token"])


async def test_a_member_is_erased_at_a_wish_that_counts_once(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        await tell(shop)
        for _ in range(2):
            async with browser.post(f"{shop.url}/api/members/m-1/forget", json={"id": "F-1"}, headers=shop.origin) as answer:
                assert answer.status == 204
        async with browser.get(f"{shop.url}/api/members/m-1") as answer:
            assert answer.status == 404
        assert await events(shop, "storebox.member.forgotten") == [
            {"request": "store-F-1", "by": "store", "member_ref": "m-1", "place": ""}
        ]
        desk = shop.view.desk
        while await shop.view.journal.query(lambda db: FORGETTING.is_due(db, desk.now(), desk.shop())):
            await desk.decide(FORGETTING.decide, place="clock", asked="forgetting")
        left = await shop.view.journal.query(lambda db: db.execute("SELECT count(*) FROM member_keys").fetchone())
        assert left == (0,)


OF: dict[str, Any] = {"till": "till-1", "order": "17", "business_day": "2026-03-01"}


async def test_points_and_stored_value_pay_what_a_screen_chooses(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        await tell(shop)
        added = ItemAdded(**OF, line=1, sku="milk", qty=2, price_minor=650, amount_minor=1_300, currency="CNY", price_version=1)
        named = MemberIdentified(member_ref="m-1", method="code", till="till-1", lane=None, order="17", known=True, verified=True)
        opened = OrderOpened(**OF, lane=None, currency="CNY")
        await shop.view.desk.decide(lambda *_: (opened, added, named), place="test", asked="test")
        url = f"{shop.url}/api/tills/till-1/orders/17"
        for purse, asked, status in (
            ("points", {"points": 50}, 200),
            ("balance", {"amount_minor": 9}, 200),
            ("points", {"points": 80}, 409),
            ("balance", {"minor": 9}, 400),
        ):
            async with browser.post(f"{url}/{purse}", json=asked, headers=shop.origin) as answer:
                told = await answer.json()
            assert answer.status == status, told
        assert told["detail"].startswith("the body is not what this address takes: ")
        async with browser.get(f"{url}/held") as answer:
            assert await answer.json() == {"points_minor": 5, "balance_minor": 9}


async def events(shop: Shop, kind: str) -> list[Any]:
    rows = await shop.view.journal.query(lambda db: db.execute("SELECT data FROM events WHERE type = ?", (kind,)).fetchall())
    return [msgspec.json.decode(data) for (data,) in rows]
