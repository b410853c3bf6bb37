"""Voiding a request, taking that back, bringing back an earlier version: a second look, then doing it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from farthing.actions.asker import Asker
from farthing.actions.errors import FieldProblem, InvalidInputError
from farthing.actions.events.correct_call import REASON_MAX, Wanted, correct_call, preview_correction
from farthing.actions.events.tell_corrections import told_changes
from farthing.actions.parts import Parts
from farthing.rules.correction import CorrectionKind
from farthing.web.forms import form_texts
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import Frame, redirect, render
from farthing.web.requests.amend import over_month, shown_cost, version_of
from farthing.web.requests.places import REQUEST, request_place
from farthing.web.requests.versions import change_of
from farthing.web.words import problem_text


@dataclass(frozen=True)
class _Act:
    """Something that is done to requests: what it is called in addresses, and in histories."""

    word: str
    kind: CorrectionKind


@dataclass(frozen=True)
class _Asked:
    """An act and the request that it is for."""

    act: _Act
    wire: str


_ACTS: Final = (_Act("void", "voided"), _Act("restore", "restored"), _Act("revert", "reverted"))


def _handlers(act: _Act) -> tuple[HTTPRouteHandler, HTTPRouteHandler]:
    @get(f"{REQUEST}/{act.word}", needs="correct_calls", name=f"page.request.ask_{act.word}")
    async def ask(
        request: PageRequest, parts: GivenParts, asker: GivenAsker, request_id: FromPath[str]
    ) -> Response[Any]:
        """What it means, and the form that does it."""
        return await _confirm(
            request, parts, asker, _Asked(act, request_id), {"to": request.query_params.get("to", "")}
        )

    @post(f"{REQUEST}/{act.word}", needs="correct_calls", name=f"page.request.{act.word}")
    async def do(
        request: PageRequest, parts: GivenParts, asker: GivenAsker, request_id: FromPath[str]
    ) -> Response[Any]:
        """Do it; then the request, with its history."""
        typed = await form_texts(request)
        try:
            await correct_call(parts, asker, request_id, _wanted(act, typed))
        except InvalidInputError as error:
            if any(each.field != "reason" for each in error.problems):
                raise
            problem = problem_text(error.problems[0].message)
            return await _confirm(request, parts, asker, _Asked(act, request_id), typed, problem)
        return redirect(request, f"{request_place(request_id)}#history")

    return ask, do


HANDLERS: Final = tuple(handler for act in _ACTS for handler in _handlers(act))


def _wanted(act: _Act, typed: dict[str, str]) -> Wanted:
    """What the form says. Raises InvalidInputError."""
    reason = typed.get("reason", "").strip() or None
    to_version = version_of({"version": typed.get("to", "")})
    if act.kind == "reverted" and to_version is None:
        raise InvalidInputError([FieldProblem("to", "must be the number of an earlier version")])
    return Wanted(kind=act.kind, reason=reason, version=version_of(typed), to_version=to_version)


async def _confirm(
    request: PageRequest,
    parts: Parts,
    asker: Asker,
    asked: _Asked,
    typed: dict[str, str],
    problem: str | None = None,
) -> Response[Any]:
    act, wire = asked.act, asked.wire
    seen = _wanted(act, {"to": typed.get("to", ""), "reason": "looked at" if act.kind == "voided" else ""})
    call, after = await preview_correction(parts, asker, wire, seen)
    return render(
        request,
        "request_correct",
        Frame(asker, "requests"),
        400 if problem else 200,
        wire=wire,
        act=act.word,
        call=call,
        version=version_of(typed) or call.version,
        to=seen.to_version,
        place=request_place(wire),
        reason=typed.get("reason", ""),
        reason_max=REASON_MAX,
        problem=problem,
        cost=shown_cost(call.event),
        cost_after=shown_cost(after),
        changes=[change_of(each) for each in told_changes(call.event, after)],
        over=over_month(parts, asker, call.event),
        hold=await parts.storage.legal_hold(asker.workspace.id) if act.kind == "voided" else None,
    )
