"""A person's browser without scripts: follows addresses, fills in forms, keeps cookies."""

from __future__ import annotations

from typing import Any

import httpx

from farthing.actions.parts import Parts
from farthing.app import door
from tests.installations import EMAIL, PASSWORD
from tests.web.reader import Node, read


class Browser:
    """Pages of an application. `status` and `headers` are those of the last answer."""

    def __init__(self, parts: Parts, scheme: str = "http") -> None:
        app: Any = door(parts)
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        self.client = httpx.AsyncClient(transport=transport, base_url=f"{scheme}://farthing.test")
        self.answer: httpx.Response = httpx.Response(0)

    @property
    def status(self) -> int:
        return self.answer.status_code

    @property
    def headers(self) -> httpx.Headers:
        return self.answer.headers

    async def open(self, path: str, **headers: str) -> Node:
        self.answer = await self.client.get(path, headers=headers)
        return read(self.answer.text)

    async def send(self, path: str, fields: dict[str, str], **headers: str) -> Node:
        """Fill in the form of the page that was read last, with its token, and send it."""
        token = read(self.answer.text).all("input", name="form_token")
        filled = {**({"form_token": token[0].attributes["value"]} if token else {}), **fields}
        self.answer = await self.client.post(path, data=filled, headers=headers)
        return read(self.answer.text)

    async def send_from(self, page: str, path: str, fields: dict[str, str]) -> Node:
        """Open a page, for the token of its forms, and send one of them."""
        await self.open(page)
        return await self.send(path, fields)

    async def sign_in(self, email: str = EMAIL) -> None:
        await self.open("/signin")
        await self.send("/signin", {"email": email, "password": PASSWORD, "next": "/"})
        assert self.status == 303, self.answer.text
