"""The page of data quality. A cure is one click, and so is taking it back; neither touches stored calls."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post

from farthing.actions.errors import NotFoundError
from farthing.actions.keys.key_settings import UNSET, KeySettings, allowed_environments
from farthing.actions.keys.list_api_keys import find_api_key
from farthing.actions.keys.manage_api_keys import change_api_key
from farthing.actions.reads.read_hygiene import newest_hygiene, read_hygiene
from farthing.actions.reads.read_query import Accepted
from farthing.rules.api_key import KeyRules
from farthing.rules.hygiene import score_number
from farthing.rules.ids import key_id_number
from farthing.rules.instants import instant
from farthing.rules.periods import DAY_MS
from farthing.web.counted import PARAMETER, all_of_them, wants_all
from farthing.web.entrance.browser import local_place
from farthing.web.filter_bar import filter_bar
from farthing.web.forms import form_texts
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.kept import list_note, newest_calls_note
from farthing.web.pages import Frame, redirect, render
from farthing.web.quality.shown import SHOWN_MAX, by_endpoint, by_key, checks, mendings, skew
from farthing.web.view import read_view

PATH: Final = "/data-quality"
PAGE: Final = "quality"
_ACCEPTED: Final = Accepted(parameters=(PARAMETER,))
_NEWEST_ACCEPTED: Final = Accepted()
_ROWS_MAX: Final = 20_000
_ALL_ROWS_MAX: Final = 2_000_000
"""Calls that are read at most, and where all are wanted: to read these takes seconds."""


@get(PATH, needs="read")
async def show_quality(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """The score, what to mend first, each check, and the calls by key and by endpoint."""
    view = await read_view(request, parts, asker, _ACCEPTED)
    is_all = wants_all(view)
    report = await read_hygiene(parts, asker, view.query, _ALL_ROWS_MAX if is_all else _ROWS_MAX)
    total, coverage = report.hygiene.total, report.coverage
    return render(
        request,
        "data_quality",
        Frame(asker, PAGE),
        address=view.address,
        bar=filter_bar(view, can_compare=False),
        kept=list_note(report.reach, view),
        newest=newest_calls_note(report.reach, total.requests, view),
        all_calls=None if is_all else all_of_them(view),
        score=score_number(total.score),
        requests=total.requests,
        checks=checks(report),
        mendings=mendings(report, view),
        keys=by_key(report, view),
        endpoints=by_endpoint(report, view),
        skew=skew(total),
        posts=report.hygiene.posts,
        coverage=coverage,
        coverage_days=[]
        if coverage is None
        else [(instant(e.day * DAY_MS)[:10], e) for e in coverage.models[:SHOWN_MAX]],
        shown_max=SHOWN_MAX,
    )


@get(PATH + "/newest", needs="read")
async def show_newest(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """The score of the newest calls of a view: a part of the overview, which does not wait for it."""
    view = await read_view(request, parts, asker, _NEWEST_ACCEPTED)
    report = await newest_hygiene(parts, asker, view.query)
    return render(
        request,
        "data_quality_newest",
        Frame(asker, PAGE),
        score=score_number(report.hygiene.total.score),
        requests=report.hygiene.total.requests,
        first=next(iter(mendings(report, view)), None),
        href=view.address.on(PATH).put(compare=None),
    )


@post(PATH + "/cure", needs="manage_keys")
async def cure_key(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """Let a key say what its calls are, and offer the way back; `undo` is that way."""
    texts = await form_texts(request)
    number = key_id_number(texts.get("key", ""))
    if number is None:
        raise NotFoundError("there is no such key")
    before = (await find_api_key(parts, asker, number)).key
    after = await change_api_key(parts, asker, number, _settings(texts))
    back = local_place(texts.get("back", PATH))
    if texts.get("undo"):
        return redirect(request, back)
    return render(
        request,
        "data_quality_cured",
        Frame(asker, PAGE),
        key=after,
        wire=texts["key"],
        allowed=allowed_environments(after.rules),
        before=_fields(before.rules),
        back=back,
    )


def _settings(texts: dict[str, str]) -> KeySettings:
    """What a cure says of a key; no environment named allows all of them."""
    allowed = texts.get("allowedEnvironments")
    return KeySettings(
        default_data_mode=texts.get("defaultDataMode", UNSET),
        default_environment=texts.get("defaultEnvironment", UNSET),
        allowed_environments=UNSET if allowed is None else allowed.split() or None,
    )


def _fields(rules: KeyRules) -> tuple[tuple[str, str], ...]:
    """The fields that make a key say again what it says now."""
    return (
        ("defaultDataMode", rules.data_mode),
        ("defaultEnvironment", rules.environment),
        ("allowedEnvironments", " ".join(allowed_environments(rules) or ())),
    )


HANDLERS: Final = (show_quality, show_newest, cure_key)
