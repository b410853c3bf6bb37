"""What is done on the pages of Explore before pictures of them are taken."""

from __future__ import annotations

from playwright.async_api import Page

from tools.stage import Server


async def wrong_view(page: Page) -> None:
    """A name that is too long."""
    await page.get_by_label("Name").fill("x" * 200)
    await page.get_by_role("button", name="Save the view").click()


async def pinned_views(page: Page, server: Server) -> None:
    """A private and a shared view, both on the overview."""
    for name, question in (
        ("Spend by model", "measure=cost&by=model&step=auto&limit=5&dataMode=demo"),
        ("Slow endpoints", "measure=latency_p95&by=endpointTag&step=auto&limit=5&dataMode=demo"),
    ):
        await page.goto(f"{server.url}/explore/views/new?{question}")
        await page.get_by_label("Name").fill(name)
        await page.get_by_label("On the overview").check()
        if name.startswith("Slow"):
            await page.get_by_label("By everybody").check()
        await page.get_by_role("button", name="Save the view").click()
        await page.get_by_role("heading", name=name, exact=True).wait_for()
