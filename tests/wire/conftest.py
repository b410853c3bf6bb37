"""A real server in a process of its own, set up as the README says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.processes import run, serving
from tests.wire import raw

PASSWORD = "correct horse battery"
_numbers = count(1)


@dataclass(frozen=True)
class Wire:
    """A running server, an API key, and a token of its owner."""

    port: int
    key: str
    token: str

    def send(self, body: dict[str, Any] | bytes, path: str = "/v1/ingest/llm-request") -> raw.Answer:
        """Post a call as it is, or a document as JSON."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return raw.post(self.port, path, data, self.key)

    def read(self, path: str) -> Any:
        """A document that has to be there."""
        answer = raw.get(self.port, path, self.token)
        assert answer.status == 200, answer
        return answer.json

    def stored_count(self) -> int:
        """How many events the server knows, of every mode."""
        return int(self.read("/v1/dashboard/overview?range=24h&dataMode=all")["total"]["requests"])


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    with wired(tmp_path_factory.mktemp("wire")) as made:
        yield made


@contextmanager
def wired(data: Path) -> Iterator[Wire]:
    """A server over an empty folder, set up for Ada."""
    done = run(
        *(
            "init",
            "--email",
            "ada@example.com",
            "--password-stdin",
            "--workspace",
            "Analytical Engines",
            "--json",
        ),
        *("--data", str(data)),
        stdin=PASSWORD,
    )
    key = json.loads(done.stdout)["apiKey"]
    with serving(data) as server:
        sign_in = json.dumps({"email": "ada@example.com", "password": PASSWORD}).encode()
        token = raw.post(server.port, "/v1/auth/login", sign_in, "").json["accessToken"]
        yield Wire(server.port, key, token)


@pytest.fixture
def fresh_id() -> str:
    """A request id that no other test uses."""
    return f"req_{next(_numbers)}"
