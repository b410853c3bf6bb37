"""Two-step sign-in on pages: scanned, confirmed, asked for, switched off."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pyotp
import pytest

from tests.installations import EMAIL, PASSWORD, Installed
from tests.web.browsing import Browser

PATH = "/account/two-step"
CODE = "/signin/code"


@pytest.fixture
async def code(installation: Installed, owner: Browser) -> Callable[[], str]:
    """The code of the owner's app now, once it is on and its first code is over."""
    await owner.open(PATH)
    page = await owner.send(PATH, {"password": PASSWORD})
    secret = page.one("code", id="key").text.replace(" ", "")

    def now() -> str:
        return pyotp.TOTP(secret).at(installation.clock.now() // 1_000)

    await owner.send(PATH + "/confirm", {"code": now()})
    assert owner.status == 200
    installation.clock.forward(60_000)
    return now


@pytest.fixture
async def other(installation: Installed) -> AsyncIterator[Browser]:
    """A browser in which nobody is signed in."""
    browser = Browser(installation.parts)
    yield browser
    await browser.client.aclose()


async def test_it_is_set_up_with_a_picture_that_is_drawn_here(owner: Browser) -> None:
    await owner.open(PATH)
    page = await owner.send(PATH, {"password": "wrong"})
    assert owner.status == 400
    assert page.one("p", id="password-problem").text == "This is not your password."
    page = await owner.send(PATH, {"password": PASSWORD})
    picture = page.one("div", class_="qr-paper").one("svg")
    assert not [node for node in picture.walk() if {"style", "href", "src"} & set(node.attributes)]
    assert len(page.one("code", id="key").text.replace(" ", "")) == 32
    again = await owner.send(PATH + "/confirm", {"code": "12"})
    assert owner.status == 400
    assert "present code" in again.one("p", id="code-problem").text
    assert again.one("code", id="key").text == page.one("code", id="key").text
    assert "Set up" in (await owner.open("/account")).one("a", href=PATH).text


async def test_recovery_codes_are_shown_once(
    installation: Installed, owner: Browser, code: Callable[[], str]
) -> None:
    page = await owner.open(PATH)
    assert "10 of your recovery codes are left" in page.text
    await owner.send(PATH + "/off", {"password": PASSWORD, "code": code()})
    await owner.open(PATH)
    page = await owner.send(PATH, {"password": PASSWORD})
    secret = page.one("code", id="key").text.replace(" ", "")
    present = pyotp.TOTP(secret).at(installation.clock.now() // 1_000)
    page = await owner.send(PATH + "/confirm", {"code": present})
    assert len(page.one("pre", id="key").text.split()) == 10


async def test_signing_in_is_two_steps(other: Browser, code: Callable[[], str]) -> None:
    await other.open("/signin")
    await other.send("/signin", {"email": EMAIL, "password": PASSWORD, "next": "/requests?range=30d"})
    assert (other.status, other.headers["location"]) == (303, CODE + "?next=%2Frequests%3Frange%3D30d")
    await other.open("/requests")
    assert other.status == 303
    page = await other.open(CODE + "?next=%2Frequests%3Frange%3D30d")
    wanted = page.one("input", name="next").attributes["value"]
    page = await other.send(CODE, {"code": "000000x", "next": wanted})
    assert other.status == 401
    assert "wrong, or was used already" in page.one("p", role="alert").text
    await other.send(CODE, {"code": code(), "next": wanted})
    assert (other.status, other.headers["location"]) == (303, "/requests?range=30d")
    assert "farthing-half" not in other.client.cookies
    await other.open("/requests")
    assert other.status == 200


async def test_a_code_without_a_password_leads_back_to_the_beginning(
    other: Browser, code: Callable[[], str]
) -> None:
    await other.open(CODE)
    assert other.headers["location"] == "/signin"
    await other.open("/signin")
    await other.send(CODE, {"code": code(), "next": "/requests"})
    assert other.headers["location"] == "/signin?next=%2Frequests"


async def test_guessing_codes_is_braked(other: Browser, code: Callable[[], str]) -> None:
    await other.open("/signin")
    await other.send("/signin", {"email": EMAIL, "password": PASSWORD})
    await other.open(CODE)
    for _ in range(5):
        await other.send(CODE, {"code": "000000x"})
    page = await other.send(CODE, {"code": code()})
    assert (other.status, other.headers["retry-after"]) == (429, "900")
    assert "900 seconds" in page.one("p", role="alert").text


async def test_it_is_switched_off_with_password_and_code(
    owner: Browser, other: Browser, code: Callable[[], str]
) -> None:
    page = await owner.open("/account")
    assert "Switch off" in page.one("a", href=PATH).text
    await owner.open(PATH)
    page = await owner.send(PATH + "/off", {"password": PASSWORD, "code": "000000x"})
    assert owner.status == 400
    assert "is wrong, or was used already" in page.one("p", id="code-problem").text
    await owner.send(PATH + "/off", {"password": PASSWORD, "code": code()})
    assert (owner.status, owner.headers["location"]) == (303, "/account")
    await other.sign_in()


async def test_what_is_not_under_way_cannot_be_confirmed(owner: Browser, code: Callable[[], str]) -> None:
    await owner.open(PATH)
    await owner.send(PATH + "/confirm", {"code": code()})
    assert owner.status == 409
