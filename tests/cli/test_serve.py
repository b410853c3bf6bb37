"""`farthing serve` over TCP: what it says, what it answers, how it ends, and when it refuses to start."""

from __future__ import annotations

import http.client
import json
import socket
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.processes import Server, run, serving

PASSWORD = "a long password"
CALL = {
    "externalRequestId": "req_2026_02_07_001",
    "provider": "openai",
    "model": "gpt-4o-mini",
    "promptVersion": "summarizer_v3",
    "endpointTag": "checkout.ai_summary",
    "inputTokens": 120,
    "outputTokens": 45,
    "latencyMs": 820,
    "status": "success",
    "userId": None,
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def server(data: Path) -> Iterator[Server]:
    """One server for the whole module, started on an empty folder."""
    with serving(data) as server:
        yield server


@pytest.fixture(scope="module")
def key(server: Server, data: Path) -> str:  # noqa: ARG001 - it runs while the installation is set up
    """The key of an installation that was set up beside its running server."""
    words = ("--email", "ada@example.com", "--workspace", "My company", "--password-stdin", "--json")
    ended = run("init", *words, "--data", str(data), stdin=f"{PASSWORD}\n")
    made: dict[str, str] = json.loads(ended.stdout)
    return made["apiKey"]


def ask(server: Server, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
    """One request on a connection of its own, as the official clients make them."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    sent = None if body is None else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(
        method, path, sent, {"Connection": "close", "Content-Type": "application/json", **named}
    )
    answer = connection.getresponse()
    told = answer.read()
    connection.close()
    return answer.status, json.loads(told)


def test_it_says_where_it_is_and_that_nobody_is_set_up_yet(server: Server) -> None:
    assert server.lines == (
        f"Farthing is ready on {server.url} - open it to set up the first person and workspace",
    )
    assert ask(server, "GET", "/healthz") == (200, {"ok": True})
    assert ask(server, "GET", "/readyz") == (200, {"ok": True})


def test_from_setting_up_to_the_receipt(server: Server, key: str) -> None:
    status, stored = ask(server, "POST", "/v1/ingest/llm-request", CALL, X_Api_Key=key)
    assert (status, stored["costUsd"], stored["duplicate"]) == (200, 0.000045, False)
    assert ask(server, "POST", "/v1/ingest/llm-request", CALL, X_Api_Key=key)[1]["duplicate"] is True
    status, pair = ask(server, "POST", "/v1/auth/login", {"email": "ada@example.com", "password": PASSWORD})
    assert status == 200
    bearer = f"Bearer {pair['accessToken']}"
    _, shown = ask(server, "GET", "/v1/dashboard/overview", Authorization=bearer)
    assert (shown["total"]["requests"], shown["total"]["amountUsd"]) == (1, "0.000045000000")
    _, listed = ask(server, "GET", "/v1/requests", Authorization=bearer)
    (item,) = listed["items"]
    assert item["requestId"] == stored["requestId"]
    _, receipt = ask(server, "GET", f"/v1/requests/{item['requestId']}/receipt", Authorization=bearer)
    assert receipt["totalUsd"] == "0.000045000000"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "reason"),
    [
        ("GET", "/v1/dashboard/overview", None, 401, "invalid_credentials"),
        ("GET", "/v1/nothing", None, 404, "not_found"),
        ("DELETE", "/v1/auth/login", None, 405, "method_not_allowed"),
        ("POST", "/v1/auth/login", [], 400, "validation_failed"),
        ("POST", "/v1/auth/login", {"email": "x" * 70_000, "password": ""}, 413, "body_too_large"),
        ("POST", "/v1/auth/login", {"email": "eve@example.com", "password": ""}, 401, "invalid_credentials"),
        ("POST", "/v1/ingest/demo", None, 401, "invalid_credentials"),
    ],
)
def test_errors_have_their_shape_over_the_wire(
    server: Server, method: str, path: str, body: object, status: int, reason: str
) -> None:
    code, told = ask(server, method, path, body)
    assert (code, told["reason"], told["ok"], told["providerCallsContinue"]) == (status, reason, False, True)


def test_a_key_revoked_in_another_process_is_refused_within_two_seconds(
    server: Server, key: str, data: Path
) -> None:
    words = ("--email", "ada@example.com", "--data", str(data))
    made = json.loads(run("key", "create", "--name", "short-lived", "--json", *words).stdout)
    call = CALL | {"externalRequestId": "before"}
    assert ask(server, "POST", "/v1/ingest/llm-request", call, X_API_Key=made["apiKey"])[0] == 200
    assert run("key", "revoke", made["id"], *words).returncode == 0
    deadline = time.monotonic() + 2
    while ask(server, "POST", "/v1/ingest/llm-request", call, X_API_Key=made["apiKey"])[0] == 200:
        assert time.monotonic() < deadline
    assert ask(server, "POST", "/v1/ingest/llm-request", call, X_API_Key=key)[0] == 200


def test_a_request_under_way_is_finished_before_the_server_ends(tmp_path: Path) -> None:
    words = ("--email", "ada@example.com", "--workspace", "x", "--password-stdin", "--json")
    ended = run("init", *words, "--data", str(tmp_path), stdin=f"{PASSWORD}\n")
    key = json.loads(ended.stdout)["apiKey"]
    body = json.dumps(CALL).encode()
    head = (
        f"POST /v1/ingest/llm-request HTTP/1.1\r\nHost: x\r\nX-API-Key: {key}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode()
    with serving(tmp_path) as server, socket.create_connection(("127.0.0.1", server.port)) as connection:
        assert server.lines == (f"Farthing is ready on {server.url}",)
        connection.sendall(head + body[:10])
        assert ask(server, "GET", "/healthz")[0] == 200  # so the first request has been met
        server.process.terminate()
        while _listens(server.port):
            pass
        connection.sendall(body[10:])
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
        assert server.stop() == (0, "")
    with sqlite3.connect(tmp_path / "farthing.db") as database:
        assert database.execute("SELECT count(*) FROM usage_event").fetchone() == (1,)
    database.close()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return False
    except ConnectionResetError:  # it was closed between our coming and its taking us: ask again
        return True
    return True


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"not a database, really", "is not a SQLite database"),
        ("CREATE TABLE theirs (a)", "is a SQLite database of another program"),
    ],
)
def test_a_foreign_file_is_refused_and_left_alone(tmp_path: Path, content: bytes | str, told: str) -> None:
    file = tmp_path / "farthing.db"
    if isinstance(content, bytes):
        file.write_bytes(content)
    else:
        with sqlite3.connect(file) as database:
            database.execute(content)
        database.close()
    before = file.read_bytes()
    ended = run("serve", "--port", "0", "--data", str(tmp_path))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr
    assert file.read_bytes() == before


def test_a_port_in_use_is_told_in_one_line(server: Server, tmp_path: Path) -> None:
    ended = run("serve", "--port", str(server.port), "--data", str(tmp_path))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"farthing: can't listen on 127.0.0.1 port {server.port}: Address already in use\n"


def test_a_setting_that_makes_no_sense_is_named_without_its_value(tmp_path: Path) -> None:
    url = "mysql://ada:s3cret@host/name"
    ended = run("serve", "--data", str(tmp_path), FARTHING_DATABASE_URL=url, FARTHING_PORT="99999")
    assert ended.returncode == 2
    assert "port (FARTHING_PORT)" in ended.stderr
    assert "database_url (FARTHING_DATABASE_URL): must begin with postgresql://" in ended.stderr
    assert "s3cret" not in ended.stderr


def test_a_second_server_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    with serving(tmp_path):
        refused = run("serve", "--port", "0", "--data", str(tmp_path))
        assert refused.returncode == 2
        assert f"another server works on the data folder {tmp_path}" in refused.stderr
        refused = run("compact", "--data", str(tmp_path))
        assert refused.returncode == 2
        assert "stop it, compact, and start it again" in refused.stderr
    with serving(tmp_path):
        pass  # the lock ends with the process
