"""What the pictures of prices need: own prices, an alias, and calls that were priced anew."""

from __future__ import annotations

from playwright.async_api import Page

from tools.stage import Server, call


async def some_prices(page: Page, server: Server) -> None:
    """Own prices of every kind, an unknown model that was given a name, and what was priced anew by that."""
    for model in ("gpt-4o-nano", "claude-sonet-4.5", "llama-of-ours"):
        provider = {"g": "openai", "c": "anthropic", "l": "inhouse"}[model[0]]
        for tokens in (1_000, 90_000):
            await call(page, server, model=model, provider=provider, inputTokens=tokens)
    await _own(
        page,
        server,
        {
            "provider": "inhouse",
            "model": "llama-of-ours",
            "rate_input_uncached": "0.20",
            "rate_output_visible": "0.80",
        },
    )
    terms = {
        "discount": "12.5",
        "start": "2026-01-01T00:00",
        "note": "contract 4711, approved by Grace",
    }
    await _own(page, server, {"provider": "anthropic", **terms})
    await _own(
        page,
        server,
        {"provider": "openai", "model": "gpt-4o", "rate_input_uncached": "2.10", "end": "2026-02-01T00:00"},
    )
    await page.goto(f"{server.url}/prices/unknown?range=7d")
    await page.locator("li", has_text="llama-of-ours").get_by_role("button", name="See what").click()
    await _wait(page, "Apply\u2026")
    await page.get_by_role("link", name="Apply\u2026").click()
    await page.get_by_role("button", name="Apply it").click()
    await _wait(page, "Revert\u2026")
    await page.goto(f"{server.url}/prices/unknown?range=7d")
    await page.locator("li", has_text="claude-sonet-4.5").get_by_role("button").first.click()
    await page.locator(".mended").get_by_role("button", name="See what").click()
    await _wait(page, "Apply\u2026")


async def wrong_price(page: Page) -> None:
    """A form with something wrong in most fields."""
    await page.locator("#provider").fill("openai")
    await page.locator("#rate_input_uncached").fill("cheap")
    await page.locator("#discount").fill("120")
    await page.locator("#start").fill("2026-03-01T00:00")
    await page.locator("#end").fill("2026-02-01T00:00")
    await page.get_by_role("button", name="Set the price").click()


async def mended(page: Page) -> None:
    """One click in the queue, and what is offered then; the second picture finds it done."""
    buttons = page.locator("li", has_text="gpt-4o-nano").get_by_role("button", name="It is")
    if await buttons.count():
        await buttons.first.click()
    else:
        await page.goto(f"{page.url}&alias=2")
    await page.get_by_role("button", name="Undo").wait_for()


async def _own(page: Page, server: Server, given: dict[str, str]) -> None:
    await page.goto(f"{server.url}/prices/own/new")
    for name, text in given.items():
        await page.locator(f"#{name}").fill(text)
    await page.get_by_role("button", name="Set the price").click()
    await page.wait_for_url("**/prices/own?made=*")


async def _wait(page: Page, link: str) -> None:
    """Until the job is done and the page has followed."""
    await page.get_by_role("link", name=link).wait_for()
