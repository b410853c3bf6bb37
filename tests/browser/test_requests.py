"""A row opens in the drawer and the list goes on by itself, in a real browser."""

from __future__ import annotations

import re

from playwright.async_api import Page, Route, expect

from tests.browser.conftest import Open
from tools.stage import Server, call


async def test_a_row_opens_beside_the_list_and_the_keyboard_leads_through(open_page: Open) -> None:
    page = await open_page("/requests?dataMode=demo")
    rows = page.locator("tr[data-request]")
    ids = [await rows.nth(place).get_attribute("data-request") for place in range(3)]
    for _ in range(2):
        await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    drawer = page.get_by_role("dialog", name="Request")
    await expect(drawer).to_contain_text(str(ids[1]))
    await expect(drawer.get_by_role("heading", name="Receipt")).to_be_visible()
    await expect(page).to_have_url(re.compile(rf"/requests\?dataMode=demo&open={ids[1]}$"))
    await page.keyboard.press("j")
    await expect(drawer).to_contain_text(str(ids[2]))
    for place in (1, 0):
        await page.keyboard.press("k")
        await expect(drawer).to_contain_text(str(ids[place]))
    await expect(drawer.get_by_role("button", name="Previous")).to_be_disabled()
    await page.reload()
    await expect(drawer).to_contain_text(str(ids[0]))
    await page.keyboard.press("Escape")
    await expect(drawer).to_be_hidden()
    await expect(page).to_have_url(re.compile(r"/requests\?dataMode=demo$"))
    await expect(rows.first.locator("a.row-link")).to_be_focused()


async def test_keys_may_be_faster_than_the_answers(open_page: Open) -> None:
    page = await open_page("/requests?dataMode=demo")
    rows = page.locator("tr[data-request]")
    ids = [await rows.nth(place).get_attribute("data-request") for place in range(5)]
    await rows.first.locator("a.row-link").click()
    drawer = page.get_by_role("dialog", name="Request")
    await expect(drawer.get_by_role("heading", name="Receipt")).to_be_visible()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    await page.route(re.compile(r"/requests/req_"), hold)
    for key in "jjjk":
        await page.keyboard.press(key)
    await expect(drawer).to_have_attribute("data-request", str(ids[2]))
    for route in reversed(held):
        await route.continue_()
    await expect(drawer).to_contain_text(str(ids[2]))
    await expect(page).to_have_url(re.compile(rf"open={ids[2]}$"))


async def test_going_back_closes_the_drawer_and_forth_opens_it(open_page: Open) -> None:
    page = await open_page("/requests?dataMode=demo")
    await page.locator("a.row-link").nth(3).click()
    drawer = page.get_by_role("dialog", name="Request")
    await expect(drawer).to_be_visible()
    await page.go_back()
    await expect(drawer).to_be_hidden()
    await expect(page.locator("a.row-link").nth(3)).to_be_focused()
    await page.go_forward()
    await expect(drawer.get_by_role("heading", name="Receipt")).to_be_visible()
    await drawer.get_by_role("link", name="Close").click()
    await expect(page).to_have_url(re.compile(r"/requests\?dataMode=demo$"))


async def test_the_drawer_fits_a_phone(open_page: Open) -> None:
    page = await open_page("/requests?dataMode=demo", viewport={"width": 360, "height": 740})
    await page.locator("a.row-link").first.click()
    sheet = page.locator("#drawer-sheet")
    await expect(sheet.get_by_role("heading", name="Receipt")).to_be_visible()
    assert await sheet.evaluate("sheet => sheet.scrollWidth <= sheet.clientWidth")
    await expect(page.get_by_role("button", name="Next")).to_be_in_viewport(ratio=1)


async def test_without_scripts_a_row_leads_to_its_page(open_page: Open) -> None:
    page = await open_page("/requests?dataMode=demo", java_script_enabled=False)
    await page.locator("a.row-link").first.click()
    await expect(page).to_have_url(re.compile(r"/requests/req_\w+\?dataMode=demo$"))
    await expect(page.get_by_role("heading", name="Receipt")).to_be_visible()


async def test_a_live_list_grows_by_itself_and_says_when_it_can_not(open_page: Open, server: Server) -> None:
    page = await open_page("/requests?userId=live-viewer")
    await expect(page.get_by_text("No requests here")).to_be_visible()
    await page.get_by_role("switch", name="Live").click()
    await expect(page).to_have_url(re.compile("live=1"))
    await _sent(page, server, "first")
    rows = page.locator("tr[data-request]")
    await expect(rows).to_have_count(1)
    await page.context.set_offline(True)
    await expect(page.get_by_text("The connection is lost.")).to_be_visible(timeout=15_000)
    await page.context.set_offline(False)
    await _sent(page, server, "second", userId="somebody-else")
    await _sent(page, server, "third")
    await expect(rows).to_have_count(2, timeout=15_000)
    await expect(rows.first).to_contain_text("third")
    await expect(page.locator("[data-live-count]")).to_have_text("2 new.")
    await rows.first.locator("a.row-link").click()
    await expect(page.get_by_role("dialog", name="Request")).to_contain_text("live-viewer")


async def _sent(page: Page, server: Server, endpoint: str, **fields: str) -> None:
    await call(page, server, **({"endpointTag": endpoint, "userId": "live-viewer"} | fields))
