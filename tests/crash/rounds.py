"""Rounds of killing a server under load and counting what it had acknowledged.

As a program it does many rounds and says what it found: `python -m tests.crash.rounds 200`.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import apsw

from tests.processes import Server, run, serving

CLIENTS = 16
SINGLE = "/v1/ingest/llm-request"
BATCH = "/v1/ingest/llm-requests"
MODELS = ("gpt-4o-mini", "claude-sonnet-4-5", "no-such-model")


@dataclass
class Books:
    """What clients know. `acknowledged` are ids with a 200; `tried` are all that were ever sent."""

    random: Random
    acknowledged: set[str] = field(default_factory=set)
    tried: list[str] = field(default_factory=list)

    def call(self) -> dict[str, object]:
        """A new call, or now and then one that was sent before: clients that got no answer send again."""
        if self.tried and self.random.random() < 0.1:
            identity = self.random.choice(self.tried)
        else:
            identity = f"call_{len(self.tried)}"
            self.tried.append(identity)
        number = int(identity.removeprefix("call_"))
        return {
            "externalRequestId": identity,
            "provider": "openai",
            "model": MODELS[number % 3],
            "endpointTag": f"feature_{number % 5}",
            "userId": f"user_{number % 50}",
            "inputTokens": 100,
            "outputTokens": 10,
            "latencyMs": 300,
            "status": "success",
        }


async def load(port: int, key: str, books: Books) -> None:
    """Clients that send as fast as they are answered, until the server is gone."""
    await asyncio.gather(*(_client(port, key, books, is_batch=number % 4 == 0) for number in range(CLIENTS)))


async def _client(port: int, key: str, books: Books, *, is_batch: bool) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        while True:
            await exchange(reader, writer, key, books, is_batch=is_batch)
    except (OSError, asyncio.IncompleteReadError):
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


@dataclass(frozen=True)
class Answer:
    """What came back; `headers` are in lower case."""

    status: int
    headers: dict[str, str]
    body: Any


async def exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, key: str, books: Books, *, is_batch: bool
) -> Answer:
    """Send a call or a batch, and note in the books what was acknowledged."""
    calls = [books.call() for _ in range(25 if is_batch else 1)]
    body = json.dumps(calls if is_batch else calls[0]).encode()
    path = BATCH if is_batch else SINGLE
    head = f"POST {path} HTTP/1.1\r\nHost: h\r\nX-API-Key: {key}\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    answer = await _answer(reader)
    if answer.status == 200:
        stored = answer.body["results"] if is_batch else [answer.body]
        books.acknowledged.update(one["externalRequestId"] for one in stored if one["ok"])
    return answer


async def _answer(reader: asyncio.StreamReader) -> Answer:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.strip().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    body = await reader.readexactly(int(headers["content-length"]))
    return Answer(int(first.split(" ")[1]), headers, json.loads(body))


async def kill_under_load(server: Server, key: str, books: Books, after_s: float) -> None:
    """Load the server and kill it, at once and without warning."""
    clients = asyncio.create_task(load(server.port, key, books))
    await asyncio.sleep(after_s)
    server.process.kill()
    await clients


def check(data: Path, books: Books) -> None:
    """Every acknowledged event is there, every event once, and rollups with what is pending are the rows.

    Reads the file as another program would, after the server is gone; opening it recovers the log.
    """
    connection = apsw.Connection(str(data / "farthing.db"))
    stored = Counter(row[0] for row in connection.execute("SELECT external_request_id FROM usage_event"))
    lost = books.acknowledged - stored.keys()
    assert not lost, f"{len(lost)} acknowledged events are lost, such as {sorted(lost)[:3]}"
    doubled = [identity for identity, count in stored.items() if count > 1]
    assert not doubled, f"{len(doubled)} events are there twice, such as {doubled[:3]}"
    assert stored.keys() <= set(books.tried)
    facts = "count(*), coalesce(sum(cost_picousd), 0), coalesce(sum(input_uncached), 0)"
    rows = _sums(connection, f"SELECT {facts} FROM usage_event")
    pending = _sums(
        connection, f"SELECT {facts} FROM usage_event JOIN pending ON request_id BETWEEN first_id AND last_id"
    )
    for family in ("model", "endpoint", "user", "tenant"):
        cells = "sum(request_count), sum(cost_picousd), sum(input_uncached)"
        folded = _sums(connection, f"SELECT {cells} FROM by_{family}_quarter")
        together = [a + b for a, b in zip(folded, pending, strict=True)]
        assert together == rows, (family, folded, pending, rows)
    connection.close()


def _sums(connection: apsw.Connection, statement: str) -> list[int]:
    """The one row of integers that a statement gives; nothing counts as 0."""
    (row,) = connection.execute(statement).fetchall()
    return [int(value or 0) for value in row]


def set_up(data: Path, *more: str) -> str:
    """A workspace; returns its key. `more` are further arguments, such as where its database is."""
    arguments = (
        "--email",
        "ada@example.com",
        "--password-stdin",
        "--workspace",
        "W",
        "--json",
        "--data",
        str(data),
        *more,
    )
    return str(json.loads(run("init", *arguments, stdin="correct horse battery").stdout)["apiKey"])


def rounds(data: Path, count: int, seed: int) -> Books:
    """Kill and check `count` times over one data folder, at moments that `seed` decides."""
    books = Books(Random(seed))
    key = set_up(data)
    for _ in range(count):
        with serving(data) as server:
            asyncio.run(kill_under_load(server, key, books, books.random.uniform(0.02, 0.6)))
        check(data, books)
    with serving(data) as server:  # and it still runs, and still knows what it has
        server.stop()
    check(data, books)
    return books


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        made = rounds(Path(folder), int(sys.argv[1]), seed=int(sys.argv[2]) if len(sys.argv) > 2 else 1)
        print(f"{sys.argv[1]} rounds: {len(made.acknowledged)} acknowledged, none lost, none doubled")
