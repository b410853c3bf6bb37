"""Invitations by mail: sent with the public address, or handed over when that fails."""

from __future__ import annotations

import pytest

from farthing.actions.asker import Origin
from farthing.actions.entry.sign_in import open_token_session
from tests.installations import Installed
from tests.people.post_office import PostOffice, link_in
from tests.web.browsing import Browser

BOB = "bob@example.com"


@pytest.fixture
async def owner(browser: Browser) -> Browser:
    await browser.sign_in()
    return browser


async def test_an_invitation_is_mailed_and_leads_in(
    mailing: Installed, office: PostOffice, owner: Browser
) -> None:
    await owner.open("/settings/members")
    page = await owner.send("/settings/invitations", {"email": BOB, "role": "viewer", "mail": "yes"})
    assert not page.all("code", id="link")
    (mail,) = office.mails
    assert mail["to"] == BOB
    link = link_in(mail)
    assert link.startswith("https://costs.example.com/join/")
    assert link.rpartition("/")[2] not in owner.answer.text
    bob = Browser(mailing.parts)
    path = link.removeprefix("https://costs.example.com")
    await bob.open(path)
    await bob.send(path, {"password": "bobs password"})
    assert (bob.status, bob.headers["location"]) == (303, "/")
    await bob.client.aclose()


async def test_a_link_that_could_not_be_mailed_is_shown(office: PostOffice, owner: Browser) -> None:
    office.refuses = True
    await owner.open("/settings/members")
    page = await owner.send("/settings/invitations", {"email": BOB, "role": "viewer", "mail": "yes"})
    assert "could not be sent" in page.one("p", role="alert").text
    assert page.one("code", id="link").text.startswith("https://costs.example.com/join/")


async def test_over_the_api_the_link_is_mailed_when_asked_for(
    mailing: Installed, office: PostOffice, owner: Browser
) -> None:
    token = (await open_token_session(mailing.parts, mailing.membership, Origin("api"))).access_token
    headers = {"Authorization": f"Bearer {token}"}
    told = []
    for send_mail, refuses in ((True, False), (True, True), (False, False)):
        office.refuses = refuses
        body = {"email": BOB, "sendMail": send_mail}
        answer = await owner.client.post("/v1/settings/invitations", json=body, headers=headers)
        assert answer.status_code == 201
        told.append((answer.json()["isMailed"], answer.json()["link"] is None))
    assert told == [(True, True), (False, False), (False, False)]
    assert len(office.mails) == 1
