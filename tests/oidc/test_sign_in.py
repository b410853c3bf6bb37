"""Signing in with a real OpenID provider: who gets in, as what, and what is refused."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from farthing.actions.entry.oidc_provider import FAILURE_MS, LOOK_AGAIN_MS
from farthing.actions.entry.sign_in_oidc import WAY_LIFE_S
from farthing.clock import SystemClock
from farthing.storage.memory import MemoryStorage
from tests.installations import EMAIL, Installed, installed, price_book
from tests.oidc.provider import Provider, come_back, provider, sign_in
from tests.web.browsing import Browser

JOINING = {"oidc_workspace": "Analytical", "oidc_role": "viewer"}
MAPPED = {"oidc_workspace": "Analytical", "oidc_roles": {"finance": "admin", "staff": "member"}}
OVER = "begun in another browser or too long ago, or is used up"
SCOPES = {"oidc_scopes": "openid email groups"}


@dataclass(frozen=True)
class Home:
    """An installation with its provider, and somebody who is not signed in."""

    installation: Installed
    browser: Browser

    async def roles(self) -> dict[str, str]:
        """What everybody is, by address."""
        members = await self.installation.parts.storage.roster(self.installation.membership.workspace.id)
        return {each.membership.user.email: each.membership.role for each in members}

    async def entries(self) -> list[str]:
        """What was entered since the installation was made, sessions left out; oldest first."""
        workspace_id = self.installation.membership.workspace.id
        entries = await self.installation.parts.storage.audit_chain(workspace_id, 0, 100)
        return [each.action for each in entries[2:] if not each.action.startswith("session.")]


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with provider() as made:
        yield made


@asynccontextmanager
async def home(at: Provider, **settings: Any) -> AsyncIterator[Home]:
    """At the present of the provider, whose clock nobody moves."""
    async with installed(MemoryStorage(), price_book(), **at.settings, **settings) as installation:
        installation.clock.at = SystemClock().now()
        browser = Browser(installation.parts)
        yield Home(installation, browser)
        await browser.client.aclose()


async def test_a_newcomer_joins_with_the_role_for_newcomers(running: Provider) -> None:
    async with home(running, **JOINING) as here:
        page = await here.browser.open("/signin")
        (button,) = page.all("a", href="/signin/oidc?next=%2F")
        assert button.text == "Sign in with single sign-on"
        await sign_in(here.browser, "grace")
        assert (here.browser.status, here.browser.headers["location"]) == (303, "/requests")
        assert await here.roles() == {EMAIL: "owner", "grace@example.com": "viewer"}
        assert await here.entries() == ["member.added", "identity.linked"]
        assert "grace@example.com" in (await here.browser.open("/account")).text


async def test_who_comes_again_is_the_same_person(running: Provider) -> None:
    async with home(running, **JOINING) as here:
        await sign_in(here.browser, "grace")
        await sign_in(here.browser, "grace")
        assert here.browser.status == 303
        assert len(await here.roles()) == 2
        assert await here.entries() == ["member.added", "identity.linked"]


@pytest.mark.parametrize(("in_token", "alg"), [(True, "ES256"), (False, "RS256")])
async def test_groups_give_the_highest_role_and_take_it_away_again(in_token: bool, alg: str) -> None:  # noqa: FBT001
    with provider(in_token=in_token, alg=alg) as first:
        async with home(first, **MAPPED, **SCOPES) as here:
            await sign_in(here.browser, "joan")
            assert (await here.roles())["joan@example.com"] == "admin"
            await here.installation.parts.change(lambda changes: _demote_ada(changes, here))
            assert (await here.roles())["joan@example.com"] == "viewer"
            await sign_in(here.browser, "joan")
            assert (await here.roles())["joan@example.com"] == "admin"
            assert (await here.entries())[-1] == "member.role_changed"
            assert "none of your groups is let in" in (await sign_in(here.browser, "nobody")).lower()
            assert here.browser.status == 403


async def _demote_ada(changes: Any, here: Home) -> None:
    joan = await changes.person_by_email("joan@example.com")
    await changes.set_role(here.installation.membership.workspace.id, joan.id, "viewer")


async def test_the_last_owner_stays_one_whatever_the_groups_say(running: Provider) -> None:
    async with home(running, **MAPPED, **SCOPES, oidc_link_by_email=True) as here:
        await sign_in(here.browser, "ada")
        assert here.browser.status == 303
        assert await here.roles() == {EMAIL: "owner"}
        assert await here.entries() == ["identity.linked"]


async def test_an_account_with_the_address_is_opened_only_if_settings_say_so(
    running: Provider,
) -> None:
    async with home(running, **JOINING) as here:
        assert "sign in with that" in await sign_in(here.browser, "ada")
        assert here.browser.status == 403
        assert await here.entries() == []


async def test_who_is_signed_in_connects_the_account_of_the_same_address(running: Provider) -> None:
    async with home(running, **JOINING) as here:
        await here.browser.sign_in()
        page = await here.browser.open("/account")
        assert page.all("a", href="/signin/oidc?next=/account")
        assert "by another e-mail address" in await sign_in(here.browser, "grace")
        assert await here.roles() == {EMAIL: "owner"}
        await sign_in(here.browser, "ada")
        assert here.browser.status == 303
        here.browser.client.cookies.clear()
        await sign_in(here.browser, "ada")
        assert here.browser.status == 303
        assert await here.roles() == {EMAIL: "owner"}
        assert await here.entries() == ["identity.linked"]


async def test_an_unverified_address_makes_no_account(running: Provider) -> None:
    async with home(running, **JOINING, oidc_link_by_email=True) as here:
        assert "verified your e-mail address" in await sign_in(here.browser, "mallory")
        assert await here.roles() == {EMAIL: "owner"}


async def test_a_domain_that_is_not_allowed_is_refused(running: Provider) -> None:
    async with home(running, **JOINING, oidc_domains="example.com, example.org") as here:
        assert "of this domain are not let in" in await sign_in(here.browser, "eve")
        assert await here.roles() == {EMAIL: "owner"}
        await sign_in(here.browser, "grace")
        assert here.browser.status == 303


async def test_without_a_workspace_nobody_new_gets_in(running: Provider) -> None:
    async with home(running) as here:
        assert "members already" in await sign_in(here.browser, "grace")
        assert await here.roles() == {EMAIL: "owner"}


async def test_who_was_removed_by_hand_does_not_come_back_by_signing_in(running: Provider) -> None:
    async with home(running, **JOINING) as here:
        await sign_in(here.browser, "grace")
        grace = await here.installation.parts.storage.user_by_email("grace@example.com")
        workspace_id = here.installation.membership.workspace.id
        assert grace is not None
        await here.installation.parts.change(lambda changes: changes.remove_member(workspace_id, grace.id))
        assert "no place in any workspace" in await sign_in(here.browser, "grace")
        assert here.browser.status == 403


async def test_an_answer_is_good_once_and_in_the_browser_that_asked(running: Provider) -> None:
    async with home(running, **JOINING) as here:
        place = await come_back(here.browser, "grace")
        other = Browser(here.installation.parts)
        assert OVER in (await other.open(place)).text
        await other.open("/signin/oidc")  # has a cookie of its own now, with another state
        assert OVER in (await other.open(place)).text
        await other.client.aclose()
        await here.browser.open(place)
        assert here.browser.status == 303
        assert OVER in (await here.browser.open(place)).text
        assert here.browser.status == 403


async def test_a_code_that_was_used_is_refused_by_the_provider_too(
    running: Provider,
) -> None:
    async with home(running, **JOINING) as here:
        place = await come_back(here.browser, "grace")
        cookie = here.browser.client.cookies["farthing-oidc"]
        await here.browser.open(place)
        here.browser.client.cookies.set("farthing-oidc", cookie, domain="farthing.test", path="/")
        assert "does not take its own answer back" in (await here.browser.open(place)).text


@pytest.mark.parametrize(
    ("name", "told"),
    [("nonce", "no answer that can be used"), ("code_challenge", "does not take its own answer back")],
)
async def test_what_was_asked_with_another_value_is_refused(running: Provider, name: str, told: str) -> None:
    def altered(url: str) -> str:
        return re.sub(rf"\b{name}=[^&]+", f"{name}={'x' * 43}", url)

    async with home(running, **JOINING) as here:
        assert told in await sign_in(here.browser, "grace", altered)
        assert await here.roles() == {EMAIL: "owner"}


async def test_who_takes_too_long_begins_again(running: Provider) -> None:
    async with home(running, **JOINING) as here:
        place = await come_back(here.browser, "grace")
        here.installation.clock.forward(WAY_LIFE_S * 1_000)
        assert OVER in (await here.browser.open(place)).text


async def test_who_gives_up_at_the_provider_is_back_at_the_form(running: Provider) -> None:
    async with home(running, **JOINING) as here:
        place = await come_back(here.browser, "grace", is_aborted=True)
        page = await here.browser.open(place)
        assert "(access_denied)" in page.text
        assert page.all("input", name="password")


async def test_a_provider_that_is_down_is_said_to_be_and_passwords_work() -> None:
    with provider() as gone:
        pass
    async with home(gone, **JOINING) as here:
        page = await here.browser.open("/signin/oidc")
        assert here.browser.status == 503
        assert "does not answer" in page.text
        await here.browser.sign_in()
        here.browser.client.cookies.clear()
        with provider(port=gone.port):
            await here.browser.open("/signin/oidc")
            assert here.browser.status == 503  # asked a moment ago
            here.installation.clock.forward(FAILURE_MS)
            await sign_in(here.browser, "grace")
            assert here.browser.status == 303


async def test_new_keys_of_the_provider_are_found_when_a_token_names_one() -> None:
    with provider() as first:
        pass
    async with home(first, **JOINING) as here:
        with provider(port=first.port):
            await sign_in(here.browser, "grace")
            assert here.browser.status == 303
        with provider(port=first.port):
            assert "no answer that can be used" in await sign_in(here.browser, "grace")
            here.installation.clock.forward(LOOK_AGAIN_MS)
            await sign_in(here.browser, "grace")
            assert here.browser.status == 303
