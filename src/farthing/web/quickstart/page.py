"""The quickstart: a key, the ready calls, and one that is sent from here to see what becomes of it."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post

from farthing.actions.asker import Asker
from farthing.actions.events.send_test_call import send_test_call
from farthing.actions.keys.key_settings import KeySettings
from farthing.actions.keys.manage_api_keys import create_api_key
from farthing.actions.parts import Parts
from farthing.rules.ids import request_id_text
from farthing.storage.contract import ApiKey
from farthing.web.example import snippets
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import Frame, redirect, render

PATH: Final = "/quickstart"
PAGE: Final = "quickstart"
KEY_NAME: Final = "Quickstart"


@get(PATH, needs="read")
async def show_quickstart(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """The ready calls, with a place to fill in the rest of a key."""
    return await _show(request, parts, asker)


@post(PATH + "/key", needs="manage_keys")
async def make_key(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """A new key, which the ready calls have in full this once."""
    made = await create_api_key(parts, asker, KeySettings(name=KEY_NAME))
    return await _show(request, parts, asker, made.key)


@post(PATH + "/test-call", needs="load_demo")
async def send_from_here(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """Store a test call and show its receipt."""
    request_id = await send_test_call(parts, asker)
    return redirect(request, f"/requests/{request_id_text(request_id)}")


async def _show(request: PageRequest, parts: Parts, asker: Asker, key: str | None = None) -> Response[Any]:
    prefix = key_prefix(await parts.storage.api_keys(asker.workspace.id))
    shown = placeholder(prefix) if key is None else key
    return render(
        request,
        "quickstart",
        Frame(asker, PAGE),
        key=key,
        prefix=prefix,
        snippets=snippets(request, parts, shown),
    )


def key_prefix(keys: list[ApiKey]) -> str | None:
    """The beginning of a live key of the workspace, which is all that is known of it."""
    live = next((key for key in keys if key.revoked_at is None), None)
    return None if live is None else live.prefix


def placeholder(prefix: str | None) -> str:
    """What stands in a ready call in place of a key that can't be shown."""
    return "your-key" if prefix is None else f"{prefix}_\u2026"


HANDLERS: Final = (show_quickstart, make_key, send_from_here)
