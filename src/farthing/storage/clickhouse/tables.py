"""The tables of the copy, on one server, in one process, or on a cluster.

A row is replaced by the same key with a later `version`, and gone where that says `is_deleted`: that key
stays, as a row that comes late would be back without it. Rows of an older copy are refused by a constraint
on their `version`. Of the state each place counts by itself, and only ever grows. On a cluster
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
STATE: Final = "copy_places"
COPIED: Final = tuple(column.name for column in usage_event.columns if column.name != "external_hash")
"""The hash is how the ledger finds ids, and says nothing that the id does not."""
KEY: Final = ("workspace_id", "occurred_at", "request_id")
_ADDED: Final = ("is_retry",)
"""Columns that came after the first tables."""
LAST_CHANGE: Final = ("version", "is_deleted")
_PATH: Final = "/clickhouse/tables/{{shard}}/{database}/{table}"
_STATE_PATH: Final = "/clickhouse/tables/{database}/{table}"
_OF_THIS_COPY: Final = "of_this_copy"
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


def refuse_before(change: int, cluster: str | None) -> str:
    """What makes the engine refuse rows as of an earlier change, whoever sends them, however late."""
    return (
        f"ALTER TABLE {local_name(ROWS, cluster)}{on_cluster(cluster)} "
        f"DROP CONSTRAINT IF EXISTS {_OF_THIS_COPY}, ADD CONSTRAINT {_OF_THIS_COPY} CHECK version >= {change}"
    )


def _rows(database: str, cluster: str | None) -> Iterator[str]:
    names = [_column(column) for column in usage_event.columns if column.name in COPIED]
    columns = ", ".join([*names, "version Int64", "is_deleted UInt8"])
    local = local_name(ROWS, cluster)
    path = _PATH.format(database=database, table=local)
    yield (
        f"CREATE TABLE IF NOT EXISTS {_quoted(database)}.{local}{on_cluster(cluster)} ({columns}) "
        f"ENGINE = {_merging('Replacing', path, cluster, by='version, is_deleted')} "
        f"PARTITION BY toYYYYMM(fromUnixTimestamp64Milli(occurred_at, 'UTC')) ORDER BY ({', '.join(KEY)})"
    )
    yield _later(database, local, cluster)
    if cluster is not None:
        shards = f"Distributed({_quoted(cluster)}, {_quoted(database)}, {local}, workspace_id)"
        yield (
            f"CREATE TABLE IF NOT EXISTS {_quoted(database)}.{ROWS}{on_cluster(cluster)} "
            f"({columns}) ENGINE = {shards}"
        )
        yield _later(database, ROWS, cluster)


def _later(database: str, table: str, cluster: str | None) -> str:
    """Columns that tables of before may lack; what is missing there is 0 in the ledger, too."""
    added = [f"ADD COLUMN IF NOT EXISTS {_column(usage_event.c[name])} DEFAULT 0" for name in _ADDED]
    return f"ALTER TABLE {_quoted(database)}.{table}{on_cluster(cluster)} {', '.join(added)}"


def _state(database: str, cluster: str | None) -> Iterator[str]:
    path = _STATE_PATH.format(database=database, table=STATE)
    place = "SimpleAggregateFunction(max, Int64)"
    yield (
        f"CREATE TABLE IF NOT EXISTS {_quoted(database)}.{STATE}{on_cluster(cluster)} "
        f"(installation String, number Int64, copied_to {place}, applying {place}) "
        f"ENGINE = {_merging('Aggregating', path, cluster, _EVERY_REPLICA)} ORDER BY (installation, number)"
    )


def _merging(kind: str, path: str, cluster: str | None, replica: str = _REPLICA, by: str = "") -> str:
    if cluster is None:
        return f"{kind}MergeTree({by})"
    return f"Replicated{kind}MergeTree('{path}', '{replica}'{by and f', {by}'})"


def _column(column: Column[object]) -> str:
    kind = type_of(column.type)
    return f"{column.name} {f'Nullable({kind})' if column.nullable else kind}"


def _quoted(name: str) -> str:
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"
