"""The copy: rows with versions in ClickHouse, read with the ledger's own statements."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from operator import itemgetter
from typing import Any, Final, TypeVar

from sqlalchemy import Executable

from farthing.rules.periods import Window
from farthing.storage.clickhouse.dialect import DIALECT, type_of
from farthing.storage.clickhouse.engine import Engine
from farthing.storage.clickhouse.tables import (
    COPIED,
    KEY,
    ROWS,
    STATE,
    fence,
    fences_in,
    local_name,
    on_cluster,
    refuse_before,
)
from farthing.storage.contract.copies import CopyState, CopyUnavailableError, DaySums, Feed, FeedId, Key, Row
from farthing.storage.sql import day_sums
from farthing.storage.sql.rows import COLUMNS
from farthing.storage.sql.schema import usage_event
from farthing.storage.sql.transaction import Params, Rows, compiled

T = TypeVar("T")
_PLACES: Final = tuple(COLUMNS.index(name) for name in COPIED)
_TYPES: Final = {
    name: f"Nullable({type_of(usage_event.c[name].type)})"
    if usage_event.c[name].nullable
    else type_of(usage_event.c[name].type)
    for name in COPIED
}
_CHANGE_TYPES: Final = {"version": "Int64", "is_deleted": "UInt8"}
_STATE_TYPES: Final = {
    "installation": "String",
    **dict.fromkeys(("number", "copied_to", "applying"), "Int64"),
}
_STATE_NOW: Final = (
    f"SELECT installation, number, max(copied_to), max(applying) FROM {STATE} "
    "GROUP BY installation, number ORDER BY number DESC LIMIT 1"
)
_MONTHS_WITH_GONE: Final = (
    f"SELECT DISTINCT _partition_id FROM {ROWS} WHERE is_deleted = 1 AND version < {{before:Int64}} "
    "ORDER BY _partition_id"
)
_PARTS_BEFORE: Final = (
    f"SELECT _part FROM {ROWS} WHERE _partition_id = {{month:String}} "
    "GROUP BY _part HAVING min(version) < {before:Int64}"
)
_DEFINITION: Final = (
    "SELECT create_table_query FROM system.tables "
    "WHERE database = {database:String} AND name = {table:String}"
)


class ClickhouseCopy:
    """Keeps `storage.contract.RowCopy`, and `storage.sql.copied_rows.RowReader`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._feeding = ThreadPoolExecutor(1, "analytics-copy")
        self._is_opened_when_asked = False

    async def open(self) -> None:
        await self._in_turn(self._engine.open)

    def open_when_asked(self) -> None:
        self._is_opened_when_asked = True

    async def close(self) -> None:
        await self._in_turn(self._engine.close)
        await asyncio.to_thread(self._feeding.shutdown)

    @property
    def is_open(self) -> bool:
        return self._engine.may_open if self._is_opened_when_asked else self._engine.is_open

    @property
    def trouble(self) -> str | None:
        return self._engine.trouble

    def has_failed(self, reason: str) -> None:
        """See RowReader."""
        self._engine.has_failed(reason)

    def fetch(self, statement: Executable, params: Params) -> Rows:
        """See RowReader."""
        if self._is_opened_when_asked:
            self._engine.open()
        ready = compiled(statement, DIALECT)
        bound = ready.bind(params)
        return self._engine.query(ready.text, {name: bound[name] for name in ready.names})

    def state_now(self) -> CopyState | None:
        """See RowReader."""
        found = self._engine.query(_STATE_NOW, {})
        if not found:
            return None
        installation, number, copied_to, applying = found[0]
        return CopyState(FeedId(installation, number), copied_to, applying)

    async def state(self) -> CopyState | None:
        return await self._in_turn(self.state_now)

    async def begin(self, feed: FeedId, change: int) -> None:
        """See RowCopy. Without a state nobody reads what is there."""
        cluster = self._engine.cluster
        where = on_cluster(cluster)
        for text in (
            f"TRUNCATE TABLE {STATE}{where}",
            refuse_before(change, await self._in_turn(self._fences), cluster),
            f"TRUNCATE TABLE {local_name(ROWS, cluster)}{where}",
        ):
            await self._in_turn(partial(self._engine.command, text))
        await self.note_state(CopyState(feed, 0, 0))

    async def put(self, rows: Sequence[Row], change: int) -> None:
        if not rows:
            return
        columns = list(zip(*rows, strict=True))
        values = [columns[place] for place in _PLACES]
        values += [(change,) * len(rows), (0,) * len(rows)]
        await self._in_turn(lambda: self._engine.insert(ROWS, _TYPES | _CHANGE_TYPES, values))

    async def take_away(self, keys: Sequence[Key], change: int) -> None:
        if not keys:
            return
        values = [list(map(itemgetter(place), keys)) for place in range(len(KEY))]
        values += [[change] * len(keys), [1] * len(keys)]
        types = {name: _TYPES[name] for name in KEY} | _CHANGE_TYPES
        await self._in_turn(lambda: self._engine.insert(ROWS, types, values))

    async def note_state(self, state: CopyState) -> None:
        """See RowCopy."""
        said = state.id.installation, state.id.number, state.copied_to, state.applying
        values = [[each] for each in said]
        await self._in_turn(lambda: self._engine.insert(STATE, _STATE_TYPES, values))

    async def tidy(self, keys: Sequence[Key]) -> None:
        """See RowCopy. Without CLEANUP, which would take the keys away that keep late rows out."""
        for month in sorted({_month(at) for _, at, _ in keys}):
            await self._in_turn(partial(self._merge, month))

    def _merge(self, month: str) -> None:
        table = local_name(ROWS, self._engine.cluster)
        where = on_cluster(self._engine.cluster)
        self._engine.try_command(f"OPTIMIZE TABLE {table}{where} PARTITION {month} FINAL")

    async def refuse_before(self, change: int) -> None:
        if self._engine.cluster is None:
            await self._in_turn(partial(self._refuse_before, change))

    def _refuse_before(self, change: int) -> None:
        self._engine.command(fence(change, sorted(each for each in self._fences() if each < change)))

    async def forget_gone(self, before: int) -> None:
        """See RowCopy. On a cluster nobody has seen it work: keys stay there."""
        if self._engine.cluster is None:
            await self._in_turn(partial(self._forget_gone, before))

    def _forget_gone(self, before: int) -> None:
        """Month by month, where all that may be older than a key is in one part with it: replaced by it."""
        for (month,) in self._engine.query(_MONTHS_WITH_GONE, {"before": before}, is_final=False):
            place = {"month": month, "before": before}
            if self._part_count(place) > 1:
                self._merge(month)
            if self._part_count(place) <= 1:
                self._engine.command(
                    f"ALTER TABLE {ROWS} DELETE IN PARTITION {month} "
                    f"WHERE is_deleted = 1 AND version < {before}"
                )

    def _part_count(self, place: dict[str, Any]) -> int:
        return len(self._engine.query(_PARTS_BEFORE, place, is_final=False))

    def _fences(self) -> set[int]:
        """Before which changes rows are refused."""
        place = {"database": self._engine.database, "table": local_name(ROWS, self._engine.cluster)}
        return fences_in("".join(text for (text,) in self._engine.query(_DEFINITION, place)))

    async def day_sums(self, workspace_id: int, window: Window, feed: Feed) -> DaySums:
        params = day_sums.params(workspace_id, window, feed.copied_to, [])
        rows = await self._in_turn(lambda: self.fetch(day_sums.statement(is_excluding=False), params))
        now = await self.state()
        if now is None or now.id != feed.id or now.applying > feed.change:
            raise CopyUnavailableError("the copy has moved on meanwhile")
        return day_sums.read(rows)

    async def keys_of(self, workspace_id: int, window: Window) -> list[Key]:
        text = (
            f"SELECT {', '.join(KEY)} FROM {ROWS} WHERE workspace_id = {{workspace_id:Int64}} "
            "AND occurred_at >= {start:Int64} AND occurred_at < {end:Int64}"
        )
        scope = {"workspace_id": workspace_id, "start": window.start, "end": window.end}
        rows = await self._in_turn(lambda: self._engine.query(text, scope))
        return [(workspace, at, request_id) for workspace, at, request_id in rows]

    async def byte_count(self) -> int:
        """See RowCopy. Of a cluster, on the server that answers."""
        text = "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = {database:String}"
        ((count,),) = await self._in_turn(
            lambda: self._engine.query(text, {"database": self._engine.database})
        )
        return int(count)

    async def _in_turn(self, call: Callable[[], T]) -> T:
        """What feeds the copy is one thing after the other."""
        return await asyncio.get_running_loop().run_in_executor(self._feeding, call)


def _month(at: int) -> str:
    return f"{datetime.fromtimestamp(at / 1000, UTC):%Y%m}"
