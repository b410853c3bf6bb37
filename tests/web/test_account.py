"""The account: where one is signed in, and personal access tokens."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.installations import Installed
from tests.web.browsing import Browser

PATH = "/account"
NEW = "/account/tokens"


@pytest.fixture
async def other(installation: Installed) -> AsyncIterator[Browser]:
    """Another browser of the same person, signed in."""
    browser = Browser(installation.parts)
    await browser.sign_in()
    yield browser
    await browser.client.aclose()


async def make(owner: Browser, **fields: str) -> str:
    """A new token's text."""
    await owner.open(NEW)
    page = await owner.send(NEW, {"name": "nightly", "scope_read": "on", "days": "30"} | fields)
    assert owner.status == 200, owner.answer.text
    return page.one("code", id="key").text


async def test_the_account_lists_this_browser_first(owner: Browser, other: Browser) -> None:
    page = await owner.open(PATH)
    rows = page.all("tbody")[0].all("tr")
    assert len(rows) == 2
    assert "this one" in rows[0].text
    assert "python-httpx" in rows[0].text
    assert "this one" not in rows[1].text
    assert "ada@example.com, owner of Analytical" in page.text
    await other.open(PATH)
    assert other.status == 200


async def test_another_sign_in_is_ended_after_a_second_look(owner: Browser, other: Browser) -> None:
    page = await owner.open(PATH)
    address = page.all("tbody")[0].all("a")[1].attributes["href"]
    second = await owner.open(address)
    assert "has to sign in again" in second.text
    await owner.send(address, {})
    assert (owner.status, owner.headers["location"]) == (303, PATH)
    await other.open(PATH)
    assert other.headers["location"] == "/signin?next=%2Faccount"
    await owner.open(address)
    assert owner.status == 404


async def test_ending_this_sign_in_signs_out(owner: Browser) -> None:
    page = await owner.open(PATH)
    address = page.all("tbody")[0].one("a").attributes["href"]
    await owner.open(address)
    await owner.send(address, {})
    assert owner.headers["location"] == "/signin"
    assert "farthing-session" not in owner.client.cookies


async def test_all_others_are_ended_after_a_second_look(owner: Browser, other: Browser) -> None:
    address = (await owner.open(PATH)).one("a", href="/account/sessions/end").attributes["href"]
    await owner.open(address)
    await owner.send(address, {})
    await other.open(PATH)
    assert other.status == 303
    page = await owner.open(PATH)
    assert not page.all("a", href="/account/sessions/end")


async def test_a_token_is_shown_once_and_works(owner: Browser) -> None:
    token = await make(owner)
    assert f"Authorization: Bearer {token}" in owner.answer.text.replace("&#39;", "'")
    answer = await owner.client.get("/v1/requests", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    page = await owner.open(PATH)
    assert token not in owner.answer.text
    row = page.all("tbody")[1].one("tr")
    assert row.one("th").text == "nightly"
    assert "31 Mar 2026" in row.text


async def test_a_token_without_the_scope_to_read_shows_no_reading(owner: Browser) -> None:
    await owner.open(NEW)
    page = await owner.send(NEW, {"name": "nightly", "scope_export": "on", "days": "30"})
    assert owner.status == 200
    assert "Try it" not in page.text
    page = await owner.open(PATH)
    assert page.all("tbody")[1].one("tr").all("td")[1].text == "export"


@pytest.mark.parametrize(
    ("fields", "id_", "told"),
    [
        ({"name": " ", "scope_read": "on"}, "name-problem", "This is empty."),
        ({"name": "x"}, "scopes-problem", "Choose at least one"),
        ({"name": "x", "scope_everything": "on"}, "scopes-problem", "Choose at least one"),
    ],
)
async def test_a_token_that_cannot_be_made_says_why(
    owner: Browser, fields: dict[str, str], id_: str, told: str
) -> None:
    await owner.open(NEW)
    page = await owner.send(NEW, fields)
    assert owner.status == 400
    assert told in page.one("p", id=id_).text


async def test_a_strange_life_becomes_ninety_days(owner: Browser) -> None:
    await make(owner, days="9999")
    page = await owner.open(PATH)
    assert "30 May 2026" in page.all("tbody")[1].text


@pytest.mark.parametrize("place", [PATH, "/settings/tokens"])
async def test_a_token_is_revoked_after_a_second_look(owner: Browser, place: str) -> None:
    token = await make(owner)
    listed = await owner.open(place)
    address = next(
        each.attributes["href"]
        for each in listed.one("main").all("a")
        if each.attributes["href"].endswith("/revoke")
    )
    page = await owner.open(address)
    assert token[:11] in page.text
    await owner.send(address, {})
    assert (owner.status, owner.headers["location"]) == (303, place)
    answer = await owner.client.get("/v1/requests", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    await owner.open(address)
    assert owner.status == 404


async def test_whoever_manages_members_sees_whose_a_token_is(owner: Browser) -> None:
    await owner.open("/settings/tokens")
    assert "Nobody has made one yet" in owner.answer.text
    await make(owner, name="<i>odd</i>")
    row = (await owner.open("/settings/tokens")).one("tbody").one("tr")
    assert row.one("bdi").text == "<i>odd</i>"
    assert "ada@example.com" in row.text
