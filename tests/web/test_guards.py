"""What holds on every route: who may come in, which forms are ours, what the browser is told."""

from __future__ import annotations

import re
from typing import Any

import pytest
from litestar import Litestar
from litestar.di import Provide

from farthing import web
from tests.installations import Installed, a_call
from tests.web.browsing import Browser
from tools.files import ROOT

OPEN = {
    "/signin",
    "/signin/code",
    "/signin/oidc",
    "/signin/oidc/callback",
    "/setup",
    "/join/{token:str}",
    "/forgot",
    "/reset/{token:str}",
    "/static/{name:str}",
}
"""Routes that show something to a stranger. Every other one leads to /signin."""

CHANGING_FOR_STRANGERS = {
    "/signin",
    "/signin/code",
    "/setup",
    "/theme",
    "/signout",
    "/join/{token}",
    "/forgot",
    "/reset/{token}",
}
"""Forms that somebody sends who is not signed in (signing out when the session has ended already)."""


def routes(method: str) -> list[str]:
    """The paths of the pages that take the method."""
    app = Litestar(
        route_handlers=web.route_handlers,
        dependencies={"parts": Provide(object, sync_to_thread=False)},
        openapi_config=None,
    )
    return sorted(route.path_format for route in app.routes if method in getattr(route, "methods", ()))


def filled(path: str) -> str:
    path = path.replace("{session}", "ses_1").replace("{token}", "pat_1")
    return path.replace("{key}", "key_1").replace("{request_id}", "req_1").replace("{name}", "x")


def plain(paths: set[str]) -> set[str]:
    return {path.replace(":str}", "}") for path in paths}


@pytest.mark.parametrize("path", routes("GET"))
async def test_a_stranger_sees_no_page_of_a_workspace(
    installation: Installed, stranger: Browser, path: str
) -> None:
    await installation.record(a_call())
    await stranger.open(filled(path))
    if path in plain(OPEN):
        assert stranger.status in (200, 303, 404)
    else:
        assert (stranger.status, stranger.headers["location"].partition("?")[0]) == (303, "/signin")


@pytest.mark.parametrize("path", routes("POST"))
async def test_a_stranger_changes_nothing_of_a_workspace(stranger: Browser, path: str) -> None:
    await stranger.open("/signin")
    await stranger.send(filled(path), {})
    if path not in CHANGING_FOR_STRANGERS:
        assert (stranger.status, stranger.headers["location"].partition("?")[0]) == (303, "/signin")


@pytest.mark.parametrize("path", routes("POST"))
@pytest.mark.parametrize("token", ["", "x" * 43, "\u00e9"])
async def test_a_form_without_our_token_is_refused_everywhere(owner: Browser, path: str, token: str) -> None:
    await owner.open("/settings/api-keys")
    page = await owner.send(filled(path), {"form_token": token})
    assert owner.status == 403
    assert "Nothing was changed" in page.text


@pytest.mark.parametrize("path", routes("POST"))
@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}]
)
async def test_a_form_from_another_site_is_refused_even_with_a_token(
    owner: Browser, path: str, headers: dict[str, str]
) -> None:
    await owner.open("/settings/api-keys")
    await owner.send(filled(path), {}, **headers)
    assert owner.status == 403


async def test_a_token_without_its_cookie_is_refused(owner: Browser) -> None:
    await owner.open("/settings/api-keys")
    del owner.client.cookies["farthing-form"]
    await owner.send("/settings/api-keys", {"name": "mine"})
    assert owner.status == 403


async def test_a_form_of_our_own_is_taken(owner: Browser) -> None:
    await owner.open("/settings/api-keys")
    headers = {"Origin": "http://farthing.test", "Sec-Fetch-Site": "same-origin"}
    await owner.send("/settings/api-keys", {"name": "mine"}, **headers)
    assert owner.status == 200


async def test_an_oversized_form_is_refused(owner: Browser) -> None:
    await owner.open("/settings/api-keys")
    await owner.send("/settings/api-keys", {"name": "x" * 70_000})
    assert owner.status == 413


@pytest.mark.parametrize(
    "path", ["/", "/requests", "/signin", "/nothing", "/?range=no", "/settings/api-keys"]
)
async def test_every_page_tells_the_browser_what_it_may_do(owner: Browser, path: str) -> None:
    await owner.open(path)
    policy = dict(part.split(" ", 1) for part in owner.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src-elem"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert owner.headers["x-content-type-options"] == "nosniff"
    assert owner.headers["referrer-policy"] == "same-origin"
    assert owner.headers["cache-control"] == "no-store"


async def test_no_page_holds_a_script_or_a_style_of_its_own(installation: Installed, owner: Browser) -> None:
    await installation.record(a_call())
    for path in ("/", "/requests", "/requests/req_1", "/settings/api-keys", "/nothing"):
        page = await owner.open(path)
        for node in page.walk():
            assert "style" not in node.attributes
            assert not [name for name in node.attributes if name.startswith("on")]
        assert not page.all("style")
        assert all(script.attributes["src"].startswith("/static/") for script in page.all("script"))


async def test_cookies_are_out_of_reach_of_scripts_and_sites(owner: Browser) -> None:
    await owner.open("/signin")
    for cookie in owner.client.cookies.jar:
        rest: dict[str, Any] = cookie._rest  # type: ignore[attr-defined]
        assert "HttpOnly" in rest
        assert rest["SameSite"].lower() == "lax"
        assert not cookie.secure


async def test_over_tls_cookies_are_bound_to_the_host(installation: Installed) -> None:
    browser = Browser(installation.parts, scheme="https")
    await browser.sign_in()
    names = {cookie.name: cookie.secure for cookie in browser.client.cookies.jar}
    assert names == {"__Host-farthing-session": True, "__Host-farthing-form": True}
    await browser.client.aclose()


def test_every_route_is_described() -> None:
    text = (ROOT / "docs" / "web.md").read_text(encoding="utf-8")
    described = set(re.findall(r"`((?:GET|POST) /[^`]*)`", text))
    assert described == {f"{method} {path}" for method in ("GET", "POST") for path in routes(method)}
