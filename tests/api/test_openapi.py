"""The OpenAPI document and docs/api.md describe what there is."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import msgspec
import pytest

from farthing.actions.errors import SignInRefusedError, TooManyAttemptsError
from farthing.actions.prices.list_prices import KNOWN
from farthing.actions.reads.read_audit import FILTERS, PAGING
from farthing.actions.reads.read_query import COMMON_PARAMETERS
from farthing.api.answers import StatusAnswer
from farthing.api.changes import CHANGES
from farthing.api.description.refusals import POSSIBLE
from farthing.api.errors import HEADERS_BY_STATUS, MethodNotAllowedError, describe, reasons_by_status
from farthing.api.ingest import BATCH, SINGLE
from farthing.api.ingest_answer import BatchAnswer, IngestAnswer
from farthing.api.otlp import SIGNALS
from farthing.api.prompt_impact import IMPACT
from farthing.api.query import DESCRIPTIONS, LIVE, REQUESTS, SERIES, TOP_LIST
from farthing.intake.call import WIRE_NAMES
from farthing.ledger.writer import WriterStoppedError
from tools.files import ROOT


@pytest.fixture
async def document(stranger: httpx.AsyncClient) -> dict[str, Any]:
    answer = await stranger.get("/schema/openapi.json")
    assert answer.status_code == 200
    described: dict[str, Any] = answer.json()
    return described


@pytest.fixture
def paths(document: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = document["paths"]
    return described


def test_every_parameter_of_a_read_is_described() -> None:
    assert set(DESCRIPTIONS) == {
        *COMMON_PARAMETERS,
        *SERIES.parameters,
        *TOP_LIST.parameters,
        *REQUESTS.parameters,
        *LIVE.parameters,
        *CHANGES.parameters,
        *IMPACT.parameters,
    }


def test_the_document_lists_the_parameters_of_each_read(paths: dict[str, Any]) -> None:
    def names(path: str) -> list[str]:
        return [each["name"] for each in paths[path]["get"]["parameters"]]

    assert names("/v1/dashboard/overview") == list(COMMON_PARAMETERS)
    assert names("/v1/dashboard/timeseries") == [*COMMON_PARAMETERS, "step", "by", "limit"]
    assert names("/v1/requests") == [*COMMON_PARAMETERS, "limit", "cursor"]
    limit = paths["/v1/requests"]["get"]["parameters"][-2]
    assert limit["schema"] == {"type": "integer", "minimum": 1, "maximum": 500}


def test_the_document_lists_the_parameters_of_the_price_list(paths: dict[str, Any]) -> None:
    listed = paths["/v1/public/pricing-models"]["get"]["parameters"]
    assert [each["name"] for each in listed] == list(KNOWN)


def test_the_document_lists_the_parameters_of_the_audit_log(paths: dict[str, Any]) -> None:
    page, export = (paths[path]["get"] for path in ("/v1/audit", "/v1/export/audit"))
    assert [each["name"] for each in page["parameters"]] == [*FILTERS, *PAGING]
    assert [each["name"] for each in export["parameters"]] == [*FILTERS, "format"]
    assert export["responses"]["200"]["content"].keys() == {"text/csv", "application/x-ndjson"}


async def test_methods_are_told_to_anybody(stranger: httpx.AsyncClient, paths: dict[str, Any]) -> None:
    for path in (*paths, "/", "/requests", "/settings/api-keys"):
        if not path.startswith(("/v1/ingest/llm", *SIGNALS)):
            assert (await stranger.options(re.sub(r"{\w+}", "1", path))).status_code == 204, path


def test_ingest_is_described_by_what_reads_and_answers_it(document: dict[str, Any]) -> None:
    assert {SINGLE, BATCH, *SIGNALS} < document["paths"].keys()
    schemas = document["components"]["schemas"]
    assert schemas["Call"]["properties"].keys() == set(WIRE_NAMES.values())
    assert schemas["IngestAnswer"]["properties"].keys() == _wire_names(IngestAnswer)
    status, own = schemas["BatchAnswer"]["allOf"]
    assert status == {"$ref": "#/components/schemas/StatusAnswer"}
    assert own["properties"].keys() == _wire_names(BatchAnswer) - _wire_names(StatusAnswer)


def _wire_names(struct: type[msgspec.Struct]) -> set[str]:
    return {field.encode_name for field in msgspec.structs.fields(struct)}


def test_every_status_of_the_table_of_errors_is_possible_somewhere() -> None:
    assert POSSIBLE.keys() == reasons_by_status().keys()


def test_every_refusal_is_described_with_its_shape_and_reasons(document: dict[str, Any]) -> None:
    answers = document["paths"]["/v1/settings/api-keys/{key_id}"]["delete"]["responses"]
    assert {"200", "400", "401", "403", "404", "409", "429", "500", "503"} < answers.keys()
    assert answers["401"] == {"$ref": "#/components/responses/Status401"}
    refused = document["components"]["responses"]["Status401"]
    shape, said = refused["content"]["application/json"]["schema"]["allOf"]
    assert shape == {"$ref": "#/components/schemas/ErrorAnswer"}
    assert said["properties"]["reason"]["enum"] == [
        "invalid_api_key",
        "invalid_credentials",
        "totp_required",
    ]
    assert refused["headers"].keys() == {"WWW-Authenticate"}


@pytest.mark.parametrize(
    "error", [SignInRefusedError("x"), TooManyAttemptsError(1), MethodNotAllowedError(), WriterStoppedError()]
)
def test_the_headers_of_a_refusal_are_described(error: Exception) -> None:
    reply = describe(error)
    assert reply.headers.keys() <= HEADERS_BY_STATUS[reply.status].keys()


def test_alternatives_may_both_be_true(document: dict[str, Any]) -> None:
    assert "oneOf" not in json.dumps(document)  # a whole number is an integer and a number


def test_the_document_says_which_credentials_each_needs(paths: dict[str, Any]) -> None:
    assert paths["/v1/requests"]["get"]["security"] == [{"bearer": []}]
    assert paths["/v1/ingest/demo"]["post"]["security"] == [{"apiKey": []}, {"bearer": []}]
    assert "security" not in paths["/v1/auth/login"]["post"]


def test_pages_are_no_part_of_it(paths: dict[str, Any]) -> None:
    assert all(path.startswith(("/v1/", "/healthz", "/readyz", "/metrics")) for path in paths)


def test_the_reference_names_every_route_and_parameter(paths: dict[str, Any]) -> None:
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    routes = [f"`{method.upper()} {path}`" for path, methods in paths.items() for method in methods]
    parameters = [f"| `{name}` |" for name in DESCRIPTIONS]
    assert [each for each in (*routes, *parameters) if each not in text] == []
