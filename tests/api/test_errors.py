"""One shape for everything that goes wrong, and a row in the table for every error of the package."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import httpx
import pytest
import structlog

import farthing
from farthing.actions.errors import InvalidInputError, TooManyAttemptsError
from farthing.api.errors import _HTTP_REASONS, _TABLE, describe
from farthing.ledger.writer import QueueFullError
from farthing.rules.problems import FieldProblem
from tests.installations import EMAIL, PASSWORD, Installed
from tools.files import ROOT

BEFORE_ANYBODY_LISTENS = {
    "farthing.serving.PortUnusableError",
    "farthing.settings.SettingsError",
    "farthing.prices.snapshot.SnapshotError",
}
"""Errors that end a command or a start; no client ever waits for their answer."""

NOT_LOOKED_AT = (".web", ".build", ".migrations", "__main__")
"""Pages have a table of their own; the others are programs rather than modules."""

STAY_IN_THEIR_ROOM = {
    "farthing.reports.reach.UnansweredWindowError",  # becomes an InvalidInputError that names the end
    "farthing.notify.mail.MailError",  # whoever sends hands the link over in another way
    "farthing.notify.connecting.RefusedDestinationError",  # an attempt that failed, with its reason
    "farthing.notify.services.ServiceError",  # becomes an InvalidInputError
    "farthing.notify.bucket.BucketError",  # a run that failed, with its reason
    "farthing.notify.doorway.DoorwayError",  # the same
    "farthing.notify.folder.FolderError",  # the same
    "farthing.storage.backup.shelf.BackupError",  # backups are made and brought back by commands
    "farthing.cli.api_line.ServerUnreachableError",  # a command can't reach the server it speaks to
    "farthing.actions.export_schedules.take_turns._ChangedMeanwhileError",  # nothing is left to do
    "farthing.actions.incidents.watch._LookedInVainError",  # another process has looked
    "farthing.actions.errors.OidcUnavailableError",  # only pages lead to an OpenID provider
    "farthing.actions.entry.oidc_tokens.BadTokenError",  # becomes the one above
    "farthing.actions.entry.outgoing.RefusedOutgoingError",  # the same, or a refused sign-in
    "farthing.actions.imports.send.ServerRefusedError",  # a command's, of a server elsewhere
    "farthing.intake.imports.cells.CellError",  # a row that is refused, with its reason
    "farthing.api.ingest.ClientGoneError",  # nobody is there to answer
    "farthing.intake.otlp.span.UnreadableError",  # becomes an InvalidInputError
    "farthing.storage.sql.marks.NamesChangedError",  # the storage tries again with the names of now
    "farthing.storage.sql.tenancy.UnscopedStatementError",  # a defect, which is answered as one
    "farthing.storage.sql.transaction.SumOverflowError",  # the rollups meet it, and keep the events pending
}

STATUS_FIELDS: dict[str, Any] = {
    "ok": False,
    "planTier": "self_hosted",
    "telemetryPaused": False,
    "providerCallsContinue": True,
    "isPlanLimitReached": False,
    "budgetWarning": False,
    "budgetExceeded": False,
    "planLimitRequests": 0,
    "freeLimitRemainingRequests": 0,
}


def errors_of_the_package() -> Iterator[type[Exception]]:
    for module in pkgutil.walk_packages(farthing.__path__, "farthing."):
        if any(part in module.name for part in NOT_LOOKED_AT):
            continue
        for value in vars(importlib.import_module(module.name)).values():
            is_error = isinstance(value, type) and issubclass(value, Exception)
            if is_error and value.__module__ == module.name:
                yield value


def test_every_error_of_the_package_has_a_row_in_the_table() -> None:
    missing = [
        f"{error.__module__}.{error.__qualname__}"
        for error in errors_of_the_package()
        if not error.__subclasses__() and not set(error.__mro__) & set(_TABLE)
    ]
    assert set(missing) == BEFORE_ANYBODY_LISTENS | STAY_IN_THEIR_ROOM


def test_the_reference_names_every_reason() -> None:
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    reasons = {reason for _, reason in _TABLE.values()} | set(_HTTP_REASONS.values()) | {"internal_error"}
    assert [reason for reason in sorted(reasons) if f"`{reason}`" not in text] == []


def test_refusals_carry_their_fields_and_when_to_come_back() -> None:
    reply = describe(InvalidInputError([FieldProblem("a", "is bad"), FieldProblem("b", "is worse")]))
    assert (reply.status, reply.answer.message) == (400, "a: is bad; b: is worse")
    assert [(each.field, each.message) for each in reply.answer.errors] == [
        ("a", "is bad"),
        ("b", "is worse"),
    ]
    assert describe(TooManyAttemptsError(17)).headers == {"Retry-After": "17"}
    full = describe(QueueFullError(20_000, 20_000))
    assert (full.status, full.headers) == (429, {"Retry-After": "1"})


@pytest.mark.parametrize(
    ("method", "path", "status", "reason"),
    [
        ("GET", "/v1/nothing", 404, "not_found"),
        ("GET", "/v1", 404, "not_found"),
        ("GET", "/v1/", 404, "not_found"),
        ("GET", "/v1/dashboard", 404, "not_found"),
        ("GET", "/healthz/more", 404, "not_found"),
        ("POST", "/v1/dashboard/overview", 405, "method_not_allowed"),
        ("GET", "/v1/auth/login", 405, "method_not_allowed"),
        ("DELETE", "/v1/requests", 405, "method_not_allowed"),
        ("HEAD", "/v1/export/requests", 405, "method_not_allowed"),
        ("POST", "/healthz", 405, "method_not_allowed"),
    ],
)
async def test_wrong_addresses_and_methods_have_the_one_shape(
    client: httpx.AsyncClient, method: str, path: str, status: int, reason: str
) -> None:
    answer = await client.request(method, path)
    assert (status == 405) == bool(answer.headers.get("Allow"))
    if method == "HEAD":  # which has no body
        assert (answer.status_code, answer.content) == (status, b"")
        return
    told = answer.json()
    assert (answer.status_code, told["reason"]) == (status, reason)
    assert told.items() >= STATUS_FIELDS.items()
    assert told["message"]
    assert told["errors"] == []
    assert "requestId" not in told


@pytest.mark.parametrize(
    "path",
    [
        "/v1/dashboard/overview",
        "/v1/dashboard/timeseries",
        "/v1/dashboard/top-endpoints",
        "/v1/dashboard/top-models",
        "/v1/dashboard/top-users",
        "/v1/dashboard/top-tenants",
        "/v1/dashboard/prompt-versions",
        "/v1/requests",
    ],
)
async def test_every_read_names_each_bad_parameter_and_what_is_allowed(
    client: httpx.AsyncClient, path: str
) -> None:
    query = {
        "range": "2d",
        "timezone": "Mars",
        "dataMode": "x",
        "environment": "x",
        "status": "x",
        "colour": "red",
    }
    answer = await client.get(path, params=query)
    told = answer.json()
    assert (answer.status_code, told["reason"]) == (400, "validation_failed")
    assert {each["field"] for each in told["errors"]} == set(query)
    assert "today, 24h, 7d" in next(each["message"] for each in told["errors"] if each["field"] == "range")


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("/v1/dashboard/overview", "limit"),
        ("/v1/dashboard/overview", "step"),
        ("/v1/dashboard/timeseries", "offset"),
        ("/v1/dashboard/top-users", "cursor"),
        ("/v1/dashboard/top-users", "by"),
        ("/v1/requests", "offset"),
    ],
)
async def test_a_parameter_of_another_read_is_refused(
    client: httpx.AsyncClient, path: str, parameter: str
) -> None:
    answer = await client.get(path, params={parameter: "1"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, parameter)


async def test_a_query_that_is_not_utf8_is_answered(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/requests?userId=%ff%fe&model=%00")
    assert answer.status_code == 400
    assert [each["field"] for each in answer.json()["errors"]] == ["model"]


@pytest.mark.parametrize("body", [b'{"name":"\xff"}', b"\x85", '{"name":"a"}'.encode("utf-16")])
async def test_a_body_that_is_not_utf8_is_the_senders_mistake(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post("/v1/settings/api-keys", content=body)
    assert (answer.status_code, answer.json()["reason"]) == (400, "validation_failed")
    assert [each["field"] for each in answer.json()["errors"]] == ["body"]


def test_what_is_not_utf8_elsewhere_is_a_defect() -> None:
    with pytest.raises(UnicodeDecodeError) as met:
        b"\xff".decode()
    assert describe(met.value).status == 500


@pytest.mark.parametrize("path", ["/schema/nothing", "/schema/openapi.yaml"])
async def test_beside_the_document_there_is_nothing(stranger: httpx.AsyncClient, path: str) -> None:
    answer = await stranger.get(path)
    assert (answer.status_code, answer.json()["reason"]) == (404, "not_found")


async def test_a_defect_is_500_with_a_number_and_nothing_else(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    with (
        structlog.testing.capture_logs() as lines,
        patch.object(installation.parts.storage, "requests", side_effect=KeyError("s3cret detail")),
    ):
        answer = await client.get("/v1/requests")
    told = answer.json()
    assert (answer.status_code, told["reason"]) == (500, "internal_error")
    assert told.items() >= STATUS_FIELDS.items()
    assert "s3cret" not in answer.text
    (line,) = [each for each in lines if each["log_level"] == "error"]
    assert line["request_id"] == told["requestId"]
    assert line["path"] == "/v1/requests"


async def test_no_line_of_the_log_holds_a_secret(
    stranger: httpx.AsyncClient, installation: Installed
) -> None:
    bearer = {"Authorization": "Bearer s3cret-token"}
    with structlog.testing.capture_logs() as lines:
        await stranger.get("/v1/requests?userId=s3cret-user", headers=bearer)
        await stranger.post("/v1/ingest/demo", headers={"X-API-Key": "s3cret-key"})
        await stranger.post("/v1/auth/login", json={"email": EMAIL, "password": "s3cret-password"})
        await stranger.post("/v1/auth/refresh", json={"refreshToken": "s3cret-refresh"})
    assert len(lines) == 4
    assert "s3cret" not in repr(lines)
    assert PASSWORD not in repr(lines)
    assert installation.key not in repr(lines)
