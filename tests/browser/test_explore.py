"""Explore in a browser: choose, click a bar, save, pin, and see it on the overview."""

from __future__ import annotations

from playwright.async_api import Browser, expect

from tests.browser.conftest import listen
from tools.stage import Server, settle, sign_in


async def test_a_question_is_chosen_clicked_saved_and_pinned(browser: Browser, server: Server) -> None:
    page = await browser.new_page(viewport={"width": 1280, "height": 900})
    complaints: list[str] = []
    listen(page, complaints)
    await sign_in(page, server)
    await page.goto(f"{server.url}/explore?dataMode=demo&range=30d")
    await page.locator("#measure summary").click()
    await page.locator("#measure").get_by_role("link", name="Requests", exact=True).click()
    await expect(page.locator("#answer-title")).to_have_text("Requests by model over time")
    await page.locator("#split-again summary").click()
    await page.locator("#split-again").get_by_role("link", name="Endpoint", exact=True).click()
    await expect(page.locator("#answer-title")).to_have_text("Requests by model and endpoint over time")
    await settle(page)
    bar = page.locator("#explore-chart svg path[fill]:not([fill=none])").nth(3)
    await bar.click(force=True)
    await page.wait_for_url("**/explore?**from=**")
    await expect(page.locator(".chip").first).to_be_visible()
    await page.get_by_role("link", name="Lines").click()
    await expect(page.get_by_role("link", name="Lines")).to_have_attribute("aria-current", "true")
    await page.get_by_role("link", name="Save as…").click()
    await page.get_by_label("Name").fill("One bar")
    await page.get_by_label("On the overview").check()
    await page.get_by_role("button", name="Save the view").click()
    await expect(page.get_by_role("heading", name="One bar")).to_be_visible()
    await page.goto(f"{server.url}/?dataMode=demo")
    pin = page.get_by_role("region", name="One bar")
    await expect(pin.locator("svg").first).to_be_visible()
    await pin.get_by_role("link", name="One bar").click()
    await page.get_by_role("link", name="Change…").click()
    await page.get_by_role("link", name="Remove…").click()
    await page.get_by_role("button", name="Remove it").click()
    await expect(page.get_by_text("No saved views yet")).to_be_visible()
    await page.close()
    assert not complaints
