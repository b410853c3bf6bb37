"""A server that answers as it is told, for what a healthy one never answers."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

HANG_UP: Final = 0


@dataclass
class Said:
    """One answer: a status (HANG_UP for none), headers, a document, and whether the connection ends."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    document: dict[str, Any] = field(default_factory=lambda: {"results": [], "duplicates": 0})
    is_last: bool = False


@dataclass
class Scripted:
    """`script` is said in order and then 200 for ever; `batches` are the ids that came, `times` when."""

    url: str = ""
    script: list[Said] = field(default_factory=list)
    batches: list[list[str]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    connection_count: int = 0
    largest: int = 1_000


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    scripted: Scripted

    def setup(self) -> None:
        super().setup()
        self.scripted.connection_count += 1

    def log_message(self, *arguments: Any) -> None:
        pass

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        ids = [json.loads(line)["externalRequestId"] for line in body.splitlines()]
        self.scripted.batches.append(ids)
        self.scripted.times.append(time.monotonic())
        said = self.scripted.script.pop(0) if self.scripted.script else Said()
        if len(ids) > self.scripted.largest:
            said = Said(413)
        if said.status == HANG_UP:
            self.close_connection = True
            return
        data = json.dumps(said.document).encode()
        self.send_response(said.status)
        for name, value in {**said.headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)
        self.close_connection = self.close_connection or said.is_last


@contextmanager
def scripted_server() -> Iterator[Scripted]:
    scripted = Scripted()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"scripted": scripted}))
    server.daemon_threads = True
    scripted.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield scripted
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
