"""Real instrumentations of real clients, exporting to a real server: each call, token and cent once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.otlp.providers import CHAT_MODEL, providers
from tests.processes import Server, run, serving
from tests.wire import raw

SENDER: Final = Path(__file__).with_name("sender.py")
FRAMEWORKS: Final = Path(__file__).with_name("framework_sender.py")
SECONDS_MAX: Final = 120
PASSWORD: Final = "correct horse battery"
CHAT: Final = ("gpt-4o-mini", "success", "0.000225000000", 1000, 200)
CALLS: Final = Counter(
    {
        CHAT: 2,
        ("gpt-5-mini", "success", "0.000987500000", 2000, 300): 2,
        ("text-embedding-3-small", "success", "0.000000180000", 9, 0): 1,
        ("broken", "error", None, 0, 0): 1,
        ("claude-sonnet-4-5", "success", "0.002385000000", 1050, 30): 3,
    }
)
"""(model, status, cost, tokens in and out) of what sender.py does, with how often."""


@dataclass(frozen=True)
class World:
    """A server, its key and a token, and the providers' stand-in."""

    server: Server
    key: str
    token: str
    providers: str

    def send(self, instrumentation: str, program: Path = SENDER) -> None:
        """Run a program under an instrumentation, in an application of that name."""
        done = subprocess.run(
            [sys.executable, str(program), instrumentation, self.providers],
            env=os.environ
            | {
                "OTEL_EXPORTER_OTLP_ENDPOINT": f"{self.server.url}/otlp",
                "OTEL_EXPORTER_OTLP_HEADERS": f"x-api-key={self.key}",
                "OTEL_SERVICE_NAME": instrumentation,
                "LITELLM_LOCAL_MODEL_COST_MAP": "True",
                "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=production",
            },
            capture_output=True,
            text=True,
            timeout=SECONDS_MAX,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def rows(self, endpoint: str) -> list[dict[str, Any]]:
        """The calls of an application, or of an agent in it."""
        path = f"/v1/requests?range=24h&endpointTag={endpoint}"
        items: list[dict[str, Any]] = raw.get(self.server.port, path, self.token).json["items"]
        return items


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    data = tmp_path_factory.mktemp("otlp")
    named = ("--email", "ada@example.com", "--workspace", "Analytical Engines", "--data", str(data))
    done = run("init", *named, "--password-stdin", "--json", stdin=PASSWORD)
    with serving(data) as server, providers() as url:
        sign_in = json.dumps({"email": "ada@example.com", "password": PASSWORD}).encode()
        token = raw.post(server.port, "/v1/auth/login", sign_in, "").json["accessToken"]
        yield World(server, json.loads(done.stdout)["apiKey"], token, url)


def told(row: dict[str, Any]) -> tuple[Any, ...]:
    return (
        row["model"],
        row["status"],
        row["pricing"]["amountUsd"] if row["status"] == "success" else None,
        row["inputTokens"],
        row["outputTokens"],
    )


@pytest.mark.parametrize("instrumentation", ["official", "openllmetry", "openinference"])
def test_calls_are_counted_exactly(world: World, instrumentation: str) -> None:
    world.send(instrumentation)
    rows = world.rows(instrumentation)
    assert Counter(map(told, rows)) == CALLS
    # What the SDK of Anthropic tells of itself is the same call, and knows how long what was written lives.
    written = [row["usage"]["buckets"] for row in rows if row["provider"] == "anthropic"]
    assert [(each["cache_write"], each["cache_write_1h"]) for each in written] == [(100, 200)] * 3
    assert {row["environment"] for row in rows} == {"prod"}
    assert {row["modelSent"] for row in rows if row["model"] == "gpt-4o-mini"} == {CHAT_MODEL}


def test_an_agent_is_counted_by_its_calls(world: World) -> None:
    world.send("pydantic-ai")
    (row,) = world.rows("helper")
    assert told(row) == CHAT
    assert row["reportedCostUsd"] == pytest.approx(0.000225)


CLAUDE: Final = ("claude-sonnet-4-5", "success", "0.002385000000", 1050, 30)


@pytest.mark.parametrize(
    ("instrumentation", "chain"),
    [("openinference-langchain", "openinference-langchain"), ("openllmetry-langchain", "RunnableSequence")],
)
def test_langchains_calls_are_counted_exactly_and_chains_once(
    world: World, instrumentation: str, chain: str
) -> None:
    world.send(instrumentation, FRAMEWORKS)
    rows = world.rows(instrumentation)
    if chain != instrumentation:  # a call within a chain is that of the chain
        rows += world.rows(chain)
    assert Counter(map(told, rows)) == Counter({CHAT: 3, CLAUDE: 2})


def test_litellms_calls_are_counted_exactly_by_the_usage_object_that_it_hands_on(world: World) -> None:
    """Its attributes of the conventions have no cached tokens; its own cost agrees with ours."""
    world.send("litellm", FRAMEWORKS)
    rows = world.rows("litellm")
    assert Counter(map(told, rows)) == Counter({CHAT: 2, CLAUDE: 2})
    assert sorted(row["reportedCostUsd"] for row in rows) == pytest.approx(
        [0.000225, 0.000225, 0.002385, 0.002385]
    )
