"""Scheduled exports: a new one, its page with settings and last runs, and what can be done with it."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath

from farthing.actions.asker import Asker
from farthing.actions.errors import ConflictError, InvalidInputError, NotFoundError
from farthing.actions.export_schedules.manage_schedules import (
    add_schedule,
    change_schedule,
    destination_text,
    find_schedule,
    list_runs,
    remove_schedule,
    run_now,
    try_destination,
)
from farthing.actions.export_schedules.schedule_fields import NO_ROOT
from farthing.actions.export_schedules.scheduled_work import delivered_of, period_of
from farthing.actions.parts import Parts
from farthing.actions.reads.read_filters import FILTER_NAMES
from farthing.notify.bucket import is_installed
from farthing.notify.outcome import Outcome
from farthing.reports.dimensions import DIMENSIONS
from farthing.rules.export_schedule import DESTINATION_KINDS, RHYTHMS, ExportSchedule, period_name
from farthing.rules.ids import export_schedule_id_number, export_schedule_id_text, job_id_text
from farthing.storage.contract import AlreadyExistsError
from farthing.web.exports import FORMATS
from farthing.web.forms import form_texts
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import Frame, redirect, render
from farthing.web.settings.export_schedule_form import (
    ScheduleForm,
    filled_form,
    form_of,
    fresh_form,
    problems_of,
)

_LIST: Final = "/settings/exports"
_PATH: Final = "/settings/export-schedules"
_ONE: Final = _PATH + "/{schedule:str}"
_PAGE: Final = "exports"
_NUMBER_MAX: Final = 2**31 - 1
_RUNS: Final = 20
KINDS: Final = {"folder": "a folder", "s3": "an S3 bucket"}
"""Kinds of places, in words."""


def usable(parts: Parts) -> dict[str, str | None]:
    """Why this server can't put files into places of a kind; None where it can."""
    missing = "needs farthing[s3], which is not installed"
    return {
        "folder": NO_ROOT if parts.settings.export_root is None else None,
        "s3": None if is_installed() else missing,
    }


@get(_PATH + "/new", needs="manage_settings")
async def show_new(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """The form for one that goes to a kind of place."""
    return _new(request, parts, asker, fresh_form(asker))


@post(_PATH + "/new", needs="manage_settings")
async def make_schedule(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """Make it."""
    form = filled_form(await form_texts(request))
    try:
        await add_schedule(parts, asker, form.new(_kind(request)))
    except InvalidInputError as error:
        return _new(request, parts, asker, form, problems_of(error))
    except AlreadyExistsError:
        return _new(request, parts, asker, form, {"name": "is in use already"})
    return redirect(request, _LIST)


@get(_ONE, needs="export")
async def show_schedule(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, schedule: FromPath[str]
) -> Response[Any]:
    """Its page."""
    found = await find(parts, asker, schedule)
    return await _show(request, parts, asker, found, form=form_of(found))


@post(_ONE, needs="manage_settings")
async def save_schedule(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, schedule: FromPath[str]
) -> Response[Any]:
    """Give it what was filled in."""
    found = await find(parts, asker, schedule)
    form = filled_form(await form_texts(request))
    try:
        await change_schedule(parts, asker, found.id, form.change(found))
    except InvalidInputError as error:
        return await _show(request, parts, asker, found, form=form, problems=problems_of(error))
    except AlreadyExistsError:
        return await _show(request, parts, asker, found, form=form, problems={"name": "is in use already"})
    return redirect(request, _LIST)


@post(_ONE + "/run", needs="manage_settings")
async def run_schedule(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, schedule: FromPath[str]
) -> Response[Any]:
    """Export the last period that is over, now."""
    found = await find(parts, asker, schedule)
    await run_now(parts, asker, found.id)
    return redirect(request, f"{_PATH}/{schedule}")


@post(_ONE + "/test", needs="manage_settings")
async def test_schedule(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, schedule: FromPath[str]
) -> Response[Any]:
    """Its page, with what became of a small file."""
    found = await find(parts, asker, schedule)
    outcome = await try_destination(parts, asker, found.id)
    return await _show(request, parts, asker, found, form=form_of(found), tested=outcome)


@get(_ONE + "/remove", needs="manage_settings")
async def ask_remove_schedule(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, schedule: FromPath[str]
) -> Response[Any]:
    """What removing means, and the button that does it."""
    found = await find(parts, asker, schedule)
    frame, place = Frame(asker, _PAGE), destination_text(found)
    return render(request, "export_schedule_remove", frame, schedule=found, wire=schedule, place=place)


@post(_ONE + "/remove", needs="manage_settings")
async def remove_one_schedule(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, schedule: FromPath[str]
) -> Response[Any]:
    """The end of it."""
    found = await find(parts, asker, schedule)
    await remove_schedule(parts, asker, found.id)
    return redirect(request, _LIST)


HANDLERS: Final = (
    show_new,
    make_schedule,
    show_schedule,
    save_schedule,
    run_schedule,
    test_schedule,
    ask_remove_schedule,
    remove_one_schedule,
)


async def find(parts: Parts, asker: Asker, wire: str) -> ExportSchedule:
    """The one with this id. Raises NotFoundError."""
    number = export_schedule_id_number(wire)
    if number is None or number > _NUMBER_MAX:
        raise NotFoundError(f"there is no scheduled export {wire[:40]!r} in this workspace")
    return await find_schedule(parts, asker, number)


def _kind(request: PageRequest) -> str:
    """The kind of place that the address names. Raises NotFoundError."""
    text = request.query_params.get("kind", "")
    if text not in DESTINATION_KINDS:
        raise NotFoundError(f"there is no kind of places {text[:40]!r}")
    return text


def _choices() -> dict[str, Any]:
    """What the selects of the form offer."""
    return {
        "formats": FORMATS,
        "rhythms": RHYTHMS,
        "dimensions": [dimension.wire for dimension in DIMENSIONS.values()],
        "filter_names": FILTER_NAMES,
        "kinds": KINDS,
    }


def _new(
    request: PageRequest,
    parts: Parts,
    asker: Asker,
    form: ScheduleForm,
    problems: dict[str, str] | None = None,
) -> Response[Any]:
    kind = _kind(request)
    why_not = usable(parts)[kind]
    if why_not is not None:
        raise ConflictError(f"no file can be put there: {why_not}")
    status = 200 if problems is None else 400
    told = {"kind": kind, "form": form, "problems": problems or {}, **_choices()}
    return render(request, "export_schedule_new", Frame(asker, _PAGE), status, **told)


async def _show(
    request: PageRequest, parts: Parts, asker: Asker, schedule: ExportSchedule, **told: Any
) -> Response[Any]:
    runs = (await list_runs(parts, asker.workspace.id, _RUNS)).get(schedule.id, [])
    outcome: Outcome | None = told.pop("tested", None)
    problems: dict[str, str] | None = told.pop("problems", None)
    return render(
        request,
        "export_schedule",
        Frame(asker, _PAGE),
        200 if problems is None else 400,
        schedule=schedule,
        wire=export_schedule_id_text(schedule.id),
        place=destination_text(schedule),
        next_name=period_name(schedule.next_period, schedule.every, schedule.zone),
        runs=[
            (
                job_id_text(job.id),
                job,
                delivered_of(job),
                period_name(period_of(job), schedule.every, schedule.zone),
            )
            for job in runs
        ],
        kind=schedule.destination.kind,
        tested=outcome,
        problems=problems or {},
        **_choices(),
        **told,
    )
