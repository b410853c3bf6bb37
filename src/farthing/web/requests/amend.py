"""Amending a request: a form with all that may be amended, what it would change, and doing it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final
from zoneinfo import ZoneInfo

from litestar import Response, get, post
from litestar.params import FromPath
from markupsafe import Markup

from farthing.actions.asker import Asker
from farthing.actions.errors import ConflictError, FieldProblem, InvalidInputError
from farthing.actions.events.correct_call import (
    REASON_MAX,
    Wanted,
    correct_call,
    find_call,
    preview_correction,
)
from farthing.actions.events.tell_corrections import told_changes
from farthing.actions.parts import Parts
from farthing.rules.correction import StoredCall
from farthing.rules.events import ENVIRONMENTS, STATUSES, UsageEvent
from farthing.rules.ids import request_id_text
from farthing.rules.usage import UNITS
from farthing.web.amounts import money
from farthing.web.forms import form_texts
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.moments import local, month_text
from farthing.web.pages import Frame, redirect, render
from farthing.web.requests.amend_form import changes_of, problems_by_field, texts_of
from farthing.web.requests.places import LABELS, REQUEST, request_place
from farthing.web.requests.rows import cost_of
from farthing.web.requests.versions import Change, change_of
from farthing.web.words import unit_label

_FIRST_UNITS: Final = ("input_uncached", "cache_read", "cache_write", "output_visible", "reasoning")
"""Units that most calls have; others are folded away unless the request has them."""
_REAL_OR_TEST: Final = ("real", "test")
_VERSION_DIGITS_MAX: Final = 9
_SWITCH: Final = (("", "Not said"), ("true", "Yes"), ("false", "No"))
_STATUS_WORDS: Final = {"success": "Success", "error": "Error", "cache_hit": "Cache hit"}


@dataclass(frozen=True)
class AmendPreview:
    """What an amendment would change: costs before and after, and every field that is another then."""

    before: Markup
    after: Markup
    is_same_cost: bool
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class _Look:
    """What the page shows: the form, what is wrong by its fields, and a preview if one was asked for.

    `version` is the one that the form was first filled in from: who sends it again is still told of others.
    """

    form: dict[str, str]
    version: int | None = None
    reason: str = ""
    problems: dict[str, str] = field(default_factory=dict)
    preview: AmendPreview | None = None


@get(REQUEST + "/amend", needs="correct_calls")
async def show_amend(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, request_id: FromPath[str]
) -> Response[Any]:
    """The form, filled in with what is stored."""
    call = await find_call(parts, asker, request_id)
    return _show(request, parts, asker, call, _Look(texts_of(call.event)))


@post(REQUEST + "/amend", needs="correct_calls")
async def amend(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, request_id: FromPath[str]
) -> Response[Any]:
    """Show what would change, or change it."""
    call = await find_call(parts, asker, request_id)
    typed = await form_texts(request)
    reason = typed.get("reason", "").strip()
    form = texts_of(call.event)
    form |= {name: text for name, text in typed.items() if name in form}
    try:
        wanted = _wanted(call, typed, reason)
        if typed.get("act") == "preview":
            _, after = await preview_correction(parts, asker, request_id, wanted)
            look = _Look(form, wanted.version, reason, preview=_preview(call.event, after))
            return _show(request, parts, asker, call, look)
        await correct_call(parts, asker, request_id, wanted)
    except InvalidInputError as error:
        problems = problems_by_field(error.problems, form)
        return _show(request, parts, asker, call, _Look(form, version_of(typed), reason, problems))
    return redirect(request, f"{request_place(request_id)}#history")


HANDLERS: Final = (show_amend, amend)


def _wanted(call: StoredCall, typed: dict[str, str], reason: str) -> Wanted:
    """What the form says. Raises InvalidInputError."""
    changes = changes_of(call.event, typed)
    if isinstance(changes, list):
        raise InvalidInputError(changes)
    if not changes:
        raise InvalidInputError([FieldProblem("changes", "nothing here is other than what is stored")])
    version = version_of(typed)
    return Wanted(kind="amended", changes=changes, reason=reason or None, version=version)


def version_of(typed: dict[str, str]) -> int | None:
    """The version that the form was made of; None where it does not say."""
    text = typed.get("version", "")
    is_number = text.isascii() and text.isdigit() and len(text) <= _VERSION_DIGITS_MAX
    return int(text) if is_number else None


def _preview(before: UsageEvent, after: UsageEvent) -> AmendPreview:
    return AmendPreview(
        before=shown_cost(before),
        after=shown_cost(after),
        is_same_cost=(before.cost_picousd, before.pricing_status)
        == (after.cost_picousd, after.pricing_status),
        changes=tuple(change_of(each) for each in told_changes(before, after)),
    )


def shown_cost(event: UsageEvent) -> Markup:
    """What a call costs, in a sentence."""
    cost = cost_of(event)
    return Markup("unknown") if cost is None else money(cost, event.pricing_status == "partly_priced")


def over_month(parts: Parts, asker: Asker, event: UsageEvent) -> str | None:
    """The month of a call by name, where that is over; its totals have been told."""
    zone = ZoneInfo(asker.workspace.timezone)
    then, now = local(event.occurred_at, zone), local(parts.clock.now(), zone)
    is_over = (then.year, then.month) < (now.year, now.month)
    return month_text(event.occurred_at, zone) if is_over else None


def _show(request: PageRequest, parts: Parts, asker: Asker, call: StoredCall, look: _Look) -> Response[Any]:
    wire = request_id_text(call.request_id)
    if call.is_voided:
        raise ConflictError(f"{wire} is voided: restore it first")
    form, event = look.form, call.event
    is_first = {unit for unit in UNITS if unit in _FIRST_UNITS or event.usage.units.get(unit)}
    return render(
        request,
        "request_amend",
        Frame(asker, "requests"),
        400 if look.problems else 200,
        wire=wire,
        call=call,
        place=request_place(wire),
        form=form,
        version=look.version or call.version,
        reason=look.reason,
        reason_max=REASON_MAX,
        problems=look.problems,
        preview=look.preview,
        cost=shown_cost(event),
        over=over_month(parts, asker, event),
        labels=LABELS,
        units=[(unit, unit_label(unit)) for unit in UNITS if unit in is_first],
        more_units=[(unit, unit_label(unit)) for unit in UNITS if unit not in is_first],
        more_names=[f"usage.{unit}" for unit in UNITS if unit not in is_first],
        environments=[(each, each) for each in ENVIRONMENTS],
        modes=[(each, each) for each in _REAL_OR_TEST] if event.data_mode in _REAL_OR_TEST else [],
        statuses=[(each, _STATUS_WORDS[each]) for each in STATUSES],
        switch=_SWITCH,
    )
