"""From an empty folder to the first cost on screen, and from there to the receipt."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, expect

from tests.browser.conftest import listen
from tools.stage import EMAIL, PASSWORD, call, serving, sign_in

_LANGUAGES: Final = ("", "-python", "-node", "-otlp")
_A_SPAN: Final = """
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter()))
fields = {"operation.name": "chat", "provider.name": "openai", "request.model": "gpt-4o-mini"}
counts = {"usage.input_tokens": 120, "usage.output_tokens": 45}
with provider.get_tracer("ours").start_as_current_span("chat gpt-4o-mini") as span:
    span.set_attributes({f"gen_ai.{name}": value for name, value in (fields | counts).items()})
provider.shutdown()
"""


async def run(*command: str, typed: str = "") -> str:
    """What a program says, having been told something; it must end well."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe)
    said, complained = await process.communicate(typed.encode())
    assert process.returncode == 0, complained.decode()
    return said.decode()


async def test_the_first_call_turns_the_welcome_into_the_dashboard(browser: Browser, tmp_path: Path) -> None:
    complaints: list[str] = []
    async with serving(tmp_path / "data", is_set_up=False) as server:
        context = await browser.new_context(timezone_id="Europe/Vienna")
        page = await context.new_page()
        listen(page, complaints)

        await page.goto(server.url)
        await expect(page).to_have_url(f"{server.url}/setup")
        await expect(page.get_by_label("Workspace")).to_be_focused()
        await expect(page.get_by_label("Time zone")).to_have_value("Europe/Vienna")
        await page.get_by_label("Workspace").fill("Analytical Engines")
        await page.get_by_label("E-mail").fill(EMAIL)
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Set up").click()

        key = await page.locator("#key").inner_text()
        await expect(page.locator("#call")).to_contain_text(f"X-API-Key: {key}")
        await expect(page.get_by_role("status")).to_contain_text("Waiting for the first event")
        await call(page, server, key=key, externalRequestId="req_2026_02_07_001")
        await expect(page).to_have_url(f"{server.url}/")  # by itself
        await expect(page.locator("[data-measure=cost] .value")).to_have_text("$0.000\u202f045")
        await expect(page.locator("#zone summary")).to_contain_text("Europe/Vienna")

        await page.get_by_role("link", name="Requests of checkout.ai_summary").click()
        await expect(page.locator(".chip")).to_contain_text("checkout.ai_summary")
        await page.locator("a.row-link").click()
        await expect(page.locator("[data-total]")).to_have_text("$0.000\u202f045")
        await expect(page.locator(".receipt tbody tr")).to_have_count(2)

        await page.go_back()
        await page.go_back()
        await expect(page.get_by_role("heading", name="Overview")).to_be_visible()
        await page.locator("#me summary").click()
        await page.get_by_role("button", name="Sign out").click()
        await expect(page).to_have_url(f"{server.url}/signin")
        await context.close()
    assert not complaints


async def test_an_empty_overview_becomes_the_dashboard_too(browser: Browser, tmp_path: Path) -> None:
    async with serving(tmp_path / "data") as server:
        context = await browser.new_context()
        page = await context.new_page()
        await page.goto(f"{server.url}/requests")
        await page.get_by_label("E-mail").fill(EMAIL)
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Sign in").click()
        await expect(page).to_have_url(f"{server.url}/requests")
        await page.get_by_role("link", name="Overview").click()
        await expect(page.get_by_role("heading", name="Send a first call")).to_be_visible()
        await page.route("**/demo", lambda route: route.fulfill(status=204))  # the page stays
        await page.get_by_role("button", name="Try demo data").click()
        await expect(page.get_by_role("button", name="Making the calls")).to_be_disabled()
        await expect(page.locator(".waiting")).to_have_count(0)
        await page.unroute("**/demo")
        await page.reload()
        await call(page, server, dataMode="test")
        await expect(page).to_have_url(f"{server.url}/?dataMode=test")
        await expect(page.locator(".banner")).to_contain_text("only test calls are shown")
        await context.close()


async def test_every_ready_call_of_the_quickstart_arrives_as_it_stands(
    browser: Browser, tmp_path: Path
) -> None:
    async with serving(tmp_path / "data") as server:
        context = await browser.new_context()
        page = await context.new_page()
        await sign_in(page, server)
        await page.goto(f"{server.url}/quickstart")
        await page.get_by_role("button", name="Make a key").click()
        await expect(page.locator("#key")).to_contain_text("fk_live_")
        texts = {name: await page.locator(f"#call{name}").text_content() or "" for name in _LANGUAGES}
        await expect(page.locator("#call-node")).to_be_hidden()
        await page.get_by_role("radio", name="Node").check()
        await expect(page.locator("#call-node")).to_be_visible()
        await expect(page.locator("#call")).to_be_hidden()
        spans = f"{texts['-otlp']}\n{sys.executable} - <<'END'\n{_A_SPAN}\nEND"
        said = await asyncio.gather(
            run("bash", typed=texts[""].replace("curl ", "curl -sS ", 1)),
            run(sys.executable, "-", typed=texts["-python"]),
            run("node", "--input-type=module", typed=texts["-node"]),
            run("bash", typed=spans),
        )
        assert '"ok":true' in said[0]
        assert said[2].startswith("200 ")
        await page.goto(f"{server.url}/requests")
        await expect(page.locator("a.row-link")).to_have_count(4)
        await page.goto(f"{server.url}/quickstart")
        await page.get_by_role("button", name="Send a test call from here").click()
        await expect(page.locator("[data-total]")).to_have_text("$0.000\u202f045")
        await expect(page.get_by_text("quickstart.test_call").first).to_be_visible()
        await context.close()
