"""A workspace's own prices and aliases: the list, another end, and the end of one after a second look."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from litestar import Response, get, post
from litestar.params import FromPath

from farthing.actions.asker import Asker
from farthing.actions.errors import InvalidInputError, NotFoundError
from farthing.actions.parts import Parts
from farthing.actions.prices.manage_own_prices import (
    NewEnd,
    emails_of_members,
    find_override,
    list_own_prices,
    move_end,
    remove_alias,
    remove_override,
)
from farthing.actions.prices.names_in_calls import CalledNames, names_in_calls
from farthing.actions.reads.query_parameters import Parameters
from farthing.rules.override import Alias, Override
from farthing.web.address import Address, address_of
from farthing.web.forms import form_texts
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.moments import local
from farthing.web.pages import Frame, redirect, render
from farthing.web.prices.own_words import OwnPrice, own_price
from farthing.web.prices.places import ALIASES_PATH, OWN_PATH, PAGE, model_address, unknown_of
from farthing.web.words import problem_text

_ONE: Final = OWN_PATH + "/{override:str}"
_ALIAS: Final = ALIASES_PATH + "/{alias:str}"
_ORDER: Final = ("in force", "to come", "over")
_WHEN: Final = "%Y-%m-%dT%H:%M"
_A_PAGE: Final = 50
_PAGES_MAX: Final = 1_000
_DIGITS_MAX: Final = 9


@get(OWN_PATH, needs="read")
async def show_own(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """Those that hold, by whether they are in force; then the aliases."""
    address = address_of(OWN_PATH, request.query_params.multi_items())
    parameters = Parameters(address.pairs)
    parameters.refuse_others(("made", "page"))
    page = parameters.whole("page", 1, _PAGES_MAX, 1)
    parameters.raise_problems()
    own = await list_own_prices(parts, asker)
    emails = await emails_of_members(parts, asker)
    now, first = parts.clock.now(), (page - 1) * _A_PAGE
    prices = sorted((own_price(each, emails.get(each.created_by), now) for each in own.overrides), key=_place)
    aliases = sorted(own.aliases, key=lambda each: each.names)
    has_more = first + _A_PAGE < max(len(prices), len(aliases))
    made = _made(prices, address)
    return render(
        request,
        "prices_own",
        Frame(asker, PAGE),
        prices=prices[first : first + _A_PAGE],
        aliases=[
            (each, emails.get(each.created_by), model_address(each.target_provider, each.target_model))
            for each in aliases[first : first + _A_PAGE]
        ],
        price_count=len(prices),
        alias_count=len(aliases),
        made=made,
        called=None if made is None else await _called(parts, asker, made.own),
        newer=None if page == 1 else address.put(page=None if page == 2 else str(page - 1)),  # noqa: PLR2004 - the first
        older=address.put(page=str(page + 1)) if has_more else None,
    )


@get(_ONE + "/end", needs="manage_prices")
async def ask_end(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, override: FromPath[str]
) -> Response[Any]:
    """The form for another end."""
    found = await _find(parts, asker, override)
    return _end(request, parts, asker, found, _on_clock(found, _zone(asker)))


@post(_ONE + "/end", needs="manage_prices")
async def save_end(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, override: FromPath[str]
) -> Response[Any]:
    """Let it end then."""
    found = await _find(parts, asker, override)
    text = (await form_texts(request)).get("end", "").strip()
    zone = _zone(asker)
    try:
        if text != _on_clock(found, zone):  # a clock may show a time twice: what is as before is not touched
            found = await move_end(parts, asker, found.id, NewEnd(effective_to=instant_text(text, zone)))
    except InvalidInputError as error:
        return _end(request, parts, asker, found, text, own_problem_text(error.problems[0].message))
    return redirect(request, f"{OWN_PATH}?made={found.id}#own-{found.id}")


@get(_ONE + "/remove", needs="manage_prices")
async def ask_remove(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, override: FromPath[str]
) -> Response[Any]:
    """What removing means, and the button that does it."""
    found = own_price(await _find(parts, asker, override), None, parts.clock.now())
    return render(request, "price_own_remove", Frame(asker, PAGE), price=found, alias=None)


@post(_ONE + "/remove", needs="manage_prices")
async def remove(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, override: FromPath[str]
) -> Response[Any]:
    """The end of it."""
    await remove_override(parts, asker, _number(override, "own price"))
    return redirect(request, OWN_PATH)


@get(_ALIAS + "/remove", needs="manage_prices")
async def ask_remove_alias(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, alias: FromPath[str]
) -> Response[Any]:
    """What removing means, and the button that does it."""
    found = await _find_alias(parts, asker, alias)
    return render(request, "price_own_remove", Frame(asker, PAGE), price=None, alias=found)


@post(_ALIAS + "/remove", needs="manage_prices")
async def remove_one_alias(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, alias: FromPath[str]
) -> Response[Any]:
    """The end of it; back to where the form stood."""
    await remove_alias(parts, asker, _number(alias, "alias"))
    texts = await form_texts(request)
    to_queue = texts.get("back") == "unknown"
    return redirect(request, str(unknown_of(texts.get("view", ""))) if to_queue else OWN_PATH)


HANDLERS: Final = (show_own, ask_end, save_end, ask_remove, remove, ask_remove_alias, remove_one_alias)


def _place(price: OwnPrice) -> tuple[int, str, str, int]:
    own = price.own
    return _ORDER.index(price.state), own.provider, own.model or "", own.stretch[0]


def _made(prices: Sequence[OwnPrice], address: Address) -> OwnPrice | None:
    return next((each for each in prices if str(each.own.id) == address.first("made")), None)


async def _called(parts: Parts, asker: Asker, own: Override) -> CalledNames:
    return await names_in_calls(parts, asker, own.provider, own.model)


async def _find(parts: Parts, asker: Asker, text: str) -> Override:
    return await find_override(parts, asker, _number(text, "own price"))


async def _find_alias(parts: Parts, asker: Asker, text: str) -> Alias:
    number = _number(text, "alias")
    own = await list_own_prices(parts, asker)
    found = next((each for each in own.aliases if each.id == number), None)
    if found is None:
        raise NotFoundError(f"there is no alias {number} in this workspace")
    return found


def _number(text: str, called: str) -> int:
    """The number in an address. Raises NotFoundError."""
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX):
        raise NotFoundError(f"there is no {called} {text[:40]!r} in this workspace")
    return int(text)


def _zone(asker: Asker) -> ZoneInfo:
    return ZoneInfo(asker.workspace.timezone)


def _on_clock(own: Override, zone: ZoneInfo) -> str:
    return "" if own.end is None else f"{local(own.end, zone):{_WHEN}}"


def instant_text(text: str, zone: ZoneInfo) -> str | None:
    """What a field for a time holds, with the offset of the zone; as it is where it is no time."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone).isoformat()
    except ValueError:
        return text


def own_problem_text(message: str) -> str:
    """What is wrong with a field, in the words of the forms: they call the API's fields otherwise."""
    if "is not after effectiveFrom" in message:
        return "It would end before it begins."
    if "there is no discountPercent" in message:
        return "There is neither a rate nor a discount: give at least one."
    return problem_text(message.replace("discountPercent", "a discount").replace("discountUnits", "units"))


def _end(
    request: PageRequest, parts: Parts, asker: Asker, own: Override, end: str, problem: str | None = None
) -> Response[Any]:
    price = own_price(own, None, parts.clock.now())
    status = 400 if problem else 200
    return render(request, "price_own_end", Frame(asker, PAGE), status, price=price, end=end, problem=problem)
