"""Budgets for the pictures: calls of the last weeks, budgets in every state, and a form that is filled in."""

from __future__ import annotations

from playwright.async_api import Page

from farthing.clock import SystemClock
from farthing.rules.instants import instant
from farthing.rules.periods import DAY_MS, HOUR_MS
from tools.stage import Server


async def past_calls(page: Page, server: Server) -> None:
    """Real calls of the last weeks, so that budgets have a past and a forecast."""
    start = SystemClock().now() // HOUR_MS * HOUR_MS - 40 * DAY_MS
    calls = [
        {
            "externalRequestId": f"past-{hours}-{number}",
            "createdAt": instant(start + hours * HOUR_MS),
            "provider": "openai",
            "model": "gpt-4o",
            "endpointTag": "checkout.ai_summary" if hours % 5 else "support.triage",
            "userId": f"customer-{hours % 7}",
            "inputTokens": 900 + 60 * (hours % 24),
            "outputTokens": 200,
            "status": "success",
        }
        for hours in range(0, 40 * 24, 2)
        for number in range(1 + (8 <= hours % 24 < 19) * 2)
    ]
    for first in range(0, len(calls), 500):
        answer = await page.request.post(
            f"{server.url}/v1/ingest/llm-requests",
            data=calls[first : first + 500],
            headers={"X-API-Key": str(server.key)},
        )
        if not answer.ok:
            raise RuntimeError(await answer.text())


async def some_budgets(page: Page, server: Server) -> None:
    """Budgets in every state, for dollars and counts, for each value, with a past and without."""

    async def make(name: str, limit: str, **chosen: str) -> None:
        slot = chosen.pop("slot", "")
        await page.goto(f"{server.url}/budgets/new?slot={slot}")
        await page.get_by_label("Name").fill(name)
        await page.get_by_label("Limit", exact=True).fill(limit)
        for field, value in chosen.items():
            await page.locator(f"#{field}").select_option(value)
        await page.get_by_role("button", name="Make budget").click()
        await page.get_by_role("heading", name=name).wait_for()

    await make("Monthly budget", "3.5", slot="monthly")
    await make("Daily budget", "0.25", slot="daily")
    await make("Each user in production, with a name that nobody can read in one go", "0.4", per="userId")
    await make("Requests of a day", "100", unit="requests", kind="day")
    await make("Nothing in this week", "0", kind="week")


async def preview(page: Page) -> None:
    await page.get_by_label("Name").fill("Checkout")
    await page.get_by_label("Limit", exact=True).fill("0.05")
    await page.locator("#kind").select_option("day")
    await page.locator("#add").select_option("endpointTag")
    await page.get_by_label("is exactly").fill("checkout.ai_summary")
    await page.get_by_role("button", name="Only this", exact=True).click()
    await page.get_by_role("button", name="Try it on the past").click()
    await page.locator(".budget-summary").wait_for()


async def wrong_budget(page: Page) -> None:
    await page.get_by_label("Name").fill("daily budget")
    await page.get_by_label("Limit", exact=True).fill("much")
    await page.locator("#kind").select_option("days")
    await page.get_by_label("Warns at").fill("80, 50")
    await page.get_by_role("button", name="Make budget").click()
    await page.get_by_role("alert").wait_for()
