"""Erasing a user or tenant: whom, a second look at what it means, how far it is, and the certificate.

Whom it is about is sent in forms, never in addresses, which logs and histories of browsers keep.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath

from farthing.actions.asker import Asker
from farthing.actions.errors import InvalidInputError
from farthing.actions.events.erase import (
    ErasurePreview,
    NewErasure,
    erase,
    find_erasure,
    list_erasures,
    preview_erasure,
)
from farthing.actions.jobs.manage_jobs import list_jobs
from farthing.actions.parts import Parts
from farthing.rules.erasure import FIELD_OF, KINDS, Erasure, Sums
from farthing.rules.ids import erasure_id_text
from farthing.rules.job import Job
from farthing.rules.money import usd
from farthing.web.address import Address
from farthing.web.forms import form_texts
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import Frame, redirect, render
from farthing.web.rows_address import group_address
from farthing.web.values.kinds import BY_DIMENSION
from farthing.web.words import problem_text

PATH: Final = "/settings/erasures"
_NEW: Final = PATH + "/new"
_CONFIRM: Final = PATH + "/confirm"
_ALL_TIME: Final = (("range", "90d"), ("dataMode", "all"))
_JOBS_LOOKED_AT: Final = 200


@dataclass(frozen=True)
class Line:
    """An erasure as it is listed."""

    wire: str
    erasure: Erasure


@dataclass(frozen=True)
class ErasureForm:
    """Whom to erase, as it was typed. `typed` is the id once more, to be sure."""

    kind: str = "user"
    value: str = ""
    note: str = ""
    in_others: bool = True
    typed: str = ""

    @property
    def new(self) -> NewErasure:
        """What it says."""
        return NewErasure(kind=self.kind, value=self.value, note=self.note, in_others=self.in_others)


@get(PATH, needs="erase")
async def show_erasures(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """What was erased, newest first."""
    listed = await list_erasures(parts, asker)
    return render(
        request,
        "erasures",
        Frame(asker, "data"),
        lines=[Line(erasure_id_text(each.id), each) for each in listed],
    )


@get(_NEW, needs="erase")
async def ask_whom(request: PageRequest, asker: GivenAsker) -> Response[Any]:
    """The form that says whom."""
    return _new(request, asker, ErasureForm())


@post(_CONFIRM, needs="erase")
async def ask_erase(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """What there is of them, what will happen, and the form that does it."""
    form = _form(await form_texts(request), is_first=True)
    try:
        preview = await preview_erasure(parts, asker, form.new)
    except InvalidInputError as error:
        return _new(request, asker, form, _problems(error))
    return await _confirm(request, parts, asker, form, preview)


@post(PATH, needs="erase")
async def do_erase(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """Begin, if the id was typed."""
    form = _form(await form_texts(request), is_first=False)
    try:
        preview = await preview_erasure(parts, asker, form.new)
        if form.typed != form.value:
            return await _confirm(request, parts, asker, form, preview, {"typed": "This is another id."})
        erasure, _ = await erase(parts, asker, form.new)
    except InvalidInputError as error:
        problems = _problems(error)
        if problems.keys() != {"note"}:
            return _new(request, asker, form, problems)
        preview = await preview_erasure(parts, asker, replace(form, note="").new)
        return await _confirm(request, parts, asker, form, preview, problems)
    return redirect(request, f"{PATH}/{erasure_id_text(erasure.id)}")


@get(PATH + "/{erasure_id:str}", needs="erase")
async def show_erasure(
    request: PageRequest, erasure_id: FromPath[str], parts: GivenParts, asker: GivenAsker
) -> Response[Any]:
    """How far it is, or its certificate."""
    erasure = await find_erasure(parts, asker, erasure_id)
    return render(
        request,
        "erasure",
        Frame(asker, "data"),
        wire=erasure_id_text(erasure.id),
        erasure=erasure,
        job=await _job(parts, asker, erasure),
        before=_spent(erasure.before),
        after=_spent(erasure.after),
        alias_page=_alias_page(erasure),
    )


HANDLERS: Final = (show_erasures, ask_whom, ask_erase, do_erase, show_erasure)


def _form(texts: dict[str, str], *, is_first: bool) -> ErasureForm:
    """What was typed; a box that is not ticked is not sent, also where there was none."""
    return ErasureForm(
        kind=texts.get("kind", ""),
        value=texts.get("value", "").strip(),
        note=texts.get("note", "").strip(),
        in_others=is_first or "in_others" in texts,
        typed=texts.get("typed", "").strip(),
    )


def _problems(error: InvalidInputError) -> dict[str, str]:
    return {each.field: problem_text(each.message) for each in error.problems}


def _new(
    request: PageRequest, asker: Asker, form: ErasureForm, problems: dict[str, str] | None = None
) -> Response[Any]:
    status = 400 if problems else 200
    return render(
        request,
        "erasure_new",
        Frame(asker, "data"),
        status,
        form={"kind": form.kind, "value": form.value},
        kinds=[(each, each.capitalize()) for each in KINDS],
        problems=problems or {},
    )


async def _confirm(
    request: PageRequest,
    parts: Parts,
    asker: Asker,
    form: ErasureForm,
    preview: ErasurePreview,
    problems: dict[str, str] | None = None,
) -> Response[Any]:
    return render(
        request,
        "erasure_confirm",
        Frame(asker, "data"),
        400 if problems else 200,
        form=form,
        preview=preview,
        spent=_spent(preview.sums),
        problems=problems or {},
        hold=await parts.storage.legal_hold(asker.workspace.id),
    )


async def _job(parts: Parts, asker: Asker, erasure: Erasure) -> Job | None:
    """What does it, while it is under way."""
    jobs = await list_jobs(parts, asker, _JOBS_LOOKED_AT)
    of_it = (job for job in jobs if (job.kind, job.subject_id) == ("erasure", erasure.id))
    return next((job for job in of_it if not job.is_ended), None)


def _spent(sums: Sums | None) -> object:
    """What it comes to in dollars; None where that was not added up yet."""
    return None if sums is None else usd(sums.cost_picousd)


def _alias_page(erasure: Erasure) -> Address:
    """Where the calls are found now."""
    kind = BY_DIMENSION[FIELD_OF[erasure.kind]]
    return group_address(Address(f"{kind.path}/one", _ALL_TIME), kind.dimension, erasure.alias)
