"""The one table from what went wrong to what the client is told: status, reason, message, fields."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from secrets import token_hex
from traceback import walk_tb
from typing import Any, Final

import structlog
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException

from farthing.actions import errors as actions
from farthing.api.answers import ErrorAnswer, FieldError
from farthing.ledger.writer import QueueFullError, WriterStoppedError
from farthing.reports.ask import QuestionError
from farthing.rules.plans import status_fields
from farthing.storage import contract as storage

_BAD_REQUEST: Final = 400
_INTERNAL: Final = 500
_DEFECT: Final = "internal_error"
_BODY: Final = "body"
_TOO_DEEP: Final = "the body is nested too deeply"
_NO_BODY: Final = "'data'"
"""All that Litestar says of a body that is not there: the name that it has for bodies."""
_MISSING: Final = re.compile("Object missing required field `(.+)`")
_log = structlog.get_logger("farthing.api")


@dataclass(frozen=True)
class ErrorReply:
    """What is sent for an error. `headers` are those beside the content type."""

    status: int
    answer: ErrorAnswer
    headers: dict[str, str] = field(default_factory=dict)


class BodyTooLargeError(Exception):
    """A body, or the number of a batch's items, is over its limit; the message names both."""


class UnsupportedBodyError(Exception):
    """A body of a type, or packed in a way, that the address does not take."""


class UnknownEncodingError(Exception):
    """A body is packed in a way that is not read here; the message names those that are."""


class MethodNotAllowedError(Exception):
    """The address takes POST only."""


class RequestError(Exception):
    """What arrived is no request that any address could answer; the message says why."""


class RequestTimeoutError(RequestError):
    """Head or body did not arrive in time."""


class AddressTooLongError(RequestError):
    """The request line names an address that is over the limit."""


class HeadTooLargeError(RequestError):
    """The headers are over the limit, in bytes or in number."""


_TABLE: Final[dict[type[Exception], tuple[int, str]]] = {
    actions.InvalidInputError: (400, "validation_failed"),
    QuestionError: (400, "validation_failed"),
    actions.SignInRefusedError: (401, "invalid_credentials"),
    actions.TotpRequiredError: (401, "totp_required"),
    actions.InvalidKeyError: (401, "invalid_api_key"),
    actions.PlanLimitReachedError: (402, "plan_limit_reached"),
    actions.ForbiddenRoleError: (403, "forbidden_role"),
    actions.NotFoundError: (404, "not_found"),
    actions.ConflictError: (409, "conflict"),
    actions.LegalHoldError: (409, "legal_hold"),
    storage.HeldError: (409, "legal_hold"),
    actions.NotInstalledError: (501, "not_installed"),
    actions.AlreadySetUpError: (409, "already_set_up"),
    storage.AlreadyExistsError: (409, "already_exists"),
    storage.RewrittenError: (409, "conflict"),
    actions.TooManyAttemptsError: (429, "rate_limited"),
    actions.RateLimitedError: (429, "rate_limited"),
    BodyTooLargeError: (413, "body_too_large"),
    UnsupportedBodyError: (415, "unsupported_media_type"),
    MethodNotAllowedError: (405, "method_not_allowed"),
    UnknownEncodingError: (415, "unsupported_media_type"),
    RequestError: (400, "malformed_request"),
    RequestTimeoutError: (408, "request_timeout"),
    AddressTooLongError: (414, "address_too_long"),
    HeadTooLargeError: (431, "head_too_large"),
    QueueFullError: (429, "queue_full"),
    WriterStoppedError: (503, "shutting_down"),
    storage.StorageUnavailableError: (503, "storage_unavailable"),
    storage.StorageUnusableError: (503, "storage_unusable"),
}
"""Errors whose message is for the client. Of anything else, which is a defect, the client learns nothing."""

BUDGET_HARD_STOP: Final = (402, "budget_hard_stop")
"""What an ingest is answered with when a budget asks for no more calls; the call is stored all the same."""

_HTTP_REASONS: Final = {
    400: "validation_failed",
    401: "invalid_credentials",
    403: "forbidden_role",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "unsupported_media_type",
    429: "rate_limited",
}
_HTTP_MESSAGES: Final = {
    404: "there is nothing at this address",
    405: "this address does not take that method",
}

_HEADERS: Final[dict[type[Exception], Callable[[Any], dict[str, str]]]] = {
    actions.SignInRefusedError: lambda _: {"WWW-Authenticate": "Bearer"},
    actions.TooManyAttemptsError: lambda error: {"Retry-After": str(error.retry_after_s)},
    actions.RateLimitedError: lambda error: {"Retry-After": str(error.retry_after_s)},
    MethodNotAllowedError: lambda _: {"Allow": "POST"},
    UnknownEncodingError: lambda _: {"Accept-Encoding": "gzip, zstd"},
    QueueFullError: lambda error: {"Retry-After": str(error.retry_after_s)},
    WriterStoppedError: lambda _: {"Retry-After": "1"},
    storage.StorageUnavailableError: lambda _: {"Retry-After": "1"},
}


HEADERS_BY_STATUS: Final = {
    401: {"WWW-Authenticate": "The scheme to sign in by, where a person has to."},
    405: {"Allow": "The methods that the address takes."},
    415: {"Accept-Encoding": "How a body may be packed, where that was what is wrong."},
    429: {"Retry-After": "Whole seconds to wait."},
    503: {"Retry-After": "Whole seconds to wait, where that is known."},
}
"""What the headers of _HEADERS mean, for the OpenAPI document."""


def reasons_by_status() -> dict[int, tuple[str, ...]]:
    """Every status of a refusal or failure, and the reasons that come with it."""
    found = {*_TABLE.values(), *_HTTP_REASONS.items(), (_INTERNAL, _DEFECT), BUDGET_HARD_STOP}
    statuses = sorted({status for status, _ in found})
    return {status: tuple(sorted(reason for each, reason in found if each == status)) for status in statuses}


def describe(error: Exception) -> ErrorReply:
    """The reply to an error. Pure but for the id that an unexpected one is given."""
    known = _known(error)
    if known is not None:
        status, reason = _TABLE[known]
        answer = ErrorAnswer(reason=reason, message=str(error), errors=_fields(error), **_status(error))
        return ErrorReply(status, answer, _HEADERS.get(known, lambda _: {})(error))
    if isinstance(error, HTTPException) and error.status_code in _HTTP_REASONS:
        return _describe_http(error)
    unread = _why_unread(error)
    if unread is not None:
        answer = ErrorAnswer(reason="validation_failed", message=unread, errors=(FieldError(_BODY, unread),))
        return ErrorReply(_BAD_REQUEST, answer)
    answer = ErrorAnswer(
        reason=_DEFECT,
        message="something went wrong here; the server's log has more under this request id",
        request_id=token_hex(8),
    )
    return ErrorReply(_INTERNAL, answer)


def answer_error(request: Request[Any, Any, Any], error: Exception) -> Response[ErrorAnswer]:
    """Log the failure, once, and answer it."""
    reply = describe(error)
    log_error(request.method, request.url.path, reply, error)
    return Response(reply.answer, status_code=reply.status, headers=reply.headers, media_type=MediaType.JSON)


def log_error(method: str, path: str, reply: ErrorReply, error: Exception) -> None:
    """One line for a failed request; with the traceback when it is our fault."""
    known = {"method": method, "path": path, "status": reply.status, "reason": reply.answer.reason}
    if reply.status == _INTERNAL:
        _log.error("request.failed", request_id=reply.answer.request_id, exc_info=error, **known)
    elif reply.status > _INTERNAL:
        _log.error("request.failed", message=reply.answer.message, **known)
    else:
        _log.info("request.refused", **known)


def _known(error: Exception) -> type[Exception] | None:
    return next((kind for kind in type(error).__mro__ if kind in _TABLE), None)


def _fields(error: Exception) -> tuple[FieldError, ...]:
    if not isinstance(error, actions.InvalidInputError):
        return ()
    return tuple(FieldError(problem.field, problem.message) for problem in error.problems)


def _status(error: Exception) -> dict[str, Any]:
    """The status fields, where the error is about them."""
    return status_fields(error.use) if isinstance(error, actions.PlanLimitReachedError) else {}


def _describe_http(error: HTTPException) -> ErrorReply:
    """A refusal of the web framework's own: no such path, a method, a body that does not decode."""
    fields = _body_fields(error) if error.status_code == _BAD_REQUEST else ()
    told = "; ".join(f"{each.field}: {each.message}" for each in fields) or error.detail
    answer = ErrorAnswer(
        reason=_HTTP_REASONS[error.status_code],
        message=_HTTP_MESSAGES.get(error.status_code, told),
        errors=fields,
    )
    return ErrorReply(error.status_code, answer, dict(error.headers or {}))


def _body_fields(error: HTTPException) -> tuple[FieldError, ...]:
    """The fields that Litestar found fault with, and the whole body when it could not be read."""
    found = error.extra if isinstance(error.extra, list) else []
    named = [each for each in found if isinstance(each, dict) and "message" in each]
    if not named:
        return (_body_field(None, error.detail),)
    return tuple(_body_field(each.get("key"), each["message"]) for each in named)


def _body_field(key: str | None, message: str) -> FieldError:
    """`data` is Litestar's name for the body. A field that is missing is named in the message only."""
    missing = _MISSING.fullmatch(message)
    if missing:
        return FieldError(missing.group(1), "is required")
    if message == _NO_BODY:
        return FieldError(_BODY, "is missing: send a JSON object, if only an empty one")
    return FieldError(_BODY if key in (None, "data") else key, message)


def _why_unread(error: Exception) -> str | None:
    """Why the framework could not read a body, where it takes that for a defect of ours."""
    if isinstance(error, RecursionError) and "deserializing" in str(error):
        return _TOO_DEEP
    if isinstance(error, UnicodeDecodeError) and _place(error).startswith("litestar.serialization"):
        return "the body is not UTF-8"
    return None


def _place(error: Exception) -> str:
    """The name of the module that raised it."""
    frames = [frame for frame, _ in walk_tb(error.__traceback__)]
    return str(frames[-1].f_globals.get("__name__")) if frames else ""
