"""Passwords that are forgotten, reset and changed."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from farthing.actions.asker import Origin
from farthing.actions.entry.sign_in import open_token_session
from farthing.actions.errors import InvalidInputError
from farthing.actions.people.set_password import ask_reset, change_password, make_reset_path, set_password
from farthing.storage.contract import AuditQuery
from tests.contract.test_sessions import session
from tests.installations import EMAIL, PASSWORD, Installed
from tests.people.post_office import PostOffice, link_in
from tests.storages import Changed
from tests.web.browsing import Browser

NEW = "quite another password"
MINUTE_MS = 60_000


async def is_password(browser: Browser, password: str) -> bool:
    answer = await browser.client.post("/v1/auth/login", json={"email": EMAIL, "password": password})
    return answer.status_code == 200


async def told_of(installed: Installed) -> list[tuple[str, str]]:
    workspace_id = installed.membership.workspace.id
    entries = await installed.parts.storage.audit_entries(workspace_id, AuditQuery(action="password"), 10)
    return [(each.action, each.target) for each in entries]


async def test_a_forgotten_password_is_reset_over_a_mailed_link_once(
    mailing: Installed, office: PostOffice, browser: Browser
) -> None:
    storage, user = mailing.parts.storage, mailing.membership.user
    elsewhere = await Changed(storage).start_session(replace(session(mailing.membership), expires_at=2**50))
    await browser.open("/forgot")
    page = await browser.send("/forgot", {"email": " Ada@Example.com"})
    assert "on its way" in page.one("p", role="status").text
    await mailing.parts.background.finish()
    (mail,) = office.mails
    assert mail["to"] == EMAIL
    path = link_in(mail).removeprefix("https://costs.example.com")

    page = await browser.open(path)
    assert page.one("input", id="email").attributes["value"] == EMAIL
    page = await browser.send(path, {"password": "short"})
    assert (browser.status, "has 5 characters" in page.text) == (400, True)
    await browser.send(path, {"password": NEW})
    assert (browser.status, browser.headers["location"]) == (303, "/signin")
    assert await storage.session_by_hash(elsewhere.token_hash) is None
    assert await is_password(browser, NEW)
    assert not await is_password(browser, PASSWORD)
    await browser.open(path)
    assert browser.status == 404
    assert await told_of(mailing) == [("password.reset", user.public_id)]


async def test_the_answer_is_the_same_and_waits_for_nothing_whoever_asks(
    mailing: Installed, office: PostOffice, browser: Browser
) -> None:
    pages = []
    for email in (EMAIL, "nobody@example.com", "nonsense"):
        await browser.open("/forgot")
        await browser.send("/forgot", {"email": email})
        pages.append((browser.status, re.sub(r'value="[^"]*"', "", browser.answer.text)))
        assert office.mails == []  # nothing was looked up or sent before the answer
    assert pages[0] == pages[1] == pages[2]
    await mailing.parts.background.finish()
    assert [mail["to"] for mail in office.mails] == [EMAIL]


async def test_the_same_is_true_of_the_api(mailing: Installed, office: PostOffice, browser: Browser) -> None:
    answers = [
        await browser.client.post("/v1/auth/forgot-password", json={"email": email})
        for email in (EMAIL, "nobody@example.com", "nonsense")
    ]
    assert {(each.status_code, each.text) for each in answers} == {(200, answers[0].text)}
    await mailing.parts.background.finish()
    token = link_in(office.mails[0]).rpartition("/")[2]
    body = {"token": token, "password": NEW}
    assert (await browser.client.post("/v1/auth/reset-password", json=body)).status_code == 200
    assert (await browser.client.post("/v1/auth/reset-password", json=body)).status_code == 404
    assert await is_password(browser, NEW)


async def test_a_link_is_good_for_an_hour_and_only_the_last_one(mailing: Installed, browser: Browser) -> None:
    first, second = [await make_reset_path(mailing.parts, EMAIL) for _ in range(2)]
    await browser.open(first)
    assert browser.status == 404
    mailing.clock.forward(60 * MINUTE_MS - 1)
    await browser.open(second)
    assert browser.status == 200
    mailing.clock.forward(1)
    await browser.send(second, {"password": NEW})
    assert browser.status == 404


async def test_a_mail_that_can_not_be_sent_is_nothing_to_the_one_who_asks(
    mailing: Installed, office: PostOffice, browser: Browser
) -> None:
    office.refuses = True
    await browser.open("/forgot")
    page = await browser.send("/forgot", {"email": EMAIL})
    assert "on its way" in page.text
    await mailing.parts.background.finish()


@pytest.mark.parametrize("emails", [[EMAIL] * 6, [f"{n}@example.com" for n in range(6)]])
async def test_asking_is_limited_by_account_and_by_address(
    mailing: Installed, browser: Browser, emails: list[str]
) -> None:
    codes = []
    for email in emails:
        await browser.open("/forgot")
        await browser.send("/forgot", {"email": email})
        codes.append(browser.status)
    assert codes == [200] * 5 + [429]
    mailing.clock.forward(5 * MINUTE_MS)
    await browser.open("/forgot")
    await browser.send("/forgot", {"email": emails[-1]})
    assert browser.status == 200


async def test_whoever_knows_the_password_changes_it_and_stays_signed_in_here_only(
    mailing: Installed, browser: Browser
) -> None:
    storage, user = mailing.parts.storage, mailing.membership.user
    elsewhere = await Changed(storage).start_session(replace(session(mailing.membership), expires_at=2**50))
    await browser.sign_in()
    await browser.open("/account/password")
    page = await browser.send("/account/password", {"presentPassword": "not this one", "password": NEW})
    assert (browser.status, "not your password" in page.text) == (400, True)
    page = await browser.send("/account/password", {"presentPassword": PASSWORD, "password": "short"})
    assert (browser.status, "has 5 characters" in page.text) == (400, True)
    page = await browser.send("/account/password", {"presentPassword": PASSWORD, "password": NEW})
    assert "is changed" in page.one("p", role="status").text
    await browser.open("/account/password")
    assert browser.status == 200
    assert await storage.session_by_hash(elsewhere.token_hash) is None
    assert await is_password(browser, NEW)
    assert await told_of(mailing) == [("password.changed", user.public_id)]


async def test_the_present_password_can_not_be_guessed(mailing: Installed, browser: Browser) -> None:
    token = (await open_token_session(mailing.parts, mailing.membership, Origin("api"))).access_token
    headers = {"Authorization": f"Bearer {token}"}
    body = {"presentPassword": "not this one", "password": NEW}
    codes = [
        (await browser.client.post("/v1/me/password", json=body, headers=headers)).status_code
        for _ in range(6)
    ]
    assert codes == [400] * 5 + [429]
    mailing.clock.forward(5 * MINUTE_MS)
    body["presentPassword"] = PASSWORD
    assert (await browser.client.post("/v1/me/password", json=body, headers=headers)).status_code == 200


async def test_without_mail_the_page_says_whom_to_ask(mailing: Installed) -> None:
    browser = Browser(replace(mailing.parts, mailer=None))
    page = await browser.open("/forgot")
    assert "sends no mail" in page.text
    assert not page.all("form")
    await browser.client.aclose()


async def test_a_change_that_began_before_a_reset_does_not_undo_it(
    mailing: Installed, browser: Browser
) -> None:
    began = mailing.asker  # the request was let in, and its body is under way
    await set_password(mailing.parts, EMAIL, NEW)
    with pytest.raises(InvalidInputError, match="presentPassword"):
        await change_password(mailing.parts, began, PASSWORD, "that of whoever stole it")
    assert await is_password(browser, NEW)
    assert await told_of(mailing) == [("password.reset", began.user.public_id)]


async def test_strangers_do_not_use_up_what_others_may_ask(mailing: Installed, office: PostOffice) -> None:
    for n in range(60):
        ask_reset(mailing.parts, f"{n}@example.com", Origin("page", f"10.0.0.{n}"))
    ask_reset(mailing.parts, EMAIL, Origin("page", "10.0.1.1"))
    await mailing.parts.background.finish()
    assert [mail["to"] for mail in office.mails] == [EMAIL]


async def test_strangers_do_not_keep_somebody_from_changing_their_password(mailing: Installed) -> None:
    for n in range(20):
        mailing.parts.attempts.begin(f"10.0.0.{n}", EMAIL)
    await change_password(mailing.parts, mailing.asker, PASSWORD, NEW)
