"""Searching by keyboard: what is found lies under the field while one types, and is gone with Escape."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.browser.conftest import Open


async def test_a_name_is_found_and_opened_by_keyboard_alone(open_page: Open) -> None:
    page = await open_page("/budgets")
    await page.keyboard.press("/")
    await expect(page.locator("#search")).to_be_focused()
    await page.keyboard.type("support")
    link = page.locator("#found").get_by_role("link", name="support.reply_draft")
    await expect(link).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(link).to_have_count(0)
    await page.keyboard.type(".reply")
    await expect(link).to_be_visible()
    await page.keyboard.press("ArrowDown")
    await expect(link).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await expect(page.locator("#search")).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(r"/features/one\?endpointTag=support\.reply_draft$"))


async def test_a_phone_and_a_browser_without_scripts_have_the_page(open_page: Open) -> None:
    phone = await open_page("/budgets", viewport={"width": 360, "height": 740})
    await phone.get_by_role("link", name="Search", exact=True).click()
    await expect(phone.get_by_label("Search for")).to_be_focused()
    plain = await open_page("/budgets", java_script_enabled=False)
    await plain.get_by_role("searchbox", name="Search").fill("retention")
    await plain.keyboard.press("Enter")
    await expect(plain.locator(".sheet").get_by_role("link", name="Retention")).to_be_visible()
