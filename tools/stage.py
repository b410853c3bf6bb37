"""A stage for pages: a real server process on a free port, and a real Chromium in front of it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, Page, async_playwright

EMAIL: Final = "ada@example.com"
PASSWORD: Final = "correct horse battery"
_READY_S: Final = 60
_ARGUMENTS: Final = (
    "--no-sandbox",  # Chromium refuses to run as root with one
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@dataclass(frozen=True)
class Server:
    """A running server. `key` is its workspace's API key, None while nobody has set it up."""

    url: str
    key: str | None


@asynccontextmanager
async def serving(data: Path, *, is_set_up: bool = True) -> AsyncIterator[Server]:
    """A server over an empty data folder, with a first person and key if `is_set_up`; stopped afterwards."""
    key = await _set_up(data) if is_set_up else None
    arguments = ("-m", "farthing", "serve", "--host", "127.0.0.1", "--port", "0", "--data", str(data))
    delivered = data / "delivered"
    delivered.mkdir(parents=True, exist_ok=True)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=os.environ | {"FARTHING_EXPORT_ROOT": str(delivered)},
    )
    assert process.stdout is not None
    try:
        line = (await asyncio.wait_for(process.stdout.readline(), _READY_S)).decode()
        found = re.search(r"http://\S+", line)
        if found is None:
            raise RuntimeError(f"the server did not start; it said {line!r}")
        yield Server(found[0], key)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _set_up(data: Path) -> str:
    arguments = ("-m", "farthing", "init", "--email", EMAIL, "--workspace", "Analytical Engines")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *(*arguments, "--password-stdin", "--json", "--data", str(data)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await process.communicate(f"{PASSWORD}\n".encode())
    key: str = json.loads(told)["apiKey"]
    return key


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The machine's own Chromium, without a window."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        raise RuntimeError("the pages are looked at in Chromium, which is missing: apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(_ARGUMENTS))
        yield browser
        await browser.close()


async def sign_in(page: Page, server: Server) -> None:
    """Through the form, like everybody."""
    await page.goto(f"{server.url}/signin")
    await page.get_by_label("E-mail").fill(EMAIL)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url(f"{server.url}/")


async def load_demo(page: Page, server: Server) -> None:
    """The demo data, at the button of an empty overview."""
    await page.goto(server.url)
    await page.get_by_role("button", name="Try demo data").click()
    await page.wait_for_url(f"{server.url}/?dataMode=demo")


async def settle(page: Page) -> None:
    """Until fonts are there, nothing is asked for and nothing moves."""
    await page.wait_for_load_state("networkidle")
    await page.evaluate("document.fonts.ready")
    await page.evaluate(_STILL)


_STILL: Final = """
() => new Promise((resolve) => {
  const endless = (each) => each.effect.getTiming().iterations === Infinity;
  const ended = () => document.getAnimations().every(endless);
  const picture = () => document.querySelector('[data-chart] svg')?.outerHTML ?? '';
  const drawn = () => document.querySelector('[data-chart]') === null || picture() !== '';
  let last = '';
  const look = () => {
    const now = picture();
    if (ended() && drawn() && now === last) resolve();
    else { last = now; setTimeout(look, 60); }
  };
  look();
})
"""


async def call(page: Page, server: Server, **fields: Any) -> None:
    """Report one finished call with the workspace's key."""
    sample: dict[str, Any] = {
        "provider": "openai",
        "model": "gpt-4o-mini",
        "endpointTag": "checkout.ai_summary",
        "promptVersion": "summarizer_v3",
        "inputTokens": 120,
        "outputTokens": 45,
        "latencyMs": 820,
        "status": "success",
    }
    headers = {"X-API-Key": str(fields.pop("key", server.key))}
    answer = await page.request.post(
        f"{server.url}/v1/ingest/llm-request", data=sample | fields, headers=headers
    )
    if not answer.ok:
        raise RuntimeError(await answer.text())
