"""From the invitation to the place, in a browser."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.installations import EMAIL, Installed
from tests.people.crowd import join, roles_of
from tests.web.browsing import Browser

MEMBERS = "/settings/members"
BOB = "bob@example.com"


async def link_for(owner: Browser, email: str = BOB, role: str = "viewer") -> str:
    """The path of a new invitation, from the page that shows it."""
    await owner.open(MEMBERS)
    page = await owner.send("/settings/invitations", {"email": email, "role": role})
    link = page.one("code", id="link").text
    assert link.startswith("http://farthing.test/join/")
    return link.removeprefix("http://farthing.test")


async def test_a_new_person_joins_and_is_signed_in(installation: Installed, owner: Browser) -> None:
    link, bob = await link_for(owner), Browser(installation.parts)
    page = await bob.open(link)
    assert page.one("input", id="email").attributes["value"] == BOB
    await bob.send(link, {"password": "bobs password"})
    assert (bob.status, bob.headers["location"]) == (303, "/")
    page = await bob.open(MEMBERS)
    assert [each.text for each in page.all("bdi")] == [EMAIL, BOB]
    await bob.open(link)
    assert bob.status == 404
    await bob.client.aclose()


async def test_whoever_is_signed_in_as_the_invited_person_just_joins(
    installation: Installed, owner: Browser
) -> None:
    storage, first = installation.parts.storage, installation.membership
    link = await link_for(owner)
    hashed = await installation.parts.passwords.hash("bobs password")
    bob = await join(storage, first, BOB, "member", hashed)
    person = Browser(installation.parts)
    await person.open("/signin")
    await person.send("/signin", {"email": BOB, "password": "bobs password", "next": link})
    assert person.headers["location"] == link
    page = await person.open(link)
    assert not page.all("input", id="password")
    await person.send(link, {})
    assert (person.status, person.headers["location"]) == (303, "/")
    # Already there by another way: the role that was given there stays.
    assert (await roles_of(storage, first.workspace.id))[bob.user.id] == "member"
    await person.client.aclose()


async def test_an_invitation_is_for_its_address_only(installation: Installed, owner: Browser) -> None:
    link = await link_for(owner)
    page = await owner.open(link)
    assert "for another address" in page.text
    await owner.send(link, {})
    assert owner.status == 409
    assert len(await roles_of(installation.parts.storage, installation.membership.workspace.id)) == 1


@pytest.mark.parametrize(
    ("password", "status", "told"),
    [("short", 400, "has 5 characters"), ("another password", 401, "does not go with this invitation")],
)
async def test_what_can_not_be_is_told_on_the_page(
    installation: Installed, owner: Browser, password: str, status: int, told: str
) -> None:
    storage, first = installation.parts.storage, installation.membership
    bob = await join(storage, first, BOB, "viewer")
    await storage.change(lambda changes: changes.remove_member(first.workspace.id, bob.user.id))
    link, stranger = await link_for(owner), Browser(installation.parts)
    await stranger.open(link)
    page = await stranger.send(link, {"password": password})
    assert stranger.status == status
    assert told in page.one("p", role="alert").text
    await stranger.client.aclose()


async def test_invitations_are_listed_and_revoked(owner: Browser) -> None:
    link = await link_for(owner)
    page = await owner.open(MEMBERS)
    assert BOB in page.text
    action = page.one("table", class_="spaced").one("form").attributes["action"]
    await owner.send(action, {})
    assert owner.status == 303
    page = await owner.open(MEMBERS)
    assert BOB not in page.text
    await owner.open(link)
    assert owner.status == 404


async def test_what_can_not_be_invited_is_told_beside_the_form(owner: Browser) -> None:
    await owner.open(MEMBERS)
    for email, status, told in ((EMAIL, 409, "member already"), ("x", 400, "not an e-mail address")):
        page = await owner.send("/settings/invitations", {"email": email, "role": "viewer"})
        assert owner.status == status
        assert told in page.one("p", id="email-problem").text


async def test_no_secret_of_a_link_is_logged(owner: Browser) -> None:
    link = await link_for(owner)
    lines: list[Any]
    with capture_logs() as lines:
        await owner.send(link, {"form_token": "forged"})
        await owner.open(f"{link}x")
    assert [line["path"] for line in lines] == ["/join/…", "/join/…"]
