"""Setting up, signing in, signing out."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from farthing.assembly import running
from farthing.rules.pricebook import PriceBook
from farthing.storage.memory import MemoryStorage
from farthing.web.entrance.browser import local_place
from tests.installations import EMAIL, PASSWORD, Installed, StandingClock, parts_around
from tests.web.browsing import Browser

GIVEN = {"workspace": "Analytical", "email": EMAIL, "password": PASSWORD, "timezone": "Europe/Vienna"}


@pytest.fixture
async def first(price_book: PriceBook) -> AsyncIterator[Browser]:
    """Somebody in front of an installation that nobody has set up."""
    async with running(parts_around(MemoryStorage(), price_book, StandingClock())) as parts:
        browser = Browser(parts)
        yield browser
        await browser.client.aclose()


@pytest.mark.parametrize("path", ["/", "/requests", "/settings/api-keys", "/signin"])
async def test_a_fresh_installation_leads_to_its_set_up(first: Browser, path: str) -> None:
    await first.open(path)
    assert (first.status, first.headers["location"]) == (303, "/setup")


async def test_setting_up_shows_the_key_once_and_signs_in(first: Browser) -> None:
    await first.open("/setup")
    page = await first.send("/setup", GIVEN)
    assert first.status == 200
    key = page.one("code", id="key").text
    assert key.startswith("fk_live_")
    assert f"X-API-Key: {key}'" in page.one("code", id="call").text
    assert page.one("p", role="status").attributes["hx-get"] == "/first-event"
    await first.open("/first-event")
    assert first.status == 204
    await first.open("/")
    assert first.status == 200
    assert key not in first.answer.text
    await first.open("/setup")
    assert (first.status, first.headers["location"]) == (303, "/")


async def test_the_key_that_is_shown_works(first: Browser) -> None:
    await first.open("/setup")
    page = await first.send("/setup", GIVEN)
    call = page.one("code", id="call").parts[0]
    assert isinstance(call, str)
    body = call[call.index("-d '") + 4 : -1]
    headers = {"X-API-Key": page.one("code", id="key").text, "Content-Type": "application/json"}
    answer = await first.client.post("/v1/ingest/llm-request", content=body, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["costUsd"] == 0.000045
    await first.open("/first-event", **{"HX-Request": "true"})
    assert first.headers["HX-Redirect"] == "/"
    shown = await first.open("/")
    assert shown.one("div", data_measure="cost").one("data").attributes["value"] == "0.000045"


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("password", "short", "has 5 characters; at least 10 are needed"),
        ("email", "nobody", "is not an e-mail address"),
        ("workspace", " ", "is empty"),
        ("timezone", "Mars/Base", "is not an IANA time zone"),
    ],
)
async def test_a_set_up_that_cannot_be_says_what_is_wrong(
    first: Browser, field: str, value: str, told: str
) -> None:
    await first.open("/setup")
    page = await first.send("/setup", GIVEN | {field: value})
    assert first.status == 400
    assert told in page.one("p", id=f"{field}-problem").text
    assert page.one("input", name=field).attributes["aria-invalid"] == "true"
    assert page.one("input", name="email").attributes["value"] == (GIVEN | {field: value})["email"]
    assert "value" not in page.one("input", name="password").attributes
    await first.open("/")
    assert first.headers["location"] == "/setup"


async def test_nobody_can_set_up_a_second_time(stranger: Browser) -> None:
    await stranger.open("/signin")
    await stranger.send("/setup", GIVEN | {"email": "mallory@example.com"})
    assert (stranger.status, stranger.headers["location"]) == (303, "/")
    await stranger.open("/")
    assert stranger.headers["location"] == "/signin?next=%2F"


async def test_signing_in_leads_to_the_page_that_was_wanted(stranger: Browser) -> None:
    await stranger.open("/requests?range=30d&model=a+b")
    assert stranger.headers["location"] == "/signin?next=%2Frequests%3Frange%3D30d%26model%3Da%2Bb"
    page = await stranger.open(stranger.headers["location"])
    wanted = page.one("input", name="next").attributes["value"]
    await stranger.send("/signin", {"email": EMAIL, "password": PASSWORD, "next": wanted})
    assert stranger.headers["location"] == "/requests?range=30d&model=a+b"
    await stranger.open("/requests?range=30d&model=a+b")
    assert stranger.status == 200


@pytest.mark.parametrize(
    ("email", "password"), [(EMAIL, "wrong"), ("nobody@example.com", PASSWORD), ("", "")]
)
async def test_a_wrong_sign_in_never_says_which_part(stranger: Browser, email: str, password: str) -> None:
    await stranger.open("/signin")
    page = await stranger.send("/signin", {"email": email, "password": password})
    assert stranger.status == 401
    assert page.one("p", role="alert").text == "That e-mail address and password do not belong together."
    await stranger.open("/")
    assert stranger.status == 303


async def test_guessing_is_braked(stranger: Browser) -> None:
    await stranger.open("/signin")
    for _ in range(5):
        await stranger.send("/signin", {"email": EMAIL, "password": "guess"})
    page = await stranger.send("/signin", {"email": EMAIL, "password": PASSWORD})
    assert (stranger.status, stranger.headers["retry-after"]) == (429, "300")
    assert "300 seconds" in page.one("p", role="alert").text


async def test_signing_out_ends_the_session_in_the_database_too(
    installation: Installed, owner: Browser
) -> None:
    cookie = owner.client.cookies["farthing-session"]
    await owner.open("/settings/api-keys")
    await owner.send("/signout", {})
    assert (owner.status, owner.headers["location"]) == (303, "/signin")
    assert "farthing-session" not in owner.client.cookies
    other = Browser(installation.parts)
    other.client.cookies["farthing-session"] = cookie
    await other.open("/")
    assert other.status == 303
    await other.client.aclose()


async def test_a_session_ends_after_its_time(installation: Installed, owner: Browser) -> None:
    installation.clock.forward(30 * 86_400_000)
    await owner.open("/")
    assert owner.status == 303


@pytest.mark.parametrize(
    ("place", "led_to"),
    [
        ("/requests?a=b", "/requests?a=b"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("/a\r\nSet-Cookie: x=y", "/"),
        ("", "/"),
        ("/" + "a" * 2_000, "/"),
    ],
)
def test_nobody_is_led_elsewhere(place: str, led_to: str) -> None:
    assert local_place(place) == led_to


@pytest.mark.parametrize("theme", ["light", "dark", "system"])
async def test_a_theme_is_kept_in_the_browser(owner: Browser, theme: str) -> None:
    await owner.open("/settings/api-keys")
    await owner.send("/theme", {"theme": theme, "next": "/settings/api-keys"})
    assert owner.headers["location"] == "/settings/api-keys"
    page = await owner.open("/settings/api-keys")
    assert page.one("html").attributes["data-theme"] == theme


async def test_a_theme_that_is_none_changes_nothing(owner: Browser) -> None:
    await owner.open("/settings/api-keys")
    await owner.send("/theme", {"theme": "neon", "next": "/"})
    assert "farthing-theme" not in owner.client.cookies


async def test_a_form_that_is_not_utf_8_is_not_read(stranger: Browser) -> None:
    lines = b"--X", b'Content-Disposition: form-data; name="email"', b"", b"\xff", b"--X--", b""
    answer = await stranger.client.post(
        "/signin",
        content=b"\r\n".join(lines),
        headers={"Content-Type": "multipart/form-data; boundary=X"},
    )
    assert (answer.status_code, "can\u2019t be read" in answer.text) == (400, True)


async def test_scripts_are_led_on_to_addresses_in_any_letters(stranger: Browser) -> None:
    await stranger.open("/signin")
    await stranger.send("/theme", {"theme": "dark", "next": "/?a=\u20ac%20&b=+"}, **{"HX-Request": "true"})
    assert (stranger.status, stranger.headers["HX-Redirect"]) == (200, "/?a=%E2%82%AC%20&b=+")


async def test_whoever_belongs_nowhere_any_more_is_told_to_ask_for_an_invitation(
    installation: Installed, stranger: Browser
) -> None:
    membership = installation.membership
    await installation.parts.change(
        lambda changes: changes.remove_member(membership.workspace.id, membership.user.id)
    )
    await stranger.open("/signin")
    page = await stranger.send("/signin", {"email": EMAIL, "password": PASSWORD})
    assert stranger.status == 401
    assert "You belong to no workspace here any more" in page.text
