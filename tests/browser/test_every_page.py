"""Every page that there is, with one of everything in the workspace: read by everybody, from one origin."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import pytest
import pytest_asyncio
import uvicorn
from playwright.async_api import Browser, Page

from farthing.actions.asker import Origin
from farthing.actions.entry.sign_in import sign_in_web
from farthing.app import door
from tests.access.world import World, world
from tests.browser.conftest import listen
from tests.browser.reading import unreadable
from tests.browser.test_everybody import PAGES
from tests.installations import EMAIL, PASSWORD
from tests.web.test_guards import routes

_NO_PAGES: Final = frozenset(
    {
        "/data-quality/newest",
        "/export/report",
        "/export/requests",
        "/export/summary",
        "/first-event",
        "/overview/ahead",
        "/requests/live",
        "/search/found",
        "/settings/audit/export",
        "/settings/exports/{export}/file",
        "/signin/oidc",
        "/signin/oidc/callback",
        "/static/{name}",
    }
)
"""Files, parts of pages, and ways to another site."""
_PUBLIC: Final = ("/signin", "/join/{token}", "/reset/{token}")
_ASKING: Final = {
    "/settings/audit": "?verify=1",
    "/settings/channels/new": "?kind=slack",
    "/settings/data/delete": "?dataMode=test&scope=workspace",
    "/settings/export-schedules/new": "?kind=s3",
    "/models/one": "?model=gpt-4o-mini",
    "/tenants/one": "?tenantId=marker-of-ours",
    "/users/one": "?userId=marker-of-ours",
}
"""What pages need in their address to have something to show."""


@asynccontextmanager
async def served(made: World) -> AsyncIterator[str]:
    """The address of a world, on a port of this machine."""
    app: Any = door(made.parts)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        assert not serving.done()
        await asyncio.sleep(0.01)
    (port,) = [each.getsockname()[1] for each in server.servers[0].sockets]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await serving


def seen_elsewhere(route: str) -> bool:
    """Whether one of PAGES is of this route."""
    pattern = re.compile(re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(route)))
    return any(pattern.fullmatch(path.partition("?")[0]) for path in PAGES)


def filled(route: str, ids: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: ids[found[1]], route) + _ASKING.get(route, "")


WANTED: Final = [each for each in routes("GET") if each not in _NO_PAGES and not seen_elsewhere(each)]


@dataclass(frozen=True)
class Everything:
    """A served world: a page of its owner, one of somebody not signed in, and what both asked for."""

    made: World
    url: str
    inside: Page
    outside: Page
    complaints: list[str]
    asked: list[str]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def everything(browser: Browser) -> AsyncIterator[Everything]:
    complaints: list[str] = []
    asked: list[str] = []
    async with world() as made, served(made) as url:
        session = await sign_in_web(made.parts, EMAIL, PASSWORD, Origin("page", "127.0.0.1"))
        inside, outside = [await browser.new_context(color_scheme="light") for _ in range(2)]
        await inside.add_cookies([{"name": "farthing-session", "value": session.cookie, "url": url}])
        within, without = await inside.new_page(), await outside.new_page()
        for page in (within, without):
            listen(page, complaints)
            page.on("request", lambda request: asked.append(request.url))
        yield Everything(made, url, within, without, complaints, asked)
        await inside.close()
        await outside.close()


@pytest.mark.parametrize("route", WANTED)
async def test_it_can_be_read_by_everybody_and_asks_nobody_else(everything: Everything, route: str) -> None:
    page = everything.outside if route in _PUBLIC else everything.inside
    answer = await page.goto(f"{everything.url}{filled(route, everything.made.ours.ids)}")
    assert answer is not None
    assert answer.status < 500
    assert not await unreadable(page)
    assert not everything.complaints
    assert everything.asked
    assert all(each.startswith((everything.url, "data:")) for each in everything.asked)
    everything.asked.clear()


async def test_a_viewer_is_offered_nothing_that_they_may_not_do(
    browser: Browser, everything: Everything
) -> None:
    made, url = everything.made, everything.url
    session = await sign_in_web(
        made.parts, made.ours.people["viewer"].user.email, PASSWORD, Origin("page", "127.0.0.1")
    )
    context = await browser.new_context()
    await context.add_cookies([{"name": "farthing-session", "value": session.cookie, "url": url}])
    page = await context.new_page()
    for route in (
        "/settings/data",
        "/settings/api-keys",
        "/budgets/{budget}",
        "/prices/own",
        "/settings/exports",
    ):
        await page.goto(f"{url}{filled(route, made.ours.ids)}")
        assert await page.locator("h1").count() == 1
        assert await page.locator(".sheet .btn-danger").count() == 0, route
    key = f"/settings/api-keys/{made.ours.ids['key']}/revoke"
    refused = await page.goto(f"{url}{key}")
    assert refused is not None
    assert refused.status == 403
    await context.close()
