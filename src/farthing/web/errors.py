"""The one table from what went wrong to the page that says so."""

from __future__ import annotations

from dataclasses import dataclass
from secrets import token_hex
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import structlog
from litestar import Response
from litestar.exceptions import HTTPException

from farthing.actions import errors as actions
from farthing.reports.ask import QuestionError
from farthing.storage import contract as storage
from farthing.web.access import SignInNeededError
from farthing.web.address import Address
from farthing.web.forms import ForgedFormError
from farthing.web.given import PageRequest
from farthing.web.pages import redirect, render
from farthing.web.words import sentence

_INTERNAL: Final = 500
_SECRET_PATHS: Final = ("/join/", "/reset/")
_log = structlog.get_logger("farthing.web")


@dataclass(frozen=True)
class ErrorPage:
    """What an error page says. `problems` are (parameter or field, what is wrong with it)."""

    status: int
    title: str
    message: str
    problems: tuple[tuple[str, str], ...] = ()
    log_id: str | None = None


_TABLE: Final[dict[type[Exception], tuple[int, str]]] = {
    actions.InvalidInputError: (400, "That can\u2019t be shown"),
    QuestionError: (400, "That can\u2019t be shown"),
    actions.OidcRefusedError: (403, "You are not let in"),
    actions.ForbiddenRoleError: (403, "Your role does not allow that"),
    ForgedFormError: (403, "This form is too old"),
    actions.NotFoundError: (404, "There is nothing here"),
    actions.ConflictError: (409, "That can\u2019t be done now"),
    actions.LegalHoldError: (409, "A legal hold is on"),
    storage.HeldError: (409, "A legal hold is on"),
    storage.RewrittenError: (409, "Calls have just been changed"),
    actions.NotInstalledError: (501, "That takes more than is installed here"),
    actions.JobStoppedError: (409, "That can\u2019t be done now"),
    actions.AlreadySetUpError: (409, "This installation is set up already"),
    actions.TooManyAttemptsError: (429, "Too many attempts"),
    actions.PlanLimitReachedError: (402, "The plan\u2019s requests are used up"),
    actions.RateLimitedError: (429, "Too much at once"),
    actions.OidcUnavailableError: (503, "The sign-in provider does not answer"),
    storage.StorageUnavailableError: (503, "The database does not answer"),
    storage.StorageUnusableError: (503, "The database can\u2019t be used"),
}
_MESSAGES: Final[dict[type[Exception], str]] = {
    ForgedFormError: "Nothing was changed. Go back, load the page again, and send the form once more.",
}
_HTTP: Final = {
    400: ("That can\u2019t be read", "The address or form holds something this page does not understand."),
    404: ("There is nothing here", "The address may be mistyped, or what it named has been deleted."),
    405: ("That is not possible here", "This address does not take that kind of request."),
    413: ("That is too much", "The form is larger than this page takes."),
}


def answer_error(request: PageRequest, error: Exception) -> Response[Any]:
    """The page for an error, logged once; or the way in for somebody who is not signed in."""
    if isinstance(error, SignInNeededError):
        return redirect(request, error.place)
    page = describe(error)
    _write_log(request, page, error)
    return render(
        request,
        "error",
        status=page.status,
        page=page,
        before=_before(request),
        without=_without(request, page),
    )


def describe(error: Exception) -> ErrorPage:
    """What to say of an error. Pure but for the id that an unexpected one is given."""
    known = next((kind for kind in type(error).__mro__ if kind in _TABLE), None)
    if known is not None:
        status, title = _TABLE[known]
        problems = error.problems if isinstance(error, actions.InvalidInputError) else ()
        message = "" if problems else _MESSAGES.get(known, sentence(str(error)))
        return ErrorPage(status, title, message, tuple((each.field, each.message) for each in problems))
    if isinstance(error, HTTPException) and error.status_code in _HTTP:
        return ErrorPage(error.status_code, *_HTTP[error.status_code])
    message = "The mistake is ours. The server\u2019s log has more under this number:"
    return ErrorPage(_INTERNAL, "Something went wrong", message, log_id=token_hex(8))


def _before(request: PageRequest) -> str | None:
    """The page of ours that led here; None for one that is this page itself, so would lead here again."""
    came = urlsplit(request.headers.get("referer", ""))
    is_ours = came.netloc == request.url.netloc
    place = f"{came.path}?{came.query}" if came.query else came.path
    here = f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
    return place if is_ours and (place != here or request.method != "GET") else None


def _without(request: PageRequest, page: ErrorPage) -> Address | None:
    """The same view without what was wrong in its address; None where it is not the address."""
    pairs = parse_qsl(request.url.query)
    wrong = {name for name, _ in page.problems}
    if request.method != "GET" or not page.problems or not wrong <= {name for name, _ in pairs}:
        return None
    return Address(request.url.path, tuple(pair for pair in pairs if pair[0] not in wrong))


def without_secret(path: str) -> str:
    """The path as it may be logged: links that open something hold their secret in it."""
    start = next((each for each in _SECRET_PATHS if path.startswith(each)), None)
    return path if start is None else f"{start}…"


def _write_log(request: PageRequest, page: ErrorPage, error: Exception) -> None:
    said = {"method": request.method, "path": without_secret(request.url.path), "status": page.status}
    if page.status == _INTERNAL:
        _log.error("page.failed", request_id=page.log_id, exc_info=error, **said)
    elif page.status > _INTERNAL:
        _log.error("page.failed", message=page.message, **said)
    else:
        _log.info("page.refused", **said)
