"""How long calls are kept: what is there, what the next run removes, setting it, runs, and the legal hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from litestar import Response, get, post

from farthing.actions.errors import InvalidInputError
from farthing.actions.parts import Parts
from farthing.actions.retention.hold import REASON_MAX, lift_hold, put_hold
from farthing.actions.retention.policy import Coming, ModePolicy, Policy, find_policy, preview, set_days
from farthing.actions.retention.run import RETENTION, ask_run
from farthing.actions.retention.runs import past_runs
from farthing.rules.events import DATA_MODES
from farthing.rules.job import Job
from farthing.rules.problems import FieldProblem
from farthing.rules.retention import DAYS_MAX, FOREVER, Days
from farthing.web.forms import form_texts
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import Frame, redirect, render

_PATH: Final = "/settings/retention"
_FOREVER: Final = "for ever"
_FOREVER_AS_WELL: Final = "forever"
"""As people type it too."""
_FIELDS: Final = tuple(f"{mode}.{name}" for mode in DATA_MODES for name in ("rawDays", "summaryDays"))


@dataclass(frozen=True)
class ModeLine:
    """A data mode on the page: what holds of it, and what is next to go."""

    mode: str
    policy: ModePolicy
    coming: Coming


@get(_PATH, needs="read")
async def show_retention(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """What is kept and since when; for those who may set it, the forms."""
    policy = await find_policy(parts, asker.workspace)
    return await _page(request, parts, Frame(asker, "retention"), policy, _as_it_is(policy))


@post(_PATH, needs="manage_settings")
async def set_retention(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """Set the days; a second look first where the next run would remove more by them."""
    texts = await form_texts(request)
    given = {name: _typed(texts.get(name, "")) for name in _FIELDS}
    frame = Frame(asker, "retention")
    now = await find_policy(parts, asker.workspace)
    try:
        days = _days(given)
        if texts.get("confirmed") != "yes":
            then = await find_policy(parts, asker.workspace, days)
            lines = await _lines(parts, frame, then)
            if _removes_more(now, then) and any(
                each.coming.row_count or each.coming.sums_count for each in lines
            ):
                return render(request, "retention_confirm", frame, given=given, lines=lines)
        await set_days(parts, asker, days)
    except InvalidInputError as error:
        problems = {problem.field: problem.message for problem in error.problems}
        return await _page(request, parts, frame, now, given, problems)
    return redirect(request, _PATH)


@post(_PATH + "/run", needs="manage_settings")
async def run_now(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """Begin to remove what is due."""
    await ask_run(parts, asker)
    return redirect(request, _PATH)


@post(_PATH + "/hold", needs="manage_settings")
async def hold(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """Put a hold on, with its reason."""
    reason = (await form_texts(request)).get("reason", "")
    try:
        await put_hold(parts, asker, reason)
    except InvalidInputError as error:
        policy = await find_policy(parts, asker.workspace)
        problems = {problem.field: problem.message for problem in error.problems}
        return await _page(request, parts, Frame(asker, "retention"), policy, _as_it_is(policy), problems)
    return redirect(request, _PATH)


@post(_PATH + "/hold/lift", needs="manage_settings")
async def lift(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """Take the hold off."""
    await lift_hold(parts, asker)
    return redirect(request, _PATH)


async def _page(
    request: PageRequest,
    parts: Parts,
    frame: Frame,
    policy: Policy,
    given: dict[str, str],
    problems: Mapping[str, str] | None = None,
) -> Response[Any]:
    return render(
        request,
        "retention",
        frame,
        400 if problems else 200,
        policy=policy,
        lines=await _lines(parts, frame, policy),
        given=given,
        problems=problems or {},
        reason_max=REASON_MAX,
        runs=await past_runs(parts, frame.asker.workspace),
        under_way=await _under_way(parts, frame.asker.workspace.id),
    )


async def _lines(parts: Parts, frame: Frame, policy: Policy) -> list[ModeLine]:
    coming = await preview(parts, frame.asker.workspace, policy)
    return [ModeLine(each.data_mode, policy.modes[each.data_mode], each) for each in coming]


async def _under_way(parts: Parts, workspace_id: int) -> Job | None:
    jobs = await parts.storage.unfinished_jobs()
    mine = (job for job in jobs if (job.workspace_id, job.kind) == (workspace_id, RETENTION))
    return next(mine, None)


def _removes_more(now: Policy, then: Policy) -> bool:
    return any(
        then.modes[mode].due.raw_from > now.modes[mode].due.raw_from
        or then.modes[mode].due.summary_from > now.modes[mode].due.summary_from
        for mode in DATA_MODES
    )


def _as_it_is(policy: Policy) -> dict[str, str]:
    found: dict[str, str] = {}
    for mode, each in policy.modes.items():
        found |= {f"{mode}.rawDays": _text(each.days.raw), f"{mode}.summaryDays": _text(each.days.summary)}
    return found


def _text(days: int | None) -> str:
    return "" if days is None else _FOREVER if days == FOREVER else str(days)


def _typed(text: str) -> str:
    plain = " ".join(text.lower().split())
    return _FOREVER if plain == _FOREVER_AS_WELL else plain


def _days(given: dict[str, str]) -> dict[str, Days]:
    """The days in a form. Raises InvalidInputError."""
    bad = [name for name, text in given.items() if not _is_days(text)]
    if bad:
        message = f"is neither a number of days from 1 to {DAYS_MAX} nor \u201c{_FOREVER}\u201d nor empty"
        raise InvalidInputError([FieldProblem(name, message) for name in bad])
    read = {
        name: None if not text else FOREVER if text == _FOREVER else int(text) for name, text in given.items()
    }
    return {mode: Days(read[f"{mode}.rawDays"], read[f"{mode}.summaryDays"]) for mode in DATA_MODES}


def _is_days(text: str) -> bool:
    is_number = text.isascii() and text.isdigit() and len(text) < 9 and 0 < int(text) <= DAYS_MAX  # noqa: PLR2004
    return is_number or text in ("", _FOREVER)


HANDLERS = [show_retention, set_retention, run_now, hold, lift]
