"""What is set up or typed before pictures of alerts, their channels, and exports by themselves are taken."""

from __future__ import annotations

from playwright.async_api import Page

from tools.stage import Server


async def channels_of_some_kinds(page: Page, server: Server) -> None:
    """A webhook that is quiet at night, and a channel of a service that is switched off."""

    async def add(kind: str, name: str, address: str, *, is_quiet: bool = False) -> None:
        await page.goto(f"{server.url}/settings/channels/new?kind={kind}")
        await page.get_by_label("Name").fill(name)
        await page.get_by_label("Address").fill(address)
        if is_quiet:
            await page.get_by_label("Hold back what is not critical").check()
        await page.get_by_role("button", name="Add the channel").click()

    await add("webhook", "Incident bot", "https://bots.example.invalid/hooks/farthing", is_quiet=True)
    await page.locator("#secret").wait_for()
    await add("other", "FinOps room", "mmosts://chat.example.invalid/abcdefghijklmnopqrstuvwxyz")
    await page.get_by_role("button", name="Switch off FinOps room").click()


async def rules_of_alerts(page: Page, server: Server) -> None:
    """A rule for each delivery, a limit, and the weekly report."""
    at = f"{server.url}/settings/alerts"
    for name, delivery in (("Pager", "immediate"), ("Morning round", "daily")):
        await page.goto(f"{at}/rules/new")
        await page.get_by_label("Name").fill(name)
        await page.get_by_label("Delivery").select_option(delivery)
        if delivery == "immediate":
            await page.get_by_label("Budget exceeded").check()
            await page.get_by_label("At least").select_option("critical")
            await page.get_by_label("Incident bot").check()
        await page.get_by_role("button", name="Make the rule").click()
        await page.wait_for_url(at)
    await page.get_by_role("button", name="Mute for a day").first.click()
    await page.get_by_text("muted until").wait_for()
    await page.goto(f"{at}/unit-costs/new")
    await page.get_by_label("Name").fill("Reply drafts")
    await page.get_by_label("Warns above").fill("0.02")
    await page.get_by_label("Only calls with").fill("endpointTag=support.reply_draft")
    await page.get_by_role("button", name="Make the limit").click()
    await page.wait_for_url(at)
    await page.get_by_role("button", name="Send it").click()
    await page.get_by_text("It goes on Mondays").wait_for()


async def wrong_rule(page: Page) -> None:
    await page.get_by_label("Name").fill("Pager")
    await page.get_by_label("Cooldown").fill("999999")
    await page.get_by_role("button", name="Make the rule").click()


async def scheduled_exports(page: Page, server: Server) -> None:
    """One into a folder, which has run, and one into a bucket that is not there."""
    for kind, fields in (
        ("folder", {"Name": "nightly to finance", "Folder": "finance/daily"}),
        (
            "s3",
            {
                "Name": "weekly to the lake",
                "Address of the service": "https://s3.example.invalid",
                "Region": "eu-central-1",
                "Bucket": "costs",
                "Access key id": "AKIAEXAMPLE",
                "Secret access key": "not-a-secret",
            },
        ),
    ):
        await page.goto(f"{server.url}/settings/export-schedules/new?kind={kind}")
        for label, text in fields.items():
            await page.get_by_label(label, exact=True).fill(text)
        await page.get_by_role("button", name="Schedule the export").click()
        await page.get_by_role("link", name=fields["Name"]).click()
        await page.get_by_role("button", name="Run now").click()


async def test_schedule(page: Page) -> None:
    await page.get_by_role("button", name="Test where files go").click()
    await page.get_by_role("status").wait_for()


async def wrong_schedule(page: Page) -> None:
    await page.get_by_label("Name", exact=True).fill("nightly")
    await page.get_by_label("Folder").fill("../elsewhere")
    await page.get_by_label("Filters").fill("modle=gpt-4o")
    await page.get_by_role("button", name="Schedule the export").click()


async def test_channel(page: Page) -> None:
    await page.get_by_role("button", name="Send a test to Incident bot").click()
    await page.get_by_role("status").wait_for()


async def wrong_channel(page: Page) -> None:
    await page.get_by_label("Name").fill("Incident bot")
    await page.get_by_label("Address").fill("http://10.0.0.1/hook")
    await page.get_by_role("button", name="Add the channel").click()
