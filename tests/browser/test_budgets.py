"""A budget in a browser: made by keyboard, crossed by a call, on a phone, in the dark, without scripts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import listen
from tests.browser.reading import AXE, SERIOUS, THEMES
from tools.stage import call, serving, settle, sign_in


async def press(page: Page, *keys: str) -> None:
    for key in keys:
        await page.keyboard.press(key)


async def test_a_budget_is_made_by_keyboard_and_crossed_by_a_call(browser: Browser, tmp_path: Path) -> None:
    complaints: list[str] = []
    async with serving(tmp_path / "data") as server:
        context = await browser.new_context()
        page = await context.new_page()
        listen(page, complaints)
        await sign_in(page, server)
        await press(page, "g", "b")
        await expect(page.get_by_role("heading", name="No budget yet")).to_be_visible()
        await page.get_by_role("link", name="Another one").focus()
        await press(page, "Enter")
        await fill_in(page)
        await page.get_by_role("button", name="Try it on the past").focus()
        await press(page, "Enter")
        await expect(page.locator(".budget-summary")).to_contain_text("In none of the last 15 periods")
        await page.get_by_label("Name").focus()
        await press(page, "Enter")
        await expect(page.get_by_role("heading", name="Checkout")).to_be_visible()
        for told in ("within the limit", "80 % reached", "exceeded"):
            await page.goto(f"{server.url}/budgets")
            await expect(page.locator("#bud_1 .badge")).to_have_text(told)
            await call(page, server)
        await page.get_by_role("link", name="Checkout").click()
        await page.get_by_role("link", name="What it was spent on").click()
        await expect(page.locator("[data-measure=requests] .value")).to_have_text("3")
        await expect(page.locator(".budgets-few .badge")).to_have_text("exceeded")
        state: Any = await context.storage_state()
        await look_at(browser, server.url, state)
        await without_scripts(browser, server.url, state)
        await context.close()
    assert not complaints


async def fill_in(page: Page) -> None:
    """One request of an endpoint in seven days, by keyboard."""
    await page.get_by_label("Name").focus()
    await page.keyboard.type("Checkout")
    await press(page, "Tab")
    await page.keyboard.type("1")
    await press(page, "Tab")
    await page.keyboard.type("requests")
    await expect(page.locator("#unit")).to_have_value("requests")
    await expect(page.get_by_label("How many")).to_be_hidden()
    await press(page, "Tab")
    await page.keyboard.type("The last days")
    await expect(page.get_by_label("How many")).to_be_visible()
    await press(page, "Tab")
    await page.keyboard.type("7")
    await page.get_by_label("Dimension").focus()
    await page.keyboard.type("Endpoint")
    await press(page, "Tab")
    await page.keyboard.type("checkout.ai_summary")
    # Enter adds the filter; the budget is not made without it.
    await press(page, "Enter")
    await expect(page.locator(".chip")).to_contain_text("checkout.ai_summary")


async def look_at(browser: Browser, url: str, state: Any) -> None:
    """Nothing scrolls sideways on a phone, and axe finds nothing serious, light and dark."""
    context = await browser.new_context(storage_state=state, viewport={"width": 360, "height": 740})
    page = await context.new_page()
    for path in ("/budgets", "/budgets/bud_1", "/budgets/bud_1/edit", "/budgets/bud_1/remove", "/"):
        await page.goto(f"{url}{path}")
        await settle(page)
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360, path
        await page.evaluate(AXE.read_text())
        for theme in THEMES:
            await page.emulate_media(color_scheme=theme)
            await settle(page)
            found = await page.evaluate("axe.run({ resultTypes: ['violations'] })")
            told = [
                (each["id"], each["nodes"][0]["html"])
                for each in found["violations"]
                if each["impact"] in SERIOUS
            ]
            assert not told, (path, theme)
    await context.close()


async def without_scripts(browser: Browser, url: str, state: Any) -> None:
    """The limit is raised after a look at the past."""
    context = await browser.new_context(storage_state=state, java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{url}/budgets/bud_1/edit")
    await page.get_by_label("Limit", exact=True).fill("9")
    await page.get_by_role("button", name="Try it on the past").click()
    await expect(page.get_by_label("Limit", exact=True)).to_have_value("9")
    await expect(page.locator("#preview tbody tr").first).to_contain_text("33")
    await page.get_by_role("button", name="Save", exact=True).last.click()
    await expect(page.get_by_text("within the limit").first).to_be_visible()
    await context.close()
