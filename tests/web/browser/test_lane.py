"""A shopper at a self-checkout lane, in a real browser: scans, weighs, pays, and is told what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import expect

from drivers.commands import Charged, Refused, Unknown
from tests.web.headquarters import PHONE, members
from tests.web.self_checkout import SETTINGS, self_checkout

if TYPE_CHECKING:
    from playwright.async_api import Route

    from tests.web.browser.conftest import OpensTab
    from tests.web.conftest import Opens

UPRIGHT = {"width": 1080, "height": 1920}
LAN = "0.0.0.0:8080"


async def test_a_shopper_checks_out(opens: Opens, new_tab: OpensTab) -> None:
    async with self_checkout(opens, listen=LAN) as lane, new_tab(viewport=UPRIGHT, has_touch=True) as page:
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(f"{lane.shop.url}/lane/sco-1")
        await page.click("text=This is a screen")
        await page.fill("#code", lane.shop.built.locks.pairings.offer("sco-1", "screen").code)
        await page.click("button.main")
        await expect(page.locator("#idle h1")).to_have_text("Scan your first item")

        await lane.scan("6901234567892")
        await expect(page.locator("#lines li")).to_have_count(1)
        await expect(page.locator("#due")).to_have_text("¥12.50")
        await lane.scan("6901234567885")
        await expect(page.locator("#notice")).to_contain_text("We do not know this product (6901234567885)")
        await expect(page.locator("#bags")).to_contain_text("bagging area")

        await lane.weigh("scale-1", 0)
        await page.click("#find")
        await page.fill("#words", "bana")
        await page.tap("#found button")
        await expect(page.locator("#weigh")).to_have_text("Please put Bananas on the scale")
        await expect(page.locator("#pay")).to_be_disabled()
        await lane.weigh("scale-1", 1_000)
        await expect(page.locator("#due")).to_have_text("¥20.48")
        await lane.weigh("scale-2", 2_030)
        await expect(page.locator("#bags")).to_be_hidden()

        await members(lane.shop, spend_by=["phone"])
        await page.tap("#be-member")
        for digit in PHONE:
            await page.tap(f"#pad-keys button:text-is('{digit}')")
        await expect(page.locator("#pad-shown")).to_have_text("•" * 9 + "00")
        await page.tap("#pad-done")
        await expect(page.locator("#member")).to_have_text("Member ****01 · gold")
        await page.tap("#purses .use[data-purse=points]")
        await page.tap("#pad-keys button:text-is('7')")
        await page.tap("#pad-done")
        await expect(page.locator("#pad-no")).to_have_text("Points are used in steps of 100. Please choose again.")
        await page.tap("#pad-most")
        await expect(page.locator("#due")).to_have_text("¥14.48")
        await page.tap("#taken .off")
        await expect(page.locator("#due")).to_have_text("¥20.48")
        await page.tap("#purses .use[data-purse=points]")
        await page.tap("#pad-most")
        await expect(page.locator("#taken")).to_contain_text("Paid with points")

        async def late(route: Route) -> None:
            answer = await route.fetch()
            await expect(page.locator("#notice")).to_contain_text("The card was not charged")
            await route.fulfill(response=answer)

        lane.shop.asked.answer = Refused(reason="declined")
        await page.route("**/api/lanes/sco-1/pay", late, times=1)
        async with page.expect_event("requestfinished", lambda request: request.url.endswith("/pay")):
            await page.tap("#pay")  # its answer, that the terminal is asked now, is older than what is on the screen by then
        await expect(page.locator("#notice")).to_contain_text("The card was not charged")
        lane.shop.asked.answer = Charged(amount_minor=1_448, receipt="0042")
        await page.tap("#pay")
        await expect(page.locator("#thanks h1")).to_be_visible()
        await expect(page.locator("#thanks-sum")).to_have_text("¥14.48")
        await expect(page.locator("#notice")).to_be_hidden()
        assert complaints == []


async def test_an_attendant_releases_what_the_lane_is_not_sure_of(opens: Opens, new_tab: OpensTab) -> None:
    async with self_checkout(opens, language="zh") as lane, new_tab(viewport={"width": 1920, "height": 1080}) as page:
        await page.goto(f"{lane.shop.url}/lane/sco-1")
        await page.click("#find")
        await page.fill("#words", "hj")
        await page.click("#found button")
        await expect(page.locator("#wait h1")).to_have_text("请稍等，店员马上就来")
        await expect(page.locator("#wait-why")).to_contain_text("只卖给成年人")
        async with new_tab(viewport={"width": 412, "height": 915}) as phone:
            await phone.goto(f"{lane.shop.url}/lanes")
            await phone.click("text=没问题，放行")
            await expect(phone.locator("main")).to_contain_text("正在扫码")
        await expect(page.locator("#basket")).to_be_visible()
        await page.click("#lines .off")
        await expect(page.locator("#lines li")).to_have_count(0)
        await page.click("#leave")
        await expect(page.locator("#idle h1")).to_have_text("请扫描商品条码")


async def test_a_shopper_pays_by_code(opens: Opens, new_tab: OpensTab) -> None:
    lanes = {"sco-1": SETTINGS.model_copy(update={"wechat": "wechat-1", "bag_scale": None})}
    async with self_checkout(opens, lanes, language="zh") as lane, new_tab(viewport=UPRIGHT, has_touch=True) as page:
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(f"{lane.shop.url}/lane/sco-1")
        await lane.scan("6901234567892")
        await page.tap("#pay")
        await expect(page.locator("#totalled h1")).to_have_text("请出示付款码")
        await expect(page.locator("#totalled-sum")).to_have_text("¥12.50")
        await page.tap("#back")
        await expect(page.locator("#basket")).to_be_visible()
        await page.tap("#pay")
        await expect(page.locator("#totalled")).to_be_visible()  # a code that comes before is too early
        lane.shop.asked.answer = Refused(reason="no line", unheard=True)
        await lane.show_payment_code("134567890123456789")
        await expect(page.locator("#notice")).to_have_text("现在连不上支付平台，没有扣款。请刷卡，或到收银台付款。")
        await expect(page.locator("#card")).to_be_visible()
        lane.shop.asked.answer = Unknown(reason="nobody knows")
        await lane.show_payment_code("134567890123456780")
        await expect(page.locator("#wait-why")).to_have_text("付款结果不确定，店员正在核对，请不要再付款。")
        async with new_tab(viewport={"width": 412, "height": 915}) as phone:
            await phone.goto(f"{lane.shop.url}/lanes")
            await expect(phone.locator("main")).to_contain_text("请在商户平台按商户订单号")
            await phone.click("text=查到已收款")
        await expect(page.locator("#thanks-sum")).to_have_text("¥12.50")
        assert complaints == []
