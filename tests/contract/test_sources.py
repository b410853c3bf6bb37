"""Which tables answer a filtered question: leaving values out needs no rows where a rollup knows them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from farthing.rules.filters import Filters
from farthing.storage.contract import Storage
from tests.contract.samples import event, query

pytestmark = pytest.mark.usefixtures("installed")

TWIN = "events"
"""What the storage in memory reads, whatever is asked."""


@pytest.mark.parametrize(
    ("filters", "dimensions", "source"),
    [
        (Filters(excludes=(("model", ("max",)), ("provider", ("azure",)))), (), "by_model"),
        (Filters(excludes=(("model", ("max", "unknown")),)), ("provider",), "by_model"),
        (Filters(excludes=(("user_id", ("unknown",)),)), (), "by_user"),
        (Filters(excludes=(("tenant_id", ("t",)),)), ("tenant_id",), "by_tenant"),
        (Filters(excludes=(("prompt_version", ("v1",)),)), ("endpoint_tag",), "by_endpoint"),
        (Filters(equals=(("user_id", ("a",)),), excludes=(("user_id", ("b",)),)), (), "by_user"),
        (Filters(excludes=(("user_id", ("a",)),)), ("model",), "rows"),
        (Filters(excludes=(("error_code", ("x",)),)), (), "rows"),
        (Filters(tags=(("team", ("a",)),)), (), "rows"),
        (Filters(excluded_tags=(("team", ("a",)),)), ("model",), "rows"),
    ],
)
@pytest.mark.parametrize("limit", [None, 3])
async def test_the_smallest_tables_that_know_what_is_asked(
    storage: Storage, filters: Filters, dimensions: tuple[str, ...], source: str, limit: int | None
) -> None:
    await storage.record([event("a"), event("b", model="max", user_id="a", extra={"tags": {"team": "a"}})])
    while await storage.fold(1_000):
        pass
    facts = await storage.facts(
        replace(query("request_count"), filters=filters, dimensions=dimensions, limit=limit)
    )
    assert facts.source in (source, TWIN)
