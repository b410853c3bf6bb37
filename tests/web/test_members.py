"""The members' page: who is there, what they are, and taking their place after a second look."""

from __future__ import annotations

from dataclasses import replace

from farthing.rules.roles import PERMISSIONS
from tests.contract.test_sessions import session
from tests.installations import EMAIL, Installed
from tests.people.crowd import join, roles_of
from tests.storages import Changed
from tests.web.browsing import Browser

PATH = "/settings/members"


async def test_members_and_the_roles_table_are_shown(installation: Installed, owner: Browser) -> None:
    await join(installation.parts.storage, installation.membership, "bob@example.com", "viewer")
    page = await owner.open(PATH)
    members, roles = page.all("tbody")
    assert [row.one("bdi").text for row in members.all("tr")] == [EMAIL, "bob@example.com"]
    assert [row.one("th").text for row in roles.all("tr")] == list(PERMISSIONS.values())


async def test_a_role_is_changed(installation: Installed, owner: Browser) -> None:
    storage, first = installation.parts.storage, installation.membership
    bob = await join(storage, first, "bob@example.com", "viewer")
    page = await owner.open(f"{PATH}/{bob.user.public_id}")
    assert [each.text for each in page.all("option")] == ["owner", "admin", "member", "viewer"]
    await owner.send(f"{PATH}/{bob.user.public_id}", {"role": "admin"})
    assert (owner.status, owner.headers["location"]) == (303, PATH)
    assert (await roles_of(storage, first.workspace.id))[bob.user.id] == "admin"


async def test_who_is_removed_is_signed_out_here_at_once(installation: Installed, owner: Browser) -> None:
    storage, first = installation.parts.storage, installation.membership
    bob = await join(storage, first, "bob@example.com", "viewer")
    mine = await Changed(storage).start_session(replace(session(bob), expires_at=2**50))
    page = await owner.open(f"{PATH}/{bob.user.public_id}/remove")
    assert "signed out" in page.text
    await owner.send(f"{PATH}/{bob.user.public_id}/remove", {})
    assert owner.status == 303
    assert await storage.session_by_hash(mine.token_hash) is None
    page = await owner.open(PATH)
    assert "bob@example.com" not in page.text


async def test_the_last_owner_is_told_why_they_stay(installation: Installed, owner: Browser) -> None:
    page = await owner.open(PATH)
    assert not [link for link in page.all("a") if link.attributes["href"].endswith("/leave")]
    await owner.open(f"{PATH}/leave")
    page = await owner.send(f"{PATH}/leave", {})
    assert owner.status == 409
    assert page.one("p", class_="lede").text.startswith("A workspace needs an owner")
    await join(installation.parts.storage, installation.membership, "bob@example.com", "owner")
    await owner.open(f"{PATH}/leave")
    await owner.send(f"{PATH}/leave", {})
    assert owner.status == 303
    await owner.open("/")
    assert owner.headers["location"] == "/signin?next=%2F"


async def test_the_last_owner_is_not_offered_what_would_be_refused(
    installation: Installed, owner: Browser
) -> None:
    path = f"{PATH}/{installation.membership.user.public_id}"
    page = await owner.open(path)
    assert not page.all("select")
    assert "this is the only one" in page.text
    await join(installation.parts.storage, installation.membership, "bob@example.com", "owner")
    page = await owner.open(path)
    assert page.all("select", id="role")


async def test_a_role_that_was_chosen_stays_when_the_address_is_wrong(owner: Browser) -> None:
    page = await owner.open(PATH)
    for email, chosen in (("nobody", "viewer"), (EMAIL, "admin")):
        page = await owner.send("/settings/invitations", {"email": email, "role": chosen})
        assert [each.text for each in page.all("option") if "selected" in each.attributes] == [chosen]


async def test_a_member_sees_the_list_and_no_button(installation: Installed, owner: Browser) -> None:
    storage, first = installation.parts.storage, installation.membership
    bob = await join(storage, first, "bob@example.com", "owner")
    await storage.change(lambda changes: changes.set_role(first.workspace.id, first.user.id, "member"))
    page = await owner.open(PATH)
    assert owner.status == 200
    (sheet,) = page.all("main")
    assert not [link for link in sheet.all("a") if "aria-label" in link.attributes]
    for path in (f"{PATH}/{bob.user.public_id}", f"{PATH}/{bob.user.public_id}/remove"):
        await owner.open(path)
        assert owner.status == 403
