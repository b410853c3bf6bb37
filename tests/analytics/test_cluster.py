"""What would be run on a cluster is read by the engine's own parser: there is no cluster to run it on."""

from __future__ import annotations

import pytest

from farthing.storage.clickhouse import Engine
from farthing.storage.clickhouse.tables import on_cluster, refuse_before, statements


@pytest.mark.parametrize("cluster", [None, "{cluster}", "two `shards`"])
def test_the_engine_can_read_what_makes_the_tables(chdb_engine: Engine, cluster: str | None) -> None:
    made = statements("farthing", cluster)
    for statement in made:
        assert chdb_engine.query(f"EXPLAIN AST {statement}", {})
    assert len(made) == (3 if cluster is None else 5)


def test_each_shard_replicates_its_rows_and_every_server_the_state() -> None:
    rows, later, shards, later_shards, state = statements("farthing", "{cluster}")
    assert "ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/farthing/usage_event_local'" in rows
    assert "'{replica}', version, is_deleted)" in rows
    assert "Distributed(`{cluster}`, `farthing`, usage_event_local, workspace_id)" in shards
    assert (
        "ReplicatedAggregatingMergeTree('/clickhouse/tables/farthing/copy_places', '{shard}_{replica}')"
        in state
    )
    assert all(" ON CLUSTER `{cluster}`" in each for each in (rows, later, shards, later_shards, state))


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE TABLE usage_event_local{where}",
        "OPTIMIZE TABLE usage_event_local{where} PARTITION 202611 FINAL",
        refuse_before(7, (), "{{cluster}}"),
        "CREATE DATABASE IF NOT EXISTS `farthing`{where}",
    ],
)
def test_the_engine_can_read_what_is_done_on_every_server(chdb_engine: Engine, statement: str) -> None:
    assert chdb_engine.query(f"EXPLAIN AST {statement.format(where=on_cluster('{cluster}'))}", {})
