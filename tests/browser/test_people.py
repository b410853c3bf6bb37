"""Two people in real browsers: invited, joined, and between two workspaces."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Browser, expect

from tests.browser.conftest import listen
from tools.stage import serving, sign_in


async def test_from_an_invitation_into_a_workspace_and_into_another(browser: Browser, tmp_path: Path) -> None:
    complaints: list[str] = []
    async with serving(tmp_path / "data") as server:
        hers, his = await browser.new_context(), await browser.new_context()
        ada, bob = await hers.new_page(), await his.new_page()
        for page in (ada, bob):
            listen(page, complaints)
        await sign_in(ada, server)
        await ada.get_by_role("link", name="Members").click()
        await ada.get_by_label("E-mail").fill("bob@example.com")
        await ada.get_by_label("Role", exact=True).select_option("admin")
        await ada.get_by_role("button", name="Make a link").click()
        link = await ada.locator("#link").inner_text()
        assert link.startswith(f"{server.url}/join/")

        await bob.goto(link)
        await expect(bob.get_by_role("heading", name="Join Analytical Engines")).to_be_visible()
        await bob.get_by_label("Password").fill("bobs own password")
        await bob.get_by_role("button", name="Join").click()
        await expect(bob).to_have_url(f"{server.url}/")

        await ada.goto(f"{server.url}/workspaces/new")
        await ada.get_by_label("Name").fill("Difference Engines")
        await ada.get_by_role("button", name="Make workspace").click()
        await expect(ada).to_have_url(f"{server.url}/")
        await ada.locator("#workspaces summary").click()
        await ada.get_by_role("button", name="Analytical Engines").click()
        await expect(ada.locator("#workspaces summary")).to_contain_text("Analytical Engines")

        await ada.get_by_role("link", name="Members").click()
        await ada.get_by_role("link", name="Change bob@example.com").click()
        await ada.get_by_role("link", name="Remove from the workspace").click()
        await ada.get_by_role("button", name="Remove the member").click()
        await expect(ada.get_by_text("bob@example.com")).to_have_count(0)
        await bob.reload()
        await expect(bob).to_have_url(f"{server.url}/signin?next=%2F")
        for context in (hers, his):
            await context.close()
    assert not complaints
