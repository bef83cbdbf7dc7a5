"""A technician draws a line and a zone on the picture of a camera with the mouse, and counts along with the box."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import Page, expect

from edge.shop.footfall.layouts import layout_of
from tests.web.browser.looks import PHONE, SMALL_TARGETS, WIDER, complaints, violations
from tests.web.eyes import DOOR, Eyes

if TYPE_CHECKING:
    from tests.web.browser.conftest import OpensTab
    from tests.web.conftest import Opens


async def press(page: Page, *places: tuple[float, float]) -> None:
    """Press on the picture, at fractions of its width and height."""
    for x, y in places:
        await page.locator(".picture").scroll_into_view_if_needed()
        drawing = page.locator("#drawing")
        await expect(drawing).to_be_visible()
        box = await drawing.evaluate("(each) => each.getBoundingClientRect().toJSON()")
        await page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])


async def test_a_line_and_a_zone_are_drawn_moved_and_saved(opens: Opens, eyes: Eyes, new_tab: OpensTab) -> None:
    async with opens(eyes=eyes) as shop, new_tab(viewport={"width": 1000, "height": 900}) as page:
        heard = complaints(page)
        await page.goto(f"{shop.url}/vision/cameras/cam-door")
        await page.check("text=Draw a line")
        await press(page, (0.5, 0.3), (0.5, 0.9))
        await expect(page.locator("#hint")).to_have_text("Now press on the side that is inside.")
        await press(page, (0.3, 0.6))
        await page.fill("#shapes input[type=text]", "door")
        await page.check("text=Draw a zone")
        await press(page, (0.1, 0.5), (0.3, 0.5), (0.3, 0.9), (0.1, 0.5))
        await page.select_option("#shapes select", "queue")
        await page.check("text=Move")
        await page.focus("[data-handle=line-0-a]")
        await page.keyboard.press("ArrowUp")
        await expect(page.locator("#state")).to_have_text("Not saved yet")
        await page.click("#save")
        await expect(page.locator("#state")).to_have_text("Saved; it counts from now on.")
        kept = await shop.view.journal.query(lambda db: layout_of(db, "cam-door"))
        assert kept is not None
        (line,), (zone,) = kept.lines, kept.zones
        assert (line.name, zone.name, zone.kind, len(zone.corners)) == ("door", "zone-1", "queue", 3)
        assert [round(each, 2) for each in (*line.a, *line.inside)] == [0.5, 0.29, 0.3, 0.6]
        await page.reload()
        await expect(page.locator("#shapes li")).to_have_count(2)
        assert heard == []


async def test_a_mistake_is_said_and_what_was_drawn_stays(opens: Opens, eyes: Eyes, new_tab: OpensTab) -> None:
    async with opens(eyes=eyes) as shop, new_tab() as page:
        await page.goto(f"{shop.url}/vision/cameras/cam-door")
        await page.check("text=Draw a line")
        await press(page, (0.5, 0.3), (0.5, 0.9), (0.3, 0.6))
        await page.fill("#shapes input[type=text]", "The Door")
        await page.click("#save")
        await expect(page.locator("#mistakes")).to_contain_text("A name has 1 to 32 small letters, digits and hyphens")
        await page.fill("#shapes input[type=text]", "the-door")
        await page.locator("[data-handle=line-0-b]").press("ArrowUp")
        await page.click("#save")
        await expect(page.locator("#mistakes")).to_be_hidden()
        await expect(page.locator("#state")).to_contain_text("Saved")
        await expect(page.locator("#shapes li")).to_have_count(1)


async def test_a_person_counts_along_by_thumb(opens: Opens, eyes: Eyes, new_tab: OpensTab) -> None:
    async with opens(eyes=eyes, language="zh") as shop, new_tab(viewport=PHONE) as page:
        heard = complaints(page)
        await page.request.put(f"{shop.url}/api/vision/cameras/cam-door/layout", data=DOOR, headers=shop.origin)
        await page.goto(f"{shop.url}/vision/cameras/cam-door/audit")
        await page.click("#begin button")
        await expect(page.locator("#phase")).to_have_text("核对中")
        await page.click("[data-direction=in]")
        await page.click("[data-direction=in]")
        await page.click("[data-direction=out]")
        await expect(page.locator("#hand-out")).to_have_text("1")
        await page.click("#undo")
        await expect(page.locator("#hand-out")).to_have_text("0")
        await page.click("#end")
        await expect(page.locator("#phase")).to_have_text("已结束")
        await expect(page.locator("#error_percent")).to_have_text("-100 %")
        assert [each for each in heard if "404" not in each] == []


async def test_the_pages_of_cameras_fit_a_telephone(opens: Opens, eyes: Eyes, new_tab: OpensTab) -> None:
    async with opens(eyes=eyes) as shop, new_tab(viewport=PHONE) as page:
        await page.request.put(f"{shop.url}/api/vision/cameras/cam-door/layout", data=DOOR, headers=shop.origin)
        for path in ("", "/cameras/cam-door", "/cameras/cam-door/audit"):
            await page.goto(f"{shop.url}/vision{path}")
            assert await violations(page) == []
            assert await page.evaluate(WIDER) <= 0
            assert await page.evaluate(SMALL_TARGETS) == []
