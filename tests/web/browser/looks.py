"""What every page keeps: no complaint of the browser or axe-core, nothing wider than the screen or too small for a thumb."""

from __future__ import annotations

from typing import Literal

from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]
from playwright.async_api import Page, ViewportSize

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")
OF_COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules of axe-core that can hold by day and not by night: the colours are all that the themes differ in."""

FOUND = """async (options) => (await axe.run({ ...options, resultTypes: ["violations"] })).violations
    .filter((each) => ["serious", "critical"].includes(each.impact))
    .map((each) => `${each.id}: ${each.nodes[0].html}`)"""
PHONE: ViewportSize = {"width": 360, "height": 740}
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


async def violations(page: Page, themes: tuple[Theme, ...] = THEMES) -> list[str]:
    """What axe-core calls serious or critical: everything in the first of ``themes``, in the others what colours can spoil."""
    if not await page.evaluate("() => Boolean(window.axe)"):
        await page.evaluate(AXE_SCRIPT)
    found = []
    for theme in themes:
        await page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        all_of_them = await page.evaluate(FOUND, {} if theme == themes[0] else {"runOnly": OF_COLOURS})
        found += [f"{theme}: {each}" for each in all_of_them]
    return found
