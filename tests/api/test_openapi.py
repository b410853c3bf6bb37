"""The OpenAPI document and docs/api.md describe what there is."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from farthing.actions.read_query import COMMON_PARAMETERS
from farthing.api.query import DESCRIPTIONS, REQUESTS, SERIES, TOP_LIST
from tools.files import ROOT


@pytest.fixture
async def paths(stranger: httpx.AsyncClient) -> dict[str, Any]:
    answer = await stranger.get("/schema/openapi.json")
    assert answer.status_code == 200
    described: dict[str, Any] = answer.json()["paths"]
    return described


def test_every_parameter_of_a_read_is_described() -> None:
    assert set(DESCRIPTIONS) == {
        *COMMON_PARAMETERS,
        *SERIES.parameters,
        *TOP_LIST.parameters,
        *REQUESTS.parameters,
    }


def test_the_document_lists_the_parameters_of_each_read(paths: dict[str, Any]) -> None:
    def names(path: str) -> list[str]:
        return [each["name"] for each in paths[path]["get"]["parameters"]]

    assert names("/v1/dashboard/overview") == list(COMMON_PARAMETERS)
    assert names("/v1/dashboard/timeseries") == [*COMMON_PARAMETERS, "step", "by", "limit"]
    assert names("/v1/requests") == [*COMMON_PARAMETERS, "limit", "cursor"]
    limit = paths["/v1/requests"]["get"]["parameters"][-2]
    assert limit["schema"] == {"type": "integer", "minimum": 1, "maximum": 500}


def test_the_document_says_which_credentials_each_needs(paths: dict[str, Any]) -> None:
    assert paths["/v1/requests"]["get"]["security"] == [{"bearer": []}]
    assert paths["/v1/ingest/demo"]["post"]["security"] == [{"apiKey": []}, {"bearer": []}]
    assert "security" not in paths["/v1/auth/login"]["post"]


def test_pages_are_no_part_of_it(paths: dict[str, Any]) -> None:
    assert all(path.startswith(("/v1/", "/healthz", "/readyz")) for path in paths)


def test_the_reference_names_every_route_and_parameter(paths: dict[str, Any]) -> None:
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    routes = [f"`{method.upper()} {path}`" for path, methods in paths.items() for method in methods]
    ingest = ["`POST /v1/ingest/llm-request`", "`POST /v1/ingest/llm-requests`"]
    parameters = [f"| `{name}` |" for name in DESCRIPTIONS]
    assert [each for each in (*routes, *ingest, *parameters) if each not in text] == []
