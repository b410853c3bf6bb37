"""What a server takes at most, byte for byte: addresses, heads, bodies, and the time that they need."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path
from typing import Any

import pytest

from tests.processes import Server, run, serving
from tests.wire import raw

SECONDS_MAX = "0.4"
KEY_HEADER = "X-API-Key"
TYPES = ("application/json", "application/x-www-form-urlencoded")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("limits")


@pytest.fixture(scope="module")
def key(data: Path) -> str:
    words = ("--email", "ada@example.com", "--workspace", "x", "--password-stdin", "--json")
    made = run("init", *words, "--data", str(data), stdin="correct horse battery\n")
    return str(json.loads(made.stdout)["apiKey"])


@pytest.fixture(scope="module")
def server(data: Path, key: str) -> Iterator[Server]:  # noqa: ARG001 - it is set up before it serves
    """A server that waits for less than half a second for a head, and for a body."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FARTHING_HEAD_SECONDS_MAX", SECONDS_MAX)
        patch.setenv("FARTHING_BODY_SECONDS_MAX", SECONDS_MAX)
        with serving(data) as server:
            yield server


def ask(server: Server, path: str = "/healthz", *headers: str) -> raw.Answer:
    lines = "".join(f"{each}\r\n" for each in ("Host: h", "Connection: close", *headers))
    return raw.exchange(server.port, f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode())


def refusal(answer: raw.Answer) -> tuple[int, str]:
    """Its status and reason; that it has the shape and headers of every refusal is seen to here."""
    told = answer.json
    assert (told["ok"], told["providerCallsContinue"], told["errors"]) == (False, True, [])
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["connection"] == "close"
    return answer.status, told["reason"]


def test_an_address_is_taken_up_to_its_limit(server: Server) -> None:
    assert ask(server, "/healthz?" + "a" * (16_384 - 9)).status == 200
    assert refusal(ask(server, "/healthz?" + "a" * (16_384 - 8))) == (414, "address_too_long")


def test_a_head_is_taken_up_to_its_limit(server: Server) -> None:
    assert ask(server, "/healthz", "X-Long: " + "a" * 32_600).status == 200
    assert refusal(ask(server, "/healthz", "X-Long: " + "a" * 32_768)) == (431, "head_too_large")
    assert refusal(ask(server, "/healthz", *repeat("X-Short: a", 99))) == (431, "head_too_large")
    assert ask(server, "/healthz", *repeat("X-Short: a", 98)).status == 200


def test_a_head_that_never_ends_is_refused_while_it_comes(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nX-Long: " + b"a" * 40_000)
        assert connection.recv(12) == b"HTTP/1.1 431"
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(b"GET /" + b"a" * 40_000)
        assert connection.recv(12) == b"HTTP/1.1 414"


@pytest.mark.parametrize("megabytes", [1, 8])
def test_the_answer_arrives_however_much_was_sent(server: Server, megabytes: int) -> None:
    assert refusal(ask(server, "/healthz", "X-Long: " + "a" * megabytes * 1_048_576))[0] == 431


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: \0\r\n\r\n",
        b"\x16\x03\x01\x02\r\n",
    ],
)
def test_what_is_not_http_is_refused_in_json(server: Server, sent: bytes) -> None:
    assert refusal(raw.exchange(server.port, sent)) == (400, "malformed_request")


@pytest.mark.parametrize(
    "sent", [b"G", b"GET /healthz HTTP/1.1\r\nHost: h\r\n", b"GET /healthz HTTP/1.1\r\nA: "]
)
def test_half_a_head_is_not_waited_for(server: Server, sent: bytes) -> None:
    answer = raw.exchange(server.port, sent)
    assert refusal(answer) == (408, "request_timeout")
    assert SECONDS_MAX in answer.json["message"]


def test_who_sends_nothing_is_let_go(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        assert connection.recv(1) == b""


def test_a_head_that_trickles_is_not_waited_for(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=0.1) as connection:
        received = b""
        connection.sendall(b"GET /healthz HTTP/1.1\r\n")
        for _ in range(100):
            connection.sendall(b"A: b\r\n")
            try:
                received = connection.recv(12)
                break
            except TimeoutError:
                continue
    assert received == b"HTTP/1.1 408"


@pytest.mark.parametrize(
    "path", ["/v1/ingest/llm-request", "/v1/ingest/llm-requests", "/v1/auth/login", "/signin"]
)
@pytest.mark.parametrize("length", ["Content-Length: 100", "Transfer-Encoding: chunked"])
def test_half_a_body_is_not_waited_for(server: Server, key: str, path: str, length: str) -> None:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: h\r\n{KEY_HEADER}: {key}\r\n"
        f"Content-Type: {TYPES[path == '/signin']}\r\n{length}\r\n\r\n"
    )
    answer = raw.exchange(server.port, head.encode() + (b"1\r\n{\r\n" if "chunked" in length else b"{"))
    assert refusal(answer) == (408, "request_timeout")
    assert "body" in answer.json["message"]


def test_a_connection_serves_on_after_a_pause_between_requests(server: Server) -> None:
    request = b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=0.8) as connection:
        for _ in range(2):
            connection.sendall(request)
            assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
            with pytest.raises(TimeoutError):
                connection.recv(1)


def test_requests_that_come_in_one_piece_are_all_answered(server: Server) -> None:
    one = b"GET /healthz HTTP/1.1\r\nHost: h\r\nX-Long: " + b"a" * 20_000 + b"\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall((one + b"\r\n") * 3 + one + b"Connection: close\r\n\r\n")
        received = b""
        while part := connection.recv(65_536):
            received += part
    assert received.count(b"HTTP/1.1 200") == 4


@pytest.mark.parametrize("path", ["/v1/ingest/llm-request", "/v1/auth/login", "/signin"])
def test_a_body_without_a_length_has_a_limit_too(server: Server, key: str, path: str) -> None:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: h\r\n{KEY_HEADER}: {key}\r\n"
        f"Content-Type: {TYPES[path == '/signin']}\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    chunk = b"4000\r\n" + b" " * 0x4000 + b"\r\n"
    assert raw.exchange(server.port, head.encode() + chunk * 5 + b"0\r\n\r\n").status == 413


@pytest.mark.parametrize("lines", [b"X-Many: a\r\n" * 20_000, b"X-Long: " + b"a" * 200_000 + b"\r\n"])
@pytest.mark.parametrize("path", ["/v1/auth/logout", "/v1/ingest/llm-request"])
def test_what_follows_a_body_is_taken_up_to_the_limit_of_a_head(
    server: Server, key: str, path: str, lines: bytes
) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n{KEY_HEADER}: {key}\r\n"
    head += "Content-Type: application/json\r\n"
    body = head.encode() + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"
    assert refusal(raw.exchange(server.port, body + lines + b"\r\n")) == (431, "head_too_large")
    assert raw.exchange(server.port, body + lines[:8] + b"a\r\n\r\n").status == 400


def test_a_body_in_many_small_pieces_is_taken(server: Server) -> None:
    head = (
        "POST /v1/auth/logout HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Type: application/json\r\n"
    )
    text = json.dumps({"refreshToken": "x" * 20_000}).encode()
    pieces = b"".join(b"1\r\n%c\r\n" % each for each in text)
    whole = head.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + pieces + b"0\r\n\r\n"
    assert len(pieces) > 32_768
    assert raw.exchange(server.port, whole).status == 200


def test_the_server_lives_and_says_nothing_of_a_defect(server: Server, key: str) -> None:
    call: dict[str, Any] = {
        "provider": "openai",
        "model": "gpt-4o-mini",
        "status": "success",
        "inputTokens": 1,
        "outputTokens": 1,
    }
    assert raw.post(server.port, "/v1/ingest/llm-request", json.dumps(call).encode(), key).status == 200
    _, errors = server.stop()
    assert "Traceback" not in errors
    assert ".failed" not in errors
    assert "path=/healthz reason=address_too_long" in errors
    assert "?a" not in errors


def test_a_link_that_is_refused_at_the_door_is_not_logged_whole(tmp_path: Path) -> None:
    secret = "s3cr3t" * 7
    with serving(tmp_path) as server:
        for path in (f"/join/{secret}", f"/reset/{secret}"):
            assert refusal(ask(server, path, *repeat("X-Short: a", 99))) == (431, "head_too_large")
        _, log = server.stop()
    assert (log.count("/join/"), log.count("/reset/"), secret in log) == (1, 1, False)
