"""Parameters that an address does not take are refused by each, whether it takes others or none."""

from __future__ import annotations

import pytest

from tests.access.world import world
from tools.routes import Route, every_route

OTHERS = ("/v1/ingest/llm-", "/v1/traces", "/v1/metrics", "/v1/logs", "/healthz", "/readyz", "/schema")
"""Not the framework's routes, or asked by machines that add what they like."""
ROUTES = [each for each in every_route() if not each.is_page and not each.path.startswith(OTHERS)]


@pytest.mark.parametrize("route", ROUTES, ids=str)
async def test_a_stray_parameter_is_named(route: Route) -> None:
    async with world() as both:
        path = route.path.format_map(both.ours.ids)
        persona = "key" if route.needs == "key" else "owner"
        answer = await both.ask(route.method, f"{path}?stray=1", persona, is_page=False)
        assert answer.status_code == 400, answer.text
        assert "stray" in {problem["field"] for problem in answer.json()["errors"]}, answer.text
