"""Takes a picture of every page, light and dark, wide and narrow, into ./shots, to be looked at.

`make shots`, or `make shots ARGS="overview receipt"` for some of them. Pages without data come from a second,
empty server.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import urljoin

from playwright.async_api import Browser, Page

from tools.files import ROOT
from tools.shots_of_alerts import (
    channels_of_some_kinds,
    rules_of_alerts,
    scheduled_exports,
    test_channel,
    test_schedule,
    wrong_channel,
    wrong_rule,
    wrong_schedule,
)
from tools.shots_of_budgets import past_calls, preview, some_budgets, wrong_budget
from tools.shots_of_explore import pinned_views, wrong_view
from tools.shots_of_prices import mended, some_prices, wrong_price
from tools.stage import PASSWORD, Server, call, chromium, load_demo, serving, settle, sign_in

FOLDER: Final = ROOT / "shots"
THEMES: Final = ("light", "dark")
WIDTHS: Final = (1440, 360)
HEIGHT: Final = 900


async def _nothing(_: Page) -> None:
    """The page as it comes."""


@dataclass(frozen=True)
class Shot:
    """One picture: where to go, and what to do there before it is taken."""

    name: str
    path: str
    act: Callable[[Page], Awaitable[None]] = _nothing
    is_public: bool = False


def opening(menu: str) -> Callable[[Page], Awaitable[None]]:
    """Open the menu of this id."""

    async def act(page: Page) -> None:
        await page.locator(f"#{menu} > summary").click()

    return act


async def _keys(page: Page) -> None:
    await page.keyboard.press("?")


async def _wrong_password(page: Page) -> None:
    await page.get_by_label("E-mail").fill("ada@example.com")
    await page.get_by_label("Password").fill("not this one")
    await page.get_by_role("button", name="Sign in").click()


async def _set_up(page: Page) -> None:
    """The page after the first set-up: it exists once, so it is made on a server of its own."""
    await page.get_by_label("Workspace").fill("Analytical Engines")
    await page.get_by_label("E-mail").fill("ada@example.com")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Set up").click()


async def _quickstart_key(page: Page) -> None:
    await page.get_by_role("button", name="Make a key").click()
    await page.get_by_role("radio", name="Python").check()


async def _type_search(page: Page) -> None:
    """On a phone there is a page for it instead of the field."""
    await page.keyboard.press("/")
    if page.viewport_size is not None and page.viewport_size["width"] < 860:
        await page.wait_for_url("**/search")
    await page.keyboard.type("repl")
    if await page.locator("#search").is_visible():
        await page.locator("#found a").first.wait_for()


async def _first_row(page: Page) -> None:
    """The first request of the list, on its own page."""
    path = await page.locator("a.row-link").first.get_attribute("href")
    await page.goto(urljoin(page.url, path))


async def _drawer(page: Page) -> None:
    await page.locator("a.row-link").nth(2).click()
    await page.locator("#drawer[open] .receipt").wait_for()


async def _make_key(page: Page) -> None:
    await page.get_by_label("New key").fill("Checkout service")
    await page.get_by_role("button", name="Make key").click()


async def _wrong_key(page: Page) -> None:
    await page.get_by_label("Name").fill("Checkout service")
    await page.get_by_label("prod", exact=True).uncheck()
    await page.get_by_label("Works until").fill("2020-01-01T00:00")
    await page.get_by_role("button", name="Make key").click()


async def _keys_of_all_kinds(page: Page, server: Server) -> None:
    """Keys: limited, about to end, replaced, revoked, with a long name."""

    async def make(name: str, *unchecked: str, **chosen: str) -> None:
        await page.goto(f"{server.url}/settings/api-keys/new")
        await page.get_by_label("Name").fill(name)
        for label in unchecked:
            await page.get_by_label(label, exact=True).uncheck()
        for field, value in chosen.items():
            await page.locator(f"#{field}").select_option(value)
        await page.get_by_role("button", name="Make key").click()
        await page.locator("#key").wait_for()

    await make("A name that goes on and on until nobody knows what it is about " * 2)
    await make("Nightly evaluation", "prod", environment="dev", data_mode="test")
    await make("Support bot")
    await page.goto(f"{server.url}/settings/api-keys/key_4/rotate")
    await page.get_by_role("button", name="Make the new key").click()
    await make("Old batch job")
    await page.goto(f"{server.url}/settings/api-keys/key_6/revoke")
    await page.get_by_role("button", name="Revoke the key").click()


async def _new_secret(page: Page) -> None:
    await page.get_by_role("button", name="Make a new secret").click()


async def _invite(page: Page) -> None:
    await page.get_by_label("E-mail").fill("grace@example.com")
    await page.get_by_role("button", name="Make a link").click()


async def _shorter(page: Page) -> None:
    """The second look at a shorter time for demo calls, of which there are two weeks."""
    await page.locator("[id='demo.rawDays']").fill("7")
    await page.locator("[id='demo.summaryDays']").fill("10")
    await page.get_by_role("button", name="Save").click()


async def _join(page: Page) -> None:
    """The page of an invitation, which is made in a browser of its own on the way."""
    await page.get_by_label("E-mail").fill("grace@example.com")
    await page.get_by_role("button", name="Make a link").click()
    link = await page.locator("#link").inner_text()
    await page.context.clear_cookies()
    await page.goto(link)


async def _switch(page: Page) -> None:
    """A second workspace, and the menu that leads back."""
    await page.get_by_label("Name").fill("Difference Engines")
    await page.get_by_role("button", name="Make workspace").click()
    await page.locator("#workspaces > summary").click()


async def _make_token(page: Page) -> None:
    await page.get_by_label("Name", exact=True).fill("Nightly export")
    await page.get_by_role("button", name="Make token").click()


async def _account(page: Page) -> None:
    """The list once there is something in it."""
    await page.goto(page.url + "/tokens")
    await _make_token(page)
    await page.get_by_role("link", name="I have kept it").click()


async def _two_step(page: Page) -> None:
    await page.get_by_label("Your password").fill(PASSWORD)
    await page.get_by_role("button", name="Set it up").click()


FULL: Final = (
    Shot("overview", "/?dataMode=demo"),
    Shot("overview-hours", "/?dataMode=demo&range=24h&by=endpointTag"),
    Shot("overview-month", "/?dataMode=demo&range=30d&by=userId"),
    Shot(
        "overview-filtered",
        "/?dataMode=demo&model=mistral-small-latest&endpointTag=support.triage&environment=dev",
    ),
    Shot(
        "requests-excluded",
        "/requests?dataMode=demo&dataMode=real&model=!mistral-small-latest&userId=!unknown&apiKey=unknown"
        "&tags=!team:search",
    ),
    Shot("overview-numbers", "/?dataMode=demo", opening("spend-numbers")),
    Shot("overview-range", "/?dataMode=demo", opening("range")),
    Shot("overview-filter", "/?dataMode=demo", opening("add-filter")),
    Shot("overview-zone", "/?dataMode=demo", opening("zone")),
    Shot("overview-me", "/?dataMode=demo", opening("me")),
    Shot("overview-keys", "/?dataMode=demo", _keys),
    Shot("overview-real", "/"),
    Shot("overview-hidden", "/?dataMode=test"),
    Shot("explore", "/explore?dataMode=demo"),
    Shot("explore-line", "/explore?dataMode=demo&measure=latency_p95&by=endpointTag&step=auto&limit=5"),
    Shot("explore-list", "/explore?dataMode=demo&measure=cost&by=userId&step=none&limit=10"),
    Shot("explore-grid", "/explore?dataMode=demo&measure=cost&by=model&by=endpointTag&step=none&limit=50"),
    Shot(
        "explore-heat", "/explore?dataMode=demo&measure=cost&by=userId&step=day&form=heat&limit=8&range=30d"
    ),
    Shot("explore-table", "/explore?dataMode=demo&measure=error_rate&by=model&step=day&form=table&limit=5"),
    Shot("explore-measure", "/explore?dataMode=demo", opening("measure")),
    Shot("explore-none", "/explore?model=nothing-of-this-name"),
    Shot("views", "/explore/views"),
    Shot("view", "/explore/views/viw_1"),
    Shot("view-remove", "/explore/views/viw_1/remove"),
    Shot("view-new", "/explore/views/new?measure=cost&by=model"),
    Shot("view-wrong", "/explore/views/new?measure=cost", wrong_view),
    Shot("investigate", "/investigate?dataMode=demo"),
    Shot(
        "investigate-against",
        "/investigate?dataMode=demo&endpointTag=support.reply_draft",
        opening("against"),
    ),
    Shot("investigate-fall", "/investigate?dataMode=demo&range=24h"),
    Shot("investigate-new", "/investigate?dataMode=demo&range=30d"),
    Shot("investigate-tenant", "/investigate?dataMode=demo&tenantId=copperfield"),
    Shot("investigate-none", "/investigate?model=nothing-of-this-name"),
    Shot("prompts", "/prompts?dataMode=demo"),
    Shot("prompts-none", "/prompts?model=nothing-of-this-name"),
    Shot("prompt-impact", "/prompts/impact?dataMode=demo&endpointTag=support.reply_draft"),
    Shot(
        "prompt-impact-versions",
        "/prompts/impact?dataMode=demo&endpointTag=support.reply_draft",
        opening("versions"),
    ),
    Shot("prompt-impact-none", "/prompts/impact?endpointTag=nothing.of.this.name"),
    Shot("requests", "/requests?dataMode=demo"),
    Shot("requests-drawer", "/requests?dataMode=demo", _drawer),
    Shot("requests-live", "/requests?dataMode=demo&live=1"),
    Shot("requests-live-none", "/requests?model=nothing-of-this-name&live=1"),
    Shot("features", "/features?dataMode=demo"),
    Shot("features-hours", "/features?dataMode=demo&range=24h&sort=errorRate"),
    Shot("features-search", "/features?dataMode=demo&search=support"),
    Shot("features-none", "/features?search=nothing"),
    Shot("feature", "/features/one?dataMode=demo&endpointTag=support.reply_draft"),
    Shot("models", "/models?dataMode=demo"),
    Shot("users", "/users?dataMode=demo"),
    Shot("users-real", "/users"),
    Shot("requests-none", "/requests?model=nothing-of-this-name"),
    Shot("request", "/requests?dataMode=demo&model=claude-sonnet-4-5", _first_row),
    Shot("request-error", "/requests?dataMode=demo&status=error", _first_row),
    Shot("request-unpriced", "/requests?model=acme-large-2", _first_row),
    Shot("data-quality", "/data-quality?dataMode=demo"),
    Shot("data-quality-real", "/data-quality?range=30d"),
    Shot("getting-started", "/getting-started"),
    Shot("quickstart", "/quickstart"),
    Shot("quickstart-key", "/quickstart", _quickstart_key),
    Shot("search", "/search?q=re"),
    Shot("search-typed", "/?dataMode=demo", _type_search),
    Shot("budgets", "/budgets"),
    Shot("budget", "/budgets/bud_1"),
    Shot("budget-values", "/budgets/bud_3"),
    Shot("budget-new", "/budgets/new", opening("finer")),
    Shot("budget-preview", "/budgets/new", preview),
    Shot("budget-wrong", "/budgets/new", wrong_budget),
    Shot("budget-remove", "/budgets/bud_1/remove"),
    Shot("prices", "/prices"),
    Shot("prices-none", "/prices?q=nothing-of-this-name"),
    Shot("price-model", "/prices/model?provider=openai&model=o3"),
    Shot("price-model-hours", "/prices/model?provider=deepseek&model=deepseek-v4-flash"),
    Shot("price-model-own", "/prices/model?provider=openai&model=gpt-4o"),
    Shot(
        "price-cost",
        "/prices/cost?provider=anthropic&model=claude-sonnet-4-5&inputTokens=240000&outputTokens=900&cachedInputTokens=180000",
    ),
    Shot("price-cost-wrong", "/prices/cost?provider=openai&model=gpt-4o&inputTokens=1&cachedInputTokens=2"),
    Shot("price-disagreements", "/prices/disagreements"),
    Shot("price-unknown", "/prices/unknown"),
    Shot("price-mended", "/prices/unknown?dataMode=all", mended),
    Shot("prices-own", "/prices/own?made=1"),
    Shot("price-own-new", "/prices/own/new?provider=openai&model=gpt-4o"),
    Shot("price-own-wrong", "/prices/own/new", wrong_price),
    Shot("price-own-end", "/prices/own/2/end"),
    Shot("price-own-remove", "/prices/own/2/remove"),
    Shot("price-alias-new", "/prices/aliases/new?provider=openai&name=gpt-4o-nano"),
    Shot("repricings", "/prices/repricings"),
    Shot("repricing", "/prices/repricings/rep_2"),
    Shot("repricing-applied", "/prices/repricings/rep_1"),
    Shot("repricing-apply", "/prices/repricings/rep_2/apply"),
    Shot("api-keys", "/settings/api-keys"),
    Shot("api-key-made", "/settings/api-keys", _make_key),
    Shot("api-keys-ended", "/settings/api-keys", opening("ended")),
    Shot("api-key-new", "/settings/api-keys/new"),
    Shot("api-key-wrong", "/settings/api-keys/new", _wrong_key),
    Shot("api-key", "/settings/api-keys/key_1"),
    Shot("api-key-rotate", "/settings/api-keys/key_1/rotate"),
    Shot("api-key-revoke", "/settings/api-keys/key_1/revoke"),
    Shot("account", "/account", _account),
    Shot("account-token-new", "/account/tokens"),
    Shot("account-token-made", "/account/tokens", _make_token),
    Shot("account-token-revoke", "/account/tokens/pat_1/revoke"),
    Shot("account-session-end", "/account/sessions/ses_1/end"),
    Shot("account-sessions-end", "/account/sessions/end"),
    Shot("account-two-step", "/account/two-step"),
    Shot("account-two-step-scan", "/account/two-step", _two_step),
    Shot("jobs", "/settings/jobs"),
    Shot("data", "/settings/data"),
    Shot("data-delete", "/settings/data/delete?dataMode=demo&scope=workspace"),
    Shot("tokens", "/settings/tokens"),
    Shot("audit", "/settings/audit?verify=1"),
    Shot("audit-none", "/settings/audit?action=price_book"),
    Shot("export-schedules", "/settings/exports"),
    Shot("export-schedule", "/settings/export-schedules/exs_1", test_schedule),
    Shot("export-schedule-failed", "/settings/export-schedules/exs_2"),
    Shot("export-schedule-new", "/settings/export-schedules/new?kind=s3"),
    Shot("export-schedule-wrong", "/settings/export-schedules/new?kind=folder", wrong_schedule),
    Shot("export-schedule-remove", "/settings/export-schedules/exs_1/remove"),
    Shot("channels", "/settings/channels"),
    Shot("channel-tested", "/settings/channels", test_channel),
    Shot("channel-new", "/settings/channels/new?kind=pagerduty"),
    Shot("channel-wrong", "/settings/channels/new?kind=webhook", wrong_channel),
    Shot("channel", "/settings/channels/chn_1"),
    Shot("channel-secret", "/settings/channels/chn_1", _new_secret),
    Shot("channel-remove", "/settings/channels/chn_1/remove"),
    Shot("deliveries", "/settings/deliveries"),
    Shot("alerts", "/alerts"),
    Shot("alerts-none", "/alerts?state=snoozed&severity=critical"),
    Shot("alert", "/alerts/alt_1"),
    Shot("alert-rules", "/settings/alerts"),
    Shot("alert-rule", "/settings/alerts/rules/rul_1"),
    Shot("alert-rule-wrong", "/settings/alerts/rules/new", wrong_rule),
    Shot("unit-cost", "/settings/alerts/unit-costs/rul_3"),
    Shot("members", "/settings/members"),
    Shot("member-leave", "/settings/members/leave"),
    Shot("invitation-made", "/settings/members", _invite),
    Shot("workspace", "/settings/workspace"),
    Shot("retention", "/settings/retention"),
    Shot("retention-confirm", "/settings/retention", _shorter),
    Shot("workspace-new", "/workspaces/new"),
    Shot("workspace-delete", "/settings/workspace/delete"),
    Shot("password", "/account/password"),
    Shot("error-404", "/nothing-here"),
    Shot("error-400", "/?range=fortnight&colour=green"),
)
EMPTY: Final = (
    Shot("overview-empty", "/"),
    Shot("requests-empty", "/requests"),
    Shot("budgets-empty", "/budgets"),
    Shot("data-quality-empty", "/data-quality"),
    Shot("getting-started-empty", "/getting-started"),
    Shot("alerts-empty", "/alerts"),
    Shot("incidents-empty", "/incidents"),
    Shot("prompts-empty", "/prompts"),
    Shot("investigate-empty", "/investigate"),
    Shot("prices-empty", "/prices"),
    Shot("price-unknown-empty", "/prices/unknown"),
    Shot("prices-own-empty", "/prices/own"),
    Shot("repricings-empty", "/prices/repricings"),
    Shot("join", "/settings/members", _join),
    Shot("forgot", "/forgot", is_public=True),
    Shot("workspace-switch", "/workspaces/new", _switch),
    Shot("sign-in", "/signin", is_public=True),
    Shot("sign-in-wrong", "/signin", _wrong_password, is_public=True),
)
FRESH: Final = (Shot("set-up", "/setup", is_public=True), Shot("welcome", "/setup", _set_up, is_public=True))


async def take(browser: Browser, server: Server, shots: list[Shot]) -> None:
    """All pictures of one server that is set up."""
    context = await browser.new_context()
    page = await context.new_page()
    await sign_in(page, server)
    state = await context.storage_state()
    await context.close()
    for theme in THEMES:
        for width in WIDTHS:
            for shot in shots:
                await _take_one(browser, server, shot, theme, width, None if shot.is_public else state)


async def _take_one(
    browser: Browser, server: Server, shot: Shot, theme: str, width: int, state: object
) -> None:
    context = await browser.new_context(
        viewport={"width": width, "height": HEIGHT},
        color_scheme="dark" if theme == "dark" else "light",
        storage_state=state,  # type: ignore[arg-type]
    )
    page = await context.new_page()
    await page.goto(f"{server.url}{shot.path}")
    await shot.act(page)
    await settle(page)
    await page.screenshot(path=FOLDER / f"{shot.name}-{theme}-{width}.png", full_page=True)
    await context.close()


async def _fill(browser: Browser, server: Server) -> None:
    """Demo data, and a few real calls: one without a price, names of every kind."""
    page = await browser.new_page()
    await sign_in(page, server)
    await load_demo(page, server)
    await call(page, server, model="acme-large-2", provider="acme", endpointTag="support.reply_draft")
    await call(page, server, endpointTag="\u0646\u0638\u0627\u0645-\u0627\u0644\u062f\u0641\u0639")
    await call(page, server, endpointTag="a.very.long.name." * 10, userId="user-" + "0123456789" * 12)
    await call(page, server, model="gpt-4o", inputTokens=90_000, outputTokens=4_000, cachedInputTokens=60_000)
    await _keys_of_all_kinds(page, server)
    await channels_of_some_kinds(page, server)
    await rules_of_alerts(page, server)
    await scheduled_exports(page, server)
    await pinned_views(page, server)
    await past_calls(page, server)
    await some_budgets(page, server)
    await some_prices(page, server)
    await page.close()


async def main(names: list[str]) -> None:
    def wanted(shots: tuple[Shot, ...]) -> list[Shot]:
        return [shot for shot in shots if not names or shot.name in names]

    FOLDER.mkdir(exist_ok=True)
    async with chromium() as browser:
        with TemporaryDirectory() as folder:
            data = Path(folder)
            async with serving(data / "full") as server:
                await _fill(browser, server)
                await take(browser, server, wanted(FULL))
            async with serving(data / "empty") as server:
                await take(browser, server, wanted(EMPTY))
            for theme in THEMES:
                for width in WIDTHS:
                    async with serving(data / f"fresh-{theme}-{width}", is_set_up=False) as server:
                        for shot in wanted(FRESH):
                            await _take_one(browser, server, shot, theme, width, None)
    print(f"{len(list(FOLDER.glob('*.png')))} pictures in {FOLDER.name}/")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
