"""The tables of the copy, on one server, in one process, or on a cluster.

A row is replaced by the same key with a later `version`, and gone where that says `is_deleted`. On a cluster
the data stands in `…_local` tables, replicated by the macros of each server; `Distributed` tables over them
have the names that are asked. All rows of a workspace are on one shard: so they are replaced there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Column

from farthing.storage.clickhouse.dialect import type_of
from farthing.storage.sql.schema import usage_event

ROWS: Final = "usage_event"
STATE: Final = "copy_state"
COPIED: Final = tuple(column.name for column in usage_event.columns if column.name != "external_hash")
"""The hash is how the ledger finds ids, and says nothing that the id does not."""
KEY: Final = ("workspace_id", "occurred_at", "request_id")
LAST_CHANGE: Final = ("version", "is_deleted")
_PATH: Final = "/clickhouse/tables/{{shard}}/{database}/{table}"
_STATE_PATH: Final = "/clickhouse/tables/{database}/{table}"
_REPLICA: Final = "{replica}"
_EVERY_REPLICA: Final = "{shard}_{replica}"
"""Each server has all of the state, whatever its shard. What is in braces, the servers fill in."""


def statements(database: str, cluster: str | None) -> list[str]:
    """What makes the tables that are not there yet."""
    return [*_rows(database, cluster), *_state(database, cluster)]


def local_name(table: str, cluster: str | None) -> str:
    """The table that holds the data itself, as names in statements about parts want it."""
    return table if cluster is None or table == STATE else f"{table}_local"


def on_cluster(cluster: str | None) -> str:
    """What makes a statement be run on every server."""
    return "" if cluster is None else f" ON CLUSTER {_quoted(cluster)}"


def _rows(database: str, cluster: str | None) -> Iterator[str]:
    columns = [_column(column) for column in usage_event.columns if column.name in COPIED]
    columns += ["version Int64", "is_deleted UInt8"]
    local = local_name(ROWS, cluster)
    path = _PATH.format(database=database, table=local)
    yield (
        f"CREATE TABLE IF NOT EXISTS {_quoted(database)}.{local}{on_cluster(cluster)} ({', '.join(columns)}) "
        f"ENGINE = {_replacing('version, is_deleted', path, cluster)} "
        f"PARTITION BY toYYYYMM(fromUnixTimestamp64Milli(occurred_at, 'UTC')) ORDER BY ({', '.join(KEY)}) "
        "SETTINGS allow_experimental_replacing_merge_with_cleanup = 1"
    )
    if cluster is not None:
        shards = f"Distributed({_quoted(cluster)}, {_quoted(database)}, {local}, workspace_id)"
        yield (
            f"CREATE TABLE IF NOT EXISTS {_quoted(database)}.{ROWS}{on_cluster(cluster)} "
            f"AS {_quoted(database)}.{local} ENGINE = {shards}"
        )


def _state(database: str, cluster: str | None) -> Iterator[str]:
    path = _STATE_PATH.format(database=database, table=STATE)
    yield (
        f"CREATE TABLE IF NOT EXISTS {_quoted(database)}.{STATE}{on_cluster(cluster)} "
        "(installation String, number Int64, copied_to Int64, applying Int64, said Int64) "
        f"ENGINE = {_replacing('said', path, cluster, _EVERY_REPLICA)} ORDER BY (installation, number)"
    )


def _replacing(by: str, path: str, cluster: str | None, replica: str = _REPLICA) -> str:
    if cluster is None:
        return f"ReplacingMergeTree({by})"
    return f"ReplicatedReplacingMergeTree('{path}', '{replica}', {by})"


def _column(column: Column[object]) -> str:
    kind = type_of(column.type)
    return f"{column.name} {f'Nullable({kind})' if column.nullable else kind}"


def _quoted(name: str) -> str:
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"
