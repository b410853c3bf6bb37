"""One API key: what is known of it, other settings, a new key in its place, and its end."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath

from farthing.actions.asker import Asker
from farthing.actions.errors import ConflictError, InvalidInputError, NotFoundError
from farthing.actions.keys.key_settings import OVERLAP_MINUTES
from farthing.actions.keys.list_api_keys import ListedKey, find_api_key
from farthing.actions.keys.manage_api_keys import change_api_key, revoke_api_key, rotate_api_key
from farthing.actions.parts import Parts
from farthing.rules.api_key import UNUSED_MS
from farthing.rules.ids import key_id_number, key_id_text
from farthing.rules.periods import DAY_MS, MINUTE_MS
from farthing.web.forms import form_texts
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import Frame, render
from farthing.web.settings.api_keys import PAGE, PATH, choices, show_made, to_list
from farthing.web.settings.key_form import KeyForm, filled_form, form_of, problems_of

_KEY: Final = PATH + "/{key:str}"
OVERLAPS: Final = {
    0: "not at all: it is refused at once",
    60: "for an hour",
    OVERLAP_MINUTES: "for a day",
    7 * OVERLAP_MINUTES: "for a week",
    30 * OVERLAP_MINUTES: "for 30 days",
}
"""How long an old key can be left to work, in minutes."""


@get(_KEY, needs="manage_keys")
async def show_key(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, key: FromPath[str]
) -> Response[Any]:
    """The page of a key, live or not."""
    listed = await _find(parts, asker, key)
    form = form_of(listed, Frame(asker, PAGE).zone)
    return await _show(request, parts, asker, listed, form)


@post(_KEY, needs="manage_keys")
async def save_key(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, key: FromPath[str]
) -> Response[Any]:
    """Give the key the settings that were filled in."""
    listed = await _find(parts, asker, key)
    form, zone = filled_form(await form_texts(request)), Frame(asker, PAGE).zone
    try:
        settings = form.settings(zone, form_of(listed, zone))
        await change_api_key(parts, asker, listed.key.id, settings)
    except InvalidInputError as error:
        return await _show(request, parts, asker, listed, form, problems_of(error))
    return to_list(request)


@get(_KEY + "/rotate", needs="manage_keys")
async def ask_rotate(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, key: FromPath[str]
) -> Response[Any]:
    """What rotating means, how long the old key shall go on, and the button that does it."""
    listed = await _live(parts, asker, key)
    if listed.replaced_by is not None:
        raise ConflictError(f"{key} has been replaced by {key_id_text(listed.replaced_by)} already")
    frame = Frame(asker, PAGE)
    return render(request, "api_key_rotate", frame, listed=listed, overlaps=OVERLAPS, chosen=OVERLAP_MINUTES)


@post(_KEY + "/rotate", needs="manage_keys")
async def rotate(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, key: FromPath[str]
) -> Response[Any]:
    """The new key, in full this once."""
    listed = await _live(parts, asker, key)
    chosen = (await form_texts(request)).get("overlap", "")
    overlap = next((minutes for minutes in OVERLAPS if str(minutes) == chosen), OVERLAP_MINUTES)
    made = await rotate_api_key(parts, asker, listed.key.id, overlap * MINUTE_MS)
    return show_made(request, parts, asker, made, await find_api_key(parts, asker, listed.key.id))


@get(_KEY + "/revoke", needs="manage_keys")
async def ask_revoke(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, key: FromPath[str]
) -> Response[Any]:
    """What revoking means, and the button that does it."""
    listed = await _live(parts, asker, key)
    return render(request, "api_key_revoke", Frame(asker, PAGE), listed=listed)


@post(_KEY + "/revoke", needs="manage_keys")
async def revoke(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, key: FromPath[str]
) -> Response[Any]:
    """Refuse the key from now on."""
    listed = await _live(parts, asker, key)
    await revoke_api_key(parts, asker, listed.key.id)
    return to_list(request)


HANDLERS: Final = (show_key, save_key, ask_rotate, rotate, ask_revoke, revoke)


async def _show(
    request: PageRequest,
    parts: Parts,
    asker: Asker,
    listed: ListedKey,
    form: KeyForm,
    problems: dict[str, str] | None = None,
) -> Response[Any]:
    return render(
        request,
        "api_key",
        Frame(asker, PAGE),
        200 if problems is None else 400,
        listed=listed,
        form=form,
        problems=problems or {},
        unused_days=UNUSED_MS // DAY_MS,
        key_id_text=key_id_text,
        **await choices(parts, asker),
    )


async def _find(parts: Parts, asker: Asker, wire: str) -> ListedKey:
    """The key of the workspace with this id. Raises NotFoundError."""
    number = key_id_number(wire)
    if number is None:
        raise NotFoundError("there is no such key")
    return await find_api_key(parts, asker, number)


async def _live(parts: Parts, asker: Asker, wire: str) -> ListedKey:
    """The live key of the workspace with this id. Raises NotFoundError."""
    listed = await _find(parts, asker, wire)
    if not listed.is_live:
        raise NotFoundError("there is no such key, or it has ended already")
    return listed
