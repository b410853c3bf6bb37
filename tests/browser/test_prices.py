"""Prices in a browser: an unknown model gets a name in one click, its calls a price; all is undone."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import listen
from tests.browser.reading import AXE, SERIOUS, THEMES
from tools.stage import Server, call, serving, settle, sign_in

UNKNOWN = {"provider": "openai", "model": "gpt-4o-nano", "inputTokens": 1_000_000, "outputTokens": 0}


async def spend(page: Page, server: Server) -> tuple[str, str]:
    """The spend of the overview, and how many calls are not in it."""
    await page.goto(server.url)
    told = [page.locator(f"[data-measure={name}] .value") for name in ("cost", "unpriced_requests")]
    return await told[0].inner_text(), await told[1].inner_text()


async def test_an_unknown_model_is_named_priced_and_put_back(browser: Browser, tmp_path: Path) -> None:
    complaints: list[str] = []
    async with serving(tmp_path / "data") as server:
        context = await browser.new_context()
        page = await context.new_page()
        listen(page, complaints)
        await sign_in(page, server)
        for _ in range(2):
            await call(page, server, **UNKNOWN)
        before = await spend(page, server)
        assert before[1] == "2"
        await page.locator("[data-measure=unpriced_requests] a").click()
        await page.get_by_role("button", name="It is gpt-4.1-nano").click()
        await expect(page.locator(".mended")).to_contain_text("2 calls that were stored before")
        assert await spend(page, server) == before
        await page.go_back()
        await page.locator(".mended").get_by_role("button", name="See what pricing them").click()
        await page.get_by_role("link", name="Apply").click()  # the page follows once the preview is there
        await page.get_by_role("button", name="Apply it").click()
        await expect(page.get_by_text("2 calls were changed")).to_be_visible()
        await look_at(page)
        assert await spend(page, server) == ("$0.20", "0")
        plain = await browser.new_context(
            storage_state=await context.storage_state(), java_script_enabled=False
        )
        await revert_without_scripts(await plain.new_page(), server)
        assert await spend(page, server) == before
        await page.goto(f"{server.url}/prices/unknown?range=7d&alias=1")
        await page.get_by_role("button", name="Undo").click()
        await expect(page.get_by_role("button", name="It is gpt-4.1-nano")).to_be_visible()
        for each in (plain, context):
            await each.close()
    assert not complaints


async def look_at(page: Page) -> None:
    """Axe finds nothing serious on a re-pricing and its second look, light and dark."""
    for place in (page.url, f"{page.url}/revert"):
        await page.goto(place)
        await page.evaluate(AXE.read_text())
        for theme in THEMES:
            await page.emulate_media(color_scheme=theme)
            await settle(page)
            found = await page.evaluate("axe.run({ resultTypes: ['violations'] })")
            told = [each["id"] for each in found["violations"] if each["impact"] in SERIOUS]
            assert not told, (place, theme)


async def revert_without_scripts(page: Page, server: Server) -> None:
    """From the list to the end of the job, looking again by a link."""
    await page.goto(f"{server.url}/prices/repricings")
    await page.get_by_role("link", name="gpt-4o-nano of openai").click()
    await page.get_by_role("link", name="Revert").click()
    await page.get_by_role("button", name="Revert it").click()
    over = page.get_by_text("2 calls have back what they had")
    again = page.get_by_role("link", name="Look again")
    while not await over.count():
        await again.or_(over).first.wait_for()
        if await again.count():
            await again.click()
    await expect(over).to_be_visible()
