"""What a shopper types or touches at a lane besides goods: member, points, stored value, coupon, invitation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.web.headquarters import PHONE, coupons, members
from tests.web.self_checkout import SelfCheckout, self_checkout
from tests.web.test_lanes import AT, MILK, ask

if TYPE_CHECKING:
    import aiohttp

    from tests.web.conftest import Opens, Shop

UNKNOWN = "13912345678"


async def wish(browser: aiohttp.ClientSession, lane: SelfCheckout, what: str, language: str = "en", **body: Any) -> Any:
    """The screen after it, or the problem."""
    status, told = await ask(browser, lane, f"{AT}/{what}?language={language}", body)
    return told if status == 200 else (status, told["type"].rpartition(":")[2], told["detail"])


async def everything(shop: Shop) -> str:
    """All that the database says, events and tables."""
    return "\n".join(await shop.view.journal.query(lambda db: list(db.iterdump())))


async def test_a_typed_phone_number_names_the_member_and_is_kept_nowhere(
    opens: Opens, browser: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    async with self_checkout(opens) as lane:
        await members(lane.shop, spend_by=["phone"])
        told = await wish(browser, lane, "member", code=PHONE)
        assert (told["stage"], told["member"]) == ("open", "Member ****01 · gold")
        assert [(each["purse"], each["has"]) for each in told["account"]["purses"]] == [
            ("points", "1200 points to use"),
            ("balance", "Stored value ¥50.00"),
        ]
        assert PHONE not in await everything(lane.shop)
        assert PHONE not in caplog.text + "".join(capsys.readouterr())


async def test_somebody_unknown_is_welcome_and_provisional(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with self_checkout(opens) as lane:
        await members(lane.shop)
        told = await wish(browser, lane, "member", code=UNKNOWN)
        assert told["member"] == "We noted your number. Your points come as soon as headquarters knows it."
        assert told["account"] == {"purses": [], "coupons": [], "join": False}
        assert UNKNOWN not in await everything(lane.shop)
        assert (await wish(browser, lane, "points", points=100))[1] == "member-unverified"


async def test_a_number_that_is_nobodys_opens_nothing(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with self_checkout(opens) as lane:
        await members(lane.shop)
        for language, words in (("en", "We found no member with this number."), ("zh", "没有找到这个会员")):
            status, kind, detail = await wish(browser, lane, "member", language, code="1380013")
            assert (status, kind, detail.startswith(words)) == (409, "member-not-found", True)
        assert (await ask(browser, lane, AT, method="GET"))[1]["stage"] == "idle"
        assert (await wish(browser, lane, "member", code=" "))[:2] == (400, "bad-body")


async def test_members_cannot_be_found_by_trying(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with self_checkout(opens) as lane:
        await members(lane.shop)
        for _ in range(60):
            assert (await wish(browser, lane, "member", code="1380013"))[0] == 409
        assert await wish(browser, lane, "member", code=PHONE) == (
            429,
            "too-many-guesses",
            "Too many unknown numbers were typed here. Please scan your member code, or call staff.",
        )


async def test_of_a_member_by_phone_only_nothing_is_shown(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with self_checkout(opens) as lane:
        await members(lane.shop)
        told = await wish(browser, lane, "member", code=PHONE)
        assert {(each["has"], each["most"]) for each in told["account"]["purses"]} == {("", 0)}
        assert "the phone number alone is not enough" in told["account"]["purses"][0]["why"]
        status, kind, detail = await wish(browser, lane, "balance", "zh", amount_minor=100)
        assert (status, kind, detail) == (409, "member-show-code", "使用积分或储值，请出示会员码或会员卡，只报手机号不行。")


async def test_points_and_stored_value_pay_and_are_taken_back(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with self_checkout(opens) as lane:
        await members(lane.shop, spend_by=["phone"])
        await lane.scan(MILK)
        told = await wish(browser, lane, "member", code=PHONE)
        points = told["account"]["purses"][0]
        assert (points["most"], points["unit"], points["why"]) == (
            600,
            100,
            "At most 600 points can be used for this order.",
        )
        assert (await wish(browser, lane, "points", points=50))[1] == "points-not-in-units"
        assert (await wish(browser, lane, "points", points=700))[1] == "points-over-order-cap"
        assert (await wish(browser, lane, "balance", amount_minor=2_000))[1] == "balance-over-order-cap"
        await wish(browser, lane, "points", points=600)
        told = await wish(browser, lane, "balance", amount_minor=300)
        assert [(each["words"], each["amount"], each["off"]) for each in told["sums"]] == [
            ("Your goods", "¥12.50", ""),
            ("Paid with points", "−¥6.00", "points"),
            ("Stored value", "−¥3.00", "balance"),
        ]
        assert told["due"] == "¥3.50"
        await wish(browser, lane, "points", points=0)
        told = await wish(browser, lane, "balance", amount_minor=0)
        assert (told["sums"], told["due"]) == ([], "¥12.50")


async def test_a_typed_coupon_is_put_on_and_taken_off(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with self_checkout(opens) as lane:
        await coupons(lane.shop, "MILK2")
        assert (await wish(browser, lane, "coupon", code="MILK2"))[1] == "lane-empty"
        await lane.scan(MILK)
        told = await wish(browser, lane, "coupon", code="milk2")
        ((coupon, name),) = [(each["coupon"], each["name"]) for each in told["account"]["coupons"]]
        assert (name, told["due"]) == ("Two off", "¥10.50")
        assert (await wish(browser, lane, "coupon", "zh", code="NO")) == (
            409,
            "coupon-unknown",
            "没有找到这张优惠券，请核对券码。",
        )
        told = await wish(browser, lane, "coupon-off", coupon=coupon)
        assert (told["account"]["coupons"], told["due"]) == ([], "¥12.50")


async def test_plain_coupons_cannot_be_found_by_trying(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with self_checkout(opens) as lane:
        await coupons(lane.shop, "MILK2")
        await lane.scan(MILK)
        for n in range(60):
            assert (await wish(browser, lane, "coupon", code=f"MILK{n + 3}"))[:2] == (409, "coupon-unknown")
        assert (await wish(browser, lane, "coupon", code="MILK2"))[:2] == (429, "too-many-guesses")


async def test_each_showing_of_the_invitation_is_told_once(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with self_checkout(opens) as lane:
        assert (await wish(browser, lane, "join"))[1] == "join-nothing-to-show"
        await members(lane.shop)
        assert (await ask(browser, lane, AT, method="GET"))[1]["account"]["join"] is True
        await lane.scan(MILK)
        shown = await wish(browser, lane, "join")
        assert shown["modules"] >= 21
        assert shown["path"].startswith("M0 0h7v1h-7z")
        told = await lane.shop.view.journal.query(
            lambda db: db.execute(
                """
                SELECT json_extract(data, '$.till'), json_extract(data, '$.order'), json_extract(data, '$.lane')
                FROM events WHERE type = 'storebox.join.intended'
                """
            ).fetchall()
        )
        assert told == [("sco-1", "1", "sco-1")]
