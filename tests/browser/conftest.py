"""A real Chromium in front of real server processes. One server is filled with demo data and shared."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, Response

from tools.stage import Server, call, chromium, load_demo, serving, sign_in

Open = Callable[..., Awaitable[Page]]
_MISSING = "Failed to load resource"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here shares one loop, because the browser and the servers live in it."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """A workspace with demo data and a few real calls, one of them without a price."""
    async with serving(tmp_path_factory.mktemp("data") / "full") as server:
        page = await browser.new_page()
        await sign_in(page, server)
        await load_demo(page, server)
        await call(page, server)
        await call(page, server, model="acme-large-2", provider="acme")
        await call(page, server, endpointTag="a.very.long.name." * 10, userId="\u0646\u0638\u0627\u0645")
        await page.close()
        yield server


async def cookies_of(browser: Browser, server: Server) -> Any:
    """The cookies of somebody who signs in to a server."""
    context = await browser.new_context()
    await sign_in(await context.new_page(), server)
    state = await context.storage_state()
    await context.close()
    return state


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def signed_in(browser: Browser, server: Server) -> Any:
    """The cookies of somebody who is signed in to `server`."""
    return await cookies_of(browser, server)


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(browser: Browser, server: Server, signed_in: Any) -> AsyncIterator[Open]:
    """Opens a page of `server` in a browser of its own; whatever the browser complains of fails the test."""
    complaints: list[str] = []
    async with AsyncExitStack() as stack:

        async def open_page(path: str, **context: Any) -> Page:
            made = await browser.new_context(storage_state=signed_in, **context)
            stack.push_async_callback(made.close)
            page = await made.new_page()
            listen(page, complaints)
            await page.goto(f"{server.url}{path}")
            return page

        yield open_page
    assert not complaints


def listen(page: Page, complaints: list[str]) -> None:
    """Note errors of scripts, and what the Content-Security-Policy has blocked."""

    def hear(line: ConsoleMessage) -> None:
        if line.type == "error" and not line.text.startswith(_MISSING):
            complaints.append(line.text)

    def watch(response: Response) -> None:
        # A page may say 404; whatever a page is made of may not.
        if response.status >= 400 and response.request.resource_type != "document":
            complaints.append(f"{response.status} {response.url}")

    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", hear)
    page.on("response", watch)
