"""How SQLite finds requests: along the index of their time, or by their numbers, and never by sorting."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Executable

from farthing.storage.sql import requests
from farthing.storage.sql.filters import Scope
from farthing.storage.sql.transaction import Transaction, compiled
from farthing.storage.sqlite import SqliteStorage
from farthing.storage.sqlite.transaction import DIALECT

LISTS = ("data_mode", "environment", "user_ref", "not_endpoint_tag_ref")
PARAMS = (
    *("workspace_id", "start", "end", "before", "before_id", "after", "after_id", "until", "row_count"),
    *("since_real", "since_test", "since_demo"),
)
SCOPE = Scope(("data_mode", "environment", "user_ref"), ("endpoint_tag_ref",))


@pytest.mark.parametrize(
    ("statement", "way"),
    [
        (requests._page(SCOPE), "usage_event_time (workspace_id=? AND occurred_at>? AND occurred_at<?)"),
        (
            requests._page_before(SCOPE),
            "usage_event_time (workspace_id=? AND occurred_at>? AND occurred_at<?)",
        ),
        (requests._arrivals(SCOPE), "INTEGER PRIMARY KEY (rowid>? AND rowid<?)"),
    ],
)
async def test_requests_are_found_without_a_scan_or_a_sort(
    tmp_path: Path, statement: Executable, way: str
) -> None:
    ready = compiled(statement, DIALECT)

    params = ready.bind(dict.fromkeys(PARAMS, 1) | dict.fromkeys(LISTS, "[1]"))

    async def work(tx: Transaction) -> list[str]:
        connection = cast("Any", tx)._connection
        return [row[-1] for row in connection.execute(f"EXPLAIN QUERY PLAN {ready.text}", params).fetchall()]

    storage = SqliteStorage(tmp_path / "farthing.db")
    await storage.open()
    try:
        plan = await storage._read(work)
    finally:
        await storage.close()
    assert plan[0] == f"SEARCH usage_event USING {'' if 'PRIMARY' in way else 'INDEX '}{way}"
    assert not any("TEMP B-TREE" in step for step in plan)
