"""The overview where things are not as usual: an answer that takes long, two tabs, paper."""

from __future__ import annotations

import asyncio

from playwright.async_api import Route, expect

from tests.browser.conftest import Open
from tools.stage import settle


async def test_an_answer_that_takes_long_is_waited_for_and_no_figure_stands_beside_another_filter(
    open_page: Open,
) -> None:
    page = await open_page("/?dataMode=demo")
    arrives = asyncio.Event()

    async def slowly(route: Route) -> None:
        await arrives.wait()
        await route.continue_()

    await page.route("**/?dataMode=demo&model=*", slowly)
    requests = page.locator("[data-measure=requests] .value")
    before = await requests.inner_text()
    name = await page.locator(".keys-of-chart a").first.inner_text()
    await page.locator(".keys-of-chart a").first.click()
    await expect(page.locator(".sheet")).to_have_css("opacity", "0.6")
    await expect(page.locator(".chip")).to_have_count(0)
    await expect(requests).to_have_text(before)
    arrives.set()
    await expect(page.locator(".chip")).to_contain_text(name)
    await expect(requests).not_to_have_text(before)
    await expect(page.locator(".sheet")).to_have_css("opacity", "1")


async def test_two_tabs_have_filters_of_their_own(open_page: Open) -> None:
    one = await open_page("/?dataMode=demo")
    other = await one.context.new_page()
    await other.goto(one.url)
    await one.locator("#environments summary").click()
    await one.get_by_role("link", name="Dev", exact=True).click()
    await expect(one.locator("#environments summary")).to_contain_text("Dev")
    await other.reload()
    await expect(other.locator("#environments summary")).to_contain_text("All environments")
    await one.reload()
    await expect(one.locator("#environments summary")).to_contain_text("Dev")


async def test_on_paper_there_is_what_was_asked_and_what_came_of_it(open_page: Open) -> None:
    page = await open_page("/?dataMode=demo", viewport={"width": 794, "height": 1123}, color_scheme="dark")
    await settle(page)
    await page.emulate_media(media="print")
    for gone in (".rail", ".sheet-head .actions", "#add-filter", ".data-actions", ".rank-rows"):
        assert not await page.locator(gone).first.is_visible(), gone
    for there in (".banner", ".figures", "#spend-chart svg", ".rank-cost", ".when", ".ahead-part"):
        await expect(page.locator(there).first).to_be_visible()
    ground = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(255, 255, 255)"
    assert await page.evaluate("document.documentElement.scrollWidth") <= 794
