"""What pages say of a workspace's plan: how it is used, and that it is used up."""

from __future__ import annotations

from farthing.rules.pricebook import PriceBook
from farthing.storage.memory import MemoryStorage
from tests.installations import a_call, installed
from tests.storages import Changed
from tests.web.browsing import Browser

PATH = "/settings/workspace"
PLANS = {"small": {"request_limit_per_month": 2}, "wide": {}}


async def test_every_page_says_that_a_plan_is_used_up(price_book: PriceBook) -> None:
    async with installed(MemoryStorage(), price_book, plans=PLANS) as made:
        browser = Browser(made.parts)
        await browser.sign_in()
        page = await browser.open(PATH)
        assert "this month (UTC)" not in page.text
        for tier, said in (("wide", "Plan Wide: 0 requests"), ("small", "Plan Small: 0 of 2 requests")):
            await Changed(made.parts.storage).set_plan(made.membership.workspace.id, tier)
            await made.parts.plans.refresh()
            page = await browser.open(PATH)
            assert said in page.text
            assert "used up" not in page.text
        await made.record(a_call(), a_call())
        await made.parts.plans.refresh()
        for path in (PATH, "/", "/requests", "/settings/api-keys"):
            page = await browser.open(path)
            assert page.one("p", role="status").text.startswith("2 requests a month"), path
        await browser.client.aclose()
