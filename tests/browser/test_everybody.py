"""The pages for everybody: by keyboard, on a phone, in the dark, without scripts, with a screen reader."""

from __future__ import annotations

from typing import Final

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Open
from tests.browser.reading import unreadable

PAGES: Final = (
    "/?dataMode=demo",
    "/?dataMode=demo&range=24h&by=endpointTag&model=gpt-4o-mini",
    "/",
    "/?dataMode=test",
    "/explore?dataMode=demo",
    "/explore?dataMode=demo&measure=latency_p95&by=model&by=endpointTag&step=none&limit=50",
    "/explore?dataMode=demo&measure=cost&by=userId&step=day&form=heat&limit=5",
    "/explore/views",
    "/explore/views/new?measure=cost",
    "/investigate?dataMode=demo",
    "/investigate",
    "/prompts?dataMode=demo",
    "/prompts/impact?dataMode=demo&endpointTag=support.reply_draft",
    "/requests?dataMode=demo",
    "/requests?dataMode=demo&live=1",
    "/requests?model=nothing",
    "/features?dataMode=demo",
    "/features/one?dataMode=demo&endpointTag=support.reply_draft",
    "/users?search=nothing",
    "/settings/jobs",
    "/requests/req_1",
    "/data-quality?dataMode=demo",
    "/getting-started",
    "/quickstart",
    "/search?q=a",
    "/budgets",
    "/budgets/new",
    "/prices?q=sonnet&provider=anthropic",
    "/prices/model?provider=openai&model=o3",
    "/prices/cost?provider=openai&model=gpt-4o&inputTokens=1000&cachedInputTokens=2000",
    "/prices/disagreements?provider=openai",
    "/prices/unknown?range=7d",
    "/prices/own",
    "/prices/own/new?provider=openai&model=gpt-4o",
    "/prices/aliases/new",
    "/prices/repricings",
    "/settings/api-keys",
    "/settings/api-keys/new",
    "/settings/api-keys/key_1",
    "/settings/api-keys/key_1/rotate",
    "/settings/api-keys/key_1/revoke",
    "/settings/members",
    "/settings/members/leave",
    "/settings/workspace",
    "/settings/workspace/delete",
    "/workspaces/new",
    "/account",
    "/account/tokens",
    "/account/two-step",
    "/account/sessions/end",
    "/settings/tokens",
    "/account/password",
    "/forgot",
    "/nothing-here",
    "/?range=fortnight",
)
DRAWER: Final = "/requests?dataMode=demo&open=req_a"
"""Open over a page that can't be reached meanwhile."""


async def test_everything_can_be_reached_by_keyboard(open_page: Open) -> None:
    page = await open_page("/?dataMode=demo")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await expect(page.locator("#export summary")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.locator("#range summary")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("link", name="Today")).to_be_visible()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("link", name="Today")).to_be_hidden()
    await expect(page.locator("#range summary")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator("#range summary")).to_contain_text("Last 24 hours")
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await page.keyboard.press("g")
    await page.keyboard.press("r")
    await expect(page.get_by_role("heading", name="Requests")).to_be_visible()
    await page.locator("a.row-link").first.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Receipt")).to_be_visible()


async def test_typing_is_not_taken_for_keys(open_page: Open) -> None:
    page = await open_page("/settings/api-keys")
    await page.get_by_label("New key").fill("")
    await page.get_by_label("New key").press_sequentially("go?/")
    await expect(page.get_by_label("New key")).to_have_value("go?/")
    await expect(page.get_by_role("dialog")).to_be_hidden()


async def test_a_phone_shows_which_page_is_open(open_page: Open) -> None:
    page = await open_page("/settings/audit", viewport={"width": 360, "height": 740})
    await expect(page.locator(".rail-link[aria-current]")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("path", [*PAGES, DRAWER])
async def test_everybody_can_read_it(open_page: Open, path: str) -> None:
    page = await open_page(path, color_scheme="light")
    assert not await unreadable(page)


async def test_the_dark_is_dark_and_can_be_chosen(open_page: Open) -> None:
    page = await open_page("/?dataMode=demo", color_scheme="light")

    async def ground() -> str:
        return str(await page.evaluate("getComputedStyle(document.body).backgroundColor"))

    assert await ground() == "rgb(251, 249, 245)"
    await page.locator("#me summary").click()
    await page.get_by_role("button", name="Dark").click()
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert await ground() == "rgb(21, 19, 16)"
    assert page.url.endswith("/?dataMode=demo")


async def test_without_scripts_every_figure_is_there(open_page: Open) -> None:
    scripted = await open_page("/?dataMode=demo")
    plain = await open_page("/?dataMode=demo", java_script_enabled=False)
    for measure in ("requests", "errors", "unpriced_requests"):
        figure = f"[data-measure={measure}] .value"
        assert await plain.locator(figure).inner_text() == await scripted.locator(figure).inner_text()
    await expect(plain.locator("#spend-chart")).to_be_hidden()
    await expect(plain.locator("#spend-numbers table")).to_be_visible()
    await plain.locator("#environments summary").click()
    await plain.get_by_role("link", name="Dev", exact=True).click()
    await expect(plain.locator("#environments summary")).to_contain_text("Dev")
    await plain.locator("#add-filter summary").click()
    await plain.get_by_label("Dimension").select_option(label="Model")
    await plain.get_by_label("is exactly").fill("gpt-4o-mini")
    await plain.get_by_role("button", name="Show only this").first.click()
    await expect(plain.locator(".chip")).to_contain_text("gpt-4o-mini")
    await plain.locator("#range summary").click()
    await plain.get_by_label("From").fill("2026-01-01")
    await plain.get_by_label("Through").fill("2026-01-31")
    await plain.get_by_role("button", name="Show these days").click()
    await expect(plain.locator("#range summary")).to_contain_text("1 Jan \u2013 31 Jan 2026")
