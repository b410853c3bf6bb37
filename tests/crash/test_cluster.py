"""Two servers on one PostgreSQL, of which one, or the database, is killed, starved or asked to go."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.channels.telling import until
from tests.crash.cluster import (
    Cluster,
    Database,
    another,
    check,
    cluster,
    database,
    kill_database,
    kill_servers,
    logged,
    under_load,
)
from tests.processes import SECONDS_MAX
from tests.wire import raw

pytestmark = pytest.mark.crash

INGEST = "/v1/ingest/llm-request"


@dataclass
class World:
    """A database with two servers on it."""

    database: Database
    servers: Cluster
    data: Path
    stack: ExitStack

    async def check(self) -> None:
        await check(self.database.url, self.servers.books)

    @property
    def port(self) -> int:
        return self.servers.servers[0].port

    def send(self) -> raw.Answer:
        """Send one call to the first server."""
        books = self.servers.books
        call = books.call()
        answer = raw.post(self.port, INGEST, json.dumps(call).encode(), self.servers.key)
        if answer.status == 200:
            books.acknowledged.add(str(call["externalRequestId"]))
        return answer


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    data = tmp_path_factory.mktemp("cluster")
    with (
        database(data / "postgres") as made,
        ExitStack() as stack,
        cluster(made.url, data) as servers,
    ):
        yield World(made, servers, data, stack)


async def until_status(port: int, status: int, path: str) -> raw.Answer:
    """The first answer with this status, which has to come before long."""
    answers: list[raw.Answer] = []

    async def has_come() -> bool:
        answers.append(await asyncio.to_thread(raw.get, port, path))
        return answers[-1].status == status

    await until(has_come)
    return answers[-1]


async def test_servers_that_are_killed_lose_and_double_nothing(world: World) -> None:
    killed = kill_servers(world.servers, world.database.url, world.data, world.stack, [0.5, 0.5])
    await under_load(world.servers, lambda: killed)
    await world.check()
    assert len(world.servers.books.acknowledged) > 500  # it was under load


async def test_a_database_that_is_killed_costs_nothing_that_was_acknowledged(world: World) -> None:
    told = world.servers.told
    told.statuses.clear()
    before = len(logged(world.data))
    await under_load(world.servers, lambda: kill_database(world.database, [0.5]))
    assert world.send().status == 200  # the servers were not restarted
    await world.check()
    assert set(told.statuses) <= {200, 503}
    assert told.statuses[503] > 10
    assert told.retry_after == {"1"}
    lines = logged(world.data)[before:]
    assert sum("storage unavailable" in line for line in lines) <= len(world.servers.servers)
    assert len(lines) <= 2 * len(world.servers.servers), lines  # that it began, and that it is over


async def test_a_database_that_takes_no_changes_is_said_to_and_recovers(world: World) -> None:
    world.database.run("ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()")
    try:
        await until_status(world.port, 503, "/readyz")
        answer = world.send()
        assert (answer.status, answer.headers["retry-after"]) == (503, "1")
        assert answer.json["message"] == "PostgreSQL is read-only and takes no changes"
        assert raw.get(world.port, "/healthz").status == 200
    finally:
        writable = "SET default_transaction_read_only = off"
        world.database.run(
            f"{writable};\nALTER SYSTEM RESET default_transaction_read_only", "SELECT pg_reload_conf()"
        )
    await until_status(world.port, 200, "/readyz")
    assert world.send().status == 200
    await world.check()


async def test_a_server_that_is_asked_to_go_answers_what_comes_until_balancers_know(world: World) -> None:
    leaving = world.servers.servers[-1]
    leaving.process.terminate()
    port = leaving.port
    ready = await until_status(port, 503, "/readyz")
    assert ready.json["reason"] == "shutting_down"
    call = world.servers.books.call()
    assert raw.post(port, INGEST, json.dumps(call).encode(), world.servers.key).status == 200
    world.servers.books.acknowledged.add(str(call["externalRequestId"]))
    leaving.process.terminate()  # whoever asks again waits for nothing
    assert await asyncio.to_thread(leaving.process.wait, SECONDS_MAX) == 0
    world.servers.servers[-1] = world.stack.enter_context(another(world.database.url, world.data))
    await world.check()
