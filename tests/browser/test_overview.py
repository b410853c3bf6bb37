"""The overview in a browser: filters without a new page, a chart that can be clicked, colours that stay."""

from __future__ import annotations

import re

from playwright.async_api import Page, expect

from tests.browser.conftest import Open
from tools.stage import settle


async def test_a_filter_changes_the_page_in_place_and_the_address(open_page: Open) -> None:
    page = await open_page("/?dataMode=demo")
    await page.evaluate("window.isSamePage = true")
    await page.locator("#environments summary").click()
    await page.get_by_role("link", name="Dev", exact=True).click()
    await expect(page).to_have_url(re.compile(r"\?dataMode=demo&environment=dev$"))
    await expect(page.locator("#environments summary")).to_contain_text("Dev")
    await expect(page.locator("#environments")).not_to_have_attribute("open", "")
    model = page.locator(".keys-of-chart a").first
    name = await model.inner_text()
    await model.click()
    await expect(page.locator(".chip")).to_contain_text(name)
    assert await page.evaluate("window.isSamePage === true")
    await page.go_back()
    await expect(page.locator(".chip")).to_have_count(0)
    await expect(page).to_have_url(re.compile(r"\?dataMode=demo&environment=dev$"))
    await page.reload()
    await expect(page.locator("#environments summary")).to_contain_text("Dev")


async def test_the_rail_keeps_the_filters(open_page: Open) -> None:
    page = await open_page("/?dataMode=demo&range=24h")
    await page.locator("#modes summary").click()
    await page.get_by_role("link", name="All data modes").click()
    await expect(page.locator(".banner")).to_contain_text("added together")
    await page.get_by_role("navigation", name="Pages").get_by_role("link", name="Requests").click()
    await expect(page).to_have_url(re.compile(r"/requests\?range=24h&dataMode=all$"))


async def test_a_filter_can_be_typed(open_page: Open) -> None:
    page = await open_page("/requests?dataMode=demo")
    await page.keyboard.press("f")
    dimension = page.get_by_label("Dimension")
    await expect(dimension).to_be_focused()
    await dimension.select_option(label="Model")
    await page.get_by_label("is exactly").fill("gpt-4o-mini")
    await page.keyboard.press("Enter")
    await expect(page.locator(".chip")).to_contain_text("gpt-4o-mini")
    await expect(page).to_have_url(re.compile(r"\?dataMode=demo&model=gpt-4o-mini$"))
    await page.get_by_role("link", name="Remove the filter: Model is gpt-4o-mini").click()
    await expect(page.locator(".chip")).to_have_count(0)


async def test_a_filter_turns_round_by_keyboard_and_keeps_the_focus(open_page: Open) -> None:
    page = await open_page("/requests?dataMode=demo&model=gpt-4o-mini")
    turn = page.locator(".chip-turn")
    await turn.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(".chip")).to_contain_text("not")
    await expect(page).to_have_url(re.compile(r"\?dataMode=demo&model=(!|%21)gpt-4o-mini$"))
    await expect(turn).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(r"\?dataMode=demo&model=gpt-4o-mini$"))
    await expect(page.locator(".chip")).not_to_contain_text("not")


async def test_a_piece_of_a_bar_leads_to_its_requests(open_page: Open) -> None:
    page = await open_page("/?dataMode=demo")
    await settle(page)
    swatch = page.locator(".keys-of-chart .swatch").first
    colour = await swatch.evaluate("element => getComputedStyle(element).backgroundColor")
    name = await page.locator(".keys-of-chart bdi").first.inner_text()
    pieces = page.locator(f'#spend-chart path[fill="{colour}"]')
    largest = await pieces.evaluate_all(
        "all => all.map((e, i) => [e.getBBox().height, i]).sort((a, b) => b[0] - a[0])[0][1]"
    )
    await pieces.nth(largest).click()
    await expect(page).to_have_url(re.compile(r"/requests\?dataMode=demo&from=.*&to=.*&model="))
    await expect(page.locator(".chip")).to_contain_text(name)
    await expect(page.locator("a.row-link").first).to_be_visible()


async def test_a_hovered_bar_tells_its_amounts(open_page: Open) -> None:
    page = await open_page("/?dataMode=demo")
    await settle(page)
    await page.locator("#spend-chart").scroll_into_view_if_needed()
    box = await page.locator("#spend-chart").bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    await expect(page.locator(".tip-head")).to_contain_text("$")
    assert await page.locator(".tip-row").count() > 1


async def test_a_model_keeps_its_colour_when_it_stands_alone(open_page: Open) -> None:
    async def colours(path: str) -> dict[str, str]:
        page = await open_page(path)
        return dict(
            await page.locator(".keys-of-chart li:has(a)").evaluate_all(
                "all => all.map(e => [e.querySelector('bdi').textContent,"
                " getComputedStyle(e.querySelector('.swatch')).backgroundColor])"
            )
        )

    together = await colours("/?dataMode=demo")
    assert len(set(together.values())) == len(together) == 6
    for name in list(together)[:3]:
        assert await colours(f"/?dataMode=demo&model={name}&range=24h") in ({name: together[name]}, {})


async def test_nothing_moves_once_it_is_there(open_page: Open) -> None:
    page = await open_page("/?dataMode=demo")
    await settle(page)
    shift = await page.evaluate(
        """() => new Promise((resolve) => {
          let sum = 0;
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
          }).observe({ type: 'layout-shift', buffered: true });
          setTimeout(() => resolve(sum), 100);
        })"""
    )
    assert shift < 0.001


async def test_an_amount_is_copied_with_all_its_places(open_page: Open) -> None:
    page: Page = await open_page("/?dataMode=demo", permissions=["clipboard-read", "clipboard-write"])
    amount = page.locator("[data-measure=cost_per_request] .value data")
    exact = await amount.get_attribute("value")
    await amount.evaluate("element => getSelection().selectAllChildren(element)")
    await page.keyboard.press("Control+c")
    assert await page.evaluate("navigator.clipboard.readText()") == exact != await amount.inner_text()


async def test_a_key_is_copied_by_its_button(open_page: Open) -> None:
    page: Page = await open_page("/settings/api-keys", permissions=["clipboard-read", "clipboard-write"])
    await page.get_by_label("New key").fill("copied")
    await page.get_by_role("button", name="Make key").click()
    key = await page.locator("#key").inner_text()
    await page.locator(".secret button").click()
    await expect(page.locator(".secret button")).to_have_text("Copied")
    assert await page.evaluate("navigator.clipboard.readText()") == key
    await page.get_by_role("link", name="I have kept it").click()
    await page.get_by_role("link", name="copied").click()
    await page.get_by_role("link", name="Revoke…").click()
    await page.get_by_role("button", name="Revoke the key").click()
    await page.locator("#ended > summary").click()
    await expect(page.get_by_role("row", name="copied")).to_contain_text("revoked")


async def test_the_score_of_the_data_follows_the_filters(open_page: Open) -> None:
    page = await open_page("/?dataMode=demo")
    part = page.get_by_role("region", name="Data quality")
    await expect(part).to_contain_text("of 100 over the newest 300 calls")
    await page.locator("#modes summary").click()
    await page.get_by_role("link", name="Real calls", exact=True).click()
    await expect(part).to_contain_text("of 100 over the newest 3 calls")
