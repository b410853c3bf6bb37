"""From an empty folder to the first cost on screen, and from there to the receipt."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Browser, expect

from tests.browser.conftest import listen
from tools.stage import EMAIL, PASSWORD, call, serving


async def test_the_first_call_turns_the_welcome_into_the_dashboard(browser: Browser, tmp_path: Path) -> None:
    complaints: list[str] = []
    async with serving(tmp_path / "data", is_set_up=False) as server:
        context = await browser.new_context(timezone_id="Europe/Vienna")
        page = await context.new_page()
        listen(page, complaints)

        await page.goto(server.url)
        await expect(page).to_have_url(f"{server.url}/setup")
        await expect(page.get_by_label("Workspace")).to_be_focused()
        await expect(page.get_by_label("Time zone")).to_have_value("Europe/Vienna")
        await page.get_by_label("Workspace").fill("Analytical Engines")
        await page.get_by_label("E-mail").fill(EMAIL)
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Set up").click()

        key = await page.locator("#key").inner_text()
        await expect(page.locator("#call")).to_contain_text(f"X-API-Key: {key}")
        await expect(page.get_by_role("status")).to_contain_text("Waiting for the first event")
        await call(page, server, key=key, externalRequestId="req_2026_02_07_001")
        await expect(page).to_have_url(f"{server.url}/")  # by itself
        await expect(page.locator("[data-measure=cost] .value")).to_have_text("$0.000\u202f045")
        await expect(page.locator("#zone summary")).to_contain_text("Europe/Vienna")

        await page.get_by_role("link", name="Requests of checkout.ai_summary").click()
        await expect(page.locator(".chip")).to_contain_text("checkout.ai_summary")
        await page.locator("a.row-link").click()
        await expect(page.locator("[data-total]")).to_have_text("$0.000\u202f045")
        await expect(page.locator(".receipt tbody tr")).to_have_count(2)

        await page.go_back()
        await page.go_back()
        await expect(page.get_by_role("heading", name="Overview")).to_be_visible()
        await page.locator("#me summary").click()
        await page.get_by_role("button", name="Sign out").click()
        await expect(page).to_have_url(f"{server.url}/signin")
        await context.close()
    assert not complaints


async def test_an_empty_overview_becomes_the_dashboard_too(browser: Browser, tmp_path: Path) -> None:
    async with serving(tmp_path / "data") as server:
        context = await browser.new_context()
        page = await context.new_page()
        await page.goto(f"{server.url}/requests")
        await page.get_by_label("E-mail").fill(EMAIL)
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Sign in").click()
        await expect(page).to_have_url(f"{server.url}/requests")
        await page.get_by_role("link", name="Overview").click()
        await expect(page.get_by_role("heading", name="Send a first call")).to_be_visible()
        await call(page, server, dataMode="test")
        await expect(page).to_have_url(f"{server.url}/?dataMode=test")
        await expect(page.locator(".banner")).to_contain_text("only test calls are shown")
        await context.close()
