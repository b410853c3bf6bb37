"""How ingest and the overview change while one folder grows: measured at each size on its way.

Everything runs in this process, by the application's own door without sockets, under a clock that stands
where the data ends: processor time is what counts, and other programs on the machine change little of it. The
traffic has one density, ten million events in 31 days, so that the same question always asks for the same
rows and only what lies before them grows.
"""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec

from bench import fill, proc
from bench.fill import Contents, Say
from bench.ingest import folder_bytes
from bench.measurement import Measurement
from bench.reads import DAY_MS, PANELS, QUARTER_MS, range_query
from bench.server import EMAIL, BenchError, initialise
from farthing.actions.entry.credentials import digest
from farthing.actions.parts import Parts
from farthing.app import door
from farthing.assembly import build_parts, running
from farthing.clock import SystemClock
from farthing.rules.events import UsageEvent
from farthing.settings import load_settings
from farthing.storage.migrations.run import newest_schema

ROWS_PER_DAY: Final = 10_000_000 / 31
_GROUP: Final = 5_000
_FOLD: Final = 100_000
_PROGRESS: Final = 500_000
_SIZES: Final = ((64, 5), (1_000, 1))
"""Events a commit, and how many commits of them are measured for each try."""
_WINDOW_DAYS: Final = (1, 3)


@dataclass
class _Standing:
    """A clock that stands where it is put. UTC milliseconds."""

    at: int

    def now(self) -> int:
        return self.at


@dataclass(frozen=True)
class Stage:
    """An installation in a folder, and what it holds."""

    folder: Path
    contents: Contents

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def parts(self) -> Parts:
        return build_parts(load_settings(data=self.data), _Standing(self.contents.end))

    def note(self) -> None:
        (self.folder / "contents.json").write_bytes(msgspec.json.encode(self.contents))


def measure(cache: Path, sizes: Sequence[int], say: Say, scratch: Path, tries: int = 12) -> list[Measurement]:
    """At each of `sizes` in ascending order. What an earlier run has filled into the cache is grown on."""
    found: list[Measurement] = []
    for size in sorted(sizes):
        stage = grown(cache, size, say)
        say(f"measuring at {size:,} rows")
        copied = replace(stage, folder=scratch / str(size))
        shutil.copytree(stage.folder, copied.folder)  # what is measured adds rows
        found += asyncio.run(_measured(copied, size, tries))
        shutil.rmtree(copied.folder)
    return found


def grown(cache: Path, size: int, say: Say) -> Stage:
    """The folder that grows, with `size` rows in it now."""
    return _grown(_begun(cache, size, say), size, say)


def _begun(cache: Path, size: int, say: Say) -> Stage:
    """The folder that grows, unless it has outgrown `size`: then a new one.

    One of ten million that `reads` has filled has the same density, and saves the way up to there.
    """
    folder = cache / f"growth-{newest_schema()}"
    note = folder / "contents.json"
    if note.exists():
        contents = msgspec.json.decode(note.read_bytes(), type=Contents)
        if contents.row_count <= size:
            return Stage(folder, contents)
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    filled = [found.parent for found in cache.glob(f"{size}-*/contents.json")]
    if filled and size == round(ROWS_PER_DAY * 31):
        say(f"taking over what is filled in {filled[0].name}")
        shutil.copytree(filled[0], folder)
        return Stage(folder, msgspec.json.decode(note.read_bytes(), type=Contents))
    folder.mkdir()
    installation = initialise(folder / "data")
    start = SystemClock().now() // QUARTER_MS * QUARTER_MS
    return Stage(folder, Contents(0, start, start, 0, installation.api_key, installation.password))


def _grown(stage: Stage, size: int, say: Say) -> Stage:
    """The same folder with `size` rows in it. Its note is written last: one that was left half way is new."""
    missing = size - stage.contents.row_count
    if not missing:
        return stage
    (stage.folder / "contents.json").unlink(missing_ok=True)
    start = stage.contents.end
    end = (start + round(missing / ROWS_PER_DAY * DAY_MS)) // QUARTER_MS * QUARTER_MS
    began = time.monotonic()
    asyncio.run(_filled(stage, missing, (start, end), say))
    say(f"filled {missing:,} rows in {time.monotonic() - began:.0f} s")
    grown = msgspec.structs.replace(
        stage.contents, row_count=size, end=end, data_bytes=folder_bytes(stage.data)
    )
    stage = replace(stage, contents=grown)
    stage.note()
    return stage


async def _filled(stage: Stage, count: int, span: tuple[int, int], say: Say) -> None:
    parts = stage.parts()
    await parts.storage.open()
    try:
        source = await _source(parts, stage, count, span)
        for done in range(0, count, _GROUP):
            await parts.storage.record(list(islice(source, _GROUP)))
            if done % _FOLD == 0:
                await parts.storage.fold(_FOLD)
            if done and done % _PROGRESS == 0:
                say(f"filled {done:,} of {count:,} rows more")
        await _settle(parts, span[1])
    finally:
        await parts.storage.close()


async def _settle(parts: Parts, now: int) -> None:
    while await parts.storage.fold(_FOLD):
        pass
    while await parts.storage.seal(now):
        pass


async def _source(parts: Parts, stage: Stage, count: int, span: tuple[int, int]) -> Iterator[UsageEvent]:
    key = await parts.storage.api_key_by_hash(digest(stage.contents.api_key))
    if key is None:
        raise BenchError(f"the key of {stage.folder.name} is not known there")
    return fill.events(key, parts.prices.cards(key.workspace_id), count, span)


async def _measured(stage: Stage, size: int, tries: int) -> list[Measurement]:
    """Recording, folding and reading at one size."""
    end = stage.contents.end
    parts = _parts_before_the_end(stage)
    async with running(parts):
        app: Any = door(parts)
        token = await _token(app, stage.contents.password)
        gc.collect()
        gc.freeze()
        found = [await _page(app, token, (size, days, tries), end) for days in _WINDOW_DAYS]
        source = await _source(parts, stage, 10**7, (end - QUARTER_MS, end))
        for group, count in _SIZES:
            found += await _recorded(parts, source, size, group, count * tries)
        found.append(_figure(size, "memory_mb", "memory, RSS of this process", "MB", [_rss_mb()]))
        gc.unfreeze()
    found.append(
        _figure(size, "bytes_per_event", "on disk, per event", "B", [stage.contents.data_bytes / size])
    )
    return found


def _parts_before_the_end(stage: Stage) -> Parts:
    """The parts under a clock that stands a moment before the data ends, in its last quarter of an hour."""
    return build_parts(load_settings(data=stage.data), _Standing(stage.contents.end - 1_000))


async def _recorded(
    parts: Parts, source: Iterator[UsageEvent], size: int, group: int, count: int
) -> list[Measurement]:
    """Microseconds of processor for an event: its commit, ids never seen before, and its fold."""
    took: list[float] = []
    for _ in range(count):
        events = list(islice(source, group))
        began = time.process_time()
        await parts.storage.record(events)
        took.append((time.process_time() - began) / group * 1e6)
    began = time.process_time()
    while await parts.storage.fold(4 * group):
        pass
    folded = (time.process_time() - began) / group / count * 1e6
    name = f"record_{group}"
    return [
        _figure(size, f"{name}.cpu_us", f"store, {group:,} a commit: processor", "µs", took),
        _figure(size, f"{name}.fold_us", "fold of these: processor", "µs", [folded]),
    ]


async def _page(app: Any, token: str, asked_for: tuple[int, int, int], end: int) -> Measurement:
    """Milliseconds of processor for the five panels of the overview at once; no two tries ask alike."""
    size, days, tries = asked_for
    took = []
    for number in range(tries + 1):
        window = range_query(end - days * DAY_MS - number * QUARTER_MS, end)
        asked = [
            (path, "&".join([*(f"{name}={value}" for name, value in more.items()), window]))
            for path, more in PANELS.values()
        ]
        began = time.process_time()
        await asyncio.gather(*(_get(app, token, path, query) for path, query in asked))
        if number:
            took.append((time.process_time() - began) * 1e3)
    return _figure(size, f"page_{days}d.cpu_ms", f"overview, {days} d: processor", "ms", took)


def _figure(size: int, key: str, label: str, unit: str, values: list[float]) -> Measurement:
    return Measurement(
        key=f"growth.{size}.{key}",
        label=f"{size / 1e6:g} M rows, {label}",
        unit=unit,
        better="lower",
        values=[statistics.median(values)],
    )


def _rss_mb() -> float:
    return proc.memory(os.getpid()).rss_bytes / 1e6


async def _token(app: Any, password: str) -> str:
    body = msgspec.json.encode({"email": EMAIL, "password": password})
    said = await _exchange(app, "POST", "/v1/auth/login", "", [], body)
    return str(msgspec.json.decode(said)["accessToken"])


async def _get(app: Any, token: str, path: str, query: str) -> bytes:
    return await _exchange(app, "GET", path, query, [(b"authorization", f"Bearer {token}".encode())], b"")


async def _exchange(
    app: Any, method: str, path: str, query: str, headers: list[tuple[bytes, bytes]], body: bytes
) -> bytes:
    """One request through the application's door. Raises BenchError when it is not answered 200."""
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [*headers, (b"content-type", b"application/json"), (b"host", b"127.0.0.1")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    sent: list[dict[str, Any]] = []
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        return waiting.pop() if waiting else await asyncio.Future()

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    if sent[0].get("status") != 200:
        raise BenchError(
            f"{method} {path} answered {sent[0].get('status')}: {sent[-1].get('body', b'')[:300]!r}"
        )
    return b"".join(message.get("body", b"") for message in sent[1:])
