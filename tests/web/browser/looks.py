"""What every page keeps: no complaint of the browser or axe-core, nothing wider than the screen or too small for a thumb."""

from __future__ import annotations

from typing import Literal

from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Page

THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
PHONE = {"width": 360, "height": 740}
SMALL_TARGETS = """() => [...document.querySelectorAll("a, button, input, select, [tabindex='0']")]
    .map((each) => (["radio", "checkbox"].includes(each.type) ? each.closest("label") : each))
    .filter((each) => each.offsetParent !== null)
    .map((each) => [each.outerHTML.slice(0, 80), each.getBoundingClientRect()])
    .filter(([, box]) => box.width < 44 || box.height < 44)
    .map(([html, box]) => `${html} ${box.width}x${box.height}`)"""
WIDER = "() => document.documentElement.scrollWidth - window.innerWidth"


def complaints(page: Page) -> list[str]:
    """Fills itself with what the browser's console and our scripts complain about."""
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard


async def violations(page: Page, themes: tuple[Literal["light", "dark"], ...] = THEMES) -> list[str]:
    """What axe-core calls serious or critical, by day and by night."""
    found = []
    for theme in themes:
        await page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        results = await Axe().run(page)
        found += [
            f"{theme}: {each['id']}: {each['nodes'][0]['html']}"
            for each in results.response["violations"]
            if each["impact"] in {"serious", "critical"}
        ]
    return found
