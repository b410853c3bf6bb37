"""The workspace's own page: its name and zone, making another, switching, deleting after a second look."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post

from farthing.actions.asker import Asker
from farthing.actions.errors import InvalidInputError
from farthing.actions.people.manage_workspaces import (
    Named,
    change_workspace,
    create_workspace,
    delete_workspace,
    switch_workspace,
)
from farthing.rules.roles import PERSON
from farthing.web.forms import form_texts
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import Frame, redirect, render

_PATH = "/settings/workspace"
_DELETE = "/settings/workspace/delete"


@get(_PATH, needs="manage_settings")
async def show_workspace(request: PageRequest, asker: GivenAsker) -> Response[Any]:
    """The form, as things are."""
    return _form(request, asker, _as_it_is(asker))


@post(_PATH, needs="manage_settings")
async def set_workspace(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """Another name or zone, or the form again with what is wrong."""
    given = await _given(request)
    try:
        await change_workspace(parts, asker, given["name"], given["timezone"])
    except InvalidInputError as error:
        return _form(request, asker, given, error)
    return redirect(request, _PATH)


@get("/workspaces/new", needs="manage_workspace")
async def show_new(request: PageRequest, asker: GivenAsker) -> Response[Any]:
    """The form for a further workspace."""
    given = {"name": "", "timezone": asker.workspace.timezone}
    return render(request, "workspace_new", Frame(asker, "workspace"), given=given, problems={})


@post("/workspaces/new", needs="manage_workspace")
async def make_workspace(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """Make it, and go on in it."""
    given = await _given(request)
    try:
        made = await create_workspace(parts, asker.user, asker.origin, Named(**given), asker)
    except InvalidInputError as error:
        problems = {problem.field: problem.message for problem in error.problems}
        frame = Frame(asker, "workspace")
        return render(request, "workspace_new", frame, 400, given=given, problems=problems)
    await switch_workspace(parts, asker, made.public_id)
    return redirect(request, "/")


@post("/workspaces/switch", needs=PERSON)
async def switch(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """Go on in another workspace, at its overview."""
    await switch_workspace(parts, asker, (await form_texts(request)).get("workspace", ""))
    return redirect(request, "/")


@get(_DELETE, needs="manage_workspace")
async def ask_delete(request: PageRequest, asker: GivenAsker) -> Response[Any]:
    """What deleting means, and the form that does it."""
    return render(request, "workspace_delete", Frame(asker, "workspace"), problem=None)


@post(_DELETE, needs="manage_workspace")
async def delete_it(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """Mark it deleted, if its name was typed."""
    try:
        await delete_workspace(parts, asker, (await form_texts(request)).get("name", ""))
    except InvalidInputError as error:
        problem = error.problems[0].message
        return render(request, "workspace_delete", Frame(asker, "workspace"), 400, problem=problem)
    return redirect(request, "/")


def _form(
    request: PageRequest, asker: Asker, given: dict[str, str], error: InvalidInputError | None = None
) -> Response[str]:
    problems = {problem.field: problem.message for problem in error.problems} if error else {}
    status = 400 if problems else 200
    frame = Frame(asker, "workspace")
    return render(request, "workspace", frame, status, given=given, problems=problems)


def _as_it_is(asker: Asker) -> dict[str, str]:
    return {"name": asker.workspace.name, "timezone": asker.workspace.timezone}


async def _given(request: PageRequest) -> dict[str, str]:
    texts = await form_texts(request)
    return {name: texts.get(name, "").strip() for name in ("name", "timezone")}


HANDLERS = [show_workspace, set_workspace, show_new, make_workspace, switch, ask_delete, delete_it]
