"""When pages are seen in a real browser: first and largest paint, what moves, how soon a filter shows."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping
from statistics import median
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from bench.measurement import Measurement
from bench.server import BenchError, Server
from tools.stage import settle

PAGES: dict[str, str] = {
    "overview": "/?range=30d",
    "explore": "/explore?measure=cost&by=model&step=auto&limit=10&range=30d",
    "requests": "/requests?range=30d",
    "models": "/models?range=30d",
    "investigate": "/investigate?range=30d",
}
_FIGURES: dict[str, tuple[str, str, float]] = {
    "first": ("first content", "ms", 500.0),
    "largest": ("largest content", "ms", 1_000.0),
    "shift": ("layout shift", "", 0.01),
    "scripts": ("scripts, compressed", "kB", 250.0),
}
"""What is told of a page: its label, unit and goal."""
_REPAINT_GOAL_MS = 200.0
_FILTERED = ("overview", "requests")
"""Pages on which a filter is changed."""

_SEEN = """
() => new Promise((resolve) => {
  const found = { first: 0, largest: 0, shift: 0, scripts: 0 };
  const hear = (type, take) => new PerformanceObserver((list) => list.getEntries().forEach(take))
    .observe({ type, buffered: true });
  hear('paint', (each) => { if (each.name === 'first-contentful-paint') found.first = each.startTime; });
  hear('largest-contentful-paint', (each) => { found.largest = each.startTime; });
  hear('layout-shift', (each) => { if (!each.hadRecentInput) found.shift += each.value; });
  for (const each of performance.getEntriesByType('resource'))
    if (each.name.endsWith('.js')) found.scripts += each.encodedBodySize / 1e3;
  setTimeout(() => resolve(found), 100);
})
"""

_CHANGED = """
(label) => new Promise((resolve) => {
  const menu = () => document.querySelector('#environments');
  const choice = [...menu().querySelectorAll('a')].find((each) => each.textContent.trim() === label);
  const began = performance.now();
  const look = () => {
    if (menu()?.querySelector('summary').textContent.includes(label))
      requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - began)));
    else requestAnimationFrame(look);
  };
  choice.click();
  look();
})
"""


def measure(server: Server, row_count: int, tries: int) -> list[Measurement] | None:
    """The figures of some pages, each try in a browser that has the scripts and nothing else of before.

    None where there is no Chromium. Raises BenchError when a page cannot be shown.
    """
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    return None if path is None else asyncio.run(_measure(server, row_count, tries, path))


async def _measure(server: Server, row_count: int, tries: int, path: str) -> list[Measurement]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            found = [await _of_page(browser, server, row_count, tries, name) for name in PAGES]
            return [each for of_page in found for each in of_page]
        finally:
            await browser.close()


async def _of_page(
    browser: Browser, server: Server, row_count: int, tries: int, name: str
) -> list[Measurement]:
    context = await _context(browser, server)
    seen: list[Mapping[str, float]] = []
    changed: list[float] = []
    for _ in range(tries):
        page = await context.new_page()
        seen.append(await _open(page, f"http://127.0.0.1:{server.port}{PAGES[name]}"))
        if name in _FILTERED:
            changed += [float(await page.evaluate(_CHANGED, label)) for label in ("Prod", "Staging")]
        await page.close()
    await context.close()
    about = f"{row_count / 1e6:g} M rows, {name} in the browser"
    at = f"paint.{row_count}.{name}"
    found = [
        _measurement(f"{at}.{key}", f"{about}: {label}", unit, [each[key] for each in seen], goal)
        for key, (label, unit, goal) in _FIGURES.items()
    ]
    if changed:
        label = f"{about}: a filter shows"
        found.append(_measurement(f"{at}.repaint_ms", label, "ms", changed, _REPAINT_GOAL_MS))
    return found


def _measurement(key: str, label: str, unit: str, values: list[float], goal: float) -> Measurement:
    return Measurement(key=key, label=label, unit=unit, better="lower", values=[median(values)], goal=goal)


async def _context(browser: Browser, server: Server) -> BrowserContext:
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    for pair in server.cookies().split("; "):
        name, _, value = pair.partition("=")
        await context.add_cookies([{"name": name, "value": value, "url": f"http://127.0.0.1:{server.port}"}])
    return context


async def _open(page: Page, url: str) -> dict[str, Any]:
    answer = await page.goto(url)
    if answer is None or answer.status != 200:
        raise BenchError(f"{url} answered {answer and answer.status}")
    await settle(page)
    found: dict[str, Any] = await page.evaluate(_SEEN)
    return found
