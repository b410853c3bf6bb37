"""Amending, voiding and erasing in a real browser: by keyboard, on a phone in the dark, without scripts."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import Open, cookies_of
from tests.browser.reading import unreadable
from tools.stage import Server, call, serving

_PHONE = {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """One of their own: what is sent here would count in the figures that others look at."""
    async with serving(tmp_path_factory.mktemp("data") / "corrected") as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def signed_in(browser: Browser, server: Server) -> Any:
    """The cookies of somebody who is signed in to `server`."""
    return await cookies_of(browser, server)


async def _opened(page: Page) -> None:
    """The drawer of the first request of the list."""
    await page.locator("a.row-link").first.click()
    await expect(page.get_by_role("dialog", name="Request")).to_contain_text("Receipt")


async def test_a_request_is_amended_from_the_drawer_by_keyboard_and_given_back(
    open_page: Open, server: Server
) -> None:
    page = await open_page("/requests?userId=amended-one")
    await call(page, server, userId="amended-one")
    await page.reload()
    await _opened(page)
    await page.get_by_role("link", name="Amend", exact=True).focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Amend the request")).to_be_visible()
    await page.get_by_label("Input", exact=True).fill("9000")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Nothing is changed yet.")).to_be_visible()
    await page.get_by_role("button", name="Amend the request").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Version 1 was amended")).to_be_visible()
    await expect(page.locator(".receipt")).to_contain_text("9,000")
    await page.get_by_role("link", name="Bring back version 1").click()
    await page.get_by_role("button", name="Bring it back").click()
    await expect(page.get_by_text("Version 2 was reverted to an earlier one")).to_be_visible()
    await expect(page.locator(".receipt")).not_to_contain_text("9,000")


async def test_the_preview_and_what_is_wrong_can_be_read_on_a_phone_in_the_dark(
    open_page: Open, server: Server
) -> None:
    page = await open_page("/requests?userId=amended-two", **_PHONE)
    await call(page, server, userId="amended-two")
    await page.reload()
    await _opened(page)
    await page.get_by_role("link", name="Amend", exact=True).click()
    await page.get_by_label("Output", exact=True).fill("12")
    await page.get_by_role("button", name="See what it changes").click()
    await expect(page.get_by_role("status").filter(has_text="afterwards")).to_be_in_viewport()
    assert not await unreadable(page)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.get_by_label("Provider").fill("")
    await page.get_by_role("button", name="Amend the request").click()
    await expect(page.get_by_role("alert")).to_contain_text("1 field needs another look")
    await expect(page.get_by_label("Provider")).to_have_accessible_description("This is required.")
    assert not await unreadable(page)


@pytest.mark.parametrize("has_scripts", [True, False])
async def test_a_request_is_voided_and_restored(
    open_page: Open, server: Server, *, has_scripts: bool
) -> None:
    user = f"voided-{has_scripts}"
    page = await open_page(f"/requests?userId={user}", java_script_enabled=has_scripts)
    await call(page, server, userId=user)
    await page.reload()
    await page.locator("a.row-link").first.click()
    await page.get_by_role("link", name="Void…").click()
    await page.get_by_label("Reason", exact=True).fill("sent twice")
    await page.get_by_role("button", name="Void the request").click()
    await expect(page.get_by_text("This request was voided")).to_be_visible()
    place = page.url
    await page.goto(f"{server.url}/requests?userId={user}")
    await expect(page.get_by_text("No requests here")).to_be_visible()
    await page.goto(place)
    await page.get_by_role("link", name="Restore").click()
    await page.get_by_role("button", name="Restore the request").click()
    await expect(page.get_by_text("Version 2 was restored")).to_be_visible()
    await page.goto(f"{server.url}/requests?userId={user}")
    await expect(page.locator("tr[data-request]")).to_have_count(1)


@pytest.mark.parametrize("has_scripts", [True, False])
async def test_a_user_is_erased_and_their_spend_stays(
    open_page: Open, server: Server, *, has_scripts: bool
) -> None:
    user = f"to-be-forgotten-{has_scripts}"
    page = await open_page("/users", java_script_enabled=has_scripts)
    await call(page, server, userId=user)
    await page.goto(f"{server.url}/users/one?userId={user}")
    await page.get_by_role("button", name="Erase this user").click()
    await expect(page.get_by_text("of this user", exact=False).first).to_contain_text("1 request")
    assert user not in page.url
    await page.get_by_label("Type the id").fill("somebody")
    await page.get_by_role("button", name="Erase for ever").click()
    await expect(page.get_by_label("Type the id")).to_have_accessible_description("This is another id.")
    await page.get_by_label("Type the id").fill(user)
    await page.get_by_role("button", name="Erase for ever").click()
    await expect(page).to_have_url(re.compile(r"/settings/erasures/era_\w+$"))
    if has_scripts:
        await expect(page.get_by_role("heading", name="Erased a user")).to_be_visible(timeout=30_000)
    else:
        while not await page.get_by_role("heading", name="Erased a user").count():
            await page.reload()
    await expect(page.get_by_role("heading", name="Certificate")).to_be_visible()
    await page.get_by_role("link", name="In the audit log").click()
    await expect(page.get_by_text("Erasure completed")).to_be_visible()
    await page.go_back()
    await page.get_by_role("link", name=re.compile("^erased-")).click()
    await expect(page.get_by_role("heading", name=re.compile("^erased-"))).to_be_visible()
    await page.goto(f"{server.url}/users/one?userId={user}")
    await expect(page.get_by_text("No calls of")).to_be_visible()
