"""What every page must keep: no complaint of the browser, nothing wider than the screen, nothing too small for a thumb."""

from __future__ import annotations

from playwright.async_api import Page

PHONE = {"width": 360, "height": 740}
TOO_SMALL = """() => [...document.querySelectorAll("a, button, input")]
    .map((each) => (each.type === "radio" ? each.closest("label") : each).getBoundingClientRect())
    .filter((box) => box.width && (box.width < 44 || box.height < 44)).length"""
TOO_WIDE = "() => document.documentElement.scrollWidth - window.innerWidth"


def complaints(page: Page) -> list[str]:
    """Fills itself with what the browser's console and our scripts complain about."""
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard
