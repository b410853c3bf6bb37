"""Demo and test data: what there is, loading it, deleting it after a second look, and what was deleted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath

from farthing.actions.asker import Asker
from farthing.actions.errors import InvalidInputError
from farthing.actions.events.delete_data import (
    StoredCalls,
    delete_data,
    deletion_number,
    find_deletion,
    list_deletions,
    stored_calls,
)
from farthing.actions.jobs.manage_jobs import cancel_job, find_job
from farthing.actions.parts import Parts
from farthing.actions.reads.query_parameters import Parameters
from farthing.actions.reads.read_hygiene import coverage_of
from farthing.rules.deletion import DELETABLE_MODES, SCOPES, Deletion, DeletionScope
from farthing.rules.ids import deletion_id_text
from farthing.rules.periods import DAY_MS, Window
from farthing.rules.problems import FieldProblem
from farthing.web.forms import form_texts
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import Frame, redirect, render

_PATH: Final = "/settings/data"
_DELETE: Final = "/settings/data/delete"
_SHOWN_MAX: Final = 10


@dataclass(frozen=True)
class Line:
    """A deletion as it is listed."""

    wire: str
    deletion: Deletion


@get("/settings", needs="read")
async def show_settings(request: PageRequest, asker: GivenAsker) -> Response[Any]:  # noqa: ARG001
    """Where clients of the followed API send people: /settings#data-hygiene."""
    return redirect(request, _PATH)


@get(_PATH, needs="read")
async def show_data(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """How many calls of each kind there are, and what may be done about them."""
    found = await stored_calls(parts, asker)
    now = parts.clock.now()
    listed = (await list_deletions(parts, asker))[:_SHOWN_MAX]
    return render(
        request,
        "data",
        Frame(asker, "data"),
        stored={each.data_mode: each for each in found},
        coverage=await coverage_of(parts, asker, Window(now - 7 * DAY_MS, now)),
        deletions=[Line(deletion_id_text(each.id), each) for each in listed],
    )


@get(_DELETE, needs="delete_own_data")
async def ask_delete_data(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """What would go, and the form that does it."""
    mode, scope = _what(list(request.query_params.multi_items()), asker)
    return await _confirm(request, parts, asker, (mode, scope))


@post(_DELETE, needs="delete_own_data")
async def do_delete_data(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """Delete; everybody's only if the word was typed."""
    texts = await form_texts(request)
    mode, scope = _what([(n, texts.get(n, "")) for n in ("dataMode", "scope")], asker)
    if scope == "workspace" and texts.get("word", "").strip().lower() != mode:
        return await _confirm(request, parts, asker, (mode, scope), problem=f"must be {mode}")
    asked = await delete_data(parts, asker, mode, scope)
    return redirect(request, f"{_PATH}/deletions/{deletion_id_text(asked.deletion.id)}")


@get(_PATH + "/deletions/{deletion_id:str}", needs="delete_own_data")
async def show_deletion(
    request: PageRequest, deletion_id: FromPath[str], parts: GivenParts, asker: GivenAsker
) -> Response[Any]:
    """How far it is, or its certificate."""
    deletion = await find_deletion(parts, asker, deletion_number(deletion_id))
    job = await find_job(parts, asker, deletion.job_id) if deletion.job_id else None
    return render(
        request,
        "deletion",
        Frame(asker, "data"),
        wire=deletion_id_text(deletion.id),
        deletion=deletion,
        job=None if job is None or job.is_ended else job,
        may_stop=job is not None and (job.created_by == asker.user.id or asker.may("delete_data")),
    )


@post(_PATH + "/deletions/{deletion_id:str}/stop", needs="delete_own_data")
async def stop_deletion(
    request: PageRequest, deletion_id: FromPath[str], parts: GivenParts, asker: GivenAsker
) -> Response[Any]:
    """End it; what is gone stays gone."""
    deletion = await find_deletion(parts, asker, deletion_number(deletion_id))
    await cancel_job(parts, asker, deletion.job_id)
    return redirect(request, f"{_PATH}/deletions/{deletion_id_text(deletion.id)}")


async def _confirm(
    request: PageRequest,
    parts: Parts,
    asker: Asker,
    what: tuple[str, DeletionScope],
    problem: str | None = None,
) -> Response[Any]:
    mode, scope = what
    stored: StoredCalls = next(each for each in await stored_calls(parts, asker) if each.data_mode == mode)
    return render(
        request,
        "data_delete",
        Frame(asker, "data"),
        400 if problem else 200,
        mode=mode,
        scope=scope,
        number=stored.workspace if scope == "workspace" else stored.mine,
        problem=problem,
        hold=await parts.storage.legal_hold(asker.workspace.id),
    )


def _what(pairs: list[tuple[str, Any]], asker: Asker) -> tuple[str, DeletionScope]:
    """The data mode and scope. Raises InvalidInputError, and ForbiddenRoleError for everybody's."""
    parameters = Parameters(pairs)
    mode = parameters.choice("dataMode", DELETABLE_MODES)
    scope = parameters.choice("scope", SCOPES)
    parameters.raise_problems()
    if mode is None or scope is None:
        missing = "dataMode" if mode is None else "scope"
        raise InvalidInputError([FieldProblem(missing, "must be given")])
    if scope == "workspace":
        asker.need("delete_data")
    return mode, scope


HANDLERS = [show_settings, show_data, ask_delete_data, do_delete_data, show_deletion, stop_deletion]
