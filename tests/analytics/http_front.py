"""ClickHouse's HTTP interface in front of the engine in this process, as far as clickhouse-connect uses it.

There is no ClickHouse server to test with. Here the client that asks one speaks HTTP as it always does, and
what it says is done by the engine itself: only the transport is ours.
"""

from __future__ import annotations

import base64
import email.parser
import email.policy
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlsplit

import lz4.frame

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

_INSERT: Final = re.compile(r"\s*INSERT INTO\s+(\S+)\s*\((.*)\)\s*FORMAT\s+(\w+)\s*$", re.DOTALL)
_OF_TRANSPORT: Final = frozenset(
    {"query", "database", "default_format", "enable_http_compression", "client_protocol_version"}
    | {"session_id", "query_id", "http_headers_progress_interval_ms", "send_progress_in_http_headers"}
    | {"wait_end_of_query", "cancel_http_readonly_queries_on_client_close", "buffer_size", "role", "compress"}
)


@contextmanager
def serving(engine: Client, user: str, password: str) -> Iterator[str]:
    """The address of a server before the engine, for as long as the block runs."""
    server = _Server(engine, (user, password))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"clickhouse://{user}:{password}@127.0.0.1:{server.server_port}"
    finally:
        server.is_over = True
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    def __init__(self, engine: Client, who: tuple[str, str]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.who = who
        self.is_over = False
        self._engine = engine
        self._turn = threading.Lock()

    def done(self, asked: dict[str, str], body: bytes) -> bytes:
        """What the engine answers to a request."""
        if body.startswith(b"INSERT"):
            first, _, body = body.partition(b"\n")
            asked["query"] = first.decode()
        text = asked.get("query") or body.decode()
        settings = {name: value for name, value in asked.items() if name not in _OF_TRANSPORT}
        params = {name: settings.pop(name) for name in list(settings) if name.startswith("param_")}
        with self._turn:
            self._engine.command(f"USE `{asked.get('database', 'default')}`")
            inserted = _INSERT.match(text)
            if inserted is not None:
                table, columns, fmt = inserted.groups()
                names = [each.strip().strip("`") for each in columns.split(",")]
                self._engine.raw_insert(table, names, body, settings, fmt)
                return b""
            for name, value in params.items():
                literal = value.replace("\\", "\\\\").replace("'", "\\'")
                self._engine.command(f"SET {name} = '{literal}'")
            return self._engine.raw_query(text, settings=settings)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        if self.server.is_over:  # connections are kept, and nobody answers on them any more
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        asked = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        body = self._body()
        if self.headers.get_content_type() == "multipart/form-data":
            asked |= _fields(self.headers["Content-Type"], body)
            body = b""
        if _credentials(self.headers) != self.server.who:
            self._answer(403, b"Code: 516. DB::Exception: (AUTHENTICATION_FAILED)")
            return
        try:
            self._answer(200, self.server.done(asked, body))
        except Exception as error:  # noqa: BLE001 - whatever the engine says, the client is told
            self._answer(500, str(error).encode())

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        is_packed = self.headers.get("Content-Encoding") == "lz4"
        return bytes(lz4.frame.decompress(body)) if is_packed else body

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if status != 200:
            self.send_header("X-ClickHouse-Exception-Code", "1")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: the tests say what went wrong."""


def _credentials(headers: Any) -> tuple[str, str]:
    given = headers.get("Authorization", "").removeprefix("Basic ")
    user, _, password = base64.b64decode(given).decode().partition(":")
    return user, password


def _fields(content_type: str, body: bytes) -> dict[str, str]:
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message: Any = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
    parts = [(part.get_param("name", header="content-disposition"), part) for part in message.iter_parts()]
    return {name: part.get_payload(decode=True).decode() for name, part in parts}
