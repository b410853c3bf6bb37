"""Whether everybody can read a page: with a screen reader, in the dark, on a phone."""

from __future__ import annotations

import json
from typing import Any, Final, Literal

from playwright.async_api import Page

from tools.files import ROOT
from tools.stage import settle

AXE: Final = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
THEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
SERIOUS: Final = ("moderate", "serious", "critical")
_PHONE: Final = 360
_WIDE: Final = 1280
_HEIGHT: Final = 740


async def unreadable(page: Page) -> list[str]:
    """What axe finds on the page that is open, in both themes, and what of it a phone has to scroll to."""
    return [*await _found_by_axe(page), *await _too_wide(page)]


async def _found_by_axe(page: Page) -> list[str]:
    await page.set_viewport_size({"width": _WIDE, "height": _HEIGHT})
    await settle(page)
    for numbers in await page.locator("#spend-numbers summary, #explore-numbers summary").all():
        await numbers.click()
    await page.evaluate(AXE.read_text())
    told = []
    for theme in THEMES:
        await page.emulate_media(color_scheme=theme)
        await settle(page)  # buttons turn slowly
        found: dict[str, Any] = await page.evaluate("axe.run({ resultTypes: ['violations'] })")
        told += [
            f"{theme}, {each['impact']}: {each['help']}: "
            f"{json.dumps([node['html'][:160] for node in each['nodes']])}"
            for each in found["violations"]
            if each["impact"] in SERIOUS
        ]
    return told


async def _too_wide(page: Page) -> list[str]:
    """Also with each menu open; behind a dialog they can't be reached."""
    await page.set_viewport_size({"width": _PHONE, "height": _HEIGHT})
    await settle(page)
    told = [] if await _width(page) <= _PHONE else ["wider than a phone"]
    is_covered = await page.locator("dialog[open]").count() > 0
    for menu in [] if is_covered else await page.locator("details > summary").all():
        if not await menu.is_visible():
            continue
        await menu.click()
        if await _width(page) > _PHONE:
            told.append(f"wider than a phone with {await menu.inner_text()!r} open")
        await page.keyboard.press("Escape")
    return told


async def _width(page: Page) -> int:
    return int(await page.evaluate("document.documentElement.scrollWidth"))
