"""The page of the audit log."""

from __future__ import annotations

from tests.contract.test_changes import entry
from tests.installations import EMAIL, Installed
from tests.storages import Changed
from tests.web.browsing import Browser


async def test_what_was_done_is_told_in_words(installation: Installed, owner: Browser) -> None:
    workspace, user = installation.membership.workspace, installation.membership.user
    told = entry(
        "member.role_changed",
        workspace_id=workspace.id,
        actor=user.public_id,
        target=user.public_id,
        before={"role": "admin", "tags": ["a", "b"]},
        after={"role": "viewer"},
    )
    await Changed(installation.parts.storage).enter(told)
    page = await owner.open("/settings/audit")
    text = page.text
    assert "Member role changed" in text
    assert text.count(EMAIL) >= 2
    for words in ("admin → viewer", "a, b", "API · ::1"):
        assert words in text, words


async def test_it_is_verified_on_request(owner: Browser) -> None:
    page = await owner.open("/settings/audit?verify=1")
    assert "All 3 entries are as written" in page.text


async def test_filters_find_nothing_and_can_be_cleared(owner: Browser) -> None:
    page = await owner.open("/settings/audit?action=price_book&actor=")
    assert "No entry here" in page.text
    assert [link.attributes["href"] for link in page.all("a") if link.text == "Clear the filters"] == [
        "/settings/audit"
    ]


async def test_a_filter_that_makes_no_sense_is_told(owner: Browser) -> None:
    await owner.open("/settings/audit?from=yesterday")
    assert owner.status == 400


async def test_it_is_exported(owner: Browser) -> None:
    await owner.open("/settings/audit/export?action=workspace")
    assert owner.headers["content-type"].startswith("text/csv")
    assert len(owner.answer.text.splitlines()) == 2
    assert "workspace.created" in owner.answer.text


async def test_what_the_operator_did_is_said_to_be_theirs(installation: Installed, owner: Browser) -> None:
    workspace = installation.membership.workspace
    told = entry(
        "plan.assigned", workspace_id=workspace.id, actor="", via="command", target=workspace.public_id
    )
    await Changed(installation.parts.storage).enter(told)
    page = await owner.open("/settings/audit?action=plan")
    assert "the operator" in page.one("tbody").text
